/**
 * Rows that the keyboard walks: j and k move, x selects, Shift extends, Enter opens, . opens the
 * actions. Selection is by key, so it survives redrawing and paging.
 */

const typing = (target) => target.closest("input, textarea, select, [contenteditable]");

export class Rows {
  /**
   * @param body the element whose children are rows with a `data-key`
   * @param on {open(key), changed(selected), actions(key, row)} any of them may be left out
   */
  constructor(body, on = {}) {
    this.body = body;
    this.on = on;
    this.selected = new Set();
    this.anchor = null;
    document.addEventListener("keydown", (event) => this.#key(event));
    body.addEventListener("click", (event) => this.#click(event));
  }

  get rows() {
    return [...this.body.querySelectorAll("[data-key]")];
  }

  /** Mark rows that were drawn again. */
  refresh() {
    for (const row of this.rows) this.#mark(row);
  }

  clear() {
    this.selected.clear();
    this.refresh();
    this.on.changed?.(this.selected);
  }

  all() {
    for (const row of this.rows) this.selected.add(row.dataset.key);
    this.refresh();
    this.on.changed?.(this.selected);
  }

  toggle(row, extend = false) {
    const rows = this.rows;
    const from = extend && this.anchor ? rows.findIndex((one) => one.dataset.key === this.anchor) : -1;
    const to = rows.indexOf(row);
    if (from >= 0) {
      for (const one of rows.slice(Math.min(from, to), Math.max(from, to) + 1)) this.selected.add(one.dataset.key);
    } else if (!this.selected.delete(row.dataset.key)) {
      this.selected.add(row.dataset.key);
    }
    this.anchor = row.dataset.key;
    this.refresh();
    this.on.changed?.(this.selected);
  }

  #mark(row) {
    const is = this.selected.has(row.dataset.key);
    row.setAttribute("aria-selected", is);
    const box = row.querySelector("input[data-select]");
    if (box) box.checked = is;
  }

  #click(event) {
    const box = event.target.closest("input[data-select]");
    if (box) this.toggle(box.closest("[data-key]"), event.shiftKey);
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || (typing(event.target) && event.target.type !== "checkbox"))
      return;
    if (document.querySelector("dialog[open].sheet")) return;
    const rows = this.rows;
    if (!rows.length) return;
    const focused = document.activeElement.closest?.("[data-key]");
    const here = rows.indexOf(focused);
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
      this.on.open?.(focused.dataset.key);
    } else if (key === ".") {
      this.on.actions?.(focused.dataset.key, focused);
    } else {
      return;
    }
    event.preventDefault();
  }
}
