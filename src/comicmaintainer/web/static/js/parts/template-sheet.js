// @ts-check
/** The sheet to create or edit a saved job. */

import { api, get, post } from "../base/api.js";
import { fill, h } from "../base/dom.js";
import { InputError } from "../base/form-problem.js";
import { capital } from "../base/format.js";
import { openSheet } from "../base/sheet.js";
import { PRIORITIES, PRIORITY_WORDS } from "../base/states.js";
import { t } from "../base/texts.js";
import { inputsOf, parametersOf } from "./parameters.js";
import { selectionInputs } from "./selection-inputs.js";

/**
 * Open the sheet for a new template or, with `found.template_id`, for that one; then `done()`.
 * @param {() => Promise<void>} done
 * @param {Partial<Template>} [found]
 */
export async function templateSheet(done, found = {}) {
  /** @type {{kinds: Kind[]}} */
  const answer = await get("/api/kinds");
  const kinds = answer.kinds.filter((kind) => kind.can_be_saved);
  const name = h("input", {
    type: "text",
    value: found.name || "",
    maxLength: 100,
    required: true,
    autocomplete: "off",
  });
  const choice = h(
    "select",
    {},
    kinds.map((kind) =>
      h("option", { value: kind.name, selected: kind.name === (found.kind || "process") }, kind.title),
    ),
  );
  const priority = h(
    "select",
    {},
    PRIORITIES.map((value) =>
      h("option", { value, selected: value === (found.priority || "normal") }, capital(PRIORITY_WORDS[value])),
    ),
  );
  const preview = h("input", { type: "checkbox", checked: found.preview === true });
  const previewing = h(
    "label",
    { class: "field check" },
    preview,
    h("span", {}, t("Only a preview, to be applied by hand")),
  );
  const place = h("div", { class: "body-part" });
  const selection = selectionInputs(found.selection);
  const draw = () => {
    const kind = kinds.find((one) => one.name === choice.value) ?? kinds[0];
    fill(place, inputsOf(kind, kind.name === found.kind ? found.params : {}));
    previewing.hidden = !kind.has_preview;
  };
  choice.addEventListener("change", draw);
  draw();
  openSheet(
    found.template_id ? t("Edit template") : t("New template"),
    [
      h("label", { class: "field" }, h("span", {}, t("Name")), name),
      h("label", { class: "field" }, h("span", {}, t("What to do")), choice),
      place,
      selection.elements,
      h("label", { class: "field" }, h("span", {}, t("Priority")), priority),
      previewing,
    ],
    {
      inputs: { name },
      save: async () => {
        if (!name.value.trim()) throw new InputError(t("Give the template a name."), name);
        const body = {
          name: name.value.trim(),
          kind: choice.value,
          selection: selection.value(),
          params: parametersOf(place),
          priority: priority.value,
          preview: preview.checked && !previewing.hidden,
        };
        if (found.template_id) await api("PATCH", `/api/templates/${found.template_id}`, { body });
        else await post("/api/templates", body);
        await done();
      },
    },
  );
}
