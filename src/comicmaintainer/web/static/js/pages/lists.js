// @ts-check
/** Reading lists; with ?list=ID one of them, each entry with its file or marked as missing. */

import { ApiError, api, get, messageOf, remove } from "../base/api.js";
import { base, fill, h, icon, part, setText } from "../base/dom.js";
import { ago, count, moment } from "../base/format.js";
import { kindOf } from "../base/kinds.js";
import { listen } from "../base/live.js";
import { openMenu } from "../base/menu.js";
import { Paged } from "../base/paged.js";
import { may } from "../base/role.js";
import { Rows } from "../base/rows.js";
import { ENDED } from "../base/states.js";
import { t } from "../base/texts.js";
import { attempt, toast } from "../base/toast.js";

/** @typedef {{list_id: number, name: string, entries: number, here: number, added_at: number}} ReadingList */
/** @typedef {{file_id: number, path: string, name: string, found_by: "id" | "year" | "number"}} EntryFile */
/** @typedef {{position: number, title: string, file: EntryFile | null}} ListEntry */

const PAGE = 200;
const FOUND_BY = {
  id: t("Both have the same id"),
  year: t("Same series and number; the year or the volume agrees"),
  number: t("Same series and number; there is no year to compare"),
};

const only = new URLSearchParams(location.search).get("list");
const body = part("#rows", HTMLElement);
const total = part("#total", HTMLElement);
const chooser = part("#files", HTMLInputElement);
const shown = part("#shown", HTMLSelectElement);

/** @param {ReadingList} list */
const sentence = ({ here, entries }) =>
  here === entries
    ? t("All {number} here", { number: count(entries) })
    : t("{number} of {all} here", { number: count(here), all: count(entries) });

/** @param {number} id */
const there = (id) => `${base()}/lists?list=${id}`;

/** @param {...[string | Element, string?]} headings */
function head(...headings) {
  fill(part("#headings", HTMLElement), ...headings.map(([text, look]) => h("th", { class: look }, text)));
}

/** @param {string} text */
const spoken = (text) => h("span", { class: "visually-hidden" }, text);

/**
 * The row of an empty table.
 * @param {number} columns
 * @param {...any} content
 */
const nothing = (columns, ...content) =>
  h("tr", {}, h("td", { colSpan: columns }, h("div", { class: "empty" }, content)));

// --- All lists -------------------------------------------------------------------------------

/** @param {ReadingList} list */
function listRow(list) {
  const isWhole = list.here === list.entries;
  return h(
    "tr",
    { data: { key: String(list.list_id) }, tabIndex: -1 },
    h("td", {}, h("a", { class: "clip", href: there(list.list_id), title: list.name }, list.name)),
    h(
      "td",
      { class: "shrink" },
      h("span", { class: "state", data: { state: isWhole ? "ok" : "unprocessed" } }, sentence(list)),
    ),
    h("td", { class: "wide shrink muted", title: moment(list.added_at) }, ago(list.added_at)),
    h(
      "td",
      { class: "shrink" },
      h(
        "button",
        {
          type: "button",
          class: "quiet",
          "aria-label": t("More about {name}", { name: list.name }),
          onclick: (/** @type {{currentTarget: Element}} */ event) => openMenu(event.currentTarget, choices(list)),
        },
        icon("more"),
      ),
    ),
  );
}

/**
 * What can be done with a list.
 * @param {ReadingList} list
 * @returns {Parameters<typeof openMenu>[1]}
 */
function choices(list) {
  const address = `${base()}/api/lists/${list.list_id}/export`;
  return [
    [t("Export as CBL"), "download", () => location.assign(address)],
    [t("Export as JSON"), "download", () => location.assign(`${address}?format=json`)],
    may("work") && [t("Remove"), "trash", () => attempt(() => removeList(list)), "danger"],
  ];
}

/**
 * Remove a list. Its document is kept until the toast is gone, so that Undo can import it again.
 * @param {ReadingList} list
 */
async function removeList(list) {
  const kept = await (await fetch(`${base()}/api/lists/${list.list_id}/export`)).blob();
  await remove(`/api/lists/${list.list_id}`);
  const undo = async () => {
    /** @type {ReadingList} */
    const again = await importFile(kept, { name: list.name });
    if (only) location.assign(there(again.list_id));
    else await lists.restart();
  };
  toast(t("{name} is removed. No file was touched.", { name: list.name }), [t("Undo"), () => attempt(undo)]);
  if (only) fill(body, gone(t("This list is removed.")));
  else await lists.restart();
}

/**
 * @param {Blob} file
 * @param {import("../base/api.js").Query} query
 * @returns {Promise<ReadingList>}
 */
const importFile = (file, query) => api("POST", "/api/lists/import", { file, query });

/**
 * Import files one after another; a name that is taken can be replaced from its message.
 * @param {File[]} files
 */
async function importAll(files) {
  for (const file of files) {
    const query = { file_name: file.name.replace(/\.[^.]*$/, "") };
    try {
      added(await importFile(file, query));
    } catch (error) {
      const isTaken = error instanceof ApiError && error.code === "target_exists";
      const replace = () => attempt(async () => added(await importFile(file, { ...query, replace: true })));
      toast(`${file.name}: ${messageOf(error)}`, isTaken ? [t("Replace"), replace] : null);
    }
  }
  await lists.restart();
}

