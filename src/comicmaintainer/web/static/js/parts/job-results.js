// @ts-check
/** The results of a job: one item as a row, and the failed items grouped by their error. */

import { base, h, icon } from "../base/dom.js";
import { baseName, files, folderOf, moment, plainly, span } from "../base/format.js";
import { isUndo } from "../base/kinds.js";
import { ENDED } from "../base/states.js";
import { t } from "../base/texts.js";
import { attempt } from "../base/toast.js";
import { diff, nameChange } from "./diff.js";
import { findings } from "./findings.js";

/**
 * What a file is called whose identification is not certain.
 * @type {Record<string, [label: string, mark: string]>}
 */
const UNCERTAIN = { likely: [t("In review"), "warning"], unknown: [t("Unknown"), "queued"] };

/**
 * The outcome of one item: a word, its mark, and the details.
 * @param {JobResult} result
 * @param {Job} job
 * @returns {[label: string, mark: string, what: Element | Element[]]}
 */
function outcomeOf(result, job) {
  if (!result.success)
    return [
      job.preview ? t("Refused") : t("Failed"),
      "failed",
      h(
        "div",
        { class: "bad" },
        plainly(result.error || t("It failed without a reason"), result.details?.copy || result.path || result.item),
      ),
    ];
  const found = findings(result.details, result.item);
  const uncertain = UNCERTAIN[result.details?.identified?.level ?? ""];
  if (uncertain && found) return [...uncertain, found];
  const same = !result.details?.changes?.length;
  if (same && found) return [t("Done"), "ok", found];
  if (same)
    return [
      t("Unchanged"),
      "queued",
      h("div", { class: "muted" }, plainly(Object.values(result.details?.why || {})[0] || t("Nothing to change"))),
    ];
  return [
    job.preview ? t("Would change") : t("Changed"),
    job.preview ? "processing" : "ok",
    [found, diff(result.details)].filter((element) => !!element),
  ];
}

/**
 * The new name in the same folder, if that is all that changes; else null.
 * @param {ResultDetails | null} details
 */
function renamedTo(details) {
  const [change, ...more] = details?.changes ?? [];
  if (change?.type !== "rename" || more.length || !change.from || !change.to) return null;
  return folderOf(change.from) === folderOf(change.to) ? baseName(change.to) : null;
}

/**
 * The row of one result; `undo` undoes what the job changed of its file.
 * @param {JobResult} result
 * @param {Job} job
 * @param {(result: JobResult) => any} undo
 */
export function resultRow(result, job, undo) {
  const [label, state, what] = outcomeOf(result, job);
  const file = result.path || (isUndo(job) ? t("Change {number}", { number: result.item }) : result.item);
  const name = result.file_id
    ? h("a", { class: "plain", href: `${base()}/files/${result.file_id}` }, baseName(file))
    : baseName(file);
  const renamed = result.success ? renamedTo(result.details) : null;
  const canUndo = result.undoable.length > 0 && ENDED.includes(job.status);
  return h(
    "tr",
    { data: { key: result.id }, class: result.undone_at ? "past" : "", tabIndex: -1 },
    h(
      "td",
      {},
      h(
        "div",
        { class: "of", title: file },
        renamed === null ? name : nameChange(baseName(file), renamed, name),
        file.includes("/")
          ? h("span", { class: "folder" }, ` ${t("in {folder}", { folder: baseName(folderOf(file)) })}`)
          : null,
      ),
      renamed === null ? what : null,
    ),
    h(
      "td",
      { class: "shrink" },
      h(
        "span",
        { class: "state", data: { state: result.undone_at ? "queued" : state } },
        result.undone_at ? t("Undone") : label,
      ),
    ),
    h(
      "td",
      { class: "shrink" },
      canUndo
        ? h(
            "button",
            { type: "button", class: "quiet", data: { needs: "work" }, onclick: () => attempt(() => undo(result)) },
            icon("undo"),
            h("span", { class: "word" }, t("Undo")),
          )
        : null,
    ),
    h(
      "td",
      { class: "shrink wide muted", title: moment(result.finished_at) },
      result.duration_s === null ? "" : span(result.duration_s),
    ),
  );
}

/**
 * A notice about items that failed in the same way; `retry` runs these again.
 * @param {FailureGroup} group
 * @param {Job} job
 * @param {(which: {code?: string | null, error?: string, group?: string}) => Promise<void>} retry
 */
export function failureNotice(group, job, retry) {
  const { items, code, error } = group;
  const which = group.group ? { group: group.group } : { code };
  const example = group.example_path || group.example;
  const canRetry = job.status === "completed" || job.status === "processing";
  return h(
    "div",
    { class: "notice bad" },
    h(
      "div",
      {},
      h("strong", {}, files(items)),
      `: ${plainly(error, group.example_path || "")}`,
      h(
        "div",
        { class: "small muted" },
        items > 1
          ? group.varies
            ? t("This is what is said of {name}.", { name: baseName(example) })
            : t("For example {name}.", { name: baseName(example) })
          : `${baseName(example)}.`,
        " ",
        job.preview ? t("Nothing was changed.") : t("Failed files were not changed."),
      ),
    ),
    canRetry &&
      h(
        "div",
        { class: "actions" },
        h(
          "button",
          { type: "button", data: { needs: "work" }, onclick: () => attempt(() => retry(which)) },
          icon("retry"),
          items > 1 ? t("Retry these") : t("Retry"),
        ),
      ),
  );
}
