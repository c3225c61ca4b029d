// @ts-check
/** The sheet to make or change rules, with examples of the library's own files. */

import { api, messageOf, post } from "../base/api.js";
import { fill, h } from "../base/dom.js";
import { fieldLabel } from "../base/fields.js";
import { InputError } from "../base/form-problem.js";
import { shortPath } from "../base/places.js";
import { openSheet } from "../base/sheet.js";
import { t } from "../base/texts.js";
import { casesEditor } from "./cases-editor.js";
import { exampleRow } from "./example-row.js";
import { rulesEditor } from "./rules-editor.js";
import { templateInput } from "./template-input.js";

const WAIT_MS = 300;
const DIGITS = [1, 2, 3, 4, 5];

/**
 * What differs from the preset: the form in which the editor of fields takes rules.
 * @param {Rules} rules
 * @param {Rules} preset
 * @returns {Rules}
 */
function differing(rules, preset) {
  const fields = Object.entries(rules.fields ?? {}).filter(
    ([name, rule]) => JSON.stringify(rule) !== JSON.stringify(preset.fields?.[name]),
  );
  return {
    preset: rules.preset,
    fields: Object.fromEntries(fields),
    formats: rules.formats,
    page_list: rules.page_list,
    on_malformed: rules.on_malformed,
  };
}

/**
 * Open the sheet: to change the rules `name`, or to make new ones like `rules`. `done(name)` follows.
 * @param {RuleChoices} choices
 * @param {{name: string | null, rules: Rules, folder?: string}} found
 * @param {(name: string) => Promise<void>} done
 */
export function rulesSheet(choices, found, done) {
  const name = h("input", { type: "text", maxLength: 60, autocomplete: "off", value: found.name ?? "" });
  const preset = h(
    "select",
    { name: "preset" },
    Object.keys(choices.presets).map((one) =>
      h(
        "option",
        { value: one, selected: one === found.rules.preset },
        one === "manga" ? t("Manga chapters") : t("Comics"),
      ),
    ),
  );
  const template = templateInput(found.rules.template ?? "", choices.template_fields);
  const padding = h(
    "select",
    { name: "digits" },
    DIGITS.map((digits) =>
      h(
        "option",
        { value: digits, selected: digits === found.rules.padding },
        `${digits}: #${"7".padStart(digits, "0")}${digits === 3 ? `, ${t("as most collectors do")}` : ""}`,
      ),
    ),
  );
  const usual = /** @type {Rules} */ (choices.presets[found.rules.preset ?? "comics"]);
  const editor = rulesEditor(differing(found.rules, usual), fieldLabel);
  const cases = casesEditor(choices, found.rules.cases ?? []);
  const examples = h("ul", { class: "name-examples", "aria-live": "polite" });
  const folder = h(
    "select",
    { "aria-label": t("Examples from") },
    h("option", { value: "" }, t("the whole library")),
    [...new Set([found.folder, ...choices.suggested].filter((one) => !!one))].map((one) =>
      h("option", { value: one, selected: one === found.folder }, shortPath(String(one))),
    ),
  );

  /** The rules in the form, whole. */
  const value = () => ({
    ...editor.ruleValue(),
    cases: cases.caseValues(),
    preset: preset.value,
    template: template.input.value,
    padding: Number(padding.value),
  });

  /** @type {number | undefined} */
  let waiting;
  let turn = 0;
  async function draw() {
    turn += 1;
    const mine = turn;
    try {
      /** @type {{problem: import("./template-input.js").TemplateProblem | null, examples: {from: string, to: string, missing: string[]}[]}} */
      const answer = await post("/api/rules/examples", { rules: value(), folder: folder.value || null });
      if (mine !== turn) return;
      const isTemplate = answer.problem?.field === "template";
      template.show(isTemplate ? answer.problem : null);
      const isCase = cases.showProblem(answer.problem);
      fill(
        examples,
        answer.problem && !isTemplate && !isCase ? h("li", { class: "bad" }, answer.problem.message) : null,
        answer.examples.map((example) => exampleRow(example, "rename")),
        answer.problem || answer.examples.length
          ? null
          : h("li", { class: "muted" }, t("There are no comics here yet.")),
      );
      if (isTemplate || isCase)
        fill(examples, h("li", { class: "muted" }, t("Examples follow once the template is right.")));
    } catch (error) {
      if (mine === turn) fill(examples, h("li", { class: "bad" }, messageOf(error)));
    }
  }
  const later = () => {
    clearTimeout(waiting);
    waiting = setTimeout(draw, WAIT_MS);
  };

  const more = h("details", {}, h("summary", {}, t("Where tags come from, and how they are written")), editor);
  const special = h(
    "details",
    { open: (found.rules.cases ?? []).length > 0 },
    h("summary", {}, t("What differs for some comics")),
    cases,
  );
  const sheet = openSheet(
    found.name === null ? t("New rules") : t("Rules {name}", { name: found.name }),
    [
      h("label", { class: "field" }, h("span", {}, t("Name")), name),
      template.element,
      h(
        "div",
        { class: "pair" },
        h("label", { class: "field" }, h("span", {}, t("Digits of the number")), padding),
        h("label", { class: "field" }, h("span", {}, t("Tags as in")), preset),
      ),
      more,
      special,
      h(
        "div",
        { class: "field" },
        h("div", { class: "examples-of" }, h("span", { class: "muted" }, t("For example, in")), folder),
        examples,
      ),
    ],
    {
      inputs: { name, template: template.input },
      save: async () => {
        const wanted = name.value.trim();
        if (!wanted) throw new InputError(t("Give the rules a name."), name);
        const body = { rules: value(), before: found.name };
        const saved = await api("PUT", `/api/rules/own/${encodeURIComponent(wanted)}`, { body });
        await done(saved.name);
      },
    },
  );
  sheet.classList.add("roomy");
  sheet.addEventListener("input", later);
  preset.addEventListener("change", () => {
    const before = Object.values(choices.presets).map((one) => one.template);
    if (before.includes(template.input.value)) template.input.value = choices.presets[preset.value].template;
    editor.showPreset();
    later();
  });
  draw();
  return sheet;
}
