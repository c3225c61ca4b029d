// @ts-check
/** The error message of a form: shown in its footer, which is always visible, with the input at fault marked. */

import { ApiError } from "./api.js";
import { h } from "./dom.js";

/** An error caused by the value of one input. */
export class InputError extends Error {
  /**
   * @param {string} message
   * @param {HTMLElement} input
   */
  constructor(message, input) {
    super(message);
    this.input = input;
  }
}

let number = 0;

/**
 * The input that the `field` of an error names, such as "params.images" or "params.set.year", or null.
 * @param {HTMLFormElement} form
 * @param {string} field
 * @returns {HTMLElement | null}
 */
function inputOf(form, field) {
  const [place, name, part] = field.split(".");
  if (place !== "params" || !name) return null;
  const own = CSS.escape(name);
  return (
    (part && form.querySelector(`[data-name="${own}"] [data-field="${CSS.escape(part)}"]`)) ||
    form.querySelector(`[name="${own}"], [data-name="${own}"] :is(input, select, textarea)`)
  );
}

/**
 * Returns {element, show(error), clear()}. The element belongs at the start of the form's footer;
 * `inputs` are the inputs that are not parameters of a job, by the `field` of the server's errors.
 * @param {Record<string, HTMLElement>} [inputs]
 */
export function formProblem(inputs = {}) {
  number += 1;
  const element = h("p", { class: "problem bad", id: `problem-${number}`, role: "alert", hidden: true });
  /** @type {HTMLElement | null} */
  let marked = null;

  function clear() {
    element.hidden = true;
    marked?.removeAttribute("aria-invalid");
    marked?.removeAttribute("aria-describedby");
    marked = null;
  }

  /** @param {unknown} error */
  function show(error) {
    clear();
    const form = element.closest("form");
    if (!form || !(error instanceof Error)) throw error;
    element.textContent = error.message.charAt(0).toUpperCase() + error.message.slice(1);
    element.hidden = false;
    const field = (error instanceof ApiError && error.field) || "";
    marked = (error instanceof InputError && error.input) || inputs[field] || inputOf(form, field);
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
