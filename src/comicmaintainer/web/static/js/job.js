/** One job: its state as a sentence, its results as differences, and the way back. */

import { get, post, remove } from "./api.js";
import { diff } from "./diff.js";
import { showDisks } from "./disks.js";
import { base, fill, h, icon, setText } from "./dom.js";
import { findings } from "./findings.js";
import { ago, baseName, count, files, folderOf, moment, nameOf, plainly, sentence, span, stateMark, stateName } from "./format.js";
import { listen } from "./live.js";
import { Paged } from "./paged.js";
import { nextStep } from "./rehearsal.js";
import { Rows } from "./rows.js";
import { controls } from "./running.js";
import { attempt, toast } from "./toast.js";

const page = document.querySelector("#page");
const id = page.dataset.job;
const path = `/api/jobs/${id}`;
const body = document.querySelector("#results");
const OUTCOMES = [["all", "All"], ["succeeded", "Succeeded"], ["failed", "Failed"]];
const PRIORITIES = ["background", "low", "normal", "high", "urgent"];
const TRIGGERS = { web: "from this page", api: "by a program", cli: "on the command line", watcher: "by the watcher", schedule: "by a schedule" };
const FOLLOWS = { rehearse: "follows this rehearsal" };
const ENDED = ["completed", "failed", "cancelled"];
const REFRESH_MS = 2000;
let outcome = new URLSearchParams(location.search).get("outcome") || "all";
let job = null;
let undoable = false;
let drawn = "";
let pending = null;
let spoken = 0;
let source = null;

const go = (found) => location.assign(`${base()}/jobs/${found.job_id}`);
const act = (label, name, action, look = "") => h("button", { type: "button", class: look, onclick: () => attempt(action) }, icon(name), label);

function actions() {
  const found = controls(job, show);
  const ended = ENDED.includes(job.status);
  if (!job.archived && job.preview && job.status === "completed") {
    found.push(act("Apply", "check", async () => go(await post(`${path}/apply`)), "primary"));
  }
  if (!job.archived && job.failed_items && job.status === "completed") found.push(act("Retry failed", "retry", () => retry({})));
  if (undoable && job.kind !== "rehearse") {
    found.push(act("Undo", "undo", async () => go(await post(`${path}/undo`))));
  }
  if (job.archived) return found;
  found.push(h("a", { class: "button", href: `${base()}${path}/export`, download: "" }, icon("download"), "CSV"));
  if (ended) found.push(act("Delete", "trash", async () => { await remove(path); location.assign(`${base()}/jobs`); }, "quiet"));
  return found;
}

async function retry(which) {
  const answer = await post(`${path}/retry`, which);
  toast(`${files(answer.retried)} queued again.`);
  attempt(() => list.restart());
}

function priority() {
  if (ENDED.includes(job.status) || job.archived) return `${job.priority} priority`;
  const select = h("select", { "aria-label": "Priority", onchange: () => attempt(async () => show(await post(`${path}/priority`, { priority: select.value }))) },
    PRIORITIES.map((name) => h("option", { value: name, selected: name === job.priority }, name)));
  return [select, "priority"];
}

function timeline() {
  const took = job.started_at && job.completed_at ? span(job.completed_at - job.started_at) : null;
  const at = (label, time, more = "") => time && h("li", { title: moment(time) }, `${label} ${ago(time)}${more}`);
  return [
    at("Asked for", job.created_at, ` ${TRIGGERS[job.trigger] || ""}${job.requested_by ? `, ${job.requested_by}` : ""}`),
    at("begun", job.started_at),
    at("ended", job.completed_at, took ? `, after ${took}` : ""),
    h("li", {}, priority()),
    job.source_job_id && h("li", {}, h("a", { href: `${base()}/jobs/${job.source_job_id}` }, job.kind === "undo" ? "takes this job back" : FOLLOWS[source?.kind] || "does what this preview showed")),
  ].filter(Boolean);
}

/** What was asked for beyond the defaults, as words. */
function asked() {
  const words = Object.entries(job.params || {}).filter(([, value]) => value !== true && value !== null && value !== "")
    .map(([name, value]) => [h("dt", {}, name.replaceAll("_", " ")), h("dd", {}, typeof value === "object" && !Array.isArray(value)
      ? Object.entries(value).map(([field, one]) => `${field.replaceAll("_", " ")} ${typeof one === "object" ? JSON.stringify(one) : one}`).join(", ")
      : Array.isArray(value) ? value.join(", ") : value === false ? "no" : String(value))]);
  return words.length ? words : [];
}

function show(found) {
  job = { ...job, ...found };
  setText(document.querySelector("#name"), nameOf(job));
  document.title = `${nameOf(job)} · ComicMaintainer`;
  const state = document.querySelector("#state");
  state.dataset.state = stateMark(job);
  setText(state, stateName(job));
  const ended = ENDED.includes(job.status);
  setText(document.querySelector("#sentence"), sentence(job));
  // Read aloud now and then only; figures that tick would drown everything else.
  if (ended || Date.now() - spoken > 15000) { spoken = Date.now(); setText(document.querySelector("#spoken"), sentence(job)); }
  const bar = document.querySelector("#progress");
  bar.hidden = ended;
  bar.max = Math.max(1, job.total_items);
  bar.value = job.processed_items;
  const look = `${job.status} ${job.failed_items > 0} ${job.priority} ${job.completed_at} ${undoable}`;
  if (look !== drawn) {
    drawn = look;
    fill(document.querySelector("#actions"), actions());
    fill(document.querySelector("#timeline"), timeline());
    fill(document.querySelector("#asked"), asked());
    document.querySelector("#parameters").hidden = !asked().length;
    const note = job.archived ? "This job was cleaned up: its summary and its failed files are left. Undo works as long as its changes are kept." : job.status === "failed" ? `${plainly(job.error || "It could not run")}. No file was changed by what did not run.` : "";
    fill(document.querySelector("#note"), note && h("div", { class: job.archived ? "notice" : "notice bad" }, note));
  }
  tabs();
}

