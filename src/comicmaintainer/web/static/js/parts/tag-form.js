// @ts-check
/**
 * The form in which all tags of one comic, or of many, are edited: what is unsaved, what the file's name says
 * beside the tags, and what the server refused.
 */

import { ApiError, messageOf } from "../base/api.js";
import { around, fill, h, icon, part, parts, setText } from "../base/dom.js";
import { count } from "../base/format.js";
import { t, tc } from "../base/texts.js";
import { putValue, tagInput, widthOf } from "./tag-fields.js";

const LOCKED = t("You changed it after the comic was identified. Identifying and refreshing leave it as it is.");
const COMICINFO = "comicinfo";

/**
 * The edited tags, as parameters of a job.
 * @typedef {{set?: Record<string, string>, clear?: string[], formats?: string[]}} TagEdits
 */

/**
 * What is known of one comic: its tags as texts, what its name says, and the fields that its owner edited.
 * @typedef {{texts: Record<string, string>, named?: Record<string, string>, locked?: string[]}} KnownTags
 */

/**
 * The values of many comics: of each field those that occur, and how many comics have them.
 * @typedef {Record<string, Map<string, number>>} FoundValues
 */

/** @param {string} text */
const plain = (text) =>
  text
    .trim()
    .toLowerCase()
    .replace(/^0+(?=\d)/, "");

export class TagForm {
  isEdited = false;
  /** @type {Map<string, FieldInput>} */
  #inputs = new Map();

