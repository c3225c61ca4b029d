// @ts-check
/** What is known of a job beside its results: when it ran, for whom, what it follows, and its parameters. */

import { base, h } from "../base/dom.js";
import { ago, moment, span } from "../base/format.js";
import { isUndo, kindOf } from "../base/kinds.js";
import { TRIGGERS } from "../base/states.js";

/**
 * How far a job was undone, when and by which job.
 * @typedef {{at: number | null, by: string | null, words: string}} UndoneState
 */

/**
 * How this job relates to its source job.
 * @param {Job} job
 * @param {Partial<Job> | null} source
 */
function relation(job, source) {
  if (isUndo(job)) return "undoes this job";
  return source?.kind && kindOf(source.kind).rehearses ? "follows this rehearsal" : "does what this preview showed";
}

/**
 * The entries of a job's timeline. `priority` is what shows its priority, `source` the job that it came of.
 * @param {Job} job
 * @param {{priority: any, undone: UndoneState | null, source: Partial<Job> | null}} more
 */
export function jobTimeline(job, { priority, undone, source }) {
  const took = job.started_at && job.completed_at ? span(job.completed_at - job.started_at) : null;
  /** @type {(label: string, time: number | null, more?: string) => Element | null} */
  const at = (label, time, more = "") =>
    time ? h("li", { title: moment(time) }, `${label} ${ago(time)}${more}`) : null;
  return [
    at(
      "Requested",
      job.created_at,
      ` by ${TRIGGERS[job.trigger] || job.trigger}${job.requested_by ? `, ${job.requested_by}` : ""}`,
    ),
    at("started", job.started_at),
    at("ended", job.completed_at, took ? `, after ${took}` : ""),
    h("li", {}, priority),
    undone &&
      h(
        "li",
        { title: moment(undone.at) },
        undone.by ? h("a", { href: `${base()}/jobs/${undone.by}` }, undone.words) : undone.words,
      ),
    job.source_job_id && h("li", {}, h("a", { href: `${base()}/jobs/${job.source_job_id}` }, relation(job, source))),
  ];
}

/**
 * The value of a parameter as words.
 * @param {any} value
 */
function valueInWords(value) {
  if (Array.isArray(value)) return value.join(", ");
  if (typeof value !== "object") return value === false ? "no" : String(value);
  return Object.entries(value)
    .map(([field, one]) => `${field.replaceAll("_", " ")} ${typeof one === "object" ? JSON.stringify(one) : one}`)
    .join(", ");
}

/**
 * The parameters that differ from the defaults, as entries of a list; empty if none do.
 * @param {Job} job
 */
export function jobParameters(job) {
  return Object.entries(job.params || {})
    .filter(([, value]) => value !== true && value !== null && value !== "")
    .map(([name, value]) => {
      const isPages = name === "pages" && Array.isArray(value);
      return [
        h("dt", {}, name.replaceAll("_", " ")),
        h("dd", {}, valueInWords(isPages ? value.map((number) => number + 1) : value)),
      ];
    });
}
