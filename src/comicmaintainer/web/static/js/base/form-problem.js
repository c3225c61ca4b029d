/** What is wrong with a form: said at its foot, where it is always seen, with the field at fault marked. */

import { h } from "./dom.js";

/** An error whose cause is what one input holds. */
export class InputError extends Error {
  constructor(message, input) {
    super(message);
    this.input = input;
  }
}

const OF_PARAMETER = /^Parameter '(\w+)'(?:: | (?=can't))/;
const OF_FIELD = /^\S[^(']* \((\w+)\) can't be /;
let number = 0;

/** The input that an answer of the server is about, where that can be told. */
function inputOf(form, message) {
  const field = OF_FIELD.exec(message.replace(OF_PARAMETER, ""))?.[1];
  const name = OF_PARAMETER.exec(message)?.[1];
  return (
    (field && form.querySelector(`[data-field="${CSS.escape(field)}"]`)) ||
    (name &&
      form.querySelector(
        `[name="${CSS.escape(name)}"], [data-name="${CSS.escape(name)}"] :is(input, select, textarea)`,
      )) ||
    null
  );
}

/** The message without the names that only programs know. */
function inWords(form, message) {
  const name = OF_PARAMETER.exec(message)?.[1];
  const rest = message.replace(OF_PARAMETER, "").replace(/^(\S[^(']*) \(\w+\) (?=can't be )/, "$1 ");
  const label =
    name &&
    rest.startsWith("can't") &&
    form
      .querySelector(`[name="${CSS.escape(name)}"]`)
      ?.closest(".field")
      ?.querySelector("span")?.textContent;
  return label ? `${label} ${rest}` : rest.charAt(0).toUpperCase() + rest.slice(1);
}

/**
 * Returns {element, show(error), clear()}. The element belongs at the start of the form's footer;
 * `find(message)` may name the input that an error is about where the message alone does not tell.
 */
export function formProblem(find = () => null) {
  number += 1;
  const element = h("p", { class: "problem bad", id: `problem-${number}`, role: "alert", hidden: true });
  let marked = null;

  function clear() {
    element.hidden = true;
    marked?.removeAttribute("aria-invalid");
    marked?.removeAttribute("aria-describedby");
    marked = null;
  }

  function show(error) {
    clear();
    const form = element.closest("form");
    element.textContent = inWords(form, error.message);
    element.hidden = false;
    marked = error.input || find(error.message) || inputOf(form, error.message);
    if (!marked) return;
    marked.closest("details:not([open])")?.setAttribute("open", "");
    marked.setAttribute("aria-invalid", "true");
    marked.setAttribute("aria-describedby", element.id);
    marked.addEventListener("input", clear, { once: true });
    marked.scrollIntoView({ block: "center" });
    marked.focus({ preventScroll: true });
  }

  return { element, show, clear };
}
