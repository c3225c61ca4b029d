// @ts-check
/** The library as a table: its columns, which can be chosen, and its heads, which sort. */

import { fill, h, part } from "../base/dom.js";
import { openSheet } from "../base/sheet.js";
import { t } from "../base/texts.js";
import { COLUMNS, comicRow, FIRST_COLUMNS } from "./comic-rows.js";

const KEPT = "library-columns";

/** @returns {string[]} */
function keptColumns() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT) ?? "");
    if (Array.isArray(kept)) return kept;
  } catch {
    // nothing was kept yet
  }
  return FIRST_COLUMNS;
}

export class ComicTable {
  #columns = COLUMNS.filter((column) => keptColumns().includes(column.name));
  /** The box that chooses all comics. */
  every = h("input", { type: "checkbox", id: "every", "aria-label": t("Select all that match") });

  /**
   * @param {import("./library-order.js").LibraryOrder} order
   * @param {() => void} changed called when other columns were chosen
   */
  constructor(order, changed) {
    this.order = order;
    this.changed = changed;
  }

  /** @param {ComicFile} file */
  row(file) {
    return comicRow(file, this.#columns);
  }

  drawHeads() {
    fill(
      part("#heads", HTMLElement),
      h("th", { class: "shrink" }, this.every),
      h("th", { class: "main" }, t("Comic")),
      this.#columns.map((column) => this.#head(column)),
    );
  }

  chooseColumns() {
    const boxes = COLUMNS.map((column) =>
      h("input", { type: "checkbox", value: column.name, checked: this.#columns.includes(column) }),
    );
    openSheet(
      t("Columns"),
      h(
        "div",
        { class: "choices" },
        COLUMNS.map((column, at) => h("label", {}, boxes[at], column.label)),
      ),
      {
        label: t("Show"),
        save: async () => {
          const names = boxes.filter((box) => box.checked).map((box) => box.value);
          localStorage.setItem(KEPT, JSON.stringify(names));
          this.#columns = COLUMNS.filter((column) => names.includes(column.name));
          this.drawHeads();
          this.changed();
        },
      },
    );
  }

  /** @param {import("./comic-rows.js").Column} column */
  #head(column) {
    const { order, reverse } = this.order.query;
    const sorted = column.order === order ? (reverse ? "descending" : "ascending") : null;
    const by = column.order;
    return h(
      "th",
      { class: `wide ${column.look ?? ""}`, "aria-sort": sorted },
      by
        ? h("button", { type: "button", class: "sort", onclick: () => this.order.sortBy(by) }, column.label)
        : column.label,
    );
  }
}
