// @ts-check
/** One job: its state as a sentence, its results as differences, and the way back. */

import { ApiError, get, post, remove } from "../base/api.js";
import { base, fill, h, icon, part, parts, setText } from "../base/dom.js";
import {
  ago,
  baseName,
  count,
  files,
  folderOf,
  moment,
  nameOf,
  plainly,
  sentence,
  span,
  stateMark,
  stateName,
} from "../base/format.js";
import { kindOf } from "../base/kinds.js";
import { listen } from "../base/live.js";
import { toastNext } from "../base/next-page-toast.js";
import { Paged } from "../base/paged.js";
import { Rows } from "../base/rows.js";
import { ENDED, PRIORITIES, TRIGGERS } from "../base/states.js";
import { attempt, toast } from "../base/toast.js";
import { diff } from "../parts/diff.js";
import { showDisks } from "../parts/disks.js";
import { findings } from "../parts/findings.js";
import { jobControls } from "../parts/job-controls.js";
import { nextStep } from "../parts/rehearsal.js";

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
let outcome = new URLSearchParams(location.search).get("outcome") || "all";
let job = null;
let undoable = false;
let takenBack = null;
let drawn = "";
let pending = null;
let isStreamOpen = false;
let heardAt = Date.now();
let spoken = 0;
let source = null;

const go = (found) => location.assign(`${base()}/jobs/${found.job_id}`);
const act = (label, name, action, look = "") =>
  h("button", { type: "button", class: look, onclick: () => attempt(action) }, icon(name), label);

function actions() {
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
        "Delete",
        "trash",
        async () => {
          await remove(path);
          toastNext(
            `${nameOf(job)} is deleted.${undoable ? " What it changed stays." : ""} Its summary is in the history.`,
          );
          location.assign(`${base()}/jobs`);
        },
        "quiet",
      ),
    );
  return found;
}

async function retry(which) {
  const answer = await post(`${path}/retry`, which);
  toast(`${files(answer.retried)} queued again.`);
  attempt(() => list.restart());
}