  /**
   * `save(edits)` is called when the form is sent. With `isMany`, it is for many comics: an empty input leaves
   * a field as it is, and the form has no buttons.
   * @param {HTMLElement} place a form, or an element in one
   * @param {TagField[]} fields
   * @param {{save?: (edits: TagEdits) => void, isMany?: boolean}} [options]
   */
  constructor(place, fields, { save = () => {}, isMany = false } = {}) {
    this.place = place;
    this.fields = fields;
    this.isMany = isMany;
    this.#draw();
    place.addEventListener("input", (event) => {
      if (around(event, "[aria-invalid]")) this.#accept();
      this.#drawState();
    });
    if (isMany) return;
    place.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#accept();
      save(this.edits());
    });
    place.addEventListener("reset", () => {
      this.#accept();
      setTimeout(() => {
        for (const input of this.#inputs.values()) putValue(input, input.dataset.before ?? "");
        this.#drawState();
      });
    });
    addEventListener("beforeunload", (event) => {
      if (this.isEdited) event.preventDefault();
    });
  }

  /**
   * Show tags as they are stored. Unsaved input stays; only the value that it is compared with is new.
   * @param {KnownTags} known
   */
  show({ texts, named = {}, locked = [] }) {
    for (const [name, input] of this.#inputs) {
      const isKept = input.value.trim() !== input.dataset.before;
      const written = input.value;
      const text = texts[name] ?? "";
      putValue(input, text);
      input.dataset.before = input.value.trim();
      if (isKept) input.value = written;
      const label = input.closest(".field");
      if (label) part(".lock", HTMLElement, label).hidden = !locked.includes(name);
      this.#drawSaid(name, input, named[name]);
    }
    this.#drawState();
  }

  /**
   * Show which values many comics have.
   * @param {FoundValues} found
   * @param {number} comics
   */
  showFound(found, comics) {
    for (const [name, input] of this.#inputs) {
      const values = found[name] ?? new Map();
      const [only] = values;
      const having = [...values.values()].reduce((sum, number) => sum + number, 0);
      const rest = comics - having;
      const words =
        values.size === 0
          ? t("none has it")
          : [
              values.size === 1
                ? `${only[0].slice(0, 60)}${only[0].length > 60 ? "…" : ""}`
                : t("{number} different", { number: count(values.size) }),
              rest ? t("{number} without", { number: count(rest) }) : "",
            ]
              .filter(Boolean)
              .join(", ");
      const clearing = input.closest(".tag")?.querySelector(".clearing");
      if (clearing instanceof HTMLElement) clearing.hidden = values.size === 0;
      if (input instanceof HTMLSelectElement) setText(input.options[0], t("Leave as it is: {words}", { words }));
      else input.placeholder = words;
    }
  }

  /** @param {boolean} isWritable whether the tags can be written at all */
  allow(isWritable) {
    for (const input of this.#inputs.values()) input.disabled = !isWritable;
    for (const each of parts(".said button, .buttons", HTMLElement, this.place)) each.hidden = !isWritable;
  }

  /** What the name says and the tags do not, taken over into the inputs. */
  useNamed() {
    for (const button of parts(".said button", HTMLButtonElement, this.place)) button.click();
  }

  /** How many fields the name says otherwise than the tags. */
  get differing() {
    return parts(".said button", HTMLButtonElement, this.place).length;
  }

  /**
   * Count what is written now as saved. Returns how to count it as unsaved again.
   * @returns {() => void}
   */
  markSaved() {
    const before = [...this.#inputs.values()].map((input) => ({ input, value: input.dataset.before }));
    for (const input of this.#inputs.values()) input.dataset.before = input.value.trim();
    this.#drawState();
    return () => {
      for (const { input, value } of before) input.dataset.before = value;
    };
  }

  /**
   * Show an error at the field that it names; return whether it names one.
   * @param {unknown} error
   */
  refuseAtField(error) {
    const field = error instanceof ApiError ? error.field : null;
    const input = [...this.#inputs.values()].find((one) => field === `params.set.${one.name}`);
    if (!input) return false;
    this.#accept();
    input.closest("details")?.setAttribute("open", "");
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", "tag-problem");
    input.after(h("span", { class: "error", id: "tag-problem", role: "alert" }, messageOf(error)));
    input.focus();
    return true;
  }

  /**
   * Show an error at the field that it names, or below the form if it names none.
   * @param {unknown} error
   */
  refuse(error) {
    if (this.refuseAtField(error)) return;
    const line = part("p[role=alert]", HTMLElement, this.place);
    line.hidden = false;
    setText(line, messageOf(error));
  }

  /**
   * The edited tags, without unchanged fields.
   * @returns {TagEdits}
   */
  edits() {
    /** @type {Record<string, string>} */
    const set = {};
    /** @type {string[]} */
    const clear = [];
    let isOfOthers = false;
    for (const field of this.fields) {
      const input = this.#inputs.get(field.name);
      if (!input) continue;
      const value = input.value.trim();
      const isCleared = this.isMany ? input.dataset.cleared === "" : !value;
      const isChanged = this.isMany ? Boolean(value) || isCleared : value !== input.dataset.before;
      input.closest(".field")?.classList.toggle("changed", isChanged);
      if (!isChanged) continue;
      if (isCleared) clear.push(field.name);
      else {
        set[field.name] = value;
        isOfOthers ||= !field.formats.includes(COMICINFO);
      }
    }
    return {
      ...(Object.keys(set).length ? { set } : {}),
      ...(clear.length ? { clear } : {}),
      ...(isOfOthers ? { formats: [COMICINFO, "metroninfo"] } : {}),
    };
  }

  /** Remove the error that `refuse` showed. */
  #accept() {
    this.place.querySelector("#tag-problem")?.remove();
    for (const input of this.#inputs.values()) {
      input.removeAttribute("aria-invalid");
      input.removeAttribute("aria-describedby");
    }
    const line = this.place.querySelector("p[role=alert]");
    if (line instanceof HTMLElement) line.hidden = true;
  }

  #drawState() {
    this.isEdited = Object.keys(this.edits()).length > 0;
    for (const details of parts("details", HTMLElement, this.place)) {
      const inputs = [...this.#inputs.values()].filter((input) => details.contains(input));
      const filled = inputs.filter((input) => input.value.trim()).length;
      setText(
        part("summary .muted", HTMLElement, details),
        filled ? t("{filled} filled in", { filled: count(filled) }) : "",
      );
    }
    for (const button of parts(".buttons button", HTMLButtonElement, this.place)) button.disabled = !this.isEdited;
  }

  /**
   * @param {string} name
   * @param {FieldInput} input
   * @param {string | undefined} said
   */
  #drawSaid(name, input, said) {
    const label = input.closest(".field");
    label?.parentElement?.querySelector(`.said[data-of="${CSS.escape(name)}"]`)?.remove();
    if (!label || !said || plain(said) === plain(input.dataset.before ?? "")) return;
    const line = h(
      "div",
      { class: "said small", data: { of: name } },
      h("span", { class: "muted" }, t("The name says")),
      h("span", {}, said),
      h(
        "button",
        {
          type: "button",
          class: "quiet",
          "aria-label": t("Use it: {said}", { said }),
          onclick: () => {
            putValue(input, said);
            input.dispatchEvent(new Event("input", { bubbles: true }));
            line.remove();
          },
        },
        t("Use it"),
      ),
    );
    label.after(line);
  }

  /** @param {TagField} field */
  #field(field) {
    const { input, list } = tagInput(field, this.isMany ? t("Leave as it is") : undefined);
    input.dataset.before = "";
    input.dataset.field = field.name;
    this.#inputs.set(field.name, input);
    const label = h(
      "label",
      { class: "field" },
      h(
        "span",
        {},
        field.label,
        h(
          "span",
          { class: "lock", title: LOCKED, hidden: true },
          icon("lock"),
          h("span", { class: "visually-hidden" }, t("yours")),
        ),
      ),
      input,
      list,
    );
    return h("div", { class: `tag ${widthOf(field)}` }, label, this.isMany ? this.#clearing(field, input) : null);
  }

  /**
   * A button that says that the field is to be cleared in all comics.
   * @param {TagField} field
   * @param {FieldInput} input
   */
  #clearing(field, input) {
    const button = h(
      "button",
      {
        type: "button",
        class: "quiet small clearing",
        "aria-pressed": "false",
        "aria-label": t("Clear {label}", { label: field.label }),
        title: t("Clear it in all of these comics"),
        onclick: () => {
          const isCleared = button.getAttribute("aria-pressed") !== "true";
          button.setAttribute("aria-pressed", String(isCleared));
          if (isCleared) input.dataset.cleared = "";
          else delete input.dataset.cleared;
          input.disabled = isCleared;
          this.#drawState();
        },
      },
      tc("field", "Clear"),
    );
    return button;
  }

  #draw() {
    this.place.dataset.name = "set"; // where the errors of a request find their inputs
    const shown = this.fields.filter((field) => !field.is_of_file);
    const [first, ...others] = [...new Set(shown.map((field) => field.section))];
    /** @param {string} section */
    const inputs = (section) => shown.filter((field) => field.section === section).map((field) => this.#field(field));
    fill(
      this.place,
      h("div", { class: "tag-fields" }, inputs(first)),
      others.map((section) =>
        h(
          "details",
          {},
          h("summary", {}, section, " ", h("span", { class: "muted small" })),
          h("div", { class: "tag-fields" }, inputs(section)),
        ),
      ),
      h("p", { class: "bad", role: "alert", hidden: true }),
      this.isMany
        ? null
        : h(
            "div",
            { class: "buttons" },
            h("button", { class: "primary" }, t("Save tags")),
            h("button", { type: "reset", class: "quiet" }, t("Reset")),
          ),
    );
  }
}
