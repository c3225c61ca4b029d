// @ts-check
/** Different comics that should have the same name, side by side, with their differences. */

import { get } from "../base/api.js";
import { base, fill, h, part, setText, showPage } from "../base/dom.js";
import { baseName, bytes, count, files, folderOf, pages } from "../base/format.js";
import { kindOf } from "../base/kinds.js";
import { listen } from "../base/live.js";
import { Paged } from "../base/paged.js";
import { shortPath } from "../base/places.js";
import { Rows } from "../base/rows.js";
import { ENDED } from "../base/states.js";
import { t, tn } from "../base/texts.js";
import { attempt } from "../base/toast.js";
import { submitAndFollow } from "../parts/followed-job.js";
import { newJob } from "../parts/new-job.js";

const place = part("#groups", HTMLElement);
/** The id of the file whose conflict is shown; null to show all conflicts. */
const only = new URLSearchParams(location.search).get("file");

/**
 * Whether a job of this kind may change names or the catalogue.
 * @param {string} name
 */
function changesLibrary(name) {
  const kind = kindOf(name);
  return kind.changes_files || kind.items === "folder";
}

/** @param {{groups: number, files: number}} total */
function drawTotal(total) {
  const values = { files: files(total.files) };
  setText(
    part("#total", HTMLElement),
    total.groups ? tn("1 name, {files} in conflict", "{n} names, {files} in conflict", total.groups, values) : "",
  );
}

/**
 * A field that differs between files: values by file id, the holder's under "".
 * @typedef {{label: string, values: Map<number | "", string | null>}} Difference
 */

/**
 * The differences in a group, by field.
 * @param {ConflictGroup} group
 */
function differencesOf(group) {
  /** @type {Map<string, Difference>} */
  const found = new Map();
  for (const file of group.files) {
    for (const each of file.apart) {
      const difference = found.get(each.field) ?? { label: each.label, values: new Map() };
      found.set(each.field, difference);
      const { values } = difference;
      values.set(file.file_id, each.own);
      if (!values.has("")) values.set("", each.other);
    }
  }
  return found;
}

/**
 * One file as a column: cover, name, folder, and its values of all differing fields.
 * @param {ComicFile & Partial<Pick<ConflictFile, "likeness">>} file
 * @param {string} words
 * @param {Map<string, Difference>} differences
 * @param {number | ""} key
 */
function column(file, words, differences, key) {
  const rows = [...differences.values()].map(({ label, values }) => {
    const differs = key !== "" && values.has(key);
    const value = values.has(key) ? values.get(key) : values.get("");
    return [h("dt", {}, label), h("dd", differs ? { class: "best" } : {}, value ?? t("none"))];
  });
  return h(
    "div",
    { class: "copy still" },
    h("img", { src: `${base()}/api/files/${file.file_id}/cover`, alt: "", loading: "lazy" }),
    h("span", { class: "state", data: { state: key === "" ? "processed" : "conflict" } }, words),
    h("a", { class: "plain", href: `${base()}/files/${file.file_id}` }, file.name),
    h("span", { class: "muted", title: file.path }, shortPath(folderOf(file.path))),
    h("span", {}, `${(file.format || "").toUpperCase()}, ${pages(file.page_count ?? 0)}, ${bytes(file.size_bytes)}`),
    rows.length ? h("dl", { class: "facts" }, rows) : null,
    file.likeness
      ? h(
          "a",
          { href: `${base()}/duplicates?by=look` },
          t("{alike} of {compared} pages look alike", {
            alike: count(file.likeness.alike),
            compared: count(file.likeness.compared),
          }),
        )
      : null,
  );
}

/**
 * How to give each file of the group its own name, in a sentence.
 * @param {ConflictGroup} group
 */
function advice(group) {
  if (!group.holder)
    return t(
      "The file with this name is not in the catalogue. If it is not a comic, move it away, then process again.",
    );
  const sentence = group.files.flatMap((file) => file.apart.map((each) => each.advice)).find(Boolean);
  return (
    sentence ??
    t(
      "Their names and tags do not differ. Compare the pages: another scan of the same comic can be marked as a duplicate.",
    )
  );
}

/** @param {string[]} paths */
function compare(paths) {
  return submitAndFollow({ kind: "duplicates", files: paths, params: { near: true } });
}

/** @param {ConflictGroup} group */
function draw(group) {
  const differences = differencesOf(group);
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
      h("h2", {}, baseName(group.path)),
      h("span", { class: "muted small" }, advice(group)),
      h(
        "div",
        { class: "actions" },
        h(
          "button",
          {
            type: "button",
            class: "quiet",
            data: { needs: "work" },
            title: t("Find out whether they are scans of the same comic; no file is changed"),
            onclick: () => attempt(() => compare(paths)),
          },
          t("Compare by look"),
        ),
        h(
          "button",
          {
            type: "button",
            data: { needs: "work" },
            title: t("After you have changed their tags, or with a template that gives them different names"),
            onclick: () => newJob({ files: paths }, { first: "process" }),
          },
          t("Process again"),
        ),
      ),
    ),
    h(
      "div",
      { class: "copies" },
      group.holder
        ? column(group.holder, t("Has the name"), differences, "")
        : h(
            "div",
            { class: "copy still" },
            h("span", { class: "path", title: group.path }, shortPath(group.path)),
            h("span", { class: "muted" }, t("Not in the catalogue")),
          ),
      group.files.map((file) => column(file, t("Keeps its own name"), differences, file.file_id)),
    ),
    group.file_count > group.files.length
      ? h(
          "p",
          { class: "muted" },
          t("{files} more should have this name.", { files: files(group.file_count - group.files.length) }),
        )
      : "",
  );
  return section;
}

function empty() {
  if (only)
    return h(
      "div",
      { class: "empty" },
      h("p", {}, t("This comic is no longer in conflict.")),
      h("a", { class: "button", href: `${base()}/files/${only}` }, t("Go to the comic")),
    );
  return h(
    "div",
    { class: "empty" },
    h("p", {}, t("No two different comics would get the same name.")),
    h("a", { class: "button", href: `${base()}/duplicates` }, t("See files with the same pages")),
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

if (only) fill(part("#all", HTMLElement), h("a", { href: `${base()}/duplicates?by=name` }, t("Show all conflicts")));
new Rows(place, { actions: (_key, section) => part(".actions button", HTMLElement, section).focus() });
listen(({ name, data }) => {
  if (name === "job" && ENDED.includes(data.status) && changesLibrary(data.kind) && !data.preview)
    attempt(() => list.restart());
});
attempt(() => list.restart()).finally(showPage);
