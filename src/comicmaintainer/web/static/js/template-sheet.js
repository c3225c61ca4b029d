/** The sheet in which a saved job is made or edited. */

import { api, get, post } from "./api.js";
import { fill, h } from "./dom.js";
import { PRIORITIES } from "./new-job.js";
import { inputsOf, parametersOf } from "./parameters.js";
import { openSheet } from "./sheet.js";

const STATES = ["unprocessed", "processed", "duplicate", "failed"];
const ENDS = { cbr: "CBR", cb7: "CB7", cbt: "CBT", pdf: "PDF", cbz: "CBZ" };

/** The inputs that say which files; `value()` is the selection. A selection they can't show is kept. */
function selectionInputs(before) {
  const filter = before?.filter || {};
  const isPlain = !before || before.all || before.folders || (before.filter && Object.keys(filter).every((name) => ["states", "formats", "text"].includes(name)));
  const which = h("select", {}, [["all", "The whole library"], ["filter", "Files that match"], ["folders", "Folders"], ...(isPlain ? [] : [["kept", "As it was"]])]
    .map(([value, label]) => h("option", { value, selected: value === (!isPlain ? "kept" : before?.filter ? "filter" : before?.folders ? "folders" : "all") }, label)));
  const states = STATES.map((name) => h("label", {}, h("input", { type: "checkbox", value: name, name: "state", checked: [filter.states].flat().includes(name) }), name));
  const formats = Object.entries(ENDS).map(([name, label]) => h("label", {}, h("input", { type: "checkbox", value: name, name: "format", checked: [filter.formats].flat().includes(name) }), label));
  const text = h("input", { type: "text", value: filter.text || "", autocomplete: "off" });
  const folders = h("textarea", { value: (before?.folders || []).join("\n"), spellcheck: false });
  const byFilter = h("div", { class: "body-part" }, h("div", { class: "choices" }, states), h("div", { class: "choices" }, formats), h("label", { class: "field" }, h("span", {}, "With these words"), text));
  const byFolder = h("label", { class: "field" }, h("span", {}, "One folder on each line"), folders);
  const draw = () => { byFilter.hidden = which.value !== "filter"; byFolder.hidden = which.value !== "folders"; };
  which.addEventListener("change", draw);
  draw();
  const ticked = (labels) => labels.map((label) => label.firstChild).filter((box) => box.checked).map((box) => box.value);
  return {
    elements: [h("label", { class: "field" }, h("span", {}, "Which files"), which), byFilter, byFolder],
    value() {
      if (which.value === "kept") return before;
      if (which.value === "all") return { all: true };
      if (which.value === "folders") return { folders: folders.value.split("\n").map((line) => line.trim()).filter(Boolean) };
      const parts = { states: ticked(states), formats: ticked(formats), text: text.value.trim() };
      const said = Object.fromEntries(Object.entries(parts).filter(([, value]) => value.length));
      if (!Object.keys(said).length) throw new Error("Say which files match, or choose the whole library.");
      return { filter: said };
    },
  };
}

/** Open the sheet for a new template or, with `found.template_id`, for that one; then `done()`. */
export async function templateSheet(done, found = {}) {
  const kinds = (await get("/api/kinds")).kinds.filter((kind) => kind.name !== "rehearse" && (kind.items === "file" || kind.items === "folder"));
  const name = h("input", { type: "text", value: found.name || "", maxLength: 100, required: true, autocomplete: "off" });
  const choice = h("select", {}, kinds.map((kind) => h("option", { value: kind.name, selected: kind.name === (found.kind || "process") }, kind.title)));
  const priority = h("select", {}, PRIORITIES.map((value) => h("option", { value, selected: value === (found.priority || "normal") }, value)));
  const preview = h("input", { type: "checkbox", checked: found.preview === true });
  const previewing = h("label", { class: "field check" }, preview, h("span", {}, "Only a preview, to be applied by hand"));
  const place = h("div", { class: "body-part" });
  const selection = selectionInputs(found.selection);
  const draw = () => {
    const kind = kinds.find((one) => one.name === choice.value);
    fill(place, inputsOf(kind, kind.name === found.kind ? found.params : {}));
    previewing.hidden = !kind.has_preview;
  };
  choice.addEventListener("change", draw);
  draw();
  openSheet(found.template_id ? "Edit template" : "New template", [
    h("label", { class: "field" }, h("span", {}, "Name"), name), h("label", { class: "field" }, h("span", {}, "What to do"), choice), place,
    selection.elements, h("label", { class: "field" }, h("span", {}, "Priority"), priority), previewing,
  ], {
    save: async () => {
      const body = { name: name.value.trim(), kind: choice.value, selection: selection.value(), params: parametersOf(place), priority: priority.value, preview: preview.checked && !previewing.hidden };
      if (found.template_id) await api("PATCH", `/api/templates/${found.template_id}`, { body });
      else await post("/api/templates", body);
      await done();
    },
  });
}
