// @ts-check
/** The files of a job: the whole library, matching files, or folders. Used by new jobs and templates. */

import { h, part } from "../base/dom.js";
import { STATES } from "../base/states.js";
import { t } from "../base/texts.js";

const CHOSEN_STATES = ["unprocessed", "identified", "processed", "duplicate", "conflict", "failed"];
const ENDS = { cbr: "CBR", cb7: "CB7", cbt: "CBT", pdf: "PDF", cbz: "CBZ" };

/**
 * The inputs of a selection; `value()` returns it. A selection that they can't show is kept.
 * @param {FileSelection} [before]
 */
export function selectionInputs(before) {
  const filter = before?.filter || {};
  const isPlain =
    !before ||
    before.all ||
    before.folders ||
    (before.filter && Object.keys(filter).every((name) => ["states", "formats", "text"].includes(name)));
  const which = h(
    "select",
    {},
    [
      ["all", t("The whole library")],
      ["filter", t("Files that match")],
      ["folders", t("Folders")],
      ...(isPlain ? [] : [["kept", t("As before")]]),
    ].map(([value, label]) =>
      h(
        "option",
        {
          value,
          selected: value === (!isPlain ? "kept" : before?.filter ? "filter" : before?.folders ? "folders" : "all"),
        },
        label,
      ),
    ),
  );
  const states = CHOSEN_STATES.map((name) =>
    h(
      "label",
      {},
      h("input", { type: "checkbox", value: name, name: "state", checked: [filter.states].flat().includes(name) }),
      STATES[name],
    ),
  );
  const formats = Object.entries(ENDS).map(([name, label]) =>
    h(
      "label",
      {},
      h("input", { type: "checkbox", value: name, name: "format", checked: [filter.formats].flat().includes(name) }),
      label,
    ),
  );
  const text = h("input", { type: "text", value: filter.text || "", autocomplete: "off" });
  const folders = h("textarea", { value: (before?.folders || []).join("\n"), spellcheck: false });
  const byFilter = h(
    "div",
    { class: "body-part" },
    h("div", { class: "choices" }, states),
    h("div", { class: "choices" }, formats),
    h("label", { class: "field" }, h("span", {}, t("With these words")), text),
  );
  const byFolder = h("label", { class: "field" }, h("span", {}, t("One folder on each line")), folders);
  const draw = () => {
    byFilter.hidden = which.value !== "filter";
    byFolder.hidden = which.value !== "folders";
  };
  which.addEventListener("change", draw);
  draw();
  /** @param {HTMLElement[]} labels */
  const ticked = (labels) =>
    labels
      .map((label) => part("input", HTMLInputElement, label))
      .filter((box) => box.checked)
      .map((box) => box.value);
  return {
    elements: [h("label", { class: "field" }, h("span", {}, t("Which files")), which), byFilter, byFolder],
    /** @returns {FileSelection} */
    value() {
      if (which.value === "kept" && before) return before;
      if (which.value === "all") return { all: true };
      if (which.value === "folders")
        return {
          folders: folders.value
            .split("\n")
            .map((line) => line.trim())
            .filter(Boolean),
        };
      const parts = { states: ticked(states), formats: ticked(formats), text: text.value.trim() };
      const filter = Object.fromEntries(Object.entries(parts).filter(([, value]) => value.length));
      if (!Object.keys(filter).length) throw new Error(t("Choose which files match, or choose the whole library."));
      return { filter };
    },
  };
}
