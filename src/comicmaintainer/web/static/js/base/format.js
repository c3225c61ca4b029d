// @ts-check
/** Numbers, times and states as people read them, in the reader's locale. */

import { kindOf } from "./kinds.js";

const numbers = new Intl.NumberFormat();
const moments = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

/** @param {number | null | undefined} value */
export const count = (value) => numbers.format(value ?? 0);
/** @param {number} value */
export const files = (value) => (value === 1 ? "1 file" : `${count(value)} files`);
/** @param {number} value */
export const pages = (value) => (value === 1 ? "1 page" : `${count(value)} pages`);
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
  if (Math.abs(span) < 5) return "just now";
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
  if (seconds < 0.001) return "under 1 ms";
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 90) return Math.round(seconds) === 1 ? "1 second" : `${Math.round(seconds)} seconds`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} minutes`;
  if (seconds < 129600) return `${Math.round(seconds / 3600)} hours`;
  return `${Math.round(seconds / 86400)} days`;
}

/** @param {number} value */
export function bytes(value) {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let place = 0;
  while (value >= 1000 && place < units.length - 1) {
    value /= 1000;
    place += 1;
  }
  const digits = new Intl.NumberFormat(undefined, { maximumFractionDigits: value < 10 && place ? 1 : 0 });
  return `${digits.format(value)} ${units[place]}`;
}

/**
 * What a job is doing, in a word.
 * @param {Job} job
 */
export const during = (job) => (job.preview ? "Previewing" : kindOf(job.kind).doing);
/** @param {Job} job */
const after = (job) => (job.preview ? "Previewed" : kindOf(job.kind).done);

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
  const title = job.title || (rehearsed ? `Rehearsal: ${kindName(rehearsed)}` : kindName(job.kind));
  return job.preview ? `Preview: ${title}` : title;
}

/**
 * What a job's state is called.
 * @param {Job} job
 */
export const stateName = (job) =>
  job.status === "completed" && job.failed_items ? "completed, some failed" : job.status;

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
function things(job, number) {
  const kind = kindOf(job.kind);
  return `${count(number)} ${number === 1 ? kind.item : kind.item_plural}`;
}

/**
 * The outcome of a completed job as a sentence.
 * @param {Job} job
 * @param {string} failed
 */
function ended(job, failed) {
  if (!job.total_items) return "Nothing to do.";
  if (job.failed_items === job.total_items)
    return job.total_items === 1
      ? `The ${things(job, 1).slice(2)} failed.`
      : `All ${things(job, job.total_items)} failed.`;
  // A rehearsal makes a copy even if the job tried on it fails.
  const what = things(job, job.total_items - (kindOf(job.kind).rehearses ? 0 : job.failed_items));
  const verb = after(job);
  return `${verb.includes("…") ? verb.replace("…", what) : `${verb} ${what}`}.${failed}`;
}

/**
 * The state of a job as a sentence.
 * @param {Job} job
 */
export function sentence(job) {
  const failed = job.failed_items ? ` ${count(job.failed_items)} failed.` : "";
  const done = count(job.processed_items);
  const all = count(job.total_items);
  switch (job.status) {
    case "queued":
      return `${things(job, job.total_items)} waiting.`;
    case "processing": {
      const left = timeLeft(job);
      return `${during(job)} ${done} of ${all}.${failed}${left === null ? "" : ` About ${span(left)} left.`}`;
    }
    case "paused":
      return `Paused at ${done} of ${all}.${failed}`;
    case "completed":
      return ended(job, failed);
    case "cancelled":
      return `Cancelled at ${done} of ${all}.${failed}`;
    default:
      return job.error || "Its stored data can't be read.";
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
  return /^[^\s:]*[./]/.test(rest) ? rest : rest.charAt(0).toUpperCase() + rest.slice(1);
}

/**
 * A moment on the clocks of a time zone, and on local clocks if they differ:
 * "24 Nov 2026, 03:00 Europe/Berlin (02:00 here)".
 * @param {number} at
 * @param {string} zone
 */
export function momentIn(at, zone) {
  /** @param {Intl.DateTimeFormatOptions} options */
  const shown = (options) => new Intl.DateTimeFormat(undefined, options).format(at * 1000);
  const here = shown({ dateStyle: "medium", timeStyle: "short" });
  let there;
  try {
    there = shown({ dateStyle: "medium", timeStyle: "short", timeZone: zone });
  } catch {
    return here; // a zone that this browser does not know
  }
  if (there === here) return `${there} ${zone}`;
  return `${there} ${zone} (${there.split(",")[0] === here.split(",")[0] ? shown({ timeStyle: "short" }) : here} here)`;
}

/**
 * A path without its last part.
 * @param {string} path
 */
export const folderOf = (path) => path.slice(0, path.lastIndexOf("/"));

/**
 * A path's last part.
 * @param {string} path
 */
export const baseName = (path) => path.slice(path.lastIndexOf("/") + 1);
