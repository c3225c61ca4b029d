/** One job: its state as a sentence, its results as differences, and the way back. */

import { api, get, post } from "./api.js";
import { diff } from "./diff.js";
import { base, fill, h, icon, setText } from "./dom.js";
import { ago, baseName, count, files, moment, nameOf, sentence, span } from "./format.js";
import { listen } from "./live.js";
import { Paged } from "./paged.js";
import { Rows } from "./rows.js";
import { controls } from "./running.js";
import { attempt, toast } from "./toast.js";

const page = document.querySelector("#page");
const id = page.dataset.job;
const path = `/api/jobs/${id}`;
const body = document.querySelector("#results");
const OUTCOMES = [["all", "All"], ["succeeded", "Succeeded"], ["failed", "Failed"]];
const PRIORITIES = ["background", "low", "normal", "high", "urgent"];
const ENDED = ["completed", "failed", "cancelled"];
const REFRESH_MS = 2000;
let outcome = new URLSearchParams(location.search).get("outcome") || "all";
let job = null;
let drawn = "";
let pending = null;

const go = (found) => location.assign(`${base()}/jobs/${found.job_id}`);
const act = (label, name, action, look = "") => h("button", { type: "button", class: look, onclick: () => attempt(action) }, icon(name), label);

function actions() {
  const found = controls(job, show);
  if (job.archived) return [];
  if (job.preview && job.status === "completed") {
    found.push(act(`Apply to ${files(job.total_items - job.failed_items)}`, "check", async () => go(await post(`${path}/apply`)), "primary"));
  }
  if (job.failed_items && !["cancelled", "failed"].includes(job.status)) found.push(act("Retry failed", "retry", () => retry({})));
  if (!job.preview && ENDED.includes(job.status) && !["undo", "scan", "verify"].includes(job.kind)) {
    found.push(act("Undo", "undo", async () => go(await post(`${path}/undo`))));
  }
  found.push(h("a", { class: "button", href: `${base()}${path}/export`, download: "" }, icon("download"), "CSV"));
  if (ENDED.includes(job.status)) found.push(act("Delete", "trash", async () => { await api("DELETE", path); location.assign(`${base()}/jobs`); }));
  return found;
}

async function retry(which) {
  const answer = await post(`${path}/retry`, which);
  toast(`${files(answer.retried)} queued again.`);
  attempt(() => list.restart());
}

function priority() {
  if (ENDED.includes(job.status) || job.archived) return job.priority;
  const select = h("select", { "aria-label": "Priority", onchange: () => attempt(async () => show(await post(`${path}/priority`, { priority: select.value }))) },
    PRIORITIES.map((name) => h("option", { value: name, selected: name === job.priority }, name)));
  return select;
}

function facts() {
  const took = job.started_at && job.completed_at ? span(job.completed_at - job.started_at) : null;
  const rows = [
    ["Created", h("span", { title: moment(job.created_at) }, `${ago(job.created_at)}, by ${job.trigger}`)],
    ["Started", job.started_at && h("span", { title: moment(job.started_at) }, ago(job.started_at))],
    ["Ended", job.completed_at && h("span", { title: moment(job.completed_at) }, `${ago(job.completed_at)}${took ? `, after ${took}` : ""}`)],
    ["Priority", priority()],
    ["Parameters", Object.keys(job.params || {}).length ? h("code", {}, JSON.stringify(job.params)) : null],
    [job.preview ? null : "From", job.source_job_id && h("a", { href: `${base()}/jobs/${job.source_job_id}` }, "the job before")],
    ["", job.archived && "Only the summary and the failed files are left of this job; undo works for 30 days."],
  ];
  return rows.filter(([name, value]) => name !== null && value).map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]);
}

function show(found) {
  job = { ...job, ...found };
  setText(document.querySelector("#name"), nameOf(job));
  document.title = `${nameOf(job)} · ComicMaintainer`;
  const state = document.querySelector("#state");
  state.dataset.state = job.failed_items && job.status === "completed" ? "warning" : job.status;
  setText(state, job.status);
  setText(document.querySelector("#sentence"), sentence(job));
  const bar = document.querySelector("#progress");
  bar.hidden = !["processing", "paused", "queued"].includes(job.status);
  bar.max = Math.max(1, job.total_items);
  bar.value = job.processed_items;
  const look = `${job.status} ${job.failed_items > 0} ${job.priority}`;
  if (look !== drawn) {
    drawn = look;
    fill(document.querySelector("#actions"), actions());
    fill(document.querySelector("#facts"), facts());
  }
  tabs();
}

function tabs() {
  const numbers = { all: job.processed_items, succeeded: job.processed_items - job.failed_items, failed: job.failed_items };
  fill(document.querySelector("#tabs"), OUTCOMES.map(([name, label]) =>
    h("a", { href: `?outcome=${name}`, "aria-current": name === outcome ? "page" : null, onclick: (event) => { event.preventDefault(); outcome = name; history.replaceState(null, "", `?outcome=${name}`); tabs(); attempt(() => list.restart()); } },
      `${label} `, h("span", { class: "muted" }, count(numbers[name])))));
}

async function failures() {
  const place = document.querySelector("#failures");
  place.hidden = !job.failed_items || job.archived;
  if (place.hidden) return;
  const found = await get(`${path}/failures`);
  fill(document.querySelector("#groups"), found.failures.map((group) =>
    h("div", { class: "notice bad" },
      h("div", {}, h("strong", {}, files(group.items)), ": ", group.error, h("div", { class: "small path muted" }, group.example)),
      h("div", { class: "actions" }, act("Retry these", "retry", () => retry({ code: group.code, error: group.error }))))));
}

function row(result) {
  const what = result.success ? diff(result.details) : h("div", { class: "bad" }, result.error);
  const label = !result.success ? "Failed" : result.details?.unchanged || result.details?.changes?.length === 0 ? "Unchanged" : job.preview ? "Would change" : "Changed";
  const state = !result.success ? "failed" : label === "Unchanged" ? "queued" : "ok";
  return h("tr", { data: { key: result.id }, tabIndex: -1 },
    h("td", {}, h("div", { class: "path", title: result.item }, baseName(result.item)), what),
    h("td", { class: "shrink" }, h("span", { class: "state", data: { state } }, label)),
    h("td", { class: "shrink wide muted", title: moment(result.finished_at) }, result.duration_s === null ? "" : span(result.duration_s)));
}

const list = new Paged(body, async (after) => {
  const found = await get(`${path}/results`, { outcome, before: after, limit: 50 });
  return { rows: found.results.map(row), next: found.next };
}, () => h("tr", {}, h("td", { colSpan: 3 }, h("div", { class: "empty" }, h("p", {}, outcome === "failed" ? "Nothing failed." : "No results yet.")))));

new Rows(body);
listen(({ name, data }) => {
  if (name !== "job" || data.job_id !== id) return;
  show(data);
  pending ??= setTimeout(() => { pending = null; if (scrollY < 400) attempt(() => list.restart()); attempt(failures); }, REFRESH_MS);
});
attempt(async () => {
  show(await get(path, { results: 0 }));
  await list.restart();
  await failures();
});
