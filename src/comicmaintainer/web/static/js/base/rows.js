// @ts-check
/**
 * Rows with keyboard control: j and k move, x selects, Shift extends, Enter opens, . opens the
 * actions. The selection holds keys, so it survives redrawing and paging.
 */

import { isTyping } from "./typing.js";

/**
 * @typedef {object} RowActions
 * @property {(key: string) => void} [open]
 * @property {(selected: Set<string>) => void} [changed]
 * @property {(key: string, row: HTMLElement) => void} [actions]
 */

/** @param {HTMLElement} row */
const keyOf = (row) => row.dataset.key ?? "";

export class Rows {
  /**
   * @param {HTMLElement} body the element whose children are rows with a `data-key`
   * @param {RowActions} on any of them may be left out
   */
  constructor(body, on = {}) {
    this.body = body;
    this.on = on;
    /** @type {Set<string>} */
    this.selected = new Set();
    /** @type {string | null} */
    this.anchor = null;
    document.addEventListener("keydown", (event) => this.#key(event));
    body.addEventListener("click", (event) => this.#click(event));
  }

  /** @returns {HTMLElement[]} */
  get rows() {
    return [...this.body.querySelectorAll("[data-key]")].filter((row) => row instanceof HTMLElement);
  }

  /** Mark the selected rows after they were drawn again. */
  refresh() {
    for (const row of this.rows) this.#mark(row);
  }

  clear() {
    this.selected.clear();
    this.refresh();
    this.on.changed?.(this.selected);
  }

  all() {
    for (const row of this.rows) this.selected.add(keyOf(row));
    this.refresh();
    this.on.changed?.(this.selected);
  }

  /**
   * @param {HTMLElement} row
   * @param {boolean} [extend]
   */
  toggle(row, extend = false) {
    const rows = this.rows;
    const from = extend && this.anchor ? rows.findIndex((one) => keyOf(one) === this.anchor) : -1;
    const to = rows.indexOf(row);
    if (from >= 0) {
      for (const one of rows.slice(Math.min(from, to), Math.max(from, to) + 1)) this.selected.add(keyOf(one));
    } else if (!this.selected.delete(keyOf(row))) {
      this.selected.add(keyOf(row));
    }
    this.anchor = keyOf(row);
    this.refresh();
    this.on.changed?.(this.selected);
  }

  /** @param {HTMLElement} row */
  #mark(row) {
    const is = this.selected.has(keyOf(row));
    // Only a row of a table can say so itself; of others the box in it tells.
    if (row instanceof HTMLTableRowElement) row.setAttribute("aria-selected", String(is));
    else row.toggleAttribute("data-selected", is);
    const box = row.querySelector("input[data-select]");
    if (box instanceof HTMLInputElement) box.checked = is;
  }

  /** @param {MouseEvent} event */
  #click(event) {
    if (!(event.target instanceof Element)) return;
    const row = event.target.closest("input[data-select]")?.closest("[data-key]");
    if (row instanceof HTMLElement) this.toggle(row, event.shiftKey);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector("dialog[open].sheet")) return;
    const rows = this.rows;
    if (!rows.length) return;
    const here = rows.indexOf(/** @type {any} */ (document.activeElement?.closest("[data-key]")));
    const focused = rows[here];
    const key = event.key.toLowerCase();
    if (key === "j" || key === "k") {
      const next = rows[Math.max(0, Math.min(rows.length - 1, here + (key === "j" ? 1 : -1)))];
      next.tabIndex = 0;
      next.focus();
      if (event.shiftKey) this.toggle(next, true);
    } else if (here < 0) {
      return;
    } else if (key === "x") {
      this.toggle(focused, event.shiftKey);
    } else if (key === "enter" && document.activeElement === focused) {
      this.on.open?.(keyOf(focused));
    } else if (key === ".") {
      this.on.actions?.(keyOf(focused), focused);
    } else {
      return;
    }
    event.preventDefault();
  }
}
