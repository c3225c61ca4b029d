// @ts-check
/** The inputs for a kind's parameters, and their values. Used by new jobs and templates. */

import { get } from "../base/api.js";
import { h, parts } from "../base/dom.js";
import { fieldLabel } from "../base/fields.js";
import { InputError } from "../base/form-problem.js";
import { capital } from "../base/format.js";
import { t } from "../base/texts.js";
import { attempt } from "../base/toast.js";
import { rulesEditor } from "./rules-editor.js";

/** Fields that people set by hand, in the order of the form. */
const FIELDS = ["series", "issue", "title", "volume", "year", "month", "publisher", "summary"];
const DERIVED = ["series", "issue", "title", "volume", "year", "publisher"];

/**
 * The presets and the rules that people made, by name.
 * @param {Parameter} parameter
 * @param {Record<string, any>} common
 * @param {string | null} value
 */
function rulesNames({ choices, choice_labels, empty_label }, common, value) {
  /** @param {string} name */
  const option = (name) => h("option", { value: name, selected: name === value }, choice_labels[name] ?? name);
  const own = h("optgroup", { label: t("Your own") }, value && !choices.includes(value) ? option(value) : null);
  own.hidden = !own.childElementCount;
  const select = h("select", common, h("option", { value: "" }, empty_label), choices.map(option), own);
  attempt(async () => {
    /** @type {RuleChoices} */
    const rules = await get("/api/rules");
    own.append(
      ...Object.keys(rules.own)
        .filter((name) => name !== value)
        .map(option),
    );
    own.hidden = !own.childElementCount;
  });
  return select;
}

/**
 * @param {Parameter} parameter
 * @param {any} value
 */
function input(parameter, value) {
  const { name, type, label } = parameter;
  const common = { name, data: { type, label, control: parameter.control || "" } };
  switch (parameter.type) {
    case "yes_no":
      return h("input", { ...common, type: "checkbox", checked: value === true });
    case "choice":
      return h(
        "select",
        common,
        parameter.empty_label ? h("option", { value: "", selected: !value }, capital(parameter.empty_label)) : null,
        parameter.choices.map((choice) =>
          h("option", { value: choice, selected: choice === value }, capital(parameter.choice_labels[choice])),
        ),
      );
    case "rules_name":
      return rulesNames(parameter, common, value);
    case "whole":
      return h("input", { ...common, type: "number", min: parameter.low, max: parameter.high, value: value ?? "" });
    case "object":
      return h("textarea", { ...common, spellcheck: false, value: value ? JSON.stringify(value, null, 1) : "" });
    case "wholes":
      return h("input", {
        ...common,
        type: "text",
        value: pagesInWords(value || []),
        autocomplete: "off",
        inputMode: "numeric",
      });
    default:
      return h("input", {
        ...common,
        type: "text",
        value: Array.isArray(value) ? value.join(", ") : (value ?? ""),
        autocomplete: "off",
        spellcheck: false,
      });
  }
}

/**
 * @param {Parameter} parameter
 * @param {string[] | null} value
 */
function ticks(parameter, value) {
  const chosen = new Set(value || []);
  return h(
    "fieldset",
    { class: "field", data: { type: "ticks", name: parameter.name } },
    h("legend", { class: "muted" }, parameter.label),
    h(
      "div",
      { class: "choices" },
      DERIVED.map((name) =>
        h("label", {}, h("input", { type: "checkbox", value: name, checked: chosen.has(name) }), fieldLabel(name)),
      ),
    ),
  );
}

/**
 * @param {Parameter} parameter
 * @param {Record<string, string> | null} value
 */
function fieldsOf(parameter, value) {
  return h(
    "fieldset",
    { class: "field", data: { type: "fields", name: parameter.name } },
    h("legend", { class: "muted" }, parameter.label),
    h(
      "div",
      { class: "pair" },
      FIELDS.map((name) =>
        h(
          "label",
          { class: name === "summary" ? "field full" : "field" },
          h("span", {}, fieldLabel(name)),
          name === "summary"
            ? h("textarea", { value: value?.[name] ?? "", data: { field: name } })
            : h("input", { type: "text", value: value?.[name] ?? "", autocomplete: "off", data: { field: name } }),
        ),
      ),
    ),
  );
}

/**
 * The rules editor also shows `on_malformed`, which may be stored outside the rules.
 * @param {Record<string, any>} values
 * @returns {Rules | undefined}
 */
