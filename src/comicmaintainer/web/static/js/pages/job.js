// @ts-check
/** One job: its state as a sentence, its results as differences, and undo. */

import { ApiError, get, post, remove } from "../base/api.js";
import { base, fill, h, icon, part, setText } from "../base/dom.js";
import { ago, capital, count, files, nameOf, plainly, sentence, stateMark, stateName } from "../base/format.js";
import { isUndo, kindOf } from "../base/kinds.js";
import { isOnline, listen } from "../base/live.js";
import { toastNext } from "../base/next-page-toast.js";
import { may } from "../base/role.js";
import { Rows } from "../base/rows.js";
import { ENDED, PRIORITIES, PRIORITY_WORDS } from "../base/states.js";
import { t } from "../base/texts.js";
import { attempt, toast } from "../base/toast.js";
import { showDisks } from "../parts/disks.js";
import { undoChanges } from "../parts/followed-job.js";
import { jobControls } from "../parts/job-controls.js";
import { jobParameters, jobTimeline } from "../parts/job-facts.js";
import { drawIdentified, identifies } from "../parts/job-identified.js";
import { JobOutcomeView } from "../parts/job-outcome.js";
import { failureNotice } from "../parts/job-results.js";
import { nextStep } from "../parts/rehearsal.js";
import { activeSources, showCredits } from "../parts/source-credits.js";

const page = part("#page", HTMLElement);
const id = page.dataset.job;
const path = `/api/jobs/${id}`;
const body = part("#results", HTMLElement);
const REFRESH_MS = 2000;
const SILENT_MS = 10000;
const IDENTIFIED_MS = 15000;
/** @type {number | undefined} */
let identifiedTimer;
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
  h(
    "button",
    { type: "button", class: look, data: { needs: "work" }, onclick: () => attempt(action) },
    icon(name),
    label,
  );

function actions() {
  const job = loadedJob();
  /** @type {HTMLElement[]} */
  const found = jobControls(job, changed);
  const ended = ENDED.includes(job.status);
  const changing = results.outcome?.changed ?? 0;
  if (!job.archived && job.preview && job.status === "completed" && changing) {
    found.push(
      act(
        t("Apply to {files}", { files: files(changing) }),
        "check",
        async () => go(await post(`${path}/apply`)),
        "primary",
      ),
    );
  }
  if (!job.archived && job.failed_items && job.status === "completed")
    found.push(act(t("Retry failed"), "retry", () => retry({})));
  if (undoable && !kindOf(job.kind).rehearses) {
    found.push(act(t("Undo all"), "undo", async () => go(await post(`${path}/undo`))));
  }
  if (job.archived) return found;
  found.push(h("a", { class: "button", href: `${base()}${path}/export`, download: "" }, icon("download"), "CSV"));
  if (ended)
    found.push(
      act(
        t("Remove from list"),
        "close",
        async () => {
          await remove(path);
          toastNext(
            undoable
              ? t("{name} is removed from the list. Its changes stay. Its summary is in the history.", {
                  name: nameOf(job),
                })
              : t("{name} is removed from the list. Its summary is in the history.", { name: nameOf(job) }),
          );
          location.assign(`${base()}/jobs`);
        },
        "quiet",
      ),
    );
  return found;
}

/** @param {{code?: string | null, error?: string, group?: string}} which */
async function retry(which) {
  const answer = await post(`${path}/retry`, which);
  toast(t("{files} queued again.", { files: files(answer.retried) }));
  // The counts are right at once, and not only with the next event.
  changed(await get(path, { results: 0 }));
}

function priority() {
  const job = loadedJob();
  if (ENDED.includes(job.status) || job.archived || !may("work"))
    return t("{priority} priority", { priority: PRIORITY_WORDS[job.priority] ?? job.priority });
  const select = h(
    "select",
    {
      "aria-label": t("Priority"),
      onchange: () => {
        const wanted = select.value;
        select.value = job.priority; // until it is stored
        return attempt(async () => show(await post(`${path}/priority`, { priority: wanted })));
      },
    },
    PRIORITIES.map((name) =>
      h("option", { value: name, selected: name === job.priority }, capital(PRIORITY_WORDS[name])),
    ),
  );
  return [select, t("priority")];
}

/** The timeline as it is now. */
const timeline = () => jobTimeline(loadedJob(), { priority: priority(), undone, source });

