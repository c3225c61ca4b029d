// @ts-check
/** One job: its state as a sentence, its results as differences, and undo. */

import { ApiError, get, post, remove } from "../base/api.js";
import { base, fill, h, icon, part, parts, setText } from "../base/dom.js";
import { ago, count, files, nameOf, plainly, sentence, stateMark, stateName } from "../base/format.js";
import { isUndo, kindOf } from "../base/kinds.js";
import { listen } from "../base/live.js";
import { toastNext } from "../base/next-page-toast.js";
import { Paged } from "../base/paged.js";
import { Rows } from "../base/rows.js";
import { ENDED, PRIORITIES } from "../base/states.js";
import { attempt, toast } from "../base/toast.js";
import { showDisks } from "../parts/disks.js";
import { jobControls } from "../parts/job-controls.js";
import { jobParameters, jobTimeline } from "../parts/job-facts.js";
import { drawIdentified, identifies } from "../parts/job-identified.js";
import { failureNotice, resultRow } from "../parts/job-results.js";
import { nextStep } from "../parts/rehearsal.js";
import { activeSources, showCredits } from "../parts/source-credits.js";

const page = part("#page", HTMLElement);
const id = page.dataset.job;
const path = `/api/jobs/${id}`;
const body = part("#results", HTMLElement);
const OUTCOMES = [
  ["all", "All"],
  ["succeeded", "Succeeded"],
  ["failed", "Failed"],
];
const REFRESH_MS = 2000;
const SILENT_MS = 10000;
const IDENTIFIED_MS = 15000;
/** @type {number | undefined} */
let identifiedTimer;
let outcome = new URLSearchParams(location.search).get("outcome") || "all";
/**
 * The job as it was last heard of; null until the first answer has come.
 * @type {Job | null}
 */
let known = null;
let undoable = false;
/** @type {import("../parts/job-facts.js").UndoneState | null} */
let undone = null;
let drawn = "";
/** @type {number | null} */
let pending = null;
let isStreamOpen = false;
let heardAt = Date.now();
let spoken = 0;
/**
 * The job that this one came of, once it is known; empty if it is gone.
 * @type {Partial<Job> | null}
 */
let source = null;

/** The job, in what is drawn only once it is known. */
function loadedJob() {
  if (!known) throw new Error("The job is not known yet.");
  return known;
}

/** @param {Job} found */
const go = (found) => location.assign(`${base()}/jobs/${found.job_id}`);
/** @type {(label: string, name: string, action: () => any, look?: string) => HTMLButtonElement} */
const act = (label, name, action, look = "") =>
  h("button", { type: "button", class: look, onclick: () => attempt(action) }, icon(name), label);

function actions() {
  const job = loadedJob();
  /** @type {HTMLElement[]} */
  const found = jobControls(job, changed);
  const ended = ENDED.includes(job.status);
  if (!job.archived && job.preview && job.status === "completed" && job.total_items > job.failed_items) {
    found.push(act("Apply", "check", async () => go(await post(`${path}/apply`)), "primary"));
  }
  if (!job.archived && job.failed_items && job.status === "completed")
    found.push(act("Retry failed", "retry", () => retry({})));
  if (undoable && !kindOf(job.kind).rehearses) {
    found.push(act("Undo", "undo", async () => go(await post(`${path}/undo`))));
  }
  if (job.archived) return found;
  found.push(h("a", { class: "button", href: `${base()}${path}/export`, download: "" }, icon("download"), "CSV"));
  if (ended)
    found.push(
      act(
        "Remove from list",
        "close",
        async () => {
          await remove(path);
          toastNext(
            `${nameOf(job)} is removed from the list.${undoable ? " Its changes stay." : ""} Its summary is in the history.`,
          );
          location.assign(`${base()}/jobs`);
        },
        "quiet",
      ),
    );
  return found;
}

/** @param {{code?: string, error?: string}} which */
async function retry(which) {
  const answer = await post(`${path}/retry`, which);
  toast(`${files(answer.retried)} queued again.`);
  attempt(() => list.restart());
}

function priority() {
  const job = loadedJob();
  if (ENDED.includes(job.status) || job.archived) return `${job.priority} priority`;
  const select = h(
    "select",
    {
      "aria-label": "Priority",
      onchange: () => attempt(async () => show(await post(`${path}/priority`, { priority: select.value }))),
    },
    PRIORITIES.map((name) => h("option", { value: name, selected: name === job.priority }, name)),
  );
  return [select, "priority"];
}

/** The timeline as it is now. */
const timeline = () => jobTimeline(loadedJob(), { priority: priority(), undone, source });

