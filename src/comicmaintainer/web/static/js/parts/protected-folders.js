// @ts-check
/** The folders whose files are never written: list them, protect one, release one. */

import { api, get, post } from "../base/api.js";
import { fill, h, part } from "../base/dom.js";
import { ago, moment } from "../base/format.js";
import { t } from "../base/texts.js";
import { attempt, toast } from "../base/toast.js";

/** @typedef {{folder: string, since_at: number}} ProtectedFolder */

/** Fill the section of protected folders. Call once. */
export async function protectedSection() {
  const form = part("#protect", HTMLFormElement);
  const input = part("input", HTMLInputElement, form);

  /** @param {{folders: ProtectedFolder[]}} answer */
  function draw({ folders }) {
    fill(
      part("#protected", HTMLElement),
      folders.length
        ? folders.map(({ folder, since_at }) =>
            h(
              "li",
              {},
              h(
                "div",
                {},
                h("span", { class: "path" }, folder),
                h(
                  "div",
                  { class: "muted small", title: moment(since_at) },
                  t("Protected {when}", { when: ago(since_at) }),
                ),
              ),
              h(
                "button",
                {
                  type: "button",
                  class: "quiet",
                  data: { needs: "administer" },
                  "aria-label": t("Release {folder}", { folder }),
                  onclick: () => attempt(() => release(folder)),
                },
                t("Release"),
              ),
            ),
          )
        : h("li", { class: "muted" }, t("No folder is protected.")),
    );
  }

  /** @param {string} folder */
  async function protect(folder) {
    draw(await post("/api/protected-folders", { folder }));
  }

  /** @param {string} folder */
  async function release(folder) {
    draw(await api("DELETE", "/api/protected-folders", { query: { folder } }));
    toast(t("Files in {folder} may be written again.", { folder }), [t("Undo"), () => attempt(() => protect(folder))]);
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(async () => {
      const folder = input.value.trim();
      await protect(folder);
      form.reset();
      toast(t("Files in {folder} are not written any more.", { folder }));
    });
  });
  draw(await get("/api/protected-folders"));
}
