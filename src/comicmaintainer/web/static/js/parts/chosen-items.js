// @ts-check
/**
 * What is chosen in a list of the library (comics, series or folders), in words, for jobs and for the sheet.
 *
 * A series or a folder stands for its comics, which are never listed here: the server finds them.
 */

import { get, post } from "../base/api.js";
import { comics, count, files } from "../base/format.js";
import { shortPath } from "../base/places.js";
import { t, tn } from "../base/texts.js";

/**
 * Items that were picked from a list, or with `isAll` the items that are left out of it.
 * @template T
 * @typedef {object} Picked
 * @property {boolean} isAll
 * @property {T[]} items
 * @property {boolean} isWhole whether all items of the list are loaded
 * @property {number} loaded
 */

/**
 * @typedef {object} Chosen
 * @property {import("./new-job.js").ChosenFiles} forJobs
 * @property {import("./sheet-selection.js").SheetSelection} forSheet
 * @property {(total: FileTotal | null) => string} words with the number of comics, once it is known
 * @property {(total: FileTotal | null) => string} state the same as what a bar says of the selection
 * @property {string | null} offer what a button that chooses all of the list says; null if there is no more to choose
 * @property {() => FileTotal | Promise<FileTotal>} total the number of comics
 * @property {boolean} isOfFiles whether comics were chosen one by one, so that they are called files
 */

/** @param {FileTotal} total */
const numberOf = ({ files: number, is_capped: isCapped }) => `${count(number)}${isCapped ? "+" : ""}`;

/** @param {FileTotal} total */
const comicsOf = (total) => comics(total.files, total.is_capped);

/** @param {{files: number, is_capped?: boolean}[]} parts */
const sumOf = (parts) => ({
  files: parts.reduce((sum, one) => sum + one.files, 0),
  is_capped: parts.some((one) => one.is_capped),
});

/**
 * What is chosen with the number of comics, once that is known: "3 series, 93 comics".
 * @param {string} words
 * @param {string | null | undefined} number
 */
const counted = (words, number) => (number ? `${words}, ${number}` : words);

/** @param {string} words */
const selected = (words) => t("{words} selected", { words });

/**
 * Comics of a list with `total` of them.
 * @param {Picked<ComicFile>} picked
 * @param {import("./library-filter.js").LibraryFilter} filter
 * @param {FileTotal | null} total
 * @returns {Chosen}
 */
export function chosenComics({ isAll, items }, filter, total) {
  const paths = items.map((file) => file.path);
  const ids = items.map((file) => file.file_id);
  const matching = total ?? { files: 0, is_capped: false };
  const wanted = filter.forJobs;
  const without = paths.length ? { without: paths } : {};
  const left = { files: Math.max(0, matching.files - paths.length), is_capped: matching.is_capped };
  const all = Object.keys(wanted).length
    ? { filter: wanted, ...without, count: left.files, isCapped: left.is_capped }
    : { all: true, ...without };
  const number = numberOf(matching);
  const others = count(paths.length);
  const state = () => {
    if (!isAll) return selected(files(paths.length));
    return paths.length
      ? t("All {number} matching selected, but {others} not", { number, others })
      : t("All {number} matching selected", { number });
  };
  return {
    forJobs: isAll ? all : { files: paths },
    forSheet: isAll ? { queries: [filter.query], without: ids } : { ids },
    words: () => (isAll ? (paths.length ? state() : t("All {number} matching", { number })) : files(paths.length)),
    state,
    offer: isAll || matching.files <= paths.length ? null : t("Select all {number} matching", { number }),
    total: () => (isAll ? left : { files: paths.length, is_capped: false }),
    isOfFiles: true,
  };
}

/**
 * Series: of each, the comics that match the filter. The text of the filter is part of the series' names.
 * @param {Picked<Series>} picked
 * @param {import("./library-filter.js").LibraryFilter} filter
 * @returns {Chosen}
 */
export function chosenSeries({ isAll, items, isWhole, loaded }, filter) {
  const names = items.map((one) => one.name);
  const { text, ...others } = filter.forJobs;
  const { text: _, ...query } = /** @type {Record<string, any>} */ (filter.query);
  // A series with gaps, and one that was asked for, matches with all of its comics.
  const isOfComics = Object.keys(others).some((part) => part !== "gaps" && part !== "series");
  const all = { series_text: text, has_series: true, ...(names.length ? { none_of_series: names } : {}) };
  const some = { any_of_series: names };
  const wanted = Object.fromEntries(
    Object.entries({ ...others, ...(isAll ? all : some) }).filter(([, value]) => value !== undefined),
  );
  const number = count(loaded);
  const left = count(names.length);
  const everything = () => {
    if (isWhole)
      return names.length
        ? t("All {number} series but {others}", { number, others: left })
        : t("All {number} series", { number });
    return names.length ? t("All series but {others}", { others: left }) : t("All series");
  };
  /** @param {FileTotal | null} total */
  const words = (total) => {
    const what = isAll ? everything() : t("{number} series", { number: left });
    if (!total || !isOfComics) return counted(what, total && comicsOf(total));
    return counted(
      what,
      total.is_capped
        ? t("{number}+ matching comics", { number: count(total.files) })
        : tn("1 matching comic", "{n} matching comics", total.files),
    );
  };
  return {
    forJobs: { filter: wanted, first: isAll ? { ...query, ...all } : { ...query, series: names[0] } },
    forSheet: { queries: isAll ? [{ ...query, ...all }] : names.map((series) => ({ ...query, series })) },
    words,
    state: (total) => selected(words(total)),
    offer:
      isAll || (isWhole && names.length === loaded)
        ? null
        : isWhole
          ? t("Select all {number} series", { number })
          : t("Select all series"),
    total: () => (isAll || isOfComics ? post("/api/files/count", { filter: wanted }) : sumOf(items)),
    isOfFiles: false,
  };
}

/**
 * The comics in a folder, or in all, that are not in some folders.
 * @param {string | null} folder
 * @param {Folder[]} but
 */
async function totalBut(folder, but) {
  const { count: whole } = await get("/api/files", { folder, limit: 1, count: true });
  const left = sumOf(but);
  return { files: Math.max(0, whole.files - left.files), is_capped: whole.is_capped || left.is_capped };
}

/**
 * Folders inside `parent`, each with all comics below it; null stands above the watched folders.
 * @param {Picked<Folder>} picked
 * @param {string | null} parent
 * @returns {Chosen}
 */
export function chosenFolders({ isAll, items }, parent) {
  const paths = items.map((folder) => folder.path);
  const without = paths.length ? { without: paths } : {};
  const folder = parent && shortPath(parent);
  const others = tn("1 folder", "{n} folders", paths.length);
  const everything = () => {
    if (folder)
      return paths.length
        ? t("Everything in {folder} but {others}", { folder, others })
        : t("Everything in {folder}", { folder });
    return paths.length ? t("Everything but {others}", { others }) : t("Everything");
  };
  /** @param {FileTotal | null} total */
  const words = (total) => counted(isAll ? everything() : others, total && comicsOf(total));
  const all = parent ? { folders: [parent], ...without } : { all: true, ...without };
  return {
    forJobs: isAll ? all : { folders: paths, first: { folder: paths[0] } },
    forSheet: isAll
      ? { queries: [{ folder: parent }], withoutFolders: paths }
      : { queries: paths.map((folder) => ({ folder })) },
    words,
    state: (total) => selected(words(total)),
    offer: isAll ? null : folder ? t("Select everything in {folder}", { folder }) : t("Select everything"),
    total: () => (isAll ? totalBut(parent, items) : sumOf(items)),
    isOfFiles: false,
  };
}
