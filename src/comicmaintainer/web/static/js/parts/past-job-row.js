// @ts-check
/** A job that was cleaned up, as a row of a list. */

import { base, h } from "../base/dom.js";
import { ago, moment, nameOf, sentence, span, stateMark } from "../base/format.js";
import { askedBy, subjectOf } from "../base/job-words.js";

/** @param {Job} job */
export function pastJobRow(job) {
  const [subject, title] = subjectOf(job);
  return h(
    "tr",
    { data: { key: job.job_id }, tabIndex: -1 },
    h(
      "td",
      {},
      h("div", {}, h("a", { href: `${base()}/jobs/${job.job_id}` }, nameOf(job))),
      subject && h("span", { class: "about small muted", title }, subject),
    ),
    h("td", {}, h("span", { class: "state", data: { state: stateMark(job) } }, sentence(job))),
    h("td", { class: "wide" }, askedBy(job)),
    h("td", { class: "wide" }, job.started_at && job.completed_at ? span(job.completed_at - job.started_at) : ""),
    h("td", { class: "shrink", title: moment(job.completed_at) }, ago(job.completed_at)),
  );
}
