// @ts-check
/** What is known of a job beside its results: when it ran, for whom, what it follows, and its parameters. */

import { get } from "../base/api.js";
import { base, h } from "../base/dom.js";
import { fieldLabel } from "../base/fields.js";
import { ago, baseName, count, moment, span } from "../base/format.js";
import { askedBy, subjectOf } from "../base/job-words.js";
import { isUndo, kindOf } from "../base/kinds.js";
import { t } from "../base/texts.js";

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
  if (isUndo(job)) return t("undoes this job");
  return source?.kind && kindOf(source.kind).rehearses
    ? t("follows this rehearsal")
    : t("does what this preview showed");
}

const MOST_FOLDERS = 2;

/**
 * The rules that a job had for which folders, as they were when it was submitted; null if no folder had any.
 * @param {Job} job
 */
function jobRules(job) {
  /** @type {{library: string, folders: Record<string, string>} | undefined} */
  const given = (job.params?.params ?? job.params)?.folder_rules;
  if (!given) return null;
  const own = Object.entries(given.folders).map(([folder, name]) =>
    t("{name} in {folder}", { name, folder: baseName(folder) }),
  );
  const more = own.length > MOST_FOLDERS ? [t("{number} more", { number: count(own.length - MOST_FOLDERS) })] : [];
  const words = own.length
    ? t("{rules}, but {others}", {
        rules: given.library,
        others: [...own.slice(0, MOST_FOLDERS), ...more].join(", "),
      })
    : given.library;
  const all = Object.entries(given.folders).map(([folder, name]) => `${name}: ${folder}`);
  return h("li", { title: all.join("\n") || null }, t("rules for {words}", { words }));
}

/**
 * The entries of a job's timeline. `priority` is what shows its priority, `source` the job that it came of.
 * @param {Job} job
 * @param {{priority: any, undone: UndoneState | null, source: Partial<Job> | null}} more
 */
export function jobTimeline(job, { priority, undone, source }) {
  const [subject, subjectTitle] = subjectOf(job);
  const took = job.started_at && job.completed_at ? span(job.completed_at - job.started_at) : null;
  /** @type {(time: number | null, words: (ago: string) => string) => Element | null} */
  const at = (time, words) => (time ? h("li", { title: moment(time) }, words(ago(time))) : null);
  return [
    subject && h("li", { title: subjectTitle }, subject),
    at(job.created_at, (when) => t("Requested {when} by {name}", { when, name: askedBy(job) })),
    at(job.started_at, (when) => t("started {when}", { when })),
    at(job.completed_at, (when) =>
      took ? t("ended {when}, after {time}", { when, time: took }) : t("ended {when}", { when }),
    ),
    h("li", {}, priority),
    jobRules(job),
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
 * @param {Parameter | undefined} parameter
 * @returns {string}
 */
function valueInWords(value, parameter) {
  if (Array.isArray(value)) return value.map((one) => valueInWords(one, parameter)).join(", ");
  if (value === true) return t("yes");
  if (value === false) return t("no");
  if (typeof value !== "object") return parameter?.choice_labels[value] ?? String(value);
  return Object.entries(value)
    .map(([field, one]) => `${fieldLabel(field)} ${typeof one === "object" ? JSON.stringify(one) : one}`)
    .join(", ");
}

/**
 * The parameters that differ from the defaults, as entries of a list; empty if none do.
 * @param {Job} job
 */
export async function jobParameters(job) {
  const given = Object.entries(job.params || {})
    .filter(([name]) => name !== "folder_rules") // in the timeline
    .filter(([, value]) => value !== true && value !== null && value !== "");
  if (!given.length) return [];
  /** @type {{kinds: Kind[]}} */
  const { kinds } = await get("/api/kinds");
  const declared = kinds.find((kind) => kind.name === job.kind)?.parameters ?? [];
  return given.map(([name, value]) => {
    const parameter = declared.find((each) => each.name === name);
    const isPages = name === "pages" && Array.isArray(value);
    return [
      h("dt", {}, parameter?.label ?? fieldLabel(name)),
      h("dd", {}, valueInWords(isPages ? value.map((number) => number + 1) : value, parameter)),
    ];
  });
}
