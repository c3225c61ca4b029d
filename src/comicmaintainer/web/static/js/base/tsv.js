// @ts-check
/** Text with tabs between cells and one line per row, as spreadsheets put it on the clipboard. */

const QUOTED = /^"(?:[^"]|"")*"(?=\t|\r?\n|$)/;

/**
 * The cells of a text, row by row. A cell with a tab or a line end in it is quoted, as spreadsheets do.
 * @param {string} text
 * @returns {string[][]}
 */
export function parseTsv(text) {
  /** @type {string[][]} */
  const rows = [[]];
  let rest = text.replace(/\r\n?/g, "\n").replace(/\n$/, "");
  for (;;) {
    const [quoted] = QUOTED.exec(rest) ?? [];
    const end = rest.search(/[\t\n]/);
    const cell = quoted ?? (end < 0 ? rest : rest.slice(0, end));
    rows[rows.length - 1].push(quoted === undefined ? cell : cell.slice(1, -1).replaceAll('""', '"'));
    rest = rest.slice(cell.length);
    if (!rest) return rows;
    if (rest[0] === "\n") rows.push([]);
    rest = rest.slice(1);
  }
}

/**
 * The text of cells.
 * @param {string[][]} rows
 */
export const toTsv = (rows) =>
  rows
    .map((cells) => cells.map((cell) => (/[\t\n"]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join("\t"))
    .join("\n");
