// @ts-check
/** What is wrong with one comic, as a notice on its page: unreadable, failed, in conflict, or a copy. */

import { base, h } from "../base/dom.js";
import { plainly } from "../base/format.js";

/**
 * Whether a file can't be read, so that it can't be written either.
 * @param {ComicFile} file
 */
export const isUnreadable = (file) => file.state === "failed" && file.page_count === null;

/**
 * The notice, or null where all is well. `group` is the conflict that the file is in; `verify` starts a job.
 * @param {ComicFile} file
 * @param {ConflictGroup | null} group
 * @param {() => void} verify
 */
export function fileProblem(file, group, verify) {
  if (isUnreadable(file)) {
    return h(
      "div",
      { class: "notice bad" },
      h(
        "div",
        {},
        h("strong", {}, "This file can't be read."),
        h("p", {}, `${plainly(file.reason || "its content is unknown")}. It was not changed.`),
        h(
          "p",
          {},
          "Its tags and pages can't be shown or written until it is repaired or replaced. Verify reads it again; " +
            "Verify and repair, under More, takes what is missing from an intact copy.",
        ),
      ),
    );
  }
  if (file.state === "failed" && file.reason) {
    return h(
      "div",
      { class: "notice bad" },
      h("div", {}, `${plainly(file.reason)}. The file was not changed.`),
      h("div", { class: "actions" }, h("button", { type: "button", onclick: verify }, "Verify")),
    );
  }
  if (file.state === "conflict") return conflictNotice(file, group);
  if (!file.duplicate_of) return null;
  return h(
    "div",
    { class: "notice warning" },
    h("div", {}, "Another copy of ", h("span", { class: "path" }, file.duplicate_of), "."),
    h("div", { class: "actions" }, h("a", { class: "button", href: `${base()}/duplicates` }, "Compare")),
  );
}

/**
 * The comic that has the name which this one should get, and how the two differ.
 * @param {ComicFile} file
 * @param {ConflictGroup | null} group
 */
function conflictNotice(file, group) {
  const one = group?.files[0];
  const differences = (one?.apart || []).map((each) =>
    h("li", {}, `${each.label}: ${each.own ?? "none"} here, ${each.other ?? "none"} there`),
  );
  const advice = one?.apart.map((each) => each.advice).find(Boolean);
  return h(
    "div",
    { class: "notice warning" },
    h(
      "div",
      {},
      file.reason || "Another comic has the name that this one should get.",
      " This file keeps its own name; nothing was moved.",
      group?.holder
        ? h(
            "p",
            {},
            "The file with that name: ",
            h("a", { class: "path", href: `${base()}/files/${group.holder.file_id}` }, file.conflict_with),
          )
        : h("p", { class: "path" }, file.conflict_with),
      differences.length ? h("ul", {}, differences) : null,
      advice ? h("p", { class: "muted" }, advice) : null,
    ),
    h(
      "div",
      { class: "actions" },
      h("a", { class: "button", href: `${base()}/duplicates?by=name&file=${file.file_id}` }, "Compare"),
    ),
  );
}
