// @ts-check
/** Comics of the library as rows of a table with chosen columns, and as tiles of a wall. */

import { base, h } from "../base/dom.js";
import { ago, baseName, bytes, comics, count, moment, pages, plainly } from "../base/format.js";
import { shortPath } from "../base/places.js";
import { STATES } from "../base/states.js";
import { t } from "../base/texts.js";

/** States that are worth a word beside each comic; the others can be filtered by. */
const TELLING = ["failed", "conflict", "duplicate"];

/**
 * @typedef {object} Column
 * @property {string} name
 * @property {string} label
 * @property {string} [look]
 * @property {string} [order] the order of the API that sorts by it
 * @property {(file: ComicFile) => any} cell
 */

/** @param {ComicFile} file */
const format = (file) => (file.format || "").toUpperCase();

/** @param {ComicFile} file */
const seriesOf = (file) =>
  file.series
    ? h(
        "a",
        {
          class: "plain clip",
          href: `${base()}/series?name=${encodeURIComponent(file.series)}`,
          title: file.series,
        },
        file.series,
      )
    : h("span", { class: "muted" }, t("unknown"));

/** @type {Column[]} */
export const COLUMNS = [
  { name: "series", label: t("Series"), order: "series", look: "words", cell: seriesOf },
  { name: "issue", label: t("Number"), look: "number", cell: (file) => file.issue ?? "" },
  { name: "title", label: t("Title"), look: "words", cell: (file) => h("span", { class: "clip" }, file.title ?? "") },
  { name: "year", label: t("Year"), order: "year", look: "number", cell: (file) => file.year ?? "" },
  {
    name: "publisher",
    label: t("Publisher"),
    order: "publisher",
    look: "words",
    cell: (file) => h("span", { class: "clip" }, file.publisher ?? ""),
  },
  {
    name: "pages",
    label: t("Pages"),
    look: "number",
    cell: (file) => (file.page_count === null ? "" : count(file.page_count)),
  },
  { name: "format", label: t("Format"), look: "short", cell: format },
  { name: "size", label: t("Size"), order: "size", look: "number", cell: (file) => bytes(file.size_bytes) },
  {
    name: "added",
    label: t("Added"),
    order: "newest",
    look: "medium",
    cell: (file) => h("span", { title: moment(file.added_at) }, ago(file.added_at)),
  },
  {
    name: "folder",
    label: t("Folder"),
    order: "path",
    look: "words",
    cell: (file) => h("span", { class: "clip", title: file.folder }, shortPath(file.folder)),
  },
];
export const FIRST_COLUMNS = ["series", "issue", "year", "pages", "format", "size"];

/**
 * The state where it says something.
 * @param {ComicFile} file
 */
function state(file) {
  if (!TELLING.includes(file.state)) return null;
  const other = file.conflict_with || file.duplicate_of;
  return h(
    "span",
    {
      class: "state",
      data: { state: file.state },
      title: [file.reason, other && shortPath(other)].filter(Boolean).join(" "),
    },
    STATES[file.state] || file.state,
  );
}

/** @param {string} name */
const box = (name) =>
  h("input", { type: "checkbox", data: { select: "" }, "aria-label": t("Select {name}", { name }), tabIndex: -1 });

/** @param {ComicFile} file */
function under(file) {
  if (file.state === "failed" && file.reason) return plainly(file.reason);
  return [file.page_count === null ? null : pages(file.page_count), format(file), bytes(file.size_bytes)]
    .filter(Boolean)
    .join(" · ");
}

/**
 * A row of the table.
 * @param {ComicFile} file
 * @param {Column[]} columns
 */
export const comicRow = (file, columns) =>
  h(
    "tr",
    { data: { key: file.file_id, state: file.state }, tabIndex: -1 },
    h("td", { class: "shrink" }, box(file.name)),
    h(
      "td",
      {},
      h(
        "span",
        { class: "name" },
        h("img", { class: "thumb", src: coverOf(file.file_id), alt: "", width: 22, height: 32 }),
        h(
          "span",
          { class: "grow" },
          h("a", { class: "clip", href: `${base()}/files/${file.file_id}`, title: file.path }, file.name),
          h("span", { class: file.state === "failed" ? "under bad" : "under" }, under(file)),
        ),
        state(file),
      ),
    ),
    columns.map((column) => h("td", { class: `wide ${column.look ?? ""}` }, column.cell(file))),
  );

/**
 * A tile of a wall: a cover that leads to `href`, with a title and a line below.
 * @param {{href: string, title?: string, cover: string, name: string, line: string}} tile
 */
const tile = ({ href, title = "", cover, name, line }) =>
  h(
    "a",
    { href: `${base()}${href}`, title },
    h("img", { src: cover, alt: "" }),
    h("span", { class: "words" }, h("span", { class: "title" }, name), h("span", { class: "muted small line" }, line)),
  );

/** @param {number | null} id */
const coverOf = (id) => `${base()}/api/files/${id}/cover`;

/**
 * A tile of the wall.
 * @param {ComicFile} file
 */
export const comicTile = (file) =>
  h(
    "li",
    { data: { key: file.file_id, state: file.state }, tabIndex: -1 },
    tile({
      href: `/files/${file.file_id}`,
      title: shortPath(file.path),
      cover: coverOf(file.file_id),
      name: file.series ? `${file.series}${file.issue ? ` #${file.issue}` : ""}` : file.name,
      line: [file.title, file.year].filter(Boolean).join(" · ") || under(file),
    }),
    box(file.name),
    state(file),
  );

/**
 * A tile of a series.
 * @param {Series} entry
 */
export const seriesTile = (entry) =>
  h(
    "li",
    { data: { key: entry.name }, tabIndex: -1 },
    tile({
      href: `/series?name=${encodeURIComponent(entry.name)}`,
      cover: coverOf(entry.cover_file_id),
      name: entry.name,
      line: [comics(entry.files), entry.gaps ? t("{number} missing", { number: count(entry.gaps) }) : entry.year]
        .filter(Boolean)
        .join(" · "),
    }),
    box(entry.name),
  );

/**
 * A tile of a folder.
 * @param {Folder} folder
 */
export const folderTile = (folder) =>
  h(
    "li",
    { data: { key: folder.path }, tabIndex: -1 },
    tile({
      href: `/?view=folders&folder=${encodeURIComponent(folder.path)}`,
      title: folder.path,
      cover: coverOf(folder.cover_file_id),
      name: baseName(folder.path),
      line: comics(folder.files, folder.is_capped),
    }),
    box(baseName(folder.path)),
  );