function priority() {
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

const isUndo = (one) => kindOf(one.kind).items === "change";

/** What this job has to do with the one that it came of. */
function follows() {
  if (isUndo(job)) return "takes this job back";
  return source?.kind && kindOf(source.kind).rehearses ? "follows this rehearsal" : "does what this preview showed";
}

function timeline() {
  const took = job.started_at && job.completed_at ? span(job.completed_at - job.started_at) : null;
  const at = (label, time, more = "") => time && h("li", { title: moment(time) }, `${label} ${ago(time)}${more}`);
  return [
    at(
      "Asked for",
      job.created_at,
      ` by ${TRIGGERS[job.trigger] || job.trigger}${job.requested_by ? `, ${job.requested_by}` : ""}`,
    ),
    at("begun", job.started_at),
    at("ended", job.completed_at, took ? `, after ${took}` : ""),
    h("li", {}, priority()),
    takenBack &&
      h(
        "li",
        { title: moment(takenBack.at) },
        takenBack.by ? h("a", { href: `${base()}/jobs/${takenBack.by}` }, takenBack.words) : takenBack.words,
      ),
    job.source_job_id && h("li", {}, h("a", { href: `${base()}/jobs/${job.source_job_id}` }, follows())),
  ].filter(Boolean);
}

/** What was asked for beyond the defaults, as words. */
function asked() {
  const words = Object.entries(job.params || {})
    .map(([name, value]) => [
      name,
      name === "pages" && Array.isArray(value) ? value.map((number) => number + 1) : value,
    ])
    .filter(([, value]) => value !== true && value !== null && value !== "")
    .map(([name, value]) => [
      h("dt", {}, name.replaceAll("_", " ")),
      h(
        "dd",
        {},
        typeof value === "object" && !Array.isArray(value)
          ? Object.entries(value)
              .map(
                ([field, one]) =>
                  `${field.replaceAll("_", " ")} ${typeof one === "object" ? JSON.stringify(one) : one}`,
              )
              .join(", ")
          : Array.isArray(value)
            ? value.join(", ")
            : value === false
              ? "no"
              : String(value),
      ),
    ]);
  return words.length ? words : [];
}

function show(found) {
  // What was asked for earlier may come later: an older state never replaces a newer one.
  job = job && found.revision < job.revision ? { ...found, ...job } : { ...job, ...found };
  setText(part("#name", HTMLElement), nameOf(job));
  document.title = `${nameOf(job)} · ComicMaintainer`;
  const state = part("#state", HTMLElement);
  state.dataset.state = stateMark(job);
  setText(state, stateName(job));
  const ended = ENDED.includes(job.status);
  setText(part("#sentence", HTMLElement), sentence(job));
  // Read aloud now and then only; figures that tick would drown everything else.
  if (ended || Date.now() - spoken > 15000) {
    spoken = Date.now();
    setText(part("#spoken", HTMLElement), sentence(job));
  }
  const bar = part("#progress", HTMLProgressElement);
  bar.hidden = ended;
  bar.max = Math.max(1, job.total_items);
  bar.value = job.processed_items;
  const shown = [job.status, job.failed_items > 0, job.priority, job.completed_at, undoable, takenBack?.words];
  const look = shown.join(" ");
  if (look !== drawn) {
    drawn = look;
    fill(part("#actions", HTMLElement), actions());
    fill(part("#timeline", HTMLElement), timeline());
    fill(part("#asked", HTMLElement), asked());
    part("#parameters", HTMLElement).hidden = !asked().length;
    const note = job.archived
      ? "This job was cleaned up: its summary and its failed files are left. " +
        "Undo works as long as its changes are kept."
      : job.status === "failed"
        ? `${plainly(job.error || "Its stored data can't be read")}. No file was changed by what did not run.`
        : "";
    fill(part("#note", HTMLElement), note && h("div", { class: job.archived ? "notice" : "notice bad" }, note));
  }
  tabs();
}

function tabs() {
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
          { href: `?outcome=${name}`, data: { outcome: name }, onclick: choose },
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

function choose(event) {
  event.preventDefault();
  outcome = event.currentTarget.dataset.outcome;
  history.replaceState(null, "", `?outcome=${outcome}`);
  tabs();
  attempt(() => list.restart());
}

/** What a rehearsal leads to, once it has ended; and what this job follows. */
async function steps() {
  if (kindOf(job.kind).rehearses && ENDED.includes(job.status)) await nextStep(part("#next", HTMLElement), job, go);
  if (job.source_job_id && !isUndo(job) && !source) {
    source = await get(`/api/jobs/${job.source_job_id}`, { results: 0 }).catch(() => ({}));
    fill(part("#timeline", HTMLElement), timeline());
  }
}

/** When, by which job and how far this one was taken back. */
async function howTakenBack(counts) {
  const [last] = (await get(`${path}/changes`, { limit: 1, state: "undone" })).changes;
  const whole = counts.undone + (counts.applied || 0);
  const what = counts.applied ? `${count(counts.undone)} of ${count(whole)} changes taken back` : "Taken back";
  return { at: last.undone_at, by: last.undone_by, words: `${what} ${ago(last.undone_at)}` };
}

/** Whether anything is left to take back: asked for once the job has ended. */
async function reversible() {
  if (!ENDED.includes(job.status) || job.preview) return;
  const { counts } = await get(`${path}/changes`, { limit: 1 });
  undoable = counts.applied > 0;
  takenBack = counts.undone ? await howTakenBack(counts) : null;
  show({});
}

async function failures() {
  const place = part("#failures", HTMLElement);
  place.hidden = !job.failed_items || job.archived;
  if (place.hidden) return;
  const found = await get(`${path}/failures`);
  fill(
    part("#groups", HTMLElement),
    found.failures.map((group) =>
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
            `${group.items > 1 ? "For example " : ""}${baseName(group.example_path || group.example)}. `,
            job.preview ? "Nothing was changed." : "What failed was not changed.",
          ),
        ),
        job.status === "completed" || job.status === "processing"
          ? h(
              "div",
              { class: "actions" },
              act(group.items > 1 ? "Retry these" : "Retry", "retry", () =>
                retry({ code: group.code, error: group.error }),
              ),
            )
          : null,
      ),
    ),
  );
}