/** The state of the job as a sentence; of a preview that has ended, what it would do. */
function summary() {
  const job = loadedJob();
  return job.preview && job.status === "completed" && results.outcome ? results.outcome.sentence : sentence(job);
}

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
  setText(part("#sentence", HTMLElement), summary());
  // Screen readers hear it only now and then: constant updates would drown everything else.
  if (ended || Date.now() - spoken > 15000) {
    spoken = Date.now();
    setText(part("#spoken", HTMLElement), summary());
  }
  const bar = part("#progress", HTMLProgressElement);
  bar.hidden = ended;
  bar.max = Math.max(1, job.total_items);
  bar.value = job.processed_items;
  const shown = [
    job.status,
    job.failed_items > 0,
    job.priority,
    job.completed_at,
    undoable,
    undone?.words,
    results.outcome?.changed,
  ];
  const look = shown.join(" ");
  if (look !== drawn) {
    drawn = look;
    fill(part("#actions", HTMLElement), actions());
    fill(part("#timeline", HTMLElement), timeline());
    const note = job.archived
      ? t(
          "This job has been cleaned up: its summary, its failed files and what it changed are left. Its changes can be undone as long as they are shown.",
        )
      : job.status === "failed"
        ? t("{error}. Files that were not reached are unchanged.", {
            error: plainly(job.error || t("Its stored data can't be read")),
          })
        : "";
    fill(part("#note", HTMLElement), note && h("div", { class: job.archived ? "notice" : "notice bad" }, note));
  }
}

/** What was asked for: it never changes, so it is drawn once. */
async function drawParameters() {
  const parameters = await jobParameters(loadedJob());
  fill(part("#asked", HTMLElement), parameters);
  part("#parameters", HTMLElement).hidden = !parameters.length;
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
  const what = applied
    ? t("{number} of {all} changes undone", { number: count(back), all: count(whole) })
    : t("Undone");
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
  // Of a preview, they are on their tab: what would happen comes first.
  place.hidden = !job.failed_items || job.archived === true || (job.preview && results.tab !== "failed");
  if (place.hidden) return;
  setText(part("h2", HTMLElement, place), job.preview ? t("Why they are refused") : t("What went wrong"));
  if (job.preview) part("#alike", HTMLElement).after(place);
  /** @type {{failures: FailureGroup[]}} */
  const { failures } = await get(`${path}/failures`);
  fill(
    part("#groups", HTMLElement),
    failures.map((group) => failureNotice(group, loadedJob(), retry)),
  );
}

const results = new JobOutcomeView(path, loadedJob, undoFile);
document.addEventListener("outcome-chosen", () => attempt(drawFailures));

/**
 * Undo what the job changed of one file.
 * @param {JobResult} result
 */
async function undoFile(result) {
  await undoChanges(result.undoable, {
    done: () => {
      attempt(loadUndoable);
      attempt(() => results.load());
    },
  });
}

/** Load what the job came to, and draw what depends on it. */
async function loadResults() {
  await results.load();
  show(loadedJob());
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
  if (["hello", "reset", "online"].includes(name)) {
    isStreamOpen = true;
    if (isGoingOn()) attempt(look);
  }
  if (name !== "job") return;
  if (data.job_id === id) changed(data);
  else if (known && isUndo(data) && data.source_job_id === id && ENDED.includes(data.status)) attempt(loadUndoable);
});
// In case the stream is held up: load an active job now and then.
setInterval(() => {
  const isWatched = isGoingOn() && document.visibilityState === "visible" && isOnline();
  if (isWatched && Date.now() - heardAt > SILENT_MS) attempt(look);
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
  if (scrollY < 400 || !isGoingOn()) attempt(loadResults);
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
  setText(part("#name", HTMLElement), t("No such job"));
  document.title = `${t("No such job")} · ComicMaintainer`;
  for (const child of [...page.children]) if (child.tagName !== "HEADER") child.remove();
  for (const selector of ["#state", "#actions"]) part(selector, HTMLElement).remove();
  page.append(
    h(
      "div",
      { class: "empty" },
      h("p", {}, `${error.message} ${t("It may have been deleted, or its address is incomplete.")}`),
      h(
        "div",
        { class: "inline" },
        h("a", { class: "button", href: `${base()}/jobs` }, t("See the jobs")),
        h("a", { class: "button", href: `${base()}/jobs/history` }, t("See the history")),
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
  if (isOnline()) await showDisks(part("#disks", HTMLElement));
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
  attempt(drawParameters);
  await loadResults();
  await steps();
  await drawFailures();
  await loadUndoable();
});
