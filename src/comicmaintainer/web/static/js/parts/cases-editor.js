// @ts-check
/** The input for what rules say differently about some comics: "if the publisher is X, then …". */

import { fill, h, icon } from "../base/dom.js";
import { fieldLabel } from "../base/fields.js";
import { InputError } from "../base/form-problem.js";
import { t, tn } from "../base/texts.js";

const DIGITS = [1, 2, 3, 4, 5];
const BETWEEN = ";";
/** What a condition usually looks at. */
const USUAL = "publisher";

/**
 * The element of the editor, with the functions that its form calls.
 * @typedef {HTMLFieldSetElement & {caseValues: () => any[], showProblem: (problem: import("./template-input.js").TemplateProblem | null) => boolean}} CasesElement
 */

/** @param {string} text */
const texts = (text) => {
  const found = text.split(BETWEEN).map((one) => one.trim());
  return found.length > 1 ? found.filter((one) => one) : found;
};

/**
 * @param {RuleField[]} fields
 * @param {string} chosen
 * @param {string} label
 */
function fieldSelect(fields, chosen, label) {
  const names = fields.map((field) => field.name);
  if (chosen && !names.includes(chosen)) names.unshift(chosen);
  return h(
    "select",
    { "aria-label": label },
    names.map((name) => h("option", { value: name, selected: name === chosen }, fieldLabel(name))),
  );
}

/**
 * @param {string} label
 * @param {() => void} removed
 */
const removeButton = (label, removed) =>
  h("button", { type: "button", class: "quiet", "aria-label": label, onclick: removed }, icon("close"));

/** @param {HTMLElement} element */
const changed = (element) => element.dispatchEvent(new Event("input", { bubbles: true }));

/**
 * One condition: {element, add(values)}; `add` puts it into the case's `if` or `unless`.
 * @param {RuleField[]} fields
 * @param {{field: string, texts: string[], isNegated: boolean}} stored
 * @param {number} number
 */
function conditionRow(fields, stored, number) {
  const field = fieldSelect(fields, stored.field, t("Case {number}: field", { number }));
  const how = h(
    "select",
    { "aria-label": t("Case {number}: comparison", { number }) },
    h("option", { value: "if" }, t("is")),
    h("option", { value: "unless", selected: stored.isNegated }, t("is not")),
  );
  const text = h("input", {
    type: "text",
    value: stored.texts.join(`${BETWEEN} `),
    placeholder: t("empty"),
    autocomplete: "off",
    spellcheck: false,
    "aria-label": t("Case {number}: text", { number }),
  });
  return {
    element: h("div", { class: "rule" }, field, how, text),
    focus: () => text.focus(),
    /** @param {Record<string, Record<string, string[]>>} values */
    add(values) {
      const part = values[how.value] ?? {};
      if (part[field.value]) throw new InputError(t("A case looks at each field once."), text);
      values[how.value] = { ...part, [field.value]: texts(text.value) };
    },
    text,
  };
}

/**
 * One case: {element, value(), show(problem)}.
 * @param {RuleChoices} choices
 * @param {any} stored
 * @param {number} number
 * @param {() => void} removed
 */
