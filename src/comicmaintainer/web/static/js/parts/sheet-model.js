// @ts-check
/**
 * The cells of a sheet: comics as rows, tags as columns, what is stored in them and what was written over it.
 *
 * Rows and columns count from 0. Every edit of several cells is one step back.
 */

import { may } from "../base/role.js";
import { t } from "../base/texts.js";

/** @typedef {{row: number, column: number, text: string}} Cell */
/** @typedef {{top: number, left: number, bottom: number, right: number}} Area inclusive on all sides */

const MOST_STEPS = 200;
const COMICINFO = "comicinfo";

export class SheetModel {
  /** @type {TagTexts[]} */
  rows = [];
  /** @type {TagField[]} */
  columns = [];
  /**
   * What was written, by the id of the file and the name of the field.
   * @type {Map<number, Map<string, string>>}
   */
  #written = new Map();
  /** @type {{id: number, field: string, text: string | undefined}[][]} */
  #steps = [];
  /** @type {Map<string, Map<string, number>>} */
  #summaries = new Map();

  /**
   * @param {number} row
   * @param {number} column
   */
  stored(row, column) {
    return this.rows[row].texts[this.columns[column].name] ?? "";
  }

  /**
   * What the cell shows: what was written, or else what is stored.
   * @param {number} row
   * @param {number} column
   */
  text(row, column) {
    return this.#written.get(this.rows[row].file_id)?.get(this.columns[column].name) ?? this.stored(row, column);
  }

  /**
   * Whether something else was written than what is stored.
   * @param {number} row
   * @param {number} column
   */
  isChanged(row, column) {
    return this.text(row, column) !== this.stored(row, column);
  }

  /**
   * Whether the person may write tags into the archive of the row, and they can be written.
   * @param {number} row
   */
  isWritable(row) {
    return may("work") && this.whyUnwritable(row) === null;
  }

  /**
   * Why nobody can write tags into the archive of the row, or null.
   * @param {number} row
   */
  whyUnwritable(row) {
    const { format, protected_by } = this.rows[row];
    if (protected_by) return t("This comic is never written: the folder {path} is protected.", { path: protected_by });
    if (format === "cbz") return null;
    return format
      ? t("Tags can't be written into a {format}.", { format: format.toUpperCase() })
      : t("Tags can't be written into a file of this format.");
  }

  /**
   * Why the cell can't be saved as it is, or null.
   * @param {number} row
   * @param {number} column
   */
  problem(row, column) {
    const field = this.columns[column];
    const text = this.text(row, column);
    if (!text || !this.isChanged(row, column)) return null;
    if (field.kind === "whole") {
      const number = Number(text);
      if (!/^\d+$/.test(text)) return t("{label} must be a whole number.", { label: field.label });
      if (number < (field.low ?? 0) || number > (field.high ?? Infinity))
        return t("{label} must be from {low} to {high}.", { label: field.label, low: field.low, high: field.high });
    }
    if (field.choices.length && !field.choices.some((choice) => choice.value === text))
      return t("{label} must be one of: {choices}.", {
        label: field.label,
        choices: field.choices.map((choice) => choice.value).join(", "),
      });
    return null;
  }

