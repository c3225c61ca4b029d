// @ts-check
/** The chip for running jobs in the header, and the drawer it opens. On every page. */

import { get } from "../base/api.js";
import { base, fill, h, part, setText } from "../base/dom.js";
import { count, during, nameOf, sentence } from "../base/format.js";
import { listen } from "../base/live.js";
import { ACTIVE } from "../base/states.js";
import { attempt } from "../base/toast.js";
import { jobControls } from "./job-controls.js";

/** @type {Map<string, Job>} */
const jobs = new Map();
const chip = part("#running", HTMLButtonElement);
const drawer = part("#drawer", HTMLDialogElement);
const offline = part("#offline", HTMLElement);
const DRAW_MS = 500;
const LOST_MS = 4000;
/** @type {number | null} */
let drawing = null;

function active() {
  return [...jobs.values()].filter((job) => ACTIVE.includes(job.status) && !job.archived);
}

/**
 * The word before the figures of an active job.
 * @param {Job} job
 */
function wordOf(job) {
  if (job.status === "processing") return during(job);
  return job.status === "paused" ? "Paused at" : "Waiting";
}

function draw() {
  drawing = null;
  const running = active();
  chip.hidden = running.length === 0;
  const done = running.reduce((sum, job) => sum + job.processed_items, 0);
  const all = running.reduce((sum, job) => sum + job.total_items, 0);
  const bar = part("progress", HTMLProgressElement, chip);
  bar.max = Math.max(1, all);
  bar.value = done;
  const what = running.length === 1 ? wordOf(running[0]) : `${count(running.length)} jobs,`;
  setText(part("span", HTMLElement, chip), `${what} ${count(done)} of ${count(all)}`);
  if (drawer.open) drawList(running);
}

/** @param {Job | null} job */
function note(job) {
  if (job?.job_id) {
    jobs.set(job.job_id, job);
    draw();
  }
}

/** @param {Job[]} running */
function drawList(running) {
  const list = part(".list", HTMLElement, drawer);
  const rows = running.map((job) => {
    const found = list.querySelector(`[data-job="${CSS.escape(job.job_id)}"]`);
    const row =
      found ||
      h(
        "div",
        { class: "job", data: { job: job.job_id } },
        h("a", { href: `${base()}/jobs/${job.job_id}` }, nameOf(job)),
        h("p", { class: "muted" }),
        h("progress", {}),
        h("div", { class: "actions" }),
      );
    setText(part("p", HTMLElement, row), sentence(job));
    const bar = part("progress", HTMLProgressElement, row);
    bar.max = Math.max(1, job.total_items);
    bar.value = job.processed_items;
    const actions = part(".actions", HTMLElement, row);
    if (actions.dataset.status !== job.status) {
      actions.dataset.status = job.status;
      fill(actions, jobControls(job, note));
    }
    return row;
  });
  // Existing rows keep their place and focus; only new and ended ones move.
  for (const row of [...list.children]) if (!rows.includes(row)) row.remove();
  rows.forEach((row) => {
    if (row.parentNode !== list) list.append(row);
  });
  if (!rows.length) fill(list, h("p", { class: "muted" }, "Nothing is running."));
}

/** Start watching. Call once per page. */
export function watchRunningJobs() {
  chip.addEventListener("click", () => {
    drawer.show();
    draw();
    part("button", HTMLElement, drawer).focus();
  });
  drawer.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      drawer.close();
      chip.focus();
    }
  });
  part("[data-close]", HTMLElement, drawer).addEventListener("click", () => {
    drawer.close();
    chip.focus();
  });
  /** @type {number | undefined} */
  let lost;
  listen(({ name, data }) => {
    clearTimeout(lost);
    offline.hidden = true;
    if (name === "offline")
      lost = setTimeout(() => {
        offline.hidden = false;
      }, LOST_MS);
    if (name === "reset") jobs.clear();
    if (name === "job") {
      jobs.set(data.job_id, data);
      if (!ACTIVE.includes(data.status)) setTimeout(() => jobs.delete(data.job_id), 2000);
      if (drawing === null) drawing = setTimeout(draw, DRAW_MS);
    }
  });
  attempt(async () => {
    const found = await get("/api/jobs", { status: "active", limit: 100 });
    for (const job of found.jobs) jobs.set(job.job_id, job);
    draw();
  });
}
