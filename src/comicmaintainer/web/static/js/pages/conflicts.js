// @ts-check
/** Different comics that should have one name, side by side, with what tells them apart. */

import { get } from "../base/api.js";
import { base, fill, h, part, setText } from "../base/dom.js";
import { baseName, bytes, count, files, folderOf, pages } from "../base/format.js";
import { kindOf } from "../base/kinds.js";
import { listen } from "../base/live.js";
import { Paged } from "../base/paged.js";
import { Rows } from "../base/rows.js";
import { ENDED } from "../base/states.js";
import { attempt } from "../base/toast.js";
import { newJob, submit } from "../parts/new-job.js";

const place = part("#groups", HTMLElement);
/** The file whose conflict alone is shown, by its id; null for all. */
const only = new URLSearchParams(location.search).get("file");

/**
 * Whether names, or what the catalogue knows of them, may be others after a job of this kind.
 * @param {string} name
 */
function changesLibrary(name) {
  const kind = kindOf(name);
  return kind.changes_files || kind.items === "folder";
}

/** @param {{groups: number, files: number}} total */
function drawTotal(total) {
  const names = total.groups === 1 ? "1 name" : `${count(total.groups)} names`;
  setText(part("#total", HTMLElement), total.groups ? `${names}, ${files(total.files)} in conflict` : "");
}

/**
 * A field that tells files apart: values by file id, the holder's by "".
 * @typedef {{label: string, values: Map<number | "", string | null>}} Distinction
 */

/**
 * What tells the files of a group apart, by field.
 * @param {ConflictGroup} group
 */
function distinctions(group) {
  /** @type {Map<string, Distinction>} */
  const found = new Map();
  for (const file of group.files) {
    for (const each of file.apart) {
      const distinction = found.get(each.field) ?? { label: each.label, values: new Map() };
      found.set(each.field, distinction);
      const { values } = distinction;
      values.set(file.file_id, each.own);
      if (!values.has("")) values.set("", each.other);
    }
  }
  return found;
}

/**
 * One file as a column: cover, name, where it is, and its values of all that tells the group apart.
 * @param {ComicFile & Partial<Pick<ConflictFile, "likeness">>} file
 * @param {string} words
 * @param {Map<string, Distinction>} told
 * @param {number | ""} key
 */
function column(file, words, told, key) {
  const rows = [...told.values()].map(({ label, values }) => {
    const differs = key !== "" && values.has(key);
    const value = values.has(key) ? values.get(key) : values.get("");
    return [h("dt", {}, label), h("dd", differs ? { class: "best" } : {}, value ?? "none")];
  });
  return h(
    "div",
    { class: "copy still" },
    h("img", { src: `${base()}/api/files/${file.file_id}/cover`, alt: "", loading: "lazy" }),
    h("span", { class: "state", data: { state: key === "" ? "processed" : "conflict" } }, words),
    h("a", { class: "plain", href: `${base()}/files/${file.file_id}` }, file.name),
    h("span", { class: "muted" }, folderOf(file.path)),
    h("span", {}, `${(file.format || "").toUpperCase()}, ${pages(file.page_count ?? 0)}, ${bytes(file.size_bytes)}`),
    rows.length ? h("dl", { class: "facts" }, rows) : null,
    file.likeness
      ? h(
          "a",
          { href: `${base()}/duplicates?by=look` },
          `${count(file.likeness.alike)} of ${count(file.likeness.compared)} pages look alike`,
        )
      : null,
  );
}

/**
 * What can be done so that each file of the group gets a name of its own, in one sentence.
 * @param {ConflictGroup} group
 */
function advice(group) {
  if (!group.holder)
    return "The file that has the name is not in the catalogue. If it is no comic, move it away, then process again.";
  const found = group.files.flatMap((file) => file.apart.map((each) => each.advice)).find(Boolean);
  return (
    found ??
    "Names and tags say the same of all of them. Look at the pages: " +
      "another scan of one comic can be marked as a duplicate."
  );
}

/** @param {string[]} paths */
function compare(paths) {
  return submit({ kind: "duplicates", files: paths, params: { near: true } });
}

/** @param {ConflictGroup} group */
function draw(group) {
  const told = distinctions(group);
  const paths = [...(group.holder ? [group.holder.path] : []), ...group.files.map((file) => file.path)];
  const section = h("section", {
    class: "group",
    data: { key: group.path },
    tabIndex: -1,
    "aria-label": baseName(group.path),
  });
  section.append(
    h(
      "header",
      {},
      h("h3", {}, baseName(group.path)),
      h("span", { class: "muted small" }, advice(group)),
      h(
        "div",
        { class: "actions" },
        h(
          "button",
          {
            type: "button",
            class: "quiet",
            title: "Find out whether they are scans of one comic; no file is changed",
            onclick: () => attempt(() => compare(paths)),
          },
          "Compare by look",
        ),
        h(
          "button",
          {
            type: "button",
            title: "After their tags were changed, or with a template that tells them apart",
            onclick: () => newJob({ files: paths }, { first: "process" }),
          },
          "Process again",
        ),
      ),
    ),
    h(
      "div",
      { class: "copies" },
      group.holder
        ? column(group.holder, "Has the name", told, "")
        : h(
            "div",
            { class: "copy still" },
            h("span", { class: "path" }, group.path),
            h("span", { class: "muted" }, "Not in the catalogue"),
          ),
      group.files.map((file) => column(file, "Keeps its own name", told, file.file_id)),
    ),
    group.file_count > group.files.length
      ? h("p", { class: "muted" }, `${files(group.file_count - group.files.length)} more should have this name.`)
      : "",
  );
  return section;
}

function empty() {
  if (only)
    return h(
      "div",
      { class: "empty" },
      h("p", {}, "This comic is in no conflict any more."),
      h("a", { class: "button", href: `${base()}/files/${only}` }, "Go to the comic"),
    );
  return h(
    "div",
    { class: "empty" },
    h("p", {}, "No two different comics should have one name."),
    h("a", { class: "button", href: `${base()}/duplicates` }, "See files with the same pages"),
  );
}

/** @param {any} after */
async function load(after) {
  if (only) {
    /** @type {{conflict: ConflictGroup | null}} */
    const { conflict } = await get(`/api/files/${only}/conflict`);
    return { rows: conflict ? [draw(conflict)] : [], next: null };
  }
  /** @type {ListPage & {groups: ConflictGroup[], total?: {groups: number, files: number}}} */
  const page = await get("/api/conflicts", { after, limit: 20, count: after === null });
  if (page.total) drawTotal(page.total);
  return { rows: page.groups.map(draw), next: page.next };
}

const list = new Paged(place, load, empty);

if (only) fill(part("#all", HTMLElement), h("a", { href: `${base()}/duplicates?by=name` }, "Show all conflicts"));
new Rows(place, { actions: (_key, section) => part(".actions button", HTMLElement, section).focus() });
listen(({ name, data }) => {
  if (name === "job" && ENDED.includes(data.status) && changesLibrary(data.kind) && !data.preview)
    attempt(() => list.restart());
});
attempt(() => list.restart());
