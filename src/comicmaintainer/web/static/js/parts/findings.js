// @ts-check
/** What scans, identification, verification and searches for copies found, as sentences. */

import { h } from "../base/dom.js";
import { anyOf, baseName, count, files, plainly } from "../base/format.js";
import { t, tn } from "../base/texts.js";
import { seriesName } from "./match-view.js";

/** @type {["added" | "changed" | "moved" | "removed", string][]} */
const SCANNED = [
  ["added", t("new")],
  ["changed", t("changed")],
  ["moved", t("moved")],
  ["removed", t("gone")],
];

/** @param {ScanSummary} scan */
function scanned(scan) {
  const parts = SCANNED.filter(([name]) => scan[name]).map(([name, word]) => `${count(scan[name])} ${word}`);
  const unreadable = scan.unreadable.length
    ? ` ${tn(
        "1 folder could not be read: {folder}.",
        "{n} folders could not be read, for example {folder}.",
        scan.unreadable.length,
        { folder: scan.unreadable[0] },
      )}`
    : "";
  const warning = scan.warning ? ` ${plainly(scan.warning)}.` : "";
  return `${files(scan.files)}: ${parts.join(", ") || t("nothing new")}.${unreadable}${warning}`;
}

/** @param {Verification} report */
function verified(report) {
  if (report.sound) return tn("No damage found: 1 member read.", "No damage found: {n} members read.", report.members);
  if (report.problem) return `${plainly(report.problem)}.`;
  const broken = report.broken.map((member) => `${member.name} (${member.problem})`);
  return t("{number} broken: {names}.", { number: count(report.broken_count), names: broken.join(", ") });
}

/**
 * @param {LikeCopy} alike
 * @param {number} others
 */
function lookOf(alike, others) {
  const pages = t("{alike} of {compared} compared pages alike", {
    alike: count(alike.alike),
    compared: count(alike.compared),
  });
  const name = baseName(alike.path);
  return others
    ? t("Looks like {name}: {pages}, and like {number} more.", { name, pages, number: count(others) })
    : t("Looks like {name}: {pages}.", { name, pages });
}

/**
 * @param {ResultDetails} details
 * @param {string} item
 */
function compared({ near = [], copies = [], keep = "", reason }, item) {
  if (!copies.length) return near.length ? lookOf(near[0], near.length - 1) : t("No other copy.");
  return keep === item
    ? t("The best of {number} copies: {reason}.", { number: count(copies.length + 1), reason })
    : t("{name} is the better copy: {reason}.", { name: baseName(keep), reason });
}

/** @param {IdentifiedFile} found */
function identified({ level, reason, series, issue, candidates = [] }) {
  if (level === "certain" && series)
    return t("Certain: {name}.", { name: `${seriesName(series)}${issue ? ` #${issue.number}` : ""}` });
  if (level === "likely") return t("In review: {candidates}.", { candidates: anyOf(candidates) || reason });
  return t("Unknown: {reason}.", { reason: reason.replace(/\.+$/, "") });
}

/**
 * The sentence, or null if the details hold no findings.
 * @param {ResultDetails} details
 * @param {string} item
 */
function sentenceOf(details, item) {
  if (details.identified) return identified(details.identified);
  if (details.scan) return scanned(details.scan);
  if (details.report) return verified(details.report);
  return details.copies ? compared(details, item) : null;
}

/**
 * An element with the findings, or null.
 * @param {ResultDetails | null} details
 * @param {string} item
 */
export function findings(details, item) {
  const sentence = details && sentenceOf(details, item);
  return sentence ? h("div", { class: "muted" }, sentence) : null;
}
