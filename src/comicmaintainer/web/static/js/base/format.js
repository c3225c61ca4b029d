// @ts-check
/** Numbers, times and states as people read them, in the reader's locale. */

import { kindOf } from "./kinds.js";
import { JOB_STATES } from "./states.js";
import { count, locale, t, tn } from "./texts.js";

export { count };

const moments = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium" });
// Made once: to make one takes as long as to draw a row.
const wholes = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });

/** @param {number} value */
export const files = (value) => tn("1 file", "{n} files", value);
/**
 * The name of ten years, by the first of them.
 * @param {number} year
 */
export const decade = (year) => t("{year}s", { year });
/** @param {number} value */
export const comics = (value, isCapped = false) =>
  isCapped ? t("{number}+ comics", { number: count(value) }) : tn("1 comic", "{n} comics", value);
/** @param {number} value */
export const pages = (value) => tn("1 page", "{n} pages", value);
/**
 * The number of an issue as it is shown: "#12", but "Annual 1"; empty without a number.
 * @param {string | null} issue
 */
export const numbered = (issue) => (issue ? (/^\d/.test(issue) ? `#${issue}` : issue) : "");
/** @param {number | null} at */
export const moment = (at) => (at ? moments.format(at * 1000) : "");

/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const SPANS = [
  ["second", 60],
  ["minute", 60],
  ["hour", 24],
  ["day", 30],
  ["month", 12],
  ["year", Infinity],
];

/**
 * "3 minutes ago", "in 2 hours".
 * @param {number | null} at
 */
export function ago(at) {
  if (!at) return "";
  let span = at - Date.now() / 1000;
  if (Math.abs(span) < 5) return t("just now");
  for (const [unit, size] of SPANS) {
    if (Math.abs(span) < size) return relative.format(Math.round(span), unit);
    span /= size;
  }
  return "";
}

/**
 * "2 minutes", "40 seconds": a length of time, roughly.
 * @param {number} seconds
 */
export function span(seconds) {
  if (seconds < 0.001) return t("under 1 ms");
  if (seconds < 1) return t("{number} ms", { number: Math.round(seconds * 1000) });
  if (seconds < 90) return tn("1 second", "{n} seconds", Math.round(seconds));
  if (seconds < 5400) return tn("1 minute", "{n} minutes", Math.round(seconds / 60));
  if (seconds < 129600) return tn("1 hour", "{n} hours", Math.round(seconds / 3600));
  return tn("1 day", "{n} days", Math.round(seconds / 86400));
}

/** @param {number} value */
export function bytes(value) {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let place = 0;
  while (value >= 1000 && place < units.length - 1) {
    value /= 1000;
    place += 1;
  }
  const digits = value < 10 && place ? tenths : wholes;
  return `${digits.format(value)} ${units[place]}`;
}

/**
 * What a job is doing, in a word.
 * @param {Job} job
 */
export const during = (job) => (job.preview ? t("Previewing") : kindOf(job.kind).doing);
/** @param {Job} job */
const after = (job) => (job.preview ? t("Previewed") : kindOf(job.kind).done);

/**
 * A kind of job in words.
 * @param {string} kind
 */
export const kindName = (kind) => kindOf(kind).noun;

/**
 * What a job is called in lists: its title, or its kind in words.
 * @param {Job} job
 */
export function nameOf(job) {
  const rehearsed = kindOf(job.kind).rehearses ? job.params?.kind : null;
  const title = job.title || (rehearsed ? t("Rehearsal: {kind}", { kind: kindName(rehearsed) }) : kindName(job.kind));
  return job.preview ? t("Preview: {title}", { title }) : title;
}

/**
 * What a job's state is called.
 * @param {Job} job
 */
export const stateName = (job) =>
  job.status === "completed" && job.failed_items
    ? job.preview
      ? t("completed, some refused")
      : t("completed, some failed")
    : (JOB_STATES[job.status] ?? job.status);

/**
 * The mark of a job's state.
 * @param {Job} job
 */
export const stateMark = (job) => (job.status === "completed" && job.failed_items ? "warning" : job.status);

/**
 * Seconds until a running job ends, estimated from its pace so far; null if it is too early to tell.
 * @param {Job} job
 * @returns {number | null}
 */
