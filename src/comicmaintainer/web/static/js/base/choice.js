// @ts-check
/**
 * Which items of a long list are chosen, and the keyboard for it: j and k move (arrows too, inside a
 * list), x chooses, Shift extends, Enter opens, . opens the actions.
 *
 * Items are known by their keys. Either some are chosen, or all but some: then `keys` are the others.
 */

import { isTyping } from "./typing.js";

/**
 * @typedef {object} ChoiceOptions
 * @property {() => import("./virtual-list.js").VirtualList} list the list that is shown now
 * @property {(index: number) => string | null} keyOf null for what can't be chosen
 * @property {(index: number) => void} open
 * @property {(index: number, element: HTMLElement) => void} actions
 * @property {() => void} changed
 */

/**
 * Whether keys pressed at `target` belong to a text, a menu or a sheet.
 * @param {EventTarget | null} target
 */
const isElsewhere = (target) =>
  isTyping(target) || (target instanceof Element && target.closest("dialog, .menu") !== null);

export class Choice {
  isAll = false;
  /** @type {Set<string>} */
  keys = new Set();
  /** @type {number | null} */
  #anchor = null;

  /** @param {ChoiceOptions} options */
  constructor(options) {
    this.on = options;
    document.addEventListener("keydown", (event) => this.#key(event));
    document.addEventListener("click", (event) => this.#click(event));
  }

  get isEmpty() {
    return !this.isAll && this.keys.size === 0;
  }

  /** @param {string | null} key */
  has(key) {
    return key !== null && this.isAll !== this.keys.has(key);
  }

  clear() {
    this.isAll = false;
    this.keys.clear();
    this.#anchor = null;
    this.#draw();
  }

  /** Choose all items, also those that are not loaded. */
  all() {
    this.isAll = true;
    this.keys.clear();
    this.#draw();
  }

  /**
   * @param {number} index
   * @param {boolean} [extend]
   */
  toggle(index, extend = false) {
    if (extend && this.#anchor !== null) {
      for (let at = Math.min(index, this.#anchor); at <= Math.max(index, this.#anchor); at += 1) this.#set(at, true);
    } else {
      this.#set(index, !this.has(this.on.keyOf(index)));
    }
    this.#anchor = index;
    this.#draw();
  }

  /** Move the focus to an item: @param {number} index */
  focus(index) {
    const element = this.on.list().show(index);
    if (!element) return;
    element.tabIndex = 0;
    element.focus({ preventScroll: true });
  }

  /**
   * Show on an item whether it is chosen.
   * @param {HTMLElement} element
   * @param {string | null} key
   */
  mark(element, key) {
    const is = this.has(key);
    element.classList.toggle("chosen", is);
    if (element instanceof HTMLTableRowElement) element.setAttribute("aria-selected", String(is));
    const box = element.querySelector("input[data-select]");
    if (box instanceof HTMLInputElement) box.checked = is;
  }

  /**
   * @param {number} index
   * @param {boolean} chosen
   */
  #set(index, chosen) {
    const key = this.on.keyOf(index);
    if (key === null) return;
    if (chosen === this.isAll) this.keys.delete(key);
    else this.keys.add(key);
  }

  #draw() {
    const list = this.on.list();
    for (const child of list.place.children) {
      const index = list.indexOf(child);
      if (child instanceof HTMLElement && index >= 0) this.mark(child, this.on.keyOf(index));
    }
    this.on.changed();
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const box = event.target instanceof Element ? event.target.closest("input[data-select]") : null;
    const index = this.on.list().indexOf(box);
    if (index >= 0) this.toggle(index, event.shiftKey);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || isElsewhere(event.target)) return;
    if (document.querySelector("dialog[open].sheet")) return;
    const list = this.on.list();
    if (!list.length) return;
    const here = list.indexOf(document.activeElement);
    const isGrid = list.columns > 1;
    /** @type {Record<string, number>} */
    const steps = { j: 1, J: 1, k: -1, K: -1 };
    if (here >= 0) Object.assign(steps, { ArrowDown: list.columns, ArrowUp: -list.columns });
    if (here >= 0 && isGrid) Object.assign(steps, { ArrowRight: 1, ArrowLeft: -1 });
    const step = steps[event.key];
    const element = list.element(here);
    if (step) {
      const to = here < 0 ? 0 : here + step;
      if (to < 0 || to >= list.length) return;
      this.focus(to);
      if (event.shiftKey) {
        this.#anchor ??= Math.max(here, 0);
        this.toggle(to, true);
      }
    } else if (!element) {
      return;
    } else if (event.key === "x" || event.key === "X") {
      this.toggle(here, event.shiftKey);
    } else if (event.key === "Enter" && document.activeElement === element) {
      this.on.open(here);
    } else if (event.key === ".") {
      this.on.actions(here, element);
    } else {
      return;
    }
    event.preventDefault();
  }
}