/** @param {Job} found */
function show(found) {
  // Answers may arrive out of order: an older state never replaces a newer one.
  const job = known && found.revision < known.revision ? { ...found, ...known } : { ...known, ...found };
  known = job;
  setText(part("#name", HTMLElement), nameOf(job));
  document.title = `${nameOf(job)} · ComicMaintainer`;
  const state = part("#state", HTMLElement);
  state.dataset.state = stateMark(job);
  setText(state, stateName(job));
  const ended = ENDED.includes(job.status);
  setText(part("#sentence", HTMLElement), sentence(job));
  // Screen readers hear it only now and then: constant updates would drown everything else.
  if (ended || Date.now() - spoken > 15000) {
    spoken = Date.now();
    setText(part("#spoken", HTMLElement), sentence(job));
  }
  const bar = part("#progress", HTMLProgressElement);
  bar.hidden = ended;
  bar.max = Math.max(1, job.total_items);
  bar.value = job.processed_items;
  const shown = [job.status, job.failed_items > 0, job.priority, job.completed_at, undoable, undone?.words];
  const look = shown.join(" ");
  if (look !== drawn) {
    drawn = look;
    fill(part("#actions", HTMLElement), actions());
    fill(part("#timeline", HTMLElement), timeline());
    const parameters = jobParameters(job);
    fill(part("#asked", HTMLElement), parameters);
    part("#parameters", HTMLElement).hidden = !parameters.length;
    const note = job.archived
      ? "This job has been cleaned up: only its summary and its failed files are left. " +
        "Undo works as long as its changes are kept."
      : job.status === "failed"
        ? `${plainly(job.error || "Its stored data can't be read")}. Files that were not reached are unchanged.`
        : "";
    fill(part("#note", HTMLElement), note && h("div", { class: job.archived ? "notice" : "notice bad" }, note));
  }
  tabs();
}

function tabs() {
  const job = loadedJob();
  /** @type {Record<string, number>} */
  const numbers = {
    all: job.processed_items,
    succeeded: job.processed_items - job.failed_items,
    failed: job.failed_items,
  };
  const place = part("#tabs", HTMLElement);
  if (!place.children.length) {
    fill(
      place,
      OUTCOMES.map(([name, label]) =>
        h(
          "a",
          {
            href: `?outcome=${name}`,
            data: { outcome: name },
            onclick: (/** @type {Event} */ event) => choose(event, name),
          },
          `${label} `,
          h("span", { class: "muted" }),
        ),
      ),
    );
  }
  for (const tab of parts("a", HTMLElement, place)) {
    const name = tab.dataset.outcome ?? "all";
    if (name === outcome) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
    setText(part("span", HTMLElement, tab), count(numbers[name]));
  }
}

/**
 * @param {Event} event
 * @param {string} name
 */
function choose(event, name) {
  event.preventDefault();
  outcome = name;
  history.replaceState(null, "", `?outcome=${outcome}`);
  tabs();
  attempt(() => list.restart());
}

/** The next steps after a rehearsal that has ended, and the source of this job. */
async function steps() {
  const job = loadedJob();
  if (kindOf(job.kind).rehearses && ENDED.includes(job.status)) await nextStep(part("#next", HTMLElement), job, go);
  if (job.source_job_id && !isUndo(job) && !source) {
    source = await get(`/api/jobs/${job.source_job_id}`, { results: 0 }).catch(() => ({}));
    fill(part("#timeline", HTMLElement), timeline());
  }
}

/**
 * When, by which job and how far this one was undone.
 * @param {ChangePage["counts"]} counts
 * @returns {Promise<import("../parts/job-facts.js").UndoneState>}
 */
async function undoneState({ undone: back = 0, applied = 0 }) {
  /** @type {ChangePage} */
  const { changes } = await get(`${path}/changes`, { limit: 1, state: "undone" });
  const [last] = changes;
  const whole = back + applied;
  const what = applied ? `${count(back)} of ${count(whole)} changes undone` : "Undone";
  return { at: last.undone_at, by: last.undone_by, words: `${what} ${ago(last.undone_at)}` };
}

/** Once the job has ended, find out whether there are changes to undo. */
async function loadUndoable() {
  const job = loadedJob();
  if (!ENDED.includes(job.status) || job.preview) return;
  /** @type {ChangePage} */
  const { counts } = await get(`${path}/changes`, { limit: 1 });
  undoable = (counts.applied ?? 0) > 0;
  undone = counts.undone ? await undoneState(counts) : null;
  show(loadedJob());
}

async function drawFailures() {
  const job = loadedJob();
  const place = part("#failures", HTMLElement);
  place.hidden = !job.failed_items || job.archived === true;
  if (place.hidden) return;
  /** @type {{failures: FailureGroup[]}} */
  const { failures } = await get(`${path}/failures`);
  fill(
    part("#groups", HTMLElement),
    failures.map((group) => failureNotice(group, loadedJob(), retry)),
  );
}

