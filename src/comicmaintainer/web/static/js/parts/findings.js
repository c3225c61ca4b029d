// @ts-check
/** What a job found out without changing anything: scans, verification, copies. As sentences. */

import { h } from "../base/dom.js";
import { baseName, count, files, plainly } from "../base/format.js";

function scanned(scan) {
  const parts = [
    ["added", "new"],
    ["changed", "changed"],
    ["moved", "moved"],
    ["removed", "gone"],
  ]
    .filter(([name]) => scan[name])
    .map(([name, word]) => `${count(scan[name])} ${word}`);
  const unreadable = scan.unreadable.length
    ? ` ${count(scan.unreadable.length)} folders could not be read, ${scan.unreadable[0]} for one.`
    : "";
  const warning = scan.warning ? ` ${plainly(scan.warning)}.` : "";
  return `${files(scan.files)}: ${parts.join(", ") || "nothing new"}.${unreadable}${warning}`;
}

function verified(report) {
  if (report.sound) return `Sound: ${count(report.members)} members read.`;
  if (report.problem) return `${plainly(report.problem)}.`;
  const broken = report.broken.map((member) => `${member.name} (${member.problem})`);
  return `${count(report.broken_count)} broken: ${broken.join(", ")}.`;
}

function lookOf(alike, others) {
  const pages = `${count(alike.alike)} of ${count(alike.compared)} compared pages alike`;
  return `Looks like ${baseName(alike.path)}: ${pages}${others ? `, and like ${count(others)} more` : ""}.`;
}

function compared(details, item) {
  const alike = details.near?.[0];
  if (!details.copies.length) return alike ? lookOf(alike, details.near.length - 1) : "No copy of it.";
  return details.keep === item
    ? `The best of ${count(details.copies.length + 1)} copies: ${details.reason}.`
    : `${baseName(details.keep)} is the better copy: ${details.reason}.`;
}

/** The sentence, or null where the details hold nothing of that sort. */
function sentenceOf(details, item) {
  if (details.scan) return scanned(details.scan);
  if (details.report) return verified(details.report);
  return details.copies ? compared(details, item) : null;
}

/** An element with what was found, or null. */
export function findings(details, item) {
  const found = details && sentenceOf(details, item);
  return found ? h("div", { class: "muted" }, found) : null;
}