  /**
   * Write cells as one step. Rows whose archive can't be written stay as they are. Returns how many cells changed.
   * @param {Cell[]} cells
   */
  write(cells) {
    /** @type {{id: number, field: string, text: string | undefined}[]} */
    const step = [];
    for (const { row, column, text } of cells) {
      if (!this.isWritable(row) || this.text(row, column) === text) continue;
      const id = this.rows[row].file_id;
      const field = this.columns[column].name;
      step.push({ id, field, text: this.#written.get(id)?.get(field) });
      this.#put(id, field, text === this.stored(row, column) ? undefined : text);
    }
    if (step.length) this.#steps = [...this.#steps, step].slice(-MOST_STEPS);
    this.#summaries.clear();
    return step.length;
  }

  get canGoBack() {
    return this.#steps.length > 0;
  }

  /** Take the last step back. */
  goBack() {
    for (const { id, field, text } of this.#steps.pop()?.reverse() ?? []) this.#put(id, field, text);
    this.#summaries.clear();
  }

  /** Forget everything that was written. */
  discard() {
    this.#written.clear();
    this.#steps = [];
    this.#summaries.clear();
  }

  /**
   * Show the rows as they are stored now. What was written and is stored by now is no change any more.
   * @param {TagTexts[]} rows
   */
  refresh(rows) {
    this.rows = rows;
    for (const row of rows)
      for (const [field, text] of [...(this.#written.get(row.file_id) ?? [])])
        if (text === (row.texts[field] ?? "")) this.#put(row.file_id, field, undefined);
    this.#steps = [];
    this.#summaries.clear();
  }

  /** How many cells were changed, and in how many rows; also those of columns that are not shown. */
  get changes() {
    const cells = [...this.#written.values()].reduce((sum, fields) => sum + fields.size, 0);
    return { cells, rows: this.#written.size };
  }

  /**
   * The values of a column, and how many rows have them.
   * @param {number} column
   */
  values(column) {
    const { name } = this.columns[column];
    const known = this.#summaries.get(name);
    if (known) return known;
    /** @type {Map<string, number>} */
    const found = new Map();
    for (let row = 0; row < this.rows.length; row += 1) {
      const text = this.text(row, column);
      found.set(text, (found.get(text) ?? 0) + 1);
    }
    this.#summaries.set(name, found);
    return found;
  }

  /**
   * The files that were changed, each with its parameters for a job of the kind `tag`.
   * @param {TagField[]} fields all fields, also those that are not columns now
   */
  edits(fields) {
    const known = new Map(fields.map((field) => [field.name, field]));
    return this.rows
      .filter((row) => this.#written.has(row.file_id))
      .map((row) => {
        const written = [...(this.#written.get(row.file_id) ?? [])];
        const set = written.filter(([, text]) => text);
        const clear = written.filter(([, text]) => !text).map(([name]) => name);
        const isOfOthers = set.some(([name]) => !known.get(name)?.formats.includes(COMICINFO));
        return {
          file: row.path,
          params: {
            ...(set.length ? { set: Object.fromEntries(set) } : {}),
            ...(clear.length ? { clear } : {}),
            ...(isOfOthers ? { formats: [COMICINFO, "metroninfo"] } : {}),
          },
        };
      });
  }

  // --- What is done to many cells ---------------------------------------------------------------

  /**
   * Paste rows of cells at the upper left of an area; one cell fills all of it. Returns what did not fit.
   * @param {string[][]} cells
   * @param {Area} area
   */
  paste(cells, area) {
    if (cells.length === 1 && cells[0].length === 1) {
      this.write(this.#cellsOf(area, () => cells[0][0].trim()));
      return { rows: 0, columns: 0 };
    }
    const width = Math.max(...cells.map((row) => row.length));
    /** @type {Cell[]} */
    const written = [];
    cells.forEach((texts, down) => {
      texts.forEach((text, across) => {
        const [row, column] = [area.top + down, area.left + across];
        if (row < this.rows.length && column < this.columns.length) written.push({ row, column, text: text.trim() });
      });
    });
    this.write(written);
    return {
      rows: Math.max(0, area.top + cells.length - this.rows.length),
      columns: Math.max(0, area.left + width - this.columns.length),
    };
  }

  /**
   * Copy the first row of an area into the rows below it.
   * @param {Area} area
   */
  fillDown(area) {
    return this.write(this.#cellsOf(area, (_row, column) => this.text(area.top, column)));
  }

  /**
   * Number the rows of an area in its first column.
   * @param {Area} area
   * @param {number} first
   * @param {number} step
   */
  number(area, first, step) {
    return this.write(
      this.#cellsOf({ ...area, right: area.left }, (row) =>
        String(Number((first + (row - area.top) * step).toFixed(4))),
      ),
    );
  }

  /**
   * The cells of an area in which a text is found, as they would be with another one in its place.
   * @param {Area} area
   * @param {string} text
   * @param {string} other
   * @param {{isExact?: boolean}} [options] with `isExact`, capital letters count
   */
  replaced(area, text, other, { isExact = false } = {}) {
    if (!text) return [];
    const pattern = new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), isExact ? "gu" : "giu");
    return this.#cellsOf(area, (row, column) => this.text(row, column).replace(pattern, () => other)).filter(
      ({ row, column, text: after }) => this.isWritable(row) && after !== this.text(row, column),
    );
  }

  /**
   * Take what the names of the files say, where they say something.
   * @param {Area} area
   */
  takeNames(area) {
    return this.write(
      this.#cellsOf(area, (row, column) => this.rows[row].named?.[this.columns[column].name] ?? this.text(row, column)),
    );
  }

  /**
   * @param {Area} area
   * @param {(row: number, column: number) => string} text
   * @returns {Cell[]}
   */
  #cellsOf({ top, left, bottom, right }, text) {
    /** @type {Cell[]} */
    const cells = [];
    for (let row = top; row <= bottom; row += 1)
      for (let column = left; column <= right; column += 1) cells.push({ row, column, text: text(row, column) });
    return cells;
  }

  /**
   * @param {number} id
   * @param {string} field
   * @param {string | undefined} text
   */
  #put(id, field, text) {
    const fields = this.#written.get(id) ?? new Map();
    if (text === undefined) fields.delete(field);
    else fields.set(field, text);
    if (fields.size) this.#written.set(id, fields);
    else this.#written.delete(id);
  }
}
