// @ts-check
/** The name that the chosen rules give to one file, shown while they are being chosen. */

import { get, messageOf, post } from "../base/api.js";
import { fill, h } from "../base/dom.js";
import { t } from "../base/texts.js";
import { diff } from "./diff.js";
import { parametersOf } from "./parameters.js";

const WAIT_MS = 300;

/**
 * Returns {element, show(kind, place)}: an example over the first file of the selection.
 * @param {import("./new-job.js").ChosenFiles} selection
 */
export function nameExample(selection) {
  const element = h("div", { class: "name-example", hidden: true, "aria-live": "polite" });
  let path = selection.files?.[0] || null;
  /** @type {number | undefined} */
  let waiting;
  let turn = 0;

  /**
   * @param {string} kind
   * @param {Record<string, any>} params
   */
  async function draw(kind, params) {
    turn += 1;
    const mine = turn;
    try {
      path ??= (await get("/api/files", { ...selection.first, limit: 1 })).files[0]?.path ?? "";
      if (!path) return;
      /** @type {{from: string, to: string}} */
      const example = await post("/api/rules/example", { file: path, kind, params });
      if (mine !== turn) return;
      fill(
        element,
        h("span", { class: "hint" }, t("For example")),
        diff({
          changes: example.from === example.to ? [] : [{ type: "rename", ...example }],
          note: t("This name stays as it is."),
        }),
      );
    } catch (error) {
      if (mine === turn) fill(element, h("span", { class: "hint" }, messageOf(error)));
    }
    element.hidden = false;
  }

  return {
    element,
    /**
     * @param {Kind} kind
     * @param {HTMLElement} place
     */
    show(kind, place) {
      clearTimeout(waiting);
      element.hidden = element.hidden || !kind.gives_names;
      if (!kind.gives_names) return;
      waiting = setTimeout(() => {
        try {
          draw(kind.name, parametersOf(place));
        } catch {
          /* not valid yet: the form reports it on submit */
        }
      }, WAIT_MS);
    },
  };
}
