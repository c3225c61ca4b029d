// @ts-check
/** The comics that the sheet is opened for: kept in this tab, as an address can't hold thousands of them. */

import { get } from "../base/api.js";
import { base } from "../base/dom.js";

const KEY = "sheet-selection";
const READ_AT_ONCE = 1000;

/**
 * Chosen comics by their ids, or all that match one of the queries of the library, `without` some by their ids
 * and `withoutFolders`.
 * @typedef {{
 *   ids?: number[],
 *   queries?: import("../base/api.js").Query[],
 *   without?: number[],
 *   withoutFolders?: string[],
 * }} SheetSelection
 */

/**
 * Open the sheet for these comics.
 * @param {SheetSelection} selection
 */
export function openTagSheet(selection) {
  sessionStorage.setItem(KEY, JSON.stringify(selection));
  location.assign(`${base()}/sheet`);
}

/** The selection that the sheet was opened for; an address that names comics has precedence. */
export function keptSelection() {
  const text = location.search ? null : sessionStorage.getItem(KEY);
  /** @type {SheetSelection} */
  const kept = text ? JSON.parse(text) : { queries: [Object.fromEntries(new URLSearchParams(location.search))] };
  return kept;
}

/**
 * The ids of the first `most` comics of a selection, each once, and whether there are more.
 * @param {SheetSelection} selection
 * @param {number} most
 */
export async function idsOf({ ids, queries = [], without = [], withoutFolders = [] }, most) {
  if (ids) return { found: ids.slice(0, most), isCapped: ids.length > most };
  const left = new Set(without);
  /** @param {ComicFile} file */
  const isWanted = (file) =>
    !left.has(file.file_id) && !withoutFolders.some((folder) => file.path.startsWith(`${folder}/`));
  /** @type {Set<number>} */
  const found = new Set();
  for (const query of queries) {
    let after = null;
    do {
      /** @type {ListPage & {files: ComicFile[]}} */
      const page = await get("/api/files", { ...query, after, limit: READ_AT_ONCE });
      for (const file of page.files) if (isWanted(file)) found.add(file.file_id);
      after = page.next;
      if (found.size > most || (found.size === most && after))
        return { found: [...found].slice(0, most), isCapped: true };
    } while (after);
  }
  return { found: [...found], isCapped: false };
}
