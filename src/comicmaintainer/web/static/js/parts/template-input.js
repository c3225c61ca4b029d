// @ts-check
/** The input of a naming template: chips that insert fields, and mistakes shown at their place. */

import { fill, h } from "../base/dom.js";
import { t } from "../base/texts.js";

const USUAL = ["series", "issue", "title", "volume", "year", "publisher"];

/**
 * A mistake in a template; `start` and `end` are its place, null if it is about the whole.
 * @typedef {{message: string, field: string | null, start: number | null, end: number | null}} TemplateProblem
 */

/**
 * Returns {element, input, show(problem)}. The input sends "input" events for chips as well.
 * @param {string} value
 * @param {{name: string, label: string}[]} fields
 * @param {string} [label]
 */
export function templateInput(value, fields, label = t("Name template")) {
  const input = h("input", {
    type: "text",
    name: "template",
    value,
    maxLength: 500,
    autocomplete: "off",
    spellcheck: false,
    class: "template",
    id: "template-input",
  });
  const problem = h("div", { class: "template-problem", id: "template-problem", role: "alert", hidden: true });

  /**
   * Put a text at the cursor, or the selected text between two texts.
   * @param {string} before
   * @param {string} [after]
   */
  function insert(before, after = "") {
    const [start, end] = [input.selectionStart ?? input.value.length, input.selectionEnd ?? input.value.length];
    const chosen = after ? input.value.slice(start, end) : "";
    input.setRangeText(before + chosen + after, start, end, "end");
    if (after && !chosen) input.setSelectionRange(start + before.length, start + before.length);
    input.focus();
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** @param {{name: string, label: string}} field */
  const chip = (field) =>
    h(
      "button",
      { type: "button", class: "chip", title: `{${field.name}}`, onclick: () => insert(`{${field.name}}`) },
      field.label.replace(/, .*$/, ""),
    );
  const others = h(
    "select",
    {
      "aria-label": t("Insert another field"),
      onchange: () => {
        insert(`{${others.value}}`);
        others.value = "";
      },
    },
    h("option", { value: "" }, t("Others")),
    fields
      .filter((field) => !USUAL.includes(field.name))
      .map((field) => h("option", { value: field.name }, field.label)),
  );
  const element = h(
    "div",
    { class: "field" },
    h("label", { for: "template-input", class: "muted" }, label),
    input,
    problem,
    h(
      "div",
      { class: "chips", role: "group", "aria-label": t("Insert a field") },
      USUAL.map((name) => fields.find((field) => field.name === name))
        .filter((field) => !!field)
        .map(chip),
      h(
        "button",
        {
          type: "button",
          class: "chip",
          title: t("[ ]: left out if a field in it is empty"),
          onclick: () => insert("[", "]"),
        },
        t("Optional part"),
      ),
      others,
    ),
  );

  /**
   * Show a mistake below the input, with its place marked; null if there is none.
   * @param {TemplateProblem | null} found
   */
  function show(found) {
    problem.hidden = found === null;
    if (found === null) {
      input.removeAttribute("aria-invalid");
      input.removeAttribute("aria-describedby");
      return;
    }
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", "template-problem");
    // The place counts characters, of which some are two units of a JavaScript text.
    const letters = [...input.value];
    const { start, end } = found;
    const words = found.message.replace(/^Template '.*', position \d+ \('.*?'\): /su, "");
    fill(
      problem,
      start === null || end === null
        ? null
        : h(
            "code",
            { "aria-hidden": "true" },
            letters.slice(0, start).join(""),
            h("mark", {}, letters.slice(start, end).join("") || " "),
            letters.slice(end).join(""),
          ),
      h("span", {}, words.charAt(0).toUpperCase() + words.slice(1)),
    );
  }

  return { element, input, show };
}
