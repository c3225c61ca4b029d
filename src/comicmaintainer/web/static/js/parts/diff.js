// @ts-check
/** A change shown as a difference, the same in previews, results, history and undo. */

import { h } from "../base/dom.js";
import { fieldLabel } from "../base/fields.js";
import { baseName, bytes, count, folderOf } from "../base/format.js";
import { shortPath } from "../base/places.js";
import { pieces, t, tn } from "../base/texts.js";
import { typeWords } from "./page-images.js";

/**
 * Split two texts at their common start and end: [start, old middle, new middle, end].
 * @param {string} before
 * @param {string} after
 */
function split(before, after) {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < shorter - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  return [
    before.slice(0, start),
    before.slice(start, before.length - end),
    after.slice(start, after.length - end),
    before.slice(before.length - end),
  ];
}

/**
 * @param {string} before
 * @param {string} after
 */
function marked(before, after) {
  const parts = split(before, after);
  // Values that share only a few letters by chance are marked as a whole.
  const kept = parts[0].length + parts[3].length;
  const [start, gone, come, end] = kept * 2 < Math.min(before.length, after.length) ? ["", before, after, ""] : parts;
  return [
    [start, gone && h("del", {}, gone), end],
    [start, come && h("ins", {}, come), end],
  ];
}

/**
 * @param {any} value
 * @returns {string}
 */
function shown(value) {
  if (value === null || value === undefined || value === "") return "";
  if (Array.isArray(value)) return value.map(shown).join(", ");
  if (typeof value === "object") return Object.values(value).map(shown).join(" ");
  return String(value);
}

/**
 * An old and a new name in one line, the differing parts marked. `link` stands for the old name if it leads somewhere.
 * @param {string} from
 * @param {string} to
 * @param {Element | string} [link]
 */
export function nameChange(from, to, link = "") {
  const [before, after] = marked(from, to);
  if (link instanceof Element) link.replaceChildren(...before.filter((piece) => piece !== ""));
  return h(
    "span",
    { class: "rename" },
    link instanceof Element ? link : h("span", {}, before),
    h(
      "span",
      { class: "sign" },
      h("span", { class: "visually-hidden" }, ` ${t("becomes")} `),
      h("span", { "aria-hidden": "true" }, " → "),
    ),
    h("span", {}, after),
  );
}

/**
 * @param {string} from
 * @param {string} to
 */
function names(from, to) {
  const same = folderOf(from) === folderOf(to);
  return h("div", {}, nameChange(same ? baseName(from) : from, same ? baseName(to) : to));
}

/**
 * The pages whose type changes, in one line; pages count from 1.
 * @param {FieldChange} entry
 */
function retyped(entry) {
  /** The usual type is left out. @param {{image: number, type?: string}[] | null} pages */
  const types = (pages) => new Map((pages || []).map((page) => [page.image, page.type ?? "Story"]));
  const [before, after] = [types(entry.before), types(entry.after)];
  const other = [...after].filter(([image, type]) => (before.get(image) ?? "Story") !== type);
  if (!other.length) return tn("1 page listed", "{n} pages listed", after.size);
  return other
    .map(([image, type]) =>
      t("page {number}: {before} → {after}", {
        number: image + 1,
        before: typeWords(before.get(image) ?? "Story"),
        after: typeWords(type),
      }),
    )
    .join(", ");
}

/**
 * A field with its old and its new value.
 * @param {FieldChange} entry
 */
function values(entry) {
  const [before, after] = marked(shown(entry.before), shown(entry.after));
  return [
    h("span", { class: "field" }, fieldLabel(entry.field)),
    shown(entry.before) ? h("span", {}, before) : h("span", { class: "none" }, t("none")),
    shown(entry.after) ? h("span", {}, after) : h("span", { class: "none" }, t("removed")),
  ];
}

/**
 * The file that describes the series, beside the comic.
 * @param {FileChange} change
 */
function seriesFile(change) {
  /** @type {FieldChange[]} */
  const fields = change.fields;
  const verb = fields.every((entry) => entry.before === null)
    ? t("Written")
    : fields.every((entry) => entry.after === null)
      ? t("Removed")
      : t("Changed");
  return [
    h("div", {}, `${verb}: `, h("span", { class: "path" }, change.file)),
    h("div", { class: "fields" }, fields.flatMap(values)),
  ];
}

