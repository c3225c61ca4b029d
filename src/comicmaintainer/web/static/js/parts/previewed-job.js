// @ts-check
/**
 * A sheet that asks for a job, shows what it would do, and then does exactly that.
 *
 *     previewedJob({ title: "Rename the series", inputs: [name], request: () => ({ kind: "tag", ... }) });
 *
 * Nothing is changed before "Apply". A job of several files shows what all of them get, and the others one by one.
 */

import { get, post } from "../base/api.js";
import { base, fill, h, icon } from "../base/dom.js";
import { formProblem } from "../base/form-problem.js";
import { baseName, count, files, plainly } from "../base/format.js";
import { t, tn } from "../base/texts.js";
import { diff } from "./diff.js";
import { endOf, follow } from "./followed-job.js";

const SHOWN = 50;

/**
 * @typedef {object} PreviewedOptions
 * @property {string} title
 * @property {any} inputs the elements of the form
 * @property {() => Record<string, any>} request the job, from the form; it may throw an InputError
 * @property {string} [running] what the message says while the job runs
 * @property {(job: Job | null) => void} [done] called at the end of the job, and of the job that undoes it
 * @property {(job: Job) => void} [applied] called once the job is stored
 * @property {boolean} [atOnce] whether the preview is made without showing the form
 * @property {(error: unknown) => boolean} [refused] may show an error of the request itself
 */

/** @param {JobOutcome} outcome */
function inWords({ changed, unchanged, failed }) {
  const parts = [
    changed ? t("{files} would change", { files: files(changed) }) : t("Nothing would change"),
    unchanged && changed ? tn("1 stays as it is", "{n} stay as they are", unchanged) : "",
    failed ? t("{number} can't be changed", { number: count(failed) }) : "",
  ];
  return `${parts.filter(Boolean).join(", ")}.`;
}

/**
 * @param {Job} job
 * @param {JobOutcome} outcome
 * @param {ListPage & {results: JobResult[]}} apart the first files that are in no group of files that get the same
 * @param {FailureGroup[]} failures
 */
function summary(job, outcome, apart, failures) {
  const others = outcome.changed - outcome.alike.reduce((sum, group) => sum + group.items, 0);
  const more = apart.next === null ? 0 : others - apart.results.length;
  return h(
    "div",
    { class: "would" },
    h("p", { role: "status" }, h("strong", {}, inWords(outcome))),
    failures.map((group) =>
      h(
        "div",
        { class: "notice bad" },
        h(
          "div",
          {},
          h("strong", {}, files(group.items)),
          `: ${plainly(group.error, group.example_path || "")}`,
          h(
            "div",
            { class: "small muted" },
            t("For example {name}", { name: baseName(group.example_path || group.example) }),
          ),
        ),
      ),
    ),
    outcome.alike.map(({ items, example }) =>
      h("section", {}, h("h3", {}, t("The same for {files}", { files: files(items) })), diff(example.details)),
    ),
    apart.results.length
      ? h(
          "ul",
          { class: "entries" },
          apart.results.map((result) =>
            h("li", {}, h("div", {}, h("div", { class: "path small" }, baseName(result.item)), diff(result.details))),
          ),
        )
      : null,
    more > 0 ? h("p", { class: "muted" }, t("And {files} more.", { files: files(more) })) : null,
    h("p", { class: "small" }, h("a", { href: `${base()}/jobs/${job.job_id}` }, t("See the whole preview"))),
  );
}

let number = 0;

/**
 * Open the sheet; returns its dialog.
 * @param {PreviewedOptions} options
 */
export function previewedJob({
  title,
  inputs,
  request,
  running = t("Writing the tags."),
  done = () => {},
  applied = () => {},
  atOnce = false,
  refused = () => false,
}) {
  number += 1;
  const problem = formProblem();
  const asked = h("div", { class: "body-part" }, inputs);
  const shown = h("div", { class: "body-part", hidden: true });
  const bar = h("progress", { "aria-label": t("Progress of the preview"), hidden: true });
  const close = h("button", { type: "button", class: "quiet", onclick: () => sheet.close() }, t("Close"));
  const back = h("button", { type: "button", hidden: true, onclick: () => show("asked") }, icon("left"), t("Back"));
  const look = h("button", { type: "submit", class: "primary", value: "preview" }, icon("eye"), t("Preview"));
  const apply = h(
    "button",
    { type: "button", class: "primary", hidden: true, onclick: start },
    icon("check"),
    h("span", {}),
  );
  const form = h(
    "form",
    { noValidate: true },
    h("header", {}, h("h2", { id: `previewed-${number}` }, title)),
    h("div", { class: "body" }, asked, shown, bar),
    h("footer", {}, problem.element, close, back, look, apply),
  );
  const sheet = h("dialog", { class: "sheet", "aria-labelledby": `previewed-${number}` }, form);
  /** @type {Job | null} */
  let preview = null;
  let isOpen = true;

  /** @param {"asked" | "waiting" | "shown"} step */
  function show(step) {
    asked.hidden = step === "shown" || (atOnce && step === "waiting");
    asked.inert = step === "waiting";
    shown.hidden = step !== "shown";
    bar.hidden = step !== "waiting";
    back.hidden = step !== "shown" || atOnce;
    look.hidden = step === "shown";
    look.disabled = step === "waiting";
    if (step !== "shown") apply.hidden = true;
    if (step === "asked") look.focus();
  }

  /** Make the preview, and show what it found. */
  async function plan() {
    problem.clear();
    try {
      show("waiting");
      const asking = await post("/api/jobs", { ...request(), preview: true, refuse_empty: true });
      const job = await endOf(asking.job_id);
      if (!isOpen) return;
      preview = job;
      const path = `/api/jobs/${job.job_id}`;
      /** @type {[JobOutcome, ListPage & {results: JobResult[]}, {failures: FailureGroup[]}]} */
      const [outcome, apart, { failures }] = await Promise.all([
        get(`${path}/outcome`),
        get(`${path}/results`, { order: "file", outcome: "changed", apart: true, limit: SHOWN }),
        get(`${path}/failures`),
      ]);
      fill(shown, summary(job, outcome, apart, failures));
      show("shown");
      apply.hidden = outcome.changed === 0;
      fill(apply.lastElementChild ?? apply, t("Apply to {files}", { files: files(outcome.changed) }));
      (outcome.changed ? apply : close).focus();
    } catch (error) {
      show("asked");
      if (refused(error)) sheet.close();
      else problem.show(error);
    }
  }

  async function start() {
    if (!preview) return;
    apply.disabled = true;
    try {
      /** @type {Job} */
      const job = await post(`/api/jobs/${preview.job_id}/apply`);
      sheet.close();
      applied(job);
      follow(job, { running, done });
    } catch (error) {
      apply.disabled = false;
      problem.show(error);
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (shown.hidden) plan();
  });
  sheet.addEventListener("close", () => {
    isOpen = false;
    sheet.remove();
  });
  document.body.append(sheet);
  sheet.showModal();
  if (atOnce) plan();
  return sheet;
}