/** @param {ReadingList} list */
function added(list) {
  toast(`${list.name}: ${sentence(list)}.`, [t("Show"), () => location.assign(there(list.list_id))]);
}

/** @param {string} look */
const importButton = (look) =>
  h(
    "button",
    { type: "button", class: look, data: { needs: "work" }, onclick: () => chooser.click() },
    icon("plus"),
    t("Import"),
  );

/** @param {any} after */
async function loadLists(after) {
  /** @type {ListPage & {lists: ReadingList[]}} */
  const page = await get("/api/lists", { after });
  return { rows: page.lists.map(listRow), next: page.next };
}

// --- One list --------------------------------------------------------------------------------

/**
 * The row of a list that is not there, without what can be done with one.
 * @param {string} words
 */
function gone(words) {
  for (const place of ["#actions", "#filters"]) part(place, HTMLElement).hidden = true;
  setText(total, "");
  return nothing(4, h("p", {}, words), allLists());
}

const allLists = () => h("a", { class: "button", href: `${base()}/lists` }, t("All lists"));

/** @param {ListEntry} entry */
function entryRow({ position, title, file }) {
  const mark = h(
    "span",
    { class: "state", data: { state: file ? "ok" : "unprocessed" }, title: file && FOUND_BY[file.found_by] },
    file ? t("Here") : t("Missing"),
  );
  const link = file && h("a", { class: "clip", href: `${base()}/files/${file.file_id}`, title: file.path }, file.name);
  return h(
    "tr",
    { data: { key: file ? String(file.file_id) : `missing ${position}` }, tabIndex: -1 },
    h("td", { class: "shrink number muted" }, count(position)),
    h(
      "td",
      {},
      h("span", { class: "clip" }, title),
      file && h("a", { class: "under", href: `${base()}/files/${file.file_id}` }, file.name),
    ),
    h("td", { class: "shrink" }, mark),
    h(
      "td",
      { class: "wide" },
      link,
      file?.found_by === "number" && h("span", { class: "muted small" }, t("by number alone")),
    ),
  );
}

/** @param {any} after */
async function loadEntries(after) {
  /** @type {ReadingList & {items: ListEntry[], next: number | null}} */
  let page;
  try {
    page = await get(`/api/lists/${only}`, { after, limit: PAGE, missing: shown.value === "missing" });
  } catch (error) {
    if (!(error instanceof ApiError && [400, 404].includes(error.status))) throw error;
    return { rows: [gone(t("There is no such reading list."))], next: null };
  }
  if (after === null) drawHead(page);
  return { rows: page.items.map(entryRow), next: page.next };
}

/** @param {ReadingList} list */
function drawHead(list) {
  setText(part("#title", HTMLElement), list.name);
  document.title = `${list.name} · ${document.title.split(" · ").at(-1)}`;
  const missing = list.entries - list.here;
  setText(total, missing ? `${sentence(list)}, ${t("{number} missing", { number: count(missing) })}` : sentence(list));
  const actions = part("#actions", HTMLElement);
  if (actions.childElementCount) return;
  fill(
    actions,
    allLists(),
    h(
      "button",
      {
        type: "button",
        onclick: (/** @type {{currentTarget: Element}} */ event) => openMenu(event.currentTarget, choices(list)),
      },
      t("Actions"),
    ),
  );
}

// --- The page --------------------------------------------------------------------------------

const lists = only
  ? new Paged(body, loadEntries, () => nothing(4, h("p", {}, t("Nothing of this list is missing."))))
  : new Paged(body, loadLists, () =>
      nothing(
        4,
        h("p", {}, t("No reading lists yet. Import a CBL file, as ComicRack and others share them.")),
        importButton(""),
      ),
    );

if (only) {
  head([spoken(t("Place")), "shrink"], [t("Entry")], [t("State"), "shrink"], [t("File"), "wide"]);
  part("#lead", HTMLElement).hidden = true;
  part("#filters", HTMLElement).hidden = false;
  shown.value = "";
  shown.addEventListener("change", () => attempt(() => lists.restart()));
} else {
  head([t("Name")], [t("Here"), "shrink"], [t("Added"), "wide shrink"], [spoken(t("Actions")), "shrink"]);
  fill(part("#actions", HTMLElement), importButton("primary"));
  chooser.addEventListener("change", () => {
    const files = [...(chooser.files ?? [])];
    chooser.value = "";
    attempt(() => importAll(files));
  });
}

new Rows(body, {
  open: (key) => {
    if (Number(key)) location.assign(only ? `${base()}/files/${key}` : there(Number(key)));
  },
  actions: (_key, row) => row.querySelector("button")?.click(),
});
listen(({ name, data }) => {
  if (name !== "job" || !ENDED.includes(data.status) || data.preview) return;
  const kind = kindOf(data.kind);
  if (kind.changes_files || kind.items === "folder") attempt(() => lists.restart());
});
attempt(() => lists.restart());
