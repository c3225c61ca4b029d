// @ts-check
/** The form in which the tags of one comic are edited: what is unsaved, and what the server refused. */

import { ApiError, messageOf } from "../base/api.js";
import { around, fill, h, part, parts, setText } from "../base/dom.js";
import { fieldLabel } from "./diff.js";
import { FIELDS } from "./parameters.js";

/** @type {Record<string, string>} */
const WIDTHS = { series: "broad", title: "broad", summary: "full" };

/**
 * The edited tags.
 * @typedef {{set?: Record<string, string>, clear?: string[]}} TagEdits
 */

/**
 * A tag's value as text.
 * @param {any} value
 * @returns {string}
 */
export function tagText(value) {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map(tagText).join(", ");
  return typeof value === "object" ? Object.values(value).map(tagText).join(" ") : String(value);
}

/** @param {string} name */
function field(name) {
  const common = { name, data: { before: "" }, autocomplete: "off", maxLength: 4000 };
  return h(
    "label",
    { class: `field ${WIDTHS[name] || ""}` },
    h("span", {}, fieldLabel(name)),
    name === "summary" ? h("textarea", common) : h("input", { type: "text", ...common }),
  );
}

export class TagForm {
  isEdited = false;

  /**
   * `save(edits)` is called when the form is sent.
   * @param {HTMLFormElement} form
   * @param {(edits: TagEdits) => void} save
   */
  constructor(form, save) {
    this.form = form;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#accept();
      save(this.#edits());
    });
    form.addEventListener("input", (event) => {
      if (around(event, "[aria-invalid]")) this.#accept();
      this.#drawButtons();
    });
    form.addEventListener("reset", () => {
      this.#accept();
      setTimeout(() => this.#drawButtons());
    });
    addEventListener("beforeunload", (event) => {
      if (this.isEdited) event.preventDefault();
    });
  }

  /** @returns {(HTMLInputElement | HTMLTextAreaElement)[]} */
  get #inputs() {
    return /** @type {any[]} */ (parts("[data-before]", HTMLElement, this.form));
  }

  /**
   * Show tags as they are stored. Unsaved input stays; only the value it is compared with is new.
   * @param {Record<string, any>} tags
   */
  show(tags) {
    if (!this.form.elements.length) this.#draw();
    for (const input of this.#inputs) {
      const isKept = input.value.trim() !== input.dataset.before;
      const written = input.value;
      input.defaultValue = tagText(tags[input.name]);
      input.value = input.defaultValue;
      input.dataset.before = input.value.trim();
      if (isKept) input.value = written;
    }
    this.#drawButtons();
  }

  /**
   * Count what is written now as saved. Returns how to count it as unsaved again.
   * @returns {() => void}
   */
  markSaved() {
    const before = this.#inputs.map((input) => ({ input, value: input.dataset.before }));
    for (const input of this.#inputs) input.dataset.before = input.value.trim();
    this.#drawButtons();
    return () => {
      for (const { input, value } of before) input.dataset.before = value;
    };
  }

  /**
   * Show an error at the field that it names, or below the form if it names none.
   * @param {unknown} error
   */
  refuse(error) {
    const field = error instanceof ApiError ? error.field : null;
    const input = this.#inputs.find((one) => field === `params.set.${one.name}`);
    const words = messageOf(error);
    if (input) {
      input.setAttribute("aria-invalid", "true");
      input.setAttribute("aria-describedby", "tag-problem");
      input.after(h("span", { class: "error", id: "tag-problem", role: "alert" }, words));
      input.focus();
    } else {
      const line = part("p[role=alert]", HTMLElement, this.form);
      line.hidden = false;
      setText(line, words);
    }
  }

  /** Remove the error that `refuse` showed. */
  #accept() {
    this.form.querySelector("#tag-problem")?.remove();
    for (const input of this.#inputs) {
      input.removeAttribute("aria-invalid");
      input.removeAttribute("aria-describedby");
    }
    part("p[role=alert]", HTMLElement, this.form).hidden = true;
  }

  /**
   * The edited tags, without unchanged fields.
   * @returns {TagEdits}
   */
  #edits() {
    /** @type {Record<string, string>} */
    const set = {};
    /** @type {string[]} */
    const clear = [];
    for (const input of this.#inputs) {
      const value = input.value.trim();
      const changed = value !== input.dataset.before;
      input.closest(".field")?.classList.toggle("changed", changed);
      if (!changed) continue;
      if (value) set[input.name] = value;
      else clear.push(input.name);
    }
    return { ...(Object.keys(set).length ? { set } : {}), ...(clear.length ? { clear } : {}) };
  }

  #drawButtons() {
    this.isEdited = Object.keys(this.#edits()).length > 0;
    for (const button of parts("button", HTMLButtonElement, this.form)) button.disabled = !this.isEdited;
  }

  #draw() {
    fill(
      this.form,
      FIELDS.map(field),
      h("p", { class: "bad", role: "alert", hidden: true }),
      h(
        "div",
        { class: "buttons" },
        h("button", { class: "primary" }, "Save tags"),
        h("button", { type: "reset", class: "quiet" }, "Reset"),
      ),
    );
  }
}
