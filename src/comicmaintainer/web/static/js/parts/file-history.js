// @ts-check
/** The changes of one comic, the newest first, each with its undo. */

import { h, icon } from "../base/dom.js";
import { ago, kindName, moment } from "../base/format.js";
import { attempt } from "../base/toast.js";
import { diff } from "./diff.js";

/** @type {Record<string, string>} */
const CHANGES = {
  tags: "Tags",
  rename: "Name",
  duplicate: "Duplicate",
  conflict: "Conflict",
  trash: "To the trash",
  convert: "Converted",
  restore: "Restored",
  pages: "Pages",
  compact: "Compacted",
};
/** @type {Record<JournalChange["state"], string>} */
const DONE = {
  applied: "",
  undone: ", undone",
  planned: ", not finished",
  failed: ", failed",
  abandoned: ", given up",
};

/**
 * The entries of a comic's history; `undo` takes one change back.
 * @param {JournalChange[]} changes
 * @param {(change: JournalChange) => Promise<void>} undo
 */
export function fileHistory(changes, undo) {
  if (!changes.length) return [h("li", { class: "muted" }, "ComicMaintainer has not changed this file.")];
  return changes.map((change) => {
    const at = change.undone_at || change.applied_at || change.planned_at;
    return h(
      "li",
      { class: change.state === "applied" ? "" : "past" },
      h(
        "div",
        {},
        h(
          "div",
          {},
          h(
            "strong",
            {},
            `${CHANGES[change.kind] || kindName(change.kind)}${DONE[change.state] ?? `, ${change.state}`}`,
          ),
          " ",
          h("span", { class: "muted small" }, h("span", { title: moment(at) }, ago(at))),
        ),
        diff({
          changes: [
            { type: change.kind, from: change.path_before, to: change.path_after ?? undefined, ...change.summary },
          ],
        }),
      ),
      change.state === "applied"
        ? h("button", { type: "button", onclick: () => attempt(() => undo(change)) }, icon("undo"), "Undo")
        : null,
    );
  });
}