/** What came of one item: a word, its mark, and what there is to see. */
function outcomeOf(result) {
  if (!result.success)
    return [
      "Failed",
      "failed",
      h(
        "div",
        { class: "bad" },
        plainly(result.error || "It failed without saying why", result.details?.copy || result.path || result.item),
      ),
    ];
  const found = findings(result.details, result.item);
  const same = !result.details?.changes?.length;
  if (same && found) return ["Done", "ok", found];
  if (same)
    return [
      "Unchanged",
      "queued",
      h("div", { class: "muted" }, plainly(Object.values(result.details?.why || {})[0] || "Nothing to change")),
    ];
  return [
    job.preview ? "Would change" : "Changed",
    job.preview ? "processing" : "ok",
    [found, diff(result.details)].filter(Boolean),
  ];
}

function row(result) {
  const [label, state, what] = outcomeOf(result);
  const file = result.path || (isUndo(job) ? `Change ${result.item}` : result.item);
  const name = result.file_id
    ? h("a", { class: "plain", href: `${base()}/files/${result.file_id}` }, baseName(file))
    : baseName(file);
  return h(
    "tr",
    { data: { key: result.id }, tabIndex: -1 },
    h(
      "td",
      {},
      h(
        "div",
        { class: "of", title: file },
        name,
        file.includes("/") ? h("span", { class: "folder" }, ` in ${baseName(folderOf(file))}`) : null,
      ),
      what,
    ),
    h("td", { class: "shrink" }, h("span", { class: "state", data: { state } }, label)),
    h(
      "td",
      { class: "shrink wide muted", title: moment(result.finished_at) },
      result.duration_s === null ? "" : span(result.duration_s),
    ),
  );
}

const list = new Paged(
  body,
  async (after) => {
    const found = await get(`${path}/results`, { outcome, before: after, limit: 50 });
    return { rows: found.results.map(row), next: found.next };
  },
  () => h("tr", {}, h("td", { colSpan: 3 }, h("div", { class: "empty" }, h("p", {}, nothing())))),
);

/** Why there is no result to show. */
function nothing() {
  if (outcome === "failed") return "Nothing failed.";
  if (job.archived) return "The results were cleaned up.";
  if (!job.total_items) return "No file matched, so there was nothing to do.";
  return ENDED.includes(job.status) ? "No file was done." : "No results yet. They appear here as files are done.";
}

new Rows(body, {
  open: (key) => body.querySelector(/** @type {"a"} */ (`[data-key="${CSS.escape(key)}"] .of a`))?.click(),
});
async function look() {
  const found = await get(path, { results: 0 });
  if (found.revision !== job.revision) changed(found);
}

listen(({ name, data }) => {
  // A stream that begins tells of no job that ended between our first look and now.
  if (["hello", "reset"].includes(name)) {
    isStreamOpen = true;
    if (job && !ENDED.includes(job.status)) attempt(look);
  }
  if (name !== "job") return;
  if (data.job_id === id) changed(data);
  else if (job && isUndo(data) && data.source_job_id === id && ENDED.includes(data.status)) attempt(reversible);
});
// Whatever holds up the stream: a job that goes on is looked at now and then.
setInterval(() => {
  if (job && !ENDED.includes(job.status) && document.visibilityState === "visible" && Date.now() - heardAt > SILENT_MS)
    attempt(look);
}, SILENT_MS);

/** Draw what follows from a change: with the next few, or at once where the job's state is another. */
function changed(data) {
  heardAt = Date.now();
  if (!job) {
    job = data;
    return;
  } // the first look is under way, and draws
  const before = job.status;
  show(data);
  if (job.status !== before) {
    clearTimeout(pending);
    pending = null;
  }
  pending ??= setTimeout(refresh, job.status === before ? REFRESH_MS : 0);
}

function refresh() {
  pending = null;
  if (scrollY < 400) attempt(() => list.restart());
  attempt(failures);
  attempt(reversible);
  attempt(steps);
}

/** There is no such job: said in the page's place, with the way to those that there are. */
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

const DISKS_MS = 5000;
let asking = null;

/** While a job waits for a disk, or when files of it have failed, say what is wrong with it. */
async function disks() {
  clearTimeout(asking);
  if (ENDED.includes(job.status) && !job.failed_items) {
    fill(part("#disks", HTMLElement));
    return;
  }
  await showDisks(part("#disks", HTMLElement));
  asking = setTimeout(() => {
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
  // It may have ended while the stream was being opened: then neither has told of it.
  if (isStreamOpen && !ENDED.includes(job.status)) attempt(look);
  attempt(disks);
  await list.restart();
  await steps();
  await failures();
  await reversible();
});
