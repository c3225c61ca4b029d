// @ts-check
/** A change shown as a difference: one component for previews, results, history and undo. */

import { h } from "../base/dom.js";
import { baseName, bytes, count } from "../base/format.js";
import { fieldName } from "./parameters.js";

/** A field's name as a label has it. */
export function fieldLabel(name) {
  const words = fieldName(name);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Split two texts at their common start and end: [start, old middle, new middle, end]. */
function split(before, after) {
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < most - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  return [
    before.slice(0, start),
    before.slice(start, before.length - end),
    after.slice(start, after.length - end),
    before.slice(before.length - end),
  ];
}

function marked(before, after) {
  const parts = split(before, after);
  // Two values that share a few letters by chance are told apart as wholes.
  const kept = parts[0].length + parts[3].length;
  const [start, gone, come, end] = kept * 2 < Math.min(before.length, after.length) ? ["", before, after, ""] : parts;
  return [
    [start, gone && h("del", {}, gone), end],
    [start, come && h("ins", {}, come), end],
  ];
}

function shown(value) {
  if (value === null || value === undefined || value === "") return "";
  if (Array.isArray(value)) return value.map(shown).join(", ");
  if (typeof value === "object") return Object.values(value).map(shown).join(" ");
  return String(value);
}

function names(change) {
  const same = change.from.slice(0, change.from.lastIndexOf("/")) === change.to.slice(0, change.to.lastIndexOf("/"));
  const [before, after] = marked(same ? baseName(change.from) : change.from, same ? baseName(change.to) : change.to);
  return h(
    "div",
    { class: "rename" },
    h("div", {}, h("span", { class: "sign", "aria-label": "old name" }, "−"), h("span", {}, before)),
    h("div", {}, h("span", { class: "sign", "aria-label": "new name" }, "+"), h("span", {}, after)),
  );
}

/** Which pages the tags call something else than before, in one line; pages count from 1. */
function retyped(entry) {
  const types = (pages) => new Map((pages || []).map((page) => [page.image, page.type]));
  const [before, after] = [types(entry.before), types(entry.after)];
  const other = [...after].filter(([image, type]) => (before.get(image) ?? "Story") !== type);
  if (!other.length) return `${count(after.size)} listed`;
  return other.map(([image, type]) => `page ${image + 1}: ${before.get(image) ?? "Story"} → ${type}`).join(", ");
}

function tags(change) {
  const cells = change.fields.flatMap((entry) => {
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
    ? h("div", {}, `To the root of the archive, under its usual name: ${change.replaced.join(", ")}`)
    : null;
  return [
    h("div", { class: "fields" }, cells),
    replaced,
    change.unchanged ? h("div", { class: "rest" }, `+${count(change.unchanged)} unchanged`) : null,
  ];
}

const SOURCES = {
  comicbookinfo: "ComicBookInfo",
  comet: "CoMet",
  pdf: "the PDF",
  metroninfo: "MetronInfo",
  comicinfo: "ComicInfo",
};

/** What a conversion does beside making a CBZ: tags that come from elsewhere, and what does not come along. */
function carried(change) {
  const sources = (change.tags_from || []).map((name) => SOURCES[name] || name);
  return [
    sources.length ? h("div", {}, `Tags of ${sources.join(", ")} are written into ComicInfo`) : null,
    change.left_out?.length ? h("div", {}, `Left out: ${change.left_out.join(", ")}`) : null,
  ];
}

const WORDS = {
  duplicate: "Duplicate of",
  trash: "To the trash",
  convert: "Converted",
  restore: "Restored",
  compact: "Compacted",
  pages: "Pages removed",
};

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
      return h("div", {}, `Pages put in from ${change.copy}: ${change.pages.map(baseName).join(", ")}`);
    case "rebuild":
      return [
        h("div", {}, `Put together anew from ${count(change.saved)} sound files in it`),
        change.added.length
          ? h("div", {}, `Pages put in from ${change.copy}: ${change.added.map(baseName).join(", ")}`)
          : null,
        change.again?.length ? h("div", {}, `Given data of their own: ${change.again.map(baseName).join(", ")}`) : null,
        change.lost.length ? h("div", { class: "bad" }, `Lost: ${change.lost.join(", ")}`) : null,
        change.whole === null ? h("div", { class: "muted" }, "Whether pages are missing can't be known") : null,
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
      return change.from && change.to ? [word, names(change), carried(change)] : word || h("div", {}, change.type);
    }
  }
}

/** Show what a result's details say was, or would be, changed. */
export function diff(details) {
  const changes = details?.changes || [];
  if (!changes.length) return h("div", { class: "muted" }, details?.note || "Nothing to change");
  return h("div", { class: "diff" }, changes.map(one));
}
