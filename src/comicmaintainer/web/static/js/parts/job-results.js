// @ts-check
/** The results of a job: one item as a row, and the failed items grouped by their error. */

import { base, h, icon } from "../base/dom.js";
import { baseName, files, folderOf, moment, plainly, span } from "../base/format.js";
import { isUndo } from "../base/kinds.js";
import { attempt } from "../base/toast.js";
import { diff } from "./diff.js";
import { findings } from "./findings.js";

/**
 * What a file is called whose identification is not certain.
 * @type {Record<string, [label: string, mark: string]>}
 */
const UNCERTAIN = { likely: ["In review", "warning"], unknown: ["Unknown", "queued"] };

/**
 * The outcome of one item: a word, its mark, and the details.
 * @param {JobResult} result
 * @param {Job} job
 * @returns {[label: string, mark: string, what: Element | Element[]]}
 */
function outcomeOf(result, job) {
  if (!result.success)
    return [
      "Failed",
      "failed",
      h(
        "div",
        { class: "bad" },
        plainly(result.error || "It failed without a reason", result.details?.copy || result.path || result.item),
      ),
    ];
  const found = findings(result.details, result.item);
  const uncertain = UNCERTAIN[result.details?.identified?.level ?? ""];
  if (uncertain && found) return [...uncertain, found];
  const same = !result.details?.changes?.length;
  if (same && found) return ["Done", "ok", found];
  if (same)
    return [
      "Unchanged",
      "queued",
      h("div", { class: "muted" }, plainly(Object.values(result.details?.why || {})[0] || "Nothing to change")),
    ];
  return [
    job.preview ? "Would change" : "Changed",
    job.preview ? "processing" : "ok",
    [found, diff(result.details)].filter((element) => !!element),
  ];
}

/**
 * The row of one result.
 * @param {JobResult} result
 * @param {Job} job
 */
export function resultRow(result, job) {
  const [label, state, what] = outcomeOf(result, job);
  const file = result.path || (isUndo(job) ? `Change ${result.item}` : result.item);
  const name = result.file_id
    ? h("a", { class: "plain", href: `${base()}/files/${result.file_id}` }, baseName(file))
    : baseName(file);
  return h(
    "tr",
    { data: { key: result.id }, tabIndex: -1 },
    h(
      "td",
      {},
      h(
        "div",
        { class: "of", title: file },
        name,
        file.includes("/") ? h("span", { class: "folder" }, ` in ${baseName(folderOf(file))}`) : null,
      ),
      what,
    ),
    h("td", { class: "shrink" }, h("span", { class: "state", data: { state } }, label)),
    h(
      "td",
      { class: "shrink wide muted", title: moment(result.finished_at) },
      result.duration_s === null ? "" : span(result.duration_s),
    ),
  );
}

/**
 * A notice about failed items with the same error; `retry` runs these again.
 * @param {FailureGroup} group
 * @param {Job} job
 * @param {(which: {code: string, error: string}) => Promise<void>} retry
 */
export function failureNotice(group, job, retry) {
  const { items, code, error } = group;
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
        `${items > 1 ? "For example " : ""}${baseName(example)}. `,
        job.preview ? "Nothing was changed." : "Failed files were not changed.",
      ),
    ),
    canRetry &&
      h(
        "div",
        { class: "actions" },
        h(
          "button",
          { type: "button", onclick: () => attempt(() => retry({ code, error })) },
          icon("retry"),
          items > 1 ? "Retry these" : "Retry",
        ),
      ),
  );
}
