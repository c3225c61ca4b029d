// @ts-check
/**
 * The grid of a sheet: cells that are selected, typed in, copied and pasted as in a spreadsheet.
 *
 * Only the rows in view are in the page. The row "All" above the comics shows what they have in common, and
 * writes into all of them.
 */

import { fill, h, part } from "../base/dom.js";
import { allOf, count } from "../base/format.js";
import { may } from "../base/role.js";
import { t, tn } from "../base/texts.js";
import { parseTsv, toTsv } from "../base/tsv.js";
import { VirtualList } from "../base/virtual-list.js";
import { putValue, tagInput } from "./tag-fields.js";

/** The row above the comics. */
const ALL = -1;
const PAGE_ROWS = 15;
/** @type {Record<string, [down: number, right: number]>} */
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/**
 * @typedef {object} GridOptions
 * @property {() => void} changed called after the cells or the selection have changed
 * @property {(words: string) => void} told shows a message
 */

/** @param {number} value @param {number} low @param {number} high */
const within = (value, low, high) => Math.max(low, Math.min(high, value));

export class SheetGrid {
  /** @type {{row: number, column: number}} */
  #active = { row: 0, column: 0 };
  /** @type {{row: number, column: number}} */
  #other = { row: 0, column: 0 };
  /** @type {FieldInput | null} */
  #editor = null;
  #isDragging = false;

