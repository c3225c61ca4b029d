// @ts-check
/** What a job is about and who asked for it, in words. */

import { anyOf, baseName, files, things } from "./format.js";
import { kindOf } from "./kinds.js";
import { STATES } from "./states.js";
import { t } from "./texts.js";

/** @type {Record<string, string>} */
const TRIGGERS = {
  web: t("the web page"),
  api: t("a program"),
  cli: t("the command line"),
  watcher: t("the watcher"),
  schedule: t("a schedule"),
};
/** The name of everyone where nobody signs in. */
const NOBODY = "anyone";

/**
 * Who asked for a job: a user, a key, a schedule, or the way that it came.
 * @param {Job} job
 */
export function askedBy({ trigger, requested_by: name }) {
  if (name && name !== NOBODY) {
    if (trigger === "web") return name;
    if (trigger === "api") return t("the key {name}", { name });
    if (trigger === "schedule") return t("the schedule {name}", { name });
  }
  return TRIGGERS[trigger] || trigger;
}

/**
 * The parts of a filter in words.
 * @param {Record<string, any>} filter
 */
function filterWords(filter) {
  const { text, series, folder, root, states = [], formats = [], missing = [], year_from: from, year_to: to } = filter;
  const { any_of_series: several = [], none_of_series: others = [], series_text: part, has_series: isAny } = filter;
  return [
    series,
    several.join(", "),
    part ? t("series with “{text}”", { text: part.trim() }) : isAny && t("all series"),
    others.length && t("but not {names}", { names: others.join(", ") }),
    text && `“${text.trim()}”`,
    (folder || root) && t("in {folder}", { folder: baseName(folder || root) }),
    anyOf(states.map((/** @type {string} */ state) => (STATES[state] || state).toLowerCase())),
    anyOf(formats.map((/** @type {string} */ format) => format.toUpperCase())),
    missing.length && t("without {missing}", { missing: missing.join(", ") }),
    (from || to) && (from === to ? String(from) : t("{from} to {to}", { from: from ?? "…", to: to ?? "…" })),
  ]
    .filter(Boolean)
    .join(", ");
}

/**
 * What a job is about, and in full where that is longer: [words, title]. Both are empty if it is not known.
 * @param {Job} job
 * @returns {[words: string, title: string]}
 */
export function subjectOf(job) {
  const { all, filter, folders, folder, first } = job.about ?? {};
  const kind = kindOf(job.kind);
  const number = kind.items === "file" ? `, ${files(job.total_items)}` : "";
  if (all) return [`${t("Whole library")}${number}`, ""];
  if (filter) return [`${filterWords(filter)}${number}`, ""];
  if (folders) return [`${folders.map(baseName).join(", ")}${number}`, folders.join("\n")];
  if (!first || !folder) return ["", ""];
  if (job.total_items === 1) return [baseName(first), first];
  return [`${baseName(folder) || folder}${number || `, ${things(job, job.total_items)}`}`, folder];
}