/** @param {FileChange} change */
function tags(change) {
  /** @type {FieldChange[]} */
  const fields = change.fields;
  const cells = fields.flatMap((entry) =>
    entry.field === "pages"
      ? [h("span", { class: "field" }, fieldLabel(entry.field)), h("span", { class: "wide-value" }, retyped(entry))]
      : values(entry),
  );
  const replaced = change.replaced?.length
    ? h(
        "div",
        {},
        t("Moved to the root of the archive, with its usual name: {name}", {
          name: change.replaced.join(", "),
        }),
      )
    : null;
  return [
    h("div", { class: "fields" }, cells),
    replaced,
    change.unchanged
      ? h("div", { class: "rest" }, t("+{number} unchanged", { number: count(change.unchanged) }))
      : null,
  ];
}

/** @type {Record<string, string>} */
const SOURCES = {
  comicbookinfo: "ComicBookInfo",
  comet: "CoMet",
  pdf: t("the PDF"),
  metroninfo: "MetronInfo",
  comicinfo: "ComicInfo",
};

/**
 * What a conversion does besides making a CBZ: where tags come from, and which files are left out.
 * @param {FileChange} change
 */
function carried(change) {
  /** @type {string[]} */
  const formats = change.tags_from || [];
  const sources = formats.map((name) => SOURCES[name] || name);
  return [
    sources.length
      ? h("div", {}, t("Tags of {sources} are written into ComicInfo", { sources: sources.join(", ") }))
      : null,
    change.left_out?.length ? h("div", {}, t("Left out: {fields}", { fields: change.left_out.join(", ") })) : null,
  ];
}

/** @type {Record<string, string>} */
const WORDS = {
  duplicate: t("Duplicate of"),
  trash: t("To the trash"),
  convert: t("Converted"),
  restore: t("Restored"),
  compact: t("Compacted"),
  pages: t("Pages removed"),
  file: t("Filed in the library"),
  "sidecar-rename": t("XML file beside it"),
};

/** @param {FileChange} change */
function one(change) {
  switch (change.type) {
    case "tags":
      return tags(change);
    case "series-json":
    case "sidecar":
      return seriesFile(change);
    case "compact":
      return h("div", {}, t("Compacted, {bytes} freed", { bytes: bytes(change.dead_bytes) }));
    case "pages":
      return [
        change.marked?.length
          ? h(
              "div",
              {},
              t("Marked as {type}: {pages}", {
                type: change.marked_as ? typeWords(change.marked_as) : t("deleted"),
                pages: change.marked.map(baseName).join(", "),
              }),
            )
          : null,
        change.removed?.length
          ? h(
              "div",
              {},
              t("Pages removed: {pages}; {left} left", {
                pages: change.removed.map(baseName).join(", "),
                left: count(change.left),
              }),
            )
          : null,
      ];
    case "heal":
      return h(
        "div",
        {},
        t("Pages taken from {copy}: {pages}", { copy: change.copy, pages: change.pages.map(baseName).join(", ") }),
      );
    case "rebuild":
      return [
        h("div", {}, tn("Rebuilt from 1 intact file inside", "Rebuilt from {n} intact files inside", change.saved)),
        change.added.length
          ? h(
              "div",
              {},
              t("Pages taken from {copy}: {pages}", {
                copy: change.copy,
                pages: change.added.map(baseName).join(", "),
              }),
            )
          : null,
        change.again?.length
          ? h(
              "div",
              {},
              t("No longer sharing data with another name: {names}", { names: change.again.map(baseName).join(", ") }),
            )
          : null,
        change.lost.length ? h("div", { class: "bad" }, t("Lost: {names}", { names: change.lost.join(", ") })) : null,
        change.whole === null
          ? h("div", { class: "muted" }, t("Pages may be missing; nothing records how many there were"))
          : null,
      ];
    case "conflict":
      return h(
        "div",
        {},
        change.compared
          ? pieces("Another comic has this name: {path}", {
              path: h("span", { class: "path", title: change.with }, shortPath(change.with)),
            })
          : pieces("This name is taken, and the pages can't be compared: {path}", {
              path: h("span", { class: "path", title: change.with }, shortPath(change.with)),
            }),
      );
    case "trash":
    case "delete":
      return h("div", {}, t("To the trash: {reason}", { reason: change.reason || t("by request") }));
    default: {
      const word =
        change.type === "rename"
          ? null
          : h(
              "div",
              { class: "muted" },
              WORDS[change.type] || change.type,
              change.of ? h("span", { class: "path", title: change.of }, ` ${shortPath(change.of)}`) : null,
            );
      return change.from && change.to
        ? [word, names(change.from, change.to), carried(change)]
        : word || h("div", {}, change.type);
    }
  }
}

/**
 * Show the changes in a result's details, made or planned.
 * @param {Pick<ResultDetails, "changes" | "note"> | null} details
 */
export function diff(details) {
  const changes = details?.changes || [];
  if (!changes.length) return h("div", { class: "muted" }, details?.note || t("Nothing to change"));
  return h("div", { class: "diff" }, changes.map(one));
}
