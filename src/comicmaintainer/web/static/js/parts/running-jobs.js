// @ts-check
/** The chip for running jobs in the header, and the drawer it opens. On every page. */

import { get } from "../base/api.js";
import { base, fill, h, part, setText } from "../base/dom.js";
import { count, during, nameOf, sentence } from "../base/format.js";
import { isOnline, listen } from "../base/live.js";
import { ACTIVE } from "../base/states.js";
import { t } from "../base/texts.js";
import { attempt } from "../base/toast.js";
import { jobControls } from "./job-controls.js";

/** The jobs that wait or run. @type {Map<string, Job>} */
const jobs = new Map();
/** The newest revision known of each job, so that an older state never replaces a newer one. @type {Map<string, number>} */
const revisions = new Map();
const REMEMBERED = 500;
const MOST = 100;
const chip = part("#running", HTMLButtonElement);
const drawer = part("#drawer", HTMLDialogElement);
const offline = part("#offline", HTMLElement);
const DRAW_MS = 500;
const LOST_MS = 4000;
const SILENT_MS = 30000;
let heardAt = Date.now();
/** @type {number | null} */
let drawing = null;

/** @param {Job} job */
function keep(job) {
  if (job.revision < (revisions.get(job.job_id) ?? -1)) return;
  revisions.delete(job.job_id); // the last one noted comes last
  revisions.set(job.job_id, job.revision);
  for (const oldest of [...revisions.keys()].slice(0, -REMEMBERED)) revisions.delete(oldest);
  if (ACTIVE.includes(job.status) && !job.archived) jobs.set(job.job_id, job);
  else jobs.delete(job.job_id);
}

/** Ask which jobs are active, and forget those that have ended unnoticed. */
async function refresh() {
  const before = new Map([...jobs].map(([job_id, job]) => [job_id, job.revision]));
  /** @type {{jobs: Job[]}} */
  const found = await get("/api/jobs", { status: "active", limit: MOST });
  const isWhole = found.jobs.length < MOST;
  const there = new Set(found.jobs.map((job) => job.job_id));
  // One that is not in the answer, and of which nothing was heard meanwhile, is over.
  for (const [job_id, job] of jobs)
    if (isWhole && !there.has(job_id) && before.get(job_id) === job.revision) jobs.delete(job_id);
  found.jobs.forEach(keep);
  heardAt = Date.now();
  draw();
}

/**
 * The word before the figures of an active job.
 * @param {Job} job
 */
function wordOf(job) {
  if (job.status === "processing") return during(job);
  return job.status === "paused" ? t("Paused at") : t("Waiting");
}

function draw() {
  drawing = null;
  const running = [...jobs.values()];
  chip.hidden = running.length === 0;
  const done = running.reduce((sum, job) => sum + job.processed_items, 0);
  const all = running.reduce((sum, job) => sum + job.total_items, 0);
  const bar = part("progress", HTMLProgressElement, chip);
  bar.max = Math.max(1, all);
  bar.value = done;
  const figures = { done: count(done), all: count(all) };
  setText(
    part("span", HTMLElement, chip),
    running.length === 1
      ? t("{doing} {done} of {all}", { doing: wordOf(running[0]), ...figures })
      : t("{number} jobs, {done} of {all}", { number: count(running.length), ...figures }),
  );
  if (drawer.open) drawList(running);
}

/** @param {Job | null} job */
function note(job) {
  if (job?.job_id) {
    keep(job);
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
  if (!rows.length) fill(list, h("p", { class: "muted" }, t("Nothing is running.")));
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
    heardAt = Date.now();
    if (name === "offline") {
      // Each attempt to reconnect fails anew; only the first one starts the clock.
      lost ??= setTimeout(() => {
        offline.hidden = false;
      }, LOST_MS);
      return;
    }
    clearTimeout(lost);
    lost = undefined;
    offline.hidden = true;
    // A job may have ended while nobody listened; a new stream does not tell of it.
    if (["hello", "reset", "online"].includes(name)) attempt(refresh);
    if (name === "job") {
      keep(data);
      if (drawing === null) drawing = setTimeout(draw, DRAW_MS);
    }
  });
  // In case the stream is held up, or the browser took the page from its memory.
  setInterval(() => {
    const isWatched = jobs.size > 0 && document.visibilityState === "visible" && isOnline();
    if (isWatched && Date.now() - heardAt > SILENT_MS) attempt(refresh);
  }, SILENT_MS);
  addEventListener("pageshow", (event) => {
    if (event.persisted) attempt(refresh);
  });
  attempt(refresh);
}
