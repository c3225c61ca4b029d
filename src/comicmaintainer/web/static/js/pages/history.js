// @ts-check
/** Summaries of the jobs that cleanup has removed. */

import { get } from "../base/api.js";
import { base, h, part } from "../base/dom.js";
import { ago, kindName, moment, nameOf, sentence, span, stateMark } from "../base/format.js";
import { Paged } from "../base/paged.js";
import { Rows } from "../base/rows.js";
import { TRIGGERS } from "../base/states.js";
import { attempt } from "../base/toast.js";

const body = part("#jobs", HTMLElement);
const kind = part("#kind", HTMLSelectElement);

/** @param {Job} job */
function row(job) {
  return h(
    "tr",
    { data: { key: job.job_id }, tabIndex: -1 },
    h("td", {}, h("a", { href: `${base()}/jobs/${job.job_id}` }, nameOf(job))),
    h("td", {}, h("span", { class: "state", data: { state: stateMark(job) } }, sentence(job))),
    h("td", { class: "wide" }, TRIGGERS[job.trigger] || job.trigger),
    h("td", { class: "wide" }, job.started_at && job.completed_at ? span(job.completed_at - job.started_at) : ""),
    h("td", { class: "shrink", title: moment(job.completed_at) }, ago(job.completed_at)),
  );
}

const list = new Paged(
  body,
  async (after) => {
    /** @type {ListPage & {jobs: Job[]}} */
    const page = await get("/api/history", { kind: kind.value, after, limit: 100 });
    return { rows: page.jobs.map(row), next: page.next };
  },
  () =>
    h(
      "tr",
      {},
      h(
        "td",
        { colSpan: 5 },
        h(
          "div",
          { class: "empty" },
          h("p", {}, "The history is empty. Jobs move here an hour after they end."),
          h("a", { class: "button", href: `${base()}/jobs` }, "See the jobs"),
        ),
      ),
    ),
);

new Rows(body, { open: (key) => location.assign(`${base()}/jobs/${key}`) });
kind.value = "";
kind.addEventListener("change", () => attempt(() => list.restart()));
attempt(async () => {
  /** @type {{kinds: Kind[]}} */
  const { kinds } = await get("/api/kinds");
  kind.append(...kinds.map((one) => h("option", { value: one.name }, kindName(one.name))));
});
attempt(() => list.restart());
