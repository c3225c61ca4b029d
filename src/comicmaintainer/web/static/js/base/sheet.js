// @ts-check
/** A sheet with a form: fields above, error message and buttons below. */

import { h } from "./dom.js";
import { formProblem } from "./form-problem.js";
import { t } from "./texts.js";

let number = 0;

/**
 * @typedef {object} SheetOptions
 * @property {(event: SubmitEvent) => Promise<void>} save
 * @property {string} [label]
 * @property {Element[]} [buttons]
 * @property {Record<string, HTMLElement>} [inputs]
 */

/**
 * Open a sheet and return its dialog. `save(event)` is called on submit; if it throws, the sheet stays
 * open and shows the message. `buttons` come before the one that saves; `inputs` are inputs of the form
 * by the `field` of the server's errors.
 * @param {string} title
 * @param {any} content
 * @param {SheetOptions} options
 */
export function openSheet(title, content, { save, label = t("Save"), buttons = [], inputs = {} }) {
  number += 1;
  const problem = formProblem(inputs);
  const form = h(
    "form",
    { method: "dialog", noValidate: true },
    h("header", {}, h("h2", { id: `sheet-${number}` }, title)),
    h("div", { class: "body" }, content),
    h(
      "footer",
      {},
      problem.element,
      h("button", { type: "button", class: "quiet", onclick: () => sheet.close() }, t("Close")),
      buttons,
      h("button", { class: "primary", value: "save" }, label),
    ),
  );
  const sheet = h("dialog", { class: "sheet", "aria-labelledby": `sheet-${number}` }, form);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    problem.clear();
    try {
      await save(event);
      sheet.close();
    } catch (error) {
      problem.show(error);
    }
  });
  sheet.addEventListener("close", () => sheet.remove());
  document.body.append(sheet);
  sheet.showModal();
  return sheet;
}
