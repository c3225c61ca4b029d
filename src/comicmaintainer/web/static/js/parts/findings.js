// @ts-check
/** What scans, identification, verification and searches for copies found, as sentences. */

import { h } from "../base/dom.js";
import { baseName, count, files, plainly } from "../base/format.js";
import { seriesName } from "./match-view.js";

/** @type {["added" | "changed" | "moved" | "removed", string][]} */
const SCANNED = [
  ["added", "new"],
  ["changed", "changed"],
  ["moved", "moved"],
  ["removed", "gone"],
];

/** @param {ScanSummary} scan */
function scanned(scan) {
  const parts = SCANNED.filter(([name]) => scan[name]).map(([name, word]) => `${count(scan[name])} ${word}`);
  const unreadable = scan.unreadable.length
    ? ` ${count(scan.unreadable.length)} folders could not be read, for example ${scan.unreadable[0]}.`
    : "";
  const warning = scan.warning ? ` ${plainly(scan.warning)}.` : "";
  return `${files(scan.files)}: ${parts.join(", ") || "nothing new"}.${unreadable}${warning}`;
}

/** @param {Verification} report */
function verified(report) {
  if (report.sound) return `No damage found: ${count(report.members)} members read.`;
  if (report.problem) return `${plainly(report.problem)}.`;
  const broken = report.broken.map((member) => `${member.name} (${member.problem})`);
  return `${count(report.broken_count)} broken: ${broken.join(", ")}.`;
}

/**
 * @param {LikeCopy} alike
 * @param {number} others
 */
function lookOf(alike, others) {
  const pages = `${count(alike.alike)} of ${count(alike.compared)} compared pages alike`;
  return `Looks like ${baseName(alike.path)}: ${pages}${others ? `, and like ${count(others)} more` : ""}.`;
}

/**
 * @param {ResultDetails} details
 * @param {string} item
 */
function compared({ near = [], copies = [], keep = "", reason }, item) {
  if (!copies.length) return near.length ? lookOf(near[0], near.length - 1) : "No other copy.";
  return keep === item
    ? `The best of ${count(copies.length + 1)} copies: ${reason}.`
    : `${baseName(keep)} is the better copy: ${reason}.`;
}

/** @param {IdentifiedFile} found */
function identified({ level, reason, series, issue, candidates = [] }) {
  if (level === "certain" && series) return `Certain: ${seriesName(series)}${issue ? ` #${issue.number}` : ""}.`;
  if (level === "likely") return `In review: ${candidates.join(" or ") || reason}.`;
  return `Unknown: ${reason.replace(/\.+$/, "")}.`;
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
