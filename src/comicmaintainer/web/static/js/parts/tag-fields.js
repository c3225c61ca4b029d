// @ts-check
/** The fields of tags as the server lists them, and the input for each: a list to choose from, a line or a text. */

import { get } from "../base/api.js";
import { h } from "../base/dom.js";
import { locale, t } from "../base/texts.js";

const LONG = ["text"];
const SHORT = ["whole", "rating", "date", "yes_no", "manga", "language"];
/** @type {Record<string, string>} */
const WIDTHS = { series: "broad", title: "broad", age_rating: "", format: "", issue: "" };
const MAX_LENGTH = 100_000;

/** @type {Promise<TagField[]> | null} */
let asked = null;

/**
 * The fields in the order of the form. They are asked for once.
 * @returns {Promise<TagField[]>}
 */
export function tagFields() {
  asked ??= get("/api/fields").then((/** @type {{fields: TagField[]}} */ answer) => answer.fields);
  return asked;
}

/**
 * How much of a row the field takes.
 * @param {TagField} field
 */
export function widthOf({ name, kind }) {
  if (name in WIDTHS) return WIDTHS[name];
  if (LONG.includes(kind)) return "full";
  return SHORT.includes(kind) || kind === "line" ? "" : "half";
}

/**
 * What a suggested value means, if it is a code.
 * @param {TagField} field
 * @param {string} value
 */
function meaningOf(field, value) {
  if (field.kind !== "language") return "";
  return new Intl.DisplayNames(locale, { type: "language", fallback: "none" }).of(value) ?? "";
}

/**
 * @param {TagField} field
 * @param {string} id
 */
const suggestions = (field, id) =>
  h(
    "datalist",
    { id },
    field.suggestions.map((value) => h("option", { value }, meaningOf(field, value))),
  );

let number = 0;

/**
 * The input of a field, without a value; `none` is what an empty choice is called.
 * @param {TagField} field
 * @param {string} [none]
 * @returns {{input: FieldInput, list: HTMLDataListElement | null}}
 */
export function tagInput(field, none = t("Not said")) {
  const common = { name: field.name, autocomplete: "off" };
  if (field.choices.length) {
    const options = [{ value: "", label: none }, ...field.choices];
    return {
      input: h(
        "select",
        common,
        options.map(({ value, label }) => h("option", { value }, label)),
      ),
      list: null,
    };
  }
  if (LONG.includes(field.kind)) return { input: h("textarea", { ...common, maxLength: MAX_LENGTH }), list: null };
  number += 1;
  const id = `suggested-${number}`;
  const list = field.suggestions.length ? suggestions(field, id) : null;
  return {
    input: h("input", {
      ...common,
      type: "text",
      maxLength: MAX_LENGTH,
      placeholder: field.hint,
      inputMode: field.kind === "whole" ? "numeric" : null,
      list: list && id,
    }),
    list,
  };
}

/**
 * Put a value into an input. A choice that is not in the list, as other programs write them, is added to it.
 * @param {FieldInput} input
 * @param {string} value
 */
export function putValue(input, value) {
  if (input instanceof HTMLSelectElement && ![...input.options].some((option) => option.value === value))
    input.append(h("option", { value }, value));
  input.value = value;
}