const list = new Paged(
  body,
  async (after) => {
    /** @type {ListPage & {results: JobResult[]}} */
    const found = await get(`${path}/results`, { outcome, before: after, limit: 50 });
    return { rows: found.results.map((result) => resultRow(result, loadedJob())), next: found.next };
  },
  () => h("tr", {}, h("td", { colSpan: 3 }, h("div", { class: "empty" }, h("p", {}, nothing())))),
);

/** Why there is no result to show. */
function nothing() {
  const job = loadedJob();
  if (outcome === "failed") return "Nothing failed.";
  if (job.archived) return "The results were cleaned up.";
  if (!job.total_items) return "No file matched, so there was nothing to do.";
  return ENDED.includes(job.status)
    ? "No file was worked on."
    : "No results yet. They appear here as the job works on files.";
}

new Rows(body, {
  open: (key) => body.querySelector(/** @type {"a"} */ (`[data-key="${CSS.escape(key)}"] .of a`))?.click(),
});
/** Whether the job is known and has not ended. */
const isGoingOn = () => known !== null && !ENDED.includes(known.status);

/** Ask what has become of the job. */
async function look() {
  /** @type {Job} */
  const found = await get(path, { results: 0 });
  if (found.revision !== known?.revision) changed(found);
}

listen(({ name, data }) => {
  // A new stream does not report a job that ended between the first load and now.
  if (["hello", "reset"].includes(name)) {
    isStreamOpen = true;
    if (isGoingOn()) attempt(look);
  }
  if (name !== "job") return;
  if (data.job_id === id) changed(data);
  else if (known && isUndo(data) && data.source_job_id === id && ENDED.includes(data.status)) attempt(loadUndoable);
});
// In case the stream is held up: load an active job now and then.
setInterval(() => {
  if (isGoingOn() && document.visibilityState === "visible" && Date.now() - heardAt > SILENT_MS) attempt(look);
}, SILENT_MS);

/**
 * Draw the consequences of a change: at once if the state is different, otherwise with the next changes.
 * @param {Job} data
 */
function changed(data) {
  heardAt = Date.now();
  if (!known) {
    known = data;
    return;
  } // the first look is under way, and draws
  const before = known.status;
  show(data);
  const isSame = known.status === before;
  if (!isSame && pending !== null) {
    clearTimeout(pending);
    pending = null;
  }
  pending ??= setTimeout(refresh, isSame ? REFRESH_MS : 0);
}

function refresh() {
  pending = null;
  if (scrollY < 400) attempt(() => list.restart());
  attempt(drawFailures);
  attempt(loadUndoable);
  attempt(steps);
  if (!isGoingOn()) attempt(identified);
}

/**
 * Show that there is no such job, with links to the lists of jobs.
 * @param {ApiError} error
 */
function showMissing(error) {
  setText(part("#name", HTMLElement), "No such job");
  document.title = "No such job · ComicMaintainer";
  for (const child of [...page.children]) if (child.tagName !== "HEADER") child.remove();
  for (const selector of ["#state", "#actions"]) part(selector, HTMLElement).remove();
  page.append(
    h(
      "div",
      { class: "empty" },
      h("p", {}, `${error.message} It may have been deleted, or its address is incomplete.`),
      h(
        "div",
        { class: "inline" },
        h("a", { class: "button", href: `${base()}/jobs` }, "See the jobs"),
        h("a", { class: "button", href: `${base()}/jobs/history` }, "See the history"),
      ),
    ),
  );
}

/** How many files are identified, and when the sources' limits let the job end; while it is active, now and then. */
async function identified() {
  const job = loadedJob();
  if (!identifies(job) || job.archived) return;
  await drawIdentified(part("#identified", HTMLElement), job);
  const names = job.params.sources ?? (await activeSources()).map((source) => source.name);
  await showCredits(part("#credits", HTMLElement), names);
  clearTimeout(identifiedTimer);
  if (isGoingOn()) identifiedTimer = setTimeout(() => attempt(identified), IDENTIFIED_MS);
}

const DISKS_MS = 5000;
/** @type {number | undefined} */
let disksTimer;

/** While a job is active or if its files have failed, show problems of disks. */
async function disks() {
  const job = loadedJob();
  clearTimeout(disksTimer);
  if (ENDED.includes(job.status) && !job.failed_items) {
    fill(part("#disks", HTMLElement));
    return;
  }
  await showDisks(part("#disks", HTMLElement));
  disksTimer = setTimeout(() => {
    attempt(disks);
  }, DISKS_MS);
}

attempt(async () => {
  try {
    show(await get(path, { results: 0 }));
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
    showMissing(error);
    return;
  }
  // It may have ended while the stream was being opened, unnoticed by both.
  if (isStreamOpen && isGoingOn()) attempt(look);
  attempt(disks);
  attempt(identified);
  await list.restart();
  await steps();
  await drawFailures();
  await loadUndoable();
});
