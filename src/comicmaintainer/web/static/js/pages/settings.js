// @ts-check
/** General settings: appearance, language and password. */

import { around, base, part, parts } from "../base/dom.js";
import { t } from "../base/texts.js";
import { toast } from "../base/toast.js";
import { sends } from "../parts/sent-form.js";

const theme = part("#theme", HTMLElement);

function drawTheme() {
  const chosen = localStorage.getItem("theme") || "";
  for (const button of parts("button", HTMLElement, theme)) {
    button.setAttribute("aria-pressed", String(button.dataset.theme === chosen));
  }
}

theme.addEventListener("click", (event) => {
  const chosen = around(event, "[data-theme]")?.dataset.theme;
  if (chosen === undefined) return;
  if (chosen) {
    localStorage.setItem("theme", chosen);
    document.documentElement.dataset.theme = chosen;
  } else {
    localStorage.removeItem("theme");
    delete document.documentElement.dataset.theme;
  }
  drawTheme();
});

const YEAR_S = 365 * 24 * 3600;
const chosenLanguage = part("#language", HTMLSelectElement);
chosenLanguage.addEventListener("change", () => {
  const { value } = chosenLanguage;
  const age = value ? YEAR_S : 0;
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API needs HTTPS
  document.cookie = `comicmaintainer_language=${value}; Path=${base()}/; Max-Age=${age}; SameSite=Lax`;
  location.reload();
});

sends(document.querySelector("#password"), "/api/me/password", () =>
  toast(t("The password is changed; all other sessions have ended.")),
);
drawTheme();
