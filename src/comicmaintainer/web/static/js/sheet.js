/** A sheet with a form: fields above, buttons below, what is wrong in between. */

import { h } from "./dom.js";

let number = 0;

/**
 * Open a sheet. `save(event)` does what the form is for; it stays open, with the message, while that
 * throws. `buttons` stand before the one that saves. Returns the dialog.
 */
export function openSheet(title, content, { save, label = "Save", buttons = [] }) {
  number += 1;
  const problem = h("p", { class: "bad", role: "alert", hidden: true });
  const sheet = h("dialog", { class: "sheet", "aria-labelledby": `sheet-${number}` },
    h("form", { method: "dialog", noValidate: true },
      h("header", {}, h("h2", { id: `sheet-${number}` }, title)),
      h("div", { class: "body" }, content, problem),
      h("footer", {}, h("button", { type: "button", class: "quiet", onclick: () => sheet.close() }, "Close"), buttons, h("button", { class: "primary", value: "save" }, label))));
  sheet.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    problem.hidden = true;
    try {
      await save(event);
      sheet.close();
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
    }
  });
  sheet.addEventListener("close", () => sheet.remove());
  document.body.append(sheet);
  sheet.showModal();
  return sheet;
}
