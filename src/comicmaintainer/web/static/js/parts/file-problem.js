// @ts-check
/** What is wrong with one comic, as a notice on its page: unreadable, failed, in conflict, or a copy. */

import { base, h } from "../base/dom.js";
import { plainly } from "../base/format.js";
import { pieces, t } from "../base/texts.js";

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
        h("strong", {}, t("This file can't be read.")),
        h("p", {}, t("{reason}. It was not changed.", { reason: plainly(file.reason || t("its content is unknown")) })),
        h(
          "p",
          {},
          t(
            "Its tags and pages can't be shown or written until it is repaired or replaced. Verify reads it again; Verify and repair, under More, takes what is missing from an intact copy.",
          ),
        ),
      ),
    );
  }
  if (file.state === "failed" && file.reason) {
    return h(
      "div",
      { class: "notice bad" },
      h("div", {}, t("{reason}. The file was not changed.", { reason: plainly(file.reason) })),
      h(
        "div",
        { class: "actions" },
        h("button", { type: "button", data: { needs: "work" }, onclick: verify }, t("Verify")),
      ),
    );
  }
  if (file.state === "conflict") return conflictNotice(file, group);
  if (!file.duplicate_of) return null;
  return h(
    "div",
    { class: "notice warning" },
    h("div", {}, pieces("Another copy of {path}.", { path: h("span", { class: "path" }, file.duplicate_of) })),
    h("div", { class: "actions" }, h("a", { class: "button", href: `${base()}/duplicates` }, t("Compare"))),
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
    h(
      "li",
      {},
      t("{label}: {own} here, {other} there", {
        label: each.label,
        own: each.own ?? t("none"),
        other: each.other ?? t("none"),
      }),
    ),
  );
  const advice = one?.apart.map((each) => each.advice).find(Boolean);
  return h(
    "div",
    { class: "notice warning" },
    h(
      "div",
      {},
      file.reason || t("Another comic has the name that this one should get."),
      " ",
      t("This file keeps its own name; nothing was moved."),
      group?.holder
        ? h(
            "p",
            {},
            pieces("The file with that name: {path}", {
              path: h("a", { class: "path", href: `${base()}/files/${group.holder.file_id}` }, file.conflict_with),
            }),
          )
        : h("p", { class: "path" }, file.conflict_with),
      differences.length ? h("ul", {}, differences) : null,
      advice ? h("p", { class: "muted" }, advice) : null,
    ),
    h(
      "div",
      { class: "actions" },
      h("a", { class: "button", href: `${base()}/duplicates?by=name&file=${file.file_id}` }, t("Compare")),
    ),
  );
}
