// @ts-check
/** The changes of one comic, the newest first, each with its undo. */

import { h, icon } from "../base/dom.js";
import { ago, kindName, moment } from "../base/format.js";
import { t } from "../base/texts.js";
import { attempt } from "../base/toast.js";
import { diff } from "./diff.js";

/** @type {Record<string, string>} */
const CHANGES = {
  tags: t("Tags"),
  rename: t("Name"),
  duplicate: t("Duplicate"),
  conflict: t("Conflict"),
  trash: t("To the trash"),
  convert: t("Converted"),
  restore: t("Restored"),
  pages: t("Pages"),
  compact: t("Compacted"),
  "series-json": "series.json",
  file: t("Filed in the library"),
  sidecar: t("XML file"),
  "sidecar-rename": t("Name of the XML file"),
};
/** @type {Record<JournalChange["state"], string>} */
const DONE = {
  applied: "",
  undone: `, ${t("undone")}`,
  planned: `, ${t("not finished")}`,
  failed: `, ${t("failed")}`,
  abandoned: `, ${t("given up")}`,
};

/**
 * The entries of a comic's history; `undo` takes one change back.
 * @param {JournalChange[]} changes
 * @param {(change: JournalChange) => Promise<void>} undo
 */
export function fileHistory(changes, undo) {
  if (!changes.length) return [h("li", { class: "muted" }, t("ComicMaintainer has not changed this file."))];
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
        ? h(
            "button",
            { type: "button", data: { needs: "work" }, onclick: () => attempt(() => undo(change)) },
            icon("undo"),
            t("Undo"),
          )
        : null,
    );
  });
}