function caseCard(choices, stored, number, removed) {
  const then = stored.rules ?? {};
  const conditions = [
    ...Object.entries(stored.if ?? {}).map(([field, found]) => ({ field, texts: [found].flat(), isNegated: false })),
    ...Object.entries(stored.unless ?? {}).map(([field, found]) => ({ field, texts: [found].flat(), isNegated: true })),
  ].map((one) => conditionRow(choices.fields, one, number));
  if (!conditions.length)
    conditions.push(conditionRow(choices.fields, { field: USUAL, texts: [""], isNegated: false }, number));
  const rows = h(
    "div",
    { class: "rules" },
    conditions.map((one) => one.element),
  );
  const template = h("input", {
    type: "text",
    class: "template",
    value: then.template ?? "",
    placeholder: t("As usual"),
    maxLength: 500,
    autocomplete: "off",
    spellcheck: false,
  });
  const padding = h(
    "select",
    {},
    h("option", { value: "" }, t("As usual")),
    DIGITS.map((digits) => h("option", { value: digits, selected: digits === then.padding }, String(digits))),
  );
  const textRule = Object.entries(then.fields ?? {}).find(([, rule]) => rule?.text);
  const others = Object.fromEntries(Object.entries(then.fields ?? {}).filter(([name]) => name !== textRule?.[0]));
  const field = h(
    "select",
    { "aria-label": t("Case {number}: field to set", { number }) },
    h("option", { value: "" }, t("No field")),
    choices.fields
      .filter(({ name }) => !(name in others))
      .map(({ name }) => h("option", { value: name, selected: name === textRule?.[0] }, fieldLabel(name))),
  );
  const text = h("input", {
    type: "text",
    value: textRule?.[1].text ?? "",
    placeholder: t("a text, or {series} {issue} …"),
    autocomplete: "off",
    spellcheck: false,
    "aria-label": t("Case {number}: text to set", { number }),
  });
  const over = h("input", { type: "checkbox", checked: textRule?.[1].mode === "overwrite" });
  const overwrites = h("label", {}, over, t("Overwrite existing tags"));
  const draw = () => {
    text.hidden = overwrites.hidden = !field.value;
  };
  field.addEventListener("change", draw);
  draw();
  const problem = h("p", { class: "bad small", role: "alert", hidden: true, id: `case-problem-${number}` });
  const more = Object.keys(others).length;
  const element = h(
    "div",
    { class: "case", role: "group", "aria-label": t("Case {number}", { number }) },
    h(
      "div",
      { class: "case-head" },
      h("span", { class: "muted" }, t("If")),
      removeButton(t("Remove case {number}", { number }), removed),
    ),
    rows,
    h(
      "button",
      {
        type: "button",
        class: "quiet",
        onclick: () => {
          const row = conditionRow(choices.fields, { field: "series", texts: [""], isNegated: false }, number);
          conditions.push(row);
          rows.append(row.element);
          row.focus();
          changed(element);
        },
      },
      t("And"),
    ),
    h(
      "div",
      { class: "pair" },
      h("label", { class: "field" }, h("span", {}, t("Then the name template")), template),
      h("label", { class: "field" }, h("span", {}, t("Digits of the number")), padding),
    ),
    h("div", { class: "rule" }, h("span", {}, t("And set")), field, text, overwrites),
    more ? h("p", { class: "muted small" }, tn("1 more field is kept.", "{n} more fields are kept.", more)) : null,
    problem,
  );
  return {
    element,
    value() {
      /** @type {Record<string, any>} */
      const values = {};
      for (const one of conditions) one.add(values);
      const set = field.value
        ? { [field.value]: { sources: ["text"], text: text.value, mode: over.checked ? "overwrite" : "fill" } }
        : {};
      const parts = {
        ...(template.value.trim() ? { template: template.value.trim() } : {}),
        ...(padding.value ? { padding: Number(padding.value) } : {}),
        ...(field.value || more ? { fields: { ...others, ...set } } : {}),
      };
      return { ...values, rules: parts };
    },
    /** @param {import("./template-input.js").TemplateProblem | null} found */
    show(found) {
      problem.hidden = found === null;
      problem.textContent = found?.message ?? "";
      const isTemplate = found?.field?.endsWith("rules.template");
      const input = found && (isTemplate ? template : found.field?.includes(".rules") ? text : conditions[0].text);
      for (const one of [template, text, ...conditions.map((each) => each.text)]) {
        one.toggleAttribute("aria-invalid", false);
        one.removeAttribute("aria-describedby");
      }
      if (!input) return;
      input.setAttribute("aria-invalid", "true");
      input.setAttribute("aria-describedby", problem.id);
    },
  };
}

/**
 * The editor. The element's `caseValues()` returns the cases; `showProblem(problem)` shows what the server
 * finds wrong with one of them, and tells whether it was about a case.
 * @param {RuleChoices} choices
 * @param {any[]} before
 */
export function casesEditor(choices, before) {
  /** @type {ReturnType<typeof caseCard>[]} */
  let cards = [];
  const list = h("div", { class: "cases" });
  const element = /** @type {CasesElement} */ (
    h(
      "fieldset",
      { class: "field" },
      h("legend", { class: "visually-hidden" }, t("What differs for some comics")),
      list,
      h("button", { type: "button", onclick: () => add({}) }, t("Add a case")),
      h(
        "p",
        { class: "hint" },
        t("The first case that holds decides. Several texts are separated by a semicolon; * stands for anything."),
      ),
    )
  );
  /** @param {any} stored */
  function add(stored) {
    const card = caseCard(choices, stored, cards.length + 1, () => {
      const left = cards.filter((one) => one !== card).map((one) => one.value());
      cards = [];
      fill(list);
      for (const one of left) add(one);
      changed(element);
    });
    cards.push(card);
    list.append(card.element);
  }
  for (const one of before) add(one);
  element.caseValues = () => cards.map((card) => card.value());
  element.showProblem = (problem) => {
    const place = /^cases\.(\d+)/.exec(problem?.field ?? "");
    for (const [number, card] of cards.entries()) card.show(place && number === Number(place[1]) ? problem : null);
    return place !== null;
  };
  return element;
}