function rulesOf(values) {
  return values.on_malformed ? { ...values.rules, on_malformed: values.on_malformed } : values.rules;
}

/**
 * @param {Parameter} parameter
 * @param {Record<string, any>} values
 */
function control(parameter, values) {
  const value = values[parameter.name] ?? parameter.default;
  switch (parameter.control) {
    case "ticks":
      return ticks(parameter, value);
    case "fields":
      return fieldsOf(parameter, value);
    case "rules":
      return rulesEditor(rulesOf(values), fieldLabel);
  }
  const { label } = parameter;
  const hint = h("span", { class: "hint" }, parameter.hint);
  const made = input(parameter, value);
  return parameter.type === "yes_no"
    ? h("label", { class: "field check" }, made, h("span", {}, label, " ", hint))
    : h("label", { class: "field" }, h("span", {}, label), made, hint);
}

/**
 * The inputs for one kind's parameters, rare ones folded away; `values` are the current values.
 * @param {Kind} kind
 * @param {Record<string, any>} [values]
 */
export function inputsOf(kind, values = {}) {
  // A parameter without a control is part of another parameter's control.
  const shown = kind.parameters.filter((parameter) => parameter.control !== "none");
  const usual = shown.filter((parameter) => !parameter.is_rare);
  const rare = shown.filter((parameter) => parameter.is_rare);
  const isSet = rare.some(
    (parameter) => values[parameter.name] !== undefined && values[parameter.name] !== parameter.default,
  );
  return [
    usual.map((parameter) => control(parameter, values)),
    rare.length
      ? h(
          "details",
          { open: isSet },
          h("summary", {}, t("More")),
          h(
            "div",
            { class: "body-part" },
            rare.map((parameter) => control(parameter, values)),
          ),
        )
      : null,
  ];
}

/**
 * People count pages from 1, programs from 0.
 * @param {number[]} numbers
 */
const pagesInWords = (numbers) => numbers.map((number) => number + 1).join(", ");

/**
 * @param {HTMLElement} made
 * @param {string} text
 */
function pageNumbers(made, text) {
  const numbers = text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean)
    .map(Number);
  if (!numbers.every((number) => Number.isInteger(number) && number > 0))
    throw new InputError(t("Enter page numbers, such as 1, 3, 12."), made);
  return numbers.map((number) => number - 1);
}

/**
 * @param {HTMLElement} element
 * @returns {element is HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement}
 */
const isField = (element) =>
  element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement;

/** @param {HTMLElement} made */
function inputValue(made) {
  const text = isField(made) ? made.value.trim() : "";
  switch (made.dataset.type) {
    case "yes_no":
      return made instanceof HTMLInputElement && made.checked;
    case "rules":
      return /** @type {import("./rules-editor.js").RulesElement} */ (made).ruleValue();
    case "ticks": {
      const on = parts("input:checked", HTMLInputElement, made).map((one) => one.value);
      return on.length ? on : undefined;
    }
    case "fields": {
      const entries = parts("[data-field]", HTMLElement, made)
        .filter(isField)
        .filter((one) => one.value.trim())
        .map((one) => [one.dataset.field, one.value.trim()]);
      return entries.length ? Object.fromEntries(entries) : undefined;
    }
    case "whole":
      return text === "" ? undefined : Number(text);
    case "texts":
      return text === ""
        ? undefined
        : text
            .split(",")
            .map((part) => part.trim())
            .filter(Boolean);
    case "wholes":
      return text === "" ? undefined : pageNumbers(made, text);
    case "object":
      return text === "" ? undefined : JSON.parse(text);
    default:
      return text === "" ? undefined : text;
  }
}

/**
 * The parameters in a form's inputs. Throws an InputError for an input that can't be read.
 * @param {HTMLElement} place
 */
export function parametersOf(place) {
  /** @type {Record<string, any>} */
  const params = {};
  for (const made of parts("[data-type]", HTMLElement, place)) {
    const name = (isField(made) && made.name) || (made.dataset.name ?? "");
    let value;
    try {
      value = inputValue(made);
    } catch (error) {
      throw error instanceof SyntaxError
        ? new InputError(t("{label}: this is not valid JSON.", { label: made.dataset.label || name }), made)
        : error;
    }
    if (value !== undefined) params[name] = value;
  }
  return params;
}
