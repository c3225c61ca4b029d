// @ts-check
/** The environment variables: their values, and what is allowed. */

import { get } from "../base/api.js";
import { base, fill, h, part } from "../base/dom.js";
import { pieces, t } from "../base/texts.js";
import { attempt } from "../base/toast.js";

/** @param {Setting} setting */
function value(setting) {
  if (setting.value === "") return h("span", { class: "muted" }, t("not set"));
  const note = {
    environment: null,
    default: h("span", { class: "muted small" }, ` ${t("(default)")}`),
    page: h(
      "span",
      { class: "muted small" },
      " ",
      pieces("(chosen under {page})", { page: h("a", { href: `${base()}/settings/rules` }, t("Rules")) }),
    ),
  };
  return [h("span", { class: "path" }, setting.value), note[setting.origin]];
}

attempt(async () => {
  /** @type {{settings: Setting[]}} */
  const { settings } = await get("/api/settings");
  fill(
    part("#settings", HTMLElement),
    settings.map((setting) =>
      h(
        "tr",
        {},
        h("td", {}, h("code", {}, setting.variable), h("div", { class: "muted small" }, setting.meaning)),
        h("td", {}, value(setting)),
        h("td", { class: "wide muted small" }, setting.allowed),
      ),
    ),
  );
});