function tabs() {
  const numbers = { all: job.processed_items, succeeded: job.processed_items - job.failed_items, failed: job.failed_items };
  const place = document.querySelector("#tabs");
  if (!place.children.length) {
    fill(place, OUTCOMES.map(([name, label]) => h("a", { href: `?outcome=${name}`, data: { outcome: name }, onclick: choose }, `${label} `, h("span", { class: "muted" }))));
  }
  for (const tab of place.children) {
    if (tab.dataset.outcome === outcome) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
    setText(tab.querySelector("span"), count(numbers[tab.dataset.outcome]));
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
  if (job.kind === "rehearse" && ENDED.includes(job.status)) await nextStep(document.querySelector("#next"), job, go);
  if (job.source_job_id && job.kind !== "undo" && !source) {
    source = await get(`/api/jobs/${job.source_job_id}`, { results: 0 }).catch(() => ({}));
    fill(document.querySelector("#timeline"), timeline());
  }
}

/** Whether anything is left to take back: asked for once the job has ended. */
async function reversible() {
  if (!ENDED.includes(job.status) || job.preview) return;
  const { counts } = await get(`${path}/changes`, { limit: 1 });
  undoable = counts.applied > 0;
  show({});
}

async function failures() {
  const place = document.querySelector("#failures");
  place.hidden = !job.failed_items || job.archived;
  if (place.hidden) return;
  const found = await get(`${path}/failures`);
  fill(document.querySelector("#groups"), found.failures.map((group) =>
    h("div", { class: "notice bad" },
      h("div", {}, h("strong", {}, files(group.items)), `: ${plainly(group.error)}`,
        h("div", { class: "small muted" }, `${group.items > 1 ? "For example " : ""}${baseName(group.example)}. ${job.preview ? "Nothing" : "What failed"} was ${job.preview ? "changed" : "not changed"}.`)),
      job.status === "completed" || job.status === "processing"
        ? h("div", { class: "actions" }, act(group.items > 1 ? "Retry these" : "Retry", "retry", () => retry({ code: group.code, error: group.error }))) : null)));
}

/** What came of one item: a word, its mark, and what there is to see. */
function outcomeOf(result) {
  if (!result.success) return ["Failed", "failed", h("div", { class: "bad" }, plainly(result.error || "It failed without saying why", result.item))];
  const found = findings(result.details, result.item);
  const same = !result.details?.changes?.length;
  if (same && found) return ["Done", "ok", found];
  if (same) return ["Unchanged", "queued", h("div", { class: "muted" }, plainly(Object.values(result.details?.why || {})[0] || "Nothing to change"))];
  return [job.preview ? "Would change" : "Changed", job.preview ? "processing" : "ok", [found, diff(result.details)].filter(Boolean)];
}

function row(result) {
  const [label, state, what] = outcomeOf(result);
  const name = job.kind === "undo" ? `Change ${result.item}` : baseName(result.item);
  return h("tr", { data: { key: result.id }, tabIndex: -1 },
    h("td", {}, h("div", { class: "of", title: result.item }, name, result.item.includes("/") ? h("span", { class: "folder" }, ` in ${baseName(folderOf(result.item))}`) : null), what),
    h("td", { class: "shrink" }, h("span", { class: "state", data: { state } }, label)),
    h("td", { class: "shrink wide muted", title: moment(result.finished_at) }, result.duration_s === null ? "" : span(result.duration_s)));
}

const list = new Paged(body, async (after) => {
  const found = await get(`${path}/results`, { outcome, before: after, limit: 50 });
  return { rows: found.results.map(row), next: found.next };
}, () => h("tr", {}, h("td", { colSpan: 3 }, h("div", { class: "empty" }, h("p", {}, outcome === "failed" ? "Nothing failed." : job.archived ? "The results were cleaned up." : "No results yet. They appear here as files are done.")))));

new Rows(body);
async function look() {
  const found = await get(path, { results: 0 });
  if (found.revision !== job.revision) changed(found);
}

listen(({ name, data }) => {
  // A stream that begins tells of no job that ended between our first look and now.
  if (job && !ENDED.includes(job.status) && ["hello", "reset"].includes(name)) attempt(look);
  if (name === "job" && data.job_id === id) changed(data);
});

function changed(data) {
  show(data);
  pending ??= setTimeout(() => { pending = null; if (scrollY < 400) attempt(() => list.restart()); attempt(failures); attempt(reversible); attempt(steps); }, ENDED.includes(data.status) ? 0 : REFRESH_MS);
}
const DISKS_MS = 5000;
let asking = null;

/** While a job waits for a disk, or when files of it have failed, say what is wrong with it. */
async function disks() {
  clearTimeout(asking);
  if (ENDED.includes(job.status) && !job.failed_items) {
    fill(document.querySelector("#disks"));
    return;
  }
  await showDisks(document.querySelector("#disks"));
  asking = setTimeout(() => { attempt(disks); }, DISKS_MS);
}

attempt(async () => {
  show(await get(path, { results: 0 }));
  attempt(disks);
  await list.restart();
  await steps();
  await failures();
  await reversible();
});
