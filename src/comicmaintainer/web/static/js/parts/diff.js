// @ts-check
/** A change shown as a difference, the same in previews, results, history and undo. */

import { h } from "../base/dom.js";
import { baseName, bytes, count, folderOf } from "../base/format.js";
import { fieldName } from "./parameters.js";

/**
 * The name of a field as a label.
 * @param {string} name
 */
export function fieldLabel(name) {
  const words = fieldName(name);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

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
 * @param {string} from
 * @param {string} to
 */
function names(from, to) {
  const same = folderOf(from) === folderOf(to);
  const [before, after] = marked(same ? baseName(from) : from, same ? baseName(to) : to);
  return h(
    "div",
    { class: "rename" },
    h("div", {}, h("span", { class: "sign", "aria-label": "old name" }, "−"), h("span", {}, before)),
    h("div", {}, h("span", { class: "sign", "aria-label": "new name" }, "+"), h("span", {}, after)),
  );
}

/**
 * The pages whose type changes, in one line; pages count from 1.
 * @param {FieldChange} entry
 */
function retyped(entry) {
  /** @param {{image: number, type: string}[] | null} pages */
  const types = (pages) => new Map((pages || []).map((page) => [page.image, page.type]));
  const [before, after] = [types(entry.before), types(entry.after)];
  const other = [...after].filter(([image, type]) => (before.get(image) ?? "Story") !== type);
  if (!other.length) return `${count(after.size)} listed`;
  return other.map(([image, type]) => `page ${image + 1}: ${before.get(image) ?? "Story"} → ${type}`).join(", ");
}

/** @param {FileChange} change */
function tags(change) {
  /** @type {FieldChange[]} */
  const fields = change.fields;
  const cells = fields.flatMap((entry) => {
    if (entry.field === "pages")
      return [
        h("span", { class: "field" }, fieldLabel(entry.field)),
        h("span", { class: "wide-value" }, retyped(entry)),
      ];
    const [before, after] = marked(shown(entry.before), shown(entry.after));
    return [
      h("span", { class: "field" }, fieldLabel(entry.field)),
      shown(entry.before) ? h("span", {}, before) : h("span", { class: "none" }, "none"),
      shown(entry.after) ? h("span", {}, after) : h("span", { class: "none" }, "removed"),
    ];
  });
  const replaced = change.replaced?.length
    ? h("div", {}, `Moved to the root of the archive, with its usual name: ${change.replaced.join(", ")}`)
    : null;
  return [
    h("div", { class: "fields" }, cells),
    replaced,
    change.unchanged ? h("div", { class: "rest" }, `+${count(change.unchanged)} unchanged`) : null,
  ];
}

/** @type {Record<string, string>} */
const SOURCES = {
  comicbookinfo: "ComicBookInfo",
  comet: "CoMet",
  pdf: "the PDF",
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
    sources.length ? h("div", {}, `Tags of ${sources.join(", ")} are written into ComicInfo`) : null,
    change.left_out?.length ? h("div", {}, `Left out: ${change.left_out.join(", ")}`) : null,
  ];
}

/** @type {Record<string, string>} */
const WORDS = {
  duplicate: "Duplicate of",
  trash: "To the trash",
  convert: "Converted",
  restore: "Restored",
  compact: "Compacted",
  pages: "Pages removed",
};

/** @param {FileChange} change */
function one(change) {
  switch (change.type) {
    case "tags":
      return tags(change);
    case "compact":
      return h("div", {}, `Compacted, ${bytes(change.dead_bytes)} freed`);
    case "pages":
      return [
        change.marked?.length ? h("div", {}, `Marked as deleted: ${change.marked.map(baseName).join(", ")}`) : null,
        change.removed?.length
          ? h("div", {}, `Pages removed: ${change.removed.map(baseName).join(", ")}; ${count(change.left)} left`)
          : null,
      ];
    case "heal":
      return h("div", {}, `Pages taken from ${change.copy}: ${change.pages.map(baseName).join(", ")}`);
    case "rebuild":
      return [
        h("div", {}, `Rebuilt from ${count(change.saved)} intact files inside`),
        change.added.length
          ? h("div", {}, `Pages taken from ${change.copy}: ${change.added.map(baseName).join(", ")}`)
          : null,
        change.again?.length
          ? h("div", {}, `No longer sharing data with another name: ${change.again.map(baseName).join(", ")}`)
          : null,
        change.lost.length ? h("div", { class: "bad" }, `Lost: ${change.lost.join(", ")}`) : null,
        change.whole === null
          ? h("div", { class: "muted" }, "Pages may be missing; nothing records how many there were")
          : null,
      ];
    case "conflict":
      return h(
        "div",
        {},
        change.compared ? "Another comic has this name: " : "This name is taken, and the pages can't be compared: ",
        h("span", { class: "path" }, change.with),
      );
    case "trash":
    case "delete":
      return h("div", {}, `To the trash: ${change.reason || "by request"}`);
    default: {
      const word =
        change.type === "rename"
          ? null
          : h(
              "div",
              { class: "muted" },
              WORDS[change.type] || change.type,
              change.of ? h("span", { class: "path" }, ` ${change.of}`) : null,
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
  if (!changes.length) return h("div", { class: "muted" }, details?.note || "Nothing to change");
  return h("div", { class: "diff" }, changes.map(one));
}