  /**
   * @param {HTMLTableElement} table inside the element that scrolls
   * @param {import("./sheet-model.js").SheetModel} model
   * @param {GridOptions} options
   */
  constructor(table, model, { changed, told }) {
    this.table = table;
    this.model = model;
    this.changed = changed;
    this.told = told;
    this.head = part("thead", HTMLElement, table);
    const scroller = /** @type {HTMLElement} */ (table.parentElement);
    this.list = new VirtualList(part("tbody", HTMLElement, table), { draw: (row) => this.#row(row), scroller });
    table.addEventListener("pointerdown", (event) => this.#press(event));
    table.addEventListener("pointermove", (event) => this.#drag(event));
    addEventListener("pointerup", () => {
      this.#isDragging = false;
    });
    table.addEventListener("dblclick", (event) => {
      if (this.#cellAt(event.target)) this.edit();
    });
    table.addEventListener("keydown", (event) => this.#key(event));
    table.addEventListener("copy", (event) => this.#copy(event));
    table.addEventListener("cut", (event) => {
      if (this.#copy(event)) this.#clear();
    });
    table.addEventListener("paste", (event) => this.#paste(event));
  }

  /** The area that is selected, without the row above the comics. */
  get area() {
    const [one, other] = [this.#active, this.#other];
    const isAll = one.row === ALL || other.row === ALL;
    return {
      top: isAll ? 0 : Math.min(one.row, other.row),
      bottom: isAll ? this.model.rows.length - 1 : Math.max(one.row, other.row),
      left: Math.min(one.column, other.column),
      right: Math.max(one.column, other.column),
    };
  }

  /** The selected area, or the whole column if only one cell is selected. */
  get areaOrColumn() {
    const { area } = this;
    const isOne = area.top === area.bottom && area.left === area.right;
    return isOne ? { ...area, top: 0, bottom: this.model.rows.length - 1 } : area;
  }

  /** The selected area, or from the selected cell on to the end of its column. */
  get areaOrRest() {
    const { area } = this;
    return area.top === area.bottom ? { ...area, bottom: this.model.rows.length - 1 } : area;
  }

  /** Draw everything anew: other rows or columns. */
  draw() {
    this.#active = {
      row: within(this.#active.row, ALL, this.model.rows.length - 1),
      column: within(this.#active.column, 0, this.model.columns.length - 1),
    };
    this.#other = { ...this.#active };
    this.table.setAttribute("aria-colcount", String(this.model.columns.length + 1));
    this.#drawHead();
    this.list.length = this.model.rows.length;
    this.list.redraw();
    this.#mark();
  }

  /** Draw the cells anew, after their texts have changed. */
  refresh() {
    const hadFocus = this.table.contains(document.activeElement);
    this.#drawHead();
    this.list.redraw();
    this.#mark();
    if (hadFocus) this.#element(this.#active.row, this.#active.column)?.focus({ preventScroll: true });
    this.changed();
  }

  /**
   * Select one cell, and bring it into view with the focus.
   * @param {number} row
   * @param {number} column
   * @param {boolean} [extend]
   */
  select(row, column, extend = false) {
    const to = {
      row: within(row, ALL, this.model.rows.length - 1),
      column: within(column, 0, this.model.columns.length - 1),
    };
    this.#active = to;
    if (!extend) this.#other = { ...to };
    if (to.row >= 0) this.list.show(to.row);
    this.#mark();
    this.#element(to.row, to.column)?.focus({ preventScroll: true });
    this.#reveal();
    this.changed();
  }

  // --- Drawing ----------------------------------------------------------------------------------

  #drawHead() {
    const { columns } = this.model;
    fill(
      this.head,
      h(
        "tr",
        { "aria-rowindex": 1 },
        h("th", { scope: "col", class: "file" }, t("Comic")),
        columns.map((field, column) =>
          h("th", { scope: "col", class: `of-${field.kind} of-${field.name}`, data: { column } }, field.label),
        ),
      ),
      h(
        "tr",
        { class: "all" },
        h("th", { scope: "row", class: "file" }, t("All {number}", { number: count(this.model.rows.length) })),
        columns.map((_, column) => this.#cell(ALL, column)),
      ),
    );
  }

  /** @param {number} row */
  #row(row) {
    const file = this.model.rows[row];
    const reason = this.model.whyUnwritable(row);
    return h(
      "tr",
      { class: reason === null ? "" : "read-only", title: reason },
      h("th", { scope: "row", class: "file", title: file.path }, h("span", { class: "clip" }, file.name)),
      this.model.columns.map((_, column) => this.#cell(row, column)),
    );
  }

  /**
   * What the cell of the row above the comics says.
   * @param {number} column
   */
  #common(column) {
    const values = this.model.values(column);
    if (values.size === 1) return { text: [...values.keys()][0], isMixed: false };
    const empty = values.get("") ?? 0;
    const different = values.size - (empty ? 1 : 0);
    const words =
      different === 1 ? [...values.keys()].find(Boolean) : t("{number} different", { number: count(different) });
    const rest = empty ? t("{number} empty", { number: count(empty) }) : "";
    return { text: [words, rest].filter(Boolean).join(", "), isMixed: true };
  }

  /**
   * @param {number} row
   * @param {number} column
   */
  #cell(row, column) {
    const { model } = this;
    const field = model.columns[column];
    const common = row === ALL ? this.#common(column) : null;
    const text = common ? common.text : model.text(row, column);
    const problem = row === ALL ? null : model.problem(row, column);
    const isChanged = row !== ALL && model.isChanged(row, column);
    const label = field.choices.find((choice) => choice.value === text)?.label ?? text;
    const cell = h(
      "td",
      {
        class: [
          `of-${field.kind}`,
          `of-${field.name}`,
          isChanged ? "changed" : "",
          common?.isMixed ? "mixed" : "",
        ].join(" "),
        data: { row, column },
        tabIndex: -1,
        title:
          problem ??
          (isChanged
            ? t("Before: {value}", { value: model.stored(row, column) || t("empty") })
            : label.length > 24
              ? label
              : null),
        "aria-colindex": column + 2,
        "aria-invalid": problem ? "true" : null,
        "aria-readonly": row !== ALL && !model.isWritable(row) ? "true" : null,
      },
      h("span", { class: "clip" }, label),
      isChanged ? h("span", { class: "visually-hidden" }, ` ${t("changed")}`) : null,
    );
    return cell;
  }

  /** Show which cells are selected. */
  #mark() {
    const { area } = this;
    const isAll = this.#active.row === ALL || this.#other.row === ALL;
    for (const cell of this.table.querySelectorAll("td[data-row]")) {
      if (!(cell instanceof HTMLElement)) continue;
      const [row, column] = [Number(cell.dataset.row), Number(cell.dataset.column)];
      const isInside =
        column >= area.left && column <= area.right && (row === ALL ? isAll : row >= area.top && row <= area.bottom);
      const isActive = row === this.#active.row && column === this.#active.column;
      cell.setAttribute("aria-selected", String(isInside));
      cell.classList.toggle("active", isActive);
      cell.tabIndex = isActive ? 0 : -1;
    }
  }

  /** The sticky column covers what is scrolled below it. */
  #reveal() {
    const cell = this.#element(this.#active.row, this.#active.column);
    const scroller = this.table.parentElement;
    if (!cell || !scroller) return;
    const [box, view] = [cell.getBoundingClientRect(), scroller.getBoundingClientRect()];
    const start = view.left + part("th.file", HTMLElement, this.head).getBoundingClientRect().width;
    if (box.left < start) scroller.scrollBy({ left: box.left - start });
    else if (box.right > view.right) scroller.scrollBy({ left: Math.min(box.right - view.right, box.left - start) });
    const top = view.top + this.head.getBoundingClientRect().height;
    if (this.#active.row !== ALL && box.top < top) scroller.scrollBy({ top: box.top - top });
  }

  /**
   * @param {number} row
   * @param {number} column
   */
  #element(row, column) {
    const found = this.table.querySelector(`td[data-row="${row}"][data-column="${column}"]`);
    return found instanceof HTMLElement ? found : null;
  }

  /** @param {EventTarget | null} target */
  #cellAt(target) {
    const cell = target instanceof Element ? target.closest("td[data-row]") : null;
    return cell instanceof HTMLElement ? { row: Number(cell.dataset.row), column: Number(cell.dataset.column) } : null;
  }

  // --- Pointer and keys -------------------------------------------------------------------------

  /** @param {PointerEvent} event */
  #press(event) {
    if (event.button !== 0 || (event.target instanceof Node && this.#editor?.contains(event.target))) return;
    const head = event.target instanceof Element ? event.target.closest("th[data-column]") : null;
    if (head instanceof HTMLElement) {
      event.preventDefault();
      this.commit();
      this.select(0, Number(head.dataset.column));
      this.#other.row = this.model.rows.length - 1;
      this.#mark();
      this.changed();
      return;
    }
    const at = this.#cellAt(event.target);
    if (!at) return;
    event.preventDefault();
    const isAgain = at.row === this.#active.row && at.column === this.#active.column && !this.#editor;
    const hadFocus = this.table.contains(document.activeElement);
    this.commit();
    if (isAgain && hadFocus && !event.shiftKey && event.pointerType !== "mouse") {
      this.edit();
      return;
    }
    this.#isDragging = event.pointerType === "mouse";
    this.select(at.row, at.column, event.shiftKey);
  }

  /** @param {PointerEvent} event */
  #drag(event) {
    if (!this.#isDragging) return;
    const at = this.#cellAt(event.target);
    if (at && (at.row !== this.#active.row || at.column !== this.#active.column)) this.select(at.row, at.column, true);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (this.#editor) {
      this.#keyInEditor(event);
      return;
    }
    if (!this.#cellAt(event.target)) return;
    const { row, column } = this.#active;
    const last = { row: this.model.rows.length - 1, column: this.model.columns.length - 1 };
    const isCommand = event.ctrlKey || event.metaKey;
    const arrow = ARROWS[event.key];
    if (arrow && !event.altKey) {
      const [down, right] = arrow;
      if (isCommand)
        this.select(
          down ? (down < 0 ? 0 : last.row) : row,
          right ? (right < 0 ? 0 : last.column) : column,
          event.shiftKey,
        );
      else this.select(row + down, column + right, event.shiftKey);
    } else if (isCommand) {
      if (!this.#command(event.key.toLowerCase())) return;
    } else if (event.altKey) {
      return;
    } else if (event.key === "Tab") {
      const next = column + (event.shiftKey ? -1 : 1);
      if (next < 0 || next > last.column) return; // leave the grid
      this.select(row, next);
    } else if (event.key === "Home") this.select(row, 0, event.shiftKey);
    else if (event.key === "End") this.select(row, last.column, event.shiftKey);
    else if (event.key === "PageUp") this.select(Math.max(0, row - PAGE_ROWS), column, event.shiftKey);
    else if (event.key === "PageDown") this.select(row + PAGE_ROWS, column, event.shiftKey);
    else if (event.key === "Enter" || event.key === "F2") this.edit();
    else if (event.key === "Delete" || event.key === "Backspace") this.#clear();
    else if (event.key.length === 1) this.edit(event.key);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /**
   * @param {string} key
   * @returns {boolean} whether it is a command of the grid
   */
  #command(key) {
    if (key === "a") {
      this.#active = { row: 0, column: 0 };
      this.#other = { row: this.model.rows.length - 1, column: this.model.columns.length - 1 };
      this.#mark();
      this.changed();
    } else if (key === "d") {
      this.model.fillDown(this.areaOrRest);
      this.refresh();
    } else if (key === "z") {
      this.model.goBack();
      this.refresh();
    } else return false;
    return true;
  }

  /** @param {KeyboardEvent} event */
  #keyInEditor(event) {
    event.stopPropagation();
    const { row, column } = this.#active;
    if (event.isComposing) return;
    if (event.key === "Escape") {
      event.preventDefault();
      this.#close();
      this.select(row, column);
    } else if (event.key === "Enter" && !event.altKey && !event.shiftKey) {
      event.preventDefault();
      this.commit();
      this.select(row === ALL ? ALL : row + 1, column);
    } else if (event.key === "Tab") {
      event.preventDefault();
      this.commit();
      this.select(row, column + (event.shiftKey ? -1 : 1));
    }
  }

  // --- Editing ----------------------------------------------------------------------------------

  /**
   * Edit the active cell; what is typed replaces its text.
   * @param {string} [typed]
   */
  edit(typed) {
    const { row, column } = this.#active;
    const cell = this.#element(row, column);
    if (!cell || this.#editor || !(row === ALL ? may("work") : this.model.isWritable(row))) return;
    this.#other = { ...this.#active };
    this.#mark();
    const field = this.model.columns[column];
    const { input, list } = tagInput(field, "");
    const common = row === ALL ? this.#common(column) : null;
    putValue(
      input,
      typed !== undefined && !(input instanceof HTMLSelectElement)
        ? typed
        : common
          ? common.isMixed
            ? ""
            : common.text
          : this.model.text(row, column),
    );
    input.setAttribute(
      "aria-label",
      row === ALL
        ? t("{label} of all comics", { label: field.label })
        : t("{label} of {name}", { label: field.label, name: this.model.rows[row].name }),
    );
    input.addEventListener("blur", () => this.commit());
    if (input instanceof HTMLSelectElement)
      input.addEventListener("change", () => {
        this.commit();
        this.select(row, column);
      });
    this.#editor = input;
    fill(cell, input, list);
    cell.classList.add("editing");
    input.focus();
    if (typed === undefined && !(input instanceof HTMLSelectElement)) input.select();
  }

  /** Write what was typed in the open editor. */
  commit() {
    const input = this.#editor;
    if (!input) return;
    const { row, column } = this.#active;
    const text = input.value.trim();
    const isMixed = row === ALL && this.#common(column).isMixed;
    this.#close();
    if (row === ALL && !(isMixed && !text)) {
      this.model.write(this.model.rows.map((_, index) => ({ row: index, column, text })));
    } else if (row !== ALL) {
      this.model.write([{ row, column, text }]);
    }
    this.refresh();
  }

  #close() {
    const { row, column } = this.#active;
    this.#editor = null;
    this.#element(row, column)?.replaceWith(this.#cell(row, column));
    this.#mark();
  }

  #clear() {
    const { top, bottom, left, right } = this.area;
    const cells = [];
    for (let row = top; row <= bottom; row += 1)
      for (let column = left; column <= right; column += 1) cells.push({ row, column, text: "" });
    this.model.write(cells);
    this.refresh();
  }

  /** @param {ClipboardEvent} event */
  #copy(event) {
    if (this.#editor || !this.#cellAt(event.target)) return false;
    const { top, bottom, left, right } = this.area;
    const rows = [];
    for (let row = top; row <= bottom; row += 1)
      rows.push(Array.from({ length: right - left + 1 }, (_, index) => this.model.text(row, left + index)));
    event.clipboardData?.setData("text/plain", toTsv(rows));
    event.preventDefault();
    return true;
  }

  /** @param {ClipboardEvent} event */
  #paste(event) {
    if (this.#editor || !this.#cellAt(event.target)) return;
    event.preventDefault();
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!text) return;
    const cells = parseTsv(text);
    const { top, left } = this.area;
    const isOne = cells.length === 1 && cells[0].length === 1;
    const rest = this.model.paste(cells, this.area);
    if (!isOne) {
      this.#active = { row: top, column: left };
      this.#other = {
        row: Math.min(top + cells.length, this.model.rows.length) - 1,
        column: Math.min(left + Math.max(...cells.map((row) => row.length)), this.model.columns.length) - 1,
      };
    }
    this.refresh();
    if (rest.rows || rest.columns)
      this.told(
        t("{parts} of what was pasted did not fit.", {
          parts: allOf([
            rest.rows ? tn("1 row", "{n} rows", rest.rows) : "",
            rest.columns ? tn("1 column", "{n} columns", rest.columns) : "",
          ]),
        }),
      );
  }
}