function timeLeft(job) {
  if (job.status !== "processing" || !job.started_at || job.processed_items < 3) return null;
  const elapsed = Date.now() / 1000 - job.started_at;
  return elapsed > 2 ? (elapsed / job.processed_items) * (job.total_items - job.processed_items) : null;
}

/**
 * A number of items of a job with their noun: "3 files".
 * @param {Job} job
 * @param {number} number
 */
export function things(job, number) {
  const kind = kindOf(job.kind);
  return tn(`1 ${kind.item}`, `{n} ${kind.item_plural}`, number);
}

/**
 * The outcome of a completed job as a sentence.
 * @param {Job} job
 * @param {string} failed
 */
function ended(job, failed) {
  if (!job.total_items) return t("Nothing to do.");
  if (job.failed_items === job.total_items)
    return job.total_items === 1
      ? t("{things} failed.", { things: things(job, 1) })
      : t("All {things} failed.", { things: things(job, job.total_items) });
  // A rehearsal makes a copy even if the job tried on it fails.
  const what = things(job, job.total_items - (kindOf(job.kind).rehearses ? 0 : job.failed_items));
  const verb = after(job);
  return `${verb.includes("…") ? `${verb.replace("…", what)}.` : t("{done} {things}.", { done: verb, things: what })}${failed}`;
}

/**
 * The state of a job as a sentence.
 * @param {Job} job
 */
export function sentence(job) {
  const failed = job.failed_items ? ` ${t("{number} failed.", { number: count(job.failed_items) })}` : "";
  const done = count(job.processed_items);
  const all = count(job.total_items);
  switch (job.status) {
    case "queued":
      return t("{things} waiting.", { things: things(job, job.total_items) });
    case "processing": {
      const left = timeLeft(job);
      const end =
        left === null ? "" : ` ${left < 2 ? t("Almost done.") : t("About {time} left.", { time: span(left) })}`;
      return `${t("{doing} {done} of {all}.", { doing: during(job), done, all })}${failed}${end}`;
    }
    case "paused":
      return `${t("Paused at {done} of {all}.", { done, all })}${failed}`;
    case "completed":
      return ended(job, failed);
    case "cancelled":
      return `${t("Cancelled at {done} of {all}.", { done, all })}${failed}`;
    default:
      return job.error || t("Its stored data can't be read.");
  }
}

/**
 * A message as a sentence: capitalised, without the path that it is shown beside.
 * @param {string} text
 * @param {string} [item]
 */
export function plainly(text, item = "") {
  const rest = item && text.startsWith(`${item}: `) ? text.slice(item.length + 2) : text;
  // A message that begins with a name (a path, a page) keeps its letters.
  return /^[^\s:]*[./]/.test(rest) ? rest : capital(rest);
}

/**
 * A moment on the clocks of a time zone, and on local clocks if they differ:
 * "24 Nov 2026, 03:00 Europe/Berlin (02:00 here)".
 * @param {number} at
 * @param {string} zone
 */
export function momentIn(at, zone) {
  /** @param {Intl.DateTimeFormatOptions} options */
  const shown = (options) => new Intl.DateTimeFormat(locale, options).format(at * 1000);
  const here = shown({ dateStyle: "medium", timeStyle: "short" });
  let there;
  try {
    there = shown({ dateStyle: "medium", timeStyle: "short", timeZone: zone });
  } catch {
    return here; // a zone that this browser does not know
  }
  if (there === here) return `${there} ${zone}`;
  const local = there.split(",")[0] === here.split(",")[0] ? shown({ timeStyle: "short" }) : here;
  return t("{there} {zone} ({local} here)", { there, zone, local });
}

/** @param {string[]} parts "a, b and c" */
export const allOf = (parts) => new Intl.ListFormat(locale, { type: "conjunction" }).format(parts.filter(Boolean));
/** @param {string[]} parts "a, b or c" */
export const anyOf = (parts) => new Intl.ListFormat(locale, { type: "disjunction" }).format(parts.filter(Boolean));

/**
 * A path without its last part.
 * @param {string} path
 */
export const folderOf = (path) => path.slice(0, path.lastIndexOf("/"));

/**
 * Words with a capital first letter, as labels and options begin.
 * @param {string} words
 */
export const capital = (words) => words.charAt(0).toUpperCase() + words.slice(1);

/**
 * A path's last part.
 * @param {string} path
 */
export const baseName = (path) => path.slice(path.lastIndexOf("/") + 1);
