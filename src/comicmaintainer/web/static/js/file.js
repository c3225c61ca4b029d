/** One comic: what it holds, its tags (editable), what was changed about it and how to go back. */

import { get, post } from "./api.js";
import { diff } from "./diff.js";
import { base, fill, h, icon, setText } from "./dom.js";
import { ago, bytes, count, moment } from "./format.js";
import { listen } from "./live.js";
import { newJob } from "./new-job.js";
import { attempt, toast } from "./toast.js";

const id = document.querySelector("#page").dataset.file;
const EDITABLE = ["series", "issue", "title", "volume", "year", "month", "publisher", "summary"];
let file = null;
const waiting = new Set();

const go = (job) => location.assign(`${base()}/jobs/${job.job_id}`);
const shown = (value) => (Array.isArray(value) ? value.map(shown).join(", ") : value && typeof value === "object" ? Object.values(value).map(shown).join(" ") : String(value));

async function submit(kind, params = {}, preview = false) {
  const job = await attempt(() => post("/api/jobs", { kind, params, preview, files: [file.path] }));
  if (!job) return;
  if (preview) { go(job); return; }
  waiting.add(job.job_id);
  toast("On its way.", ["Show the job", () => go(job)]);
}

function actions() {
  const act = (label, name, action, look = "") => h("button", { type: "button", class: look, onclick: action }, icon(name), label);
  return [
    act("Process", "check", () => submit("process"), "primary"),
    act("Preview", "eye", () => submit("process", {}, true)),
    act("Verify", "search", () => submit("verify")),
    act("More", "more", () => newJob({ files: [file.path] })),
    act("To the trash", "trash", () => submit("delete"), "danger"),
  ];
}

function facts() {
  return [
    ["Path", h("span", { class: "path" }, file.path)],
    ["Format", `${(file.format || "unknown").toUpperCase()}, ${bytes(file.size_bytes)}`],
    ["Pages", file.page_count === null ? "unknown" : count(file.page_count)],
    ["Added", h("span", { title: moment(file.added_at) }, ago(file.added_at))],
    ["Changed", h("span", { title: moment(file.modified_at) }, ago(file.modified_at))],
    ["Verified", file.verified_at ? h("span", { title: moment(file.verified_at) }, ago(file.verified_at)) : "never"],
    ["Copy of", file.duplicate_of && h("span", { class: "path" }, file.duplicate_of)],
  ].filter(([, value]) => value).map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]);
}

function fields() {
  const tags = file.tags || {};
  const others = Object.keys(tags).filter((name) => !EDITABLE.includes(name) && name !== "pages");
  const editable = EDITABLE.map((name) => [
    h("dt", {}, h("label", { for: `tag-${name}` }, name)),
    h("dd", {}, h("input", { type: "text", id: `tag-${name}`, name, value: tags[name] ?? "", autocomplete: "off", data: { before: tags[name] ?? "" } })),
  ]);
  const read = others.map((name) => [h("dt", {}, name.replaceAll("_", " ")), h("dd", {}, shown(tags[name]))]);
  return [...editable, [h("dt", {}), h("dd", {}, h("button", { class: "primary" }, "Save tags"))], ...read];
}

async function save(event) {
  event.preventDefault();
  const set = {};
  const clear = [];
  for (const input of event.target.querySelectorAll("input")) {
    const value = input.value.trim();
    if (value === input.dataset.before) continue;
    if (value) set[input.name] = value; else clear.push(input.name);
  }
  if (!Object.keys(set).length && !clear.length) { toast("No tag was changed."); return; }
  submit("tag", { ...(Object.keys(set).length ? { set } : {}), ...(clear.length ? { clear } : {}) });
}

async function history() {
  const found = await get(`/api/files/${id}/history`);
  const list = found.changes.map((change) => h("div", {},
    h("h3", {}, `${change.kind}${change.state === "undone" ? ", undone" : ""} `, h("span", { class: "muted small", title: moment(change.applied_at) }, ago(change.applied_at))),
    diff({ changes: [change.summary] }),
    change.state === "applied" ? h("button", { type: "button", onclick: () => attempt(async () => go(await post("/api/changes/undo", { changes: [change.change_id] }))) }, icon("undo"), "Undo") : null));
  fill(document.querySelector("#history"), list.length ? list : h("p", { class: "muted" }, "ComicMaintainer has not changed this file."));
}

async function load() {
  file = await get(`/api/files/${id}`);
  setText(document.querySelector("#name"), file.name);
  document.title = `${file.name} · ComicMaintainer`;
  const state = document.querySelector("#state");
  state.dataset.state = file.state;
  setText(state, file.state);
  fill(document.querySelector("#problem"), file.reason ? h("div", { class: "notice bad" }, file.reason, " The file was not changed.") : null);
  fill(document.querySelector("#actions"), actions());
  fill(document.querySelector("#facts"), facts());
  fill(document.querySelector("#fields"), fields());
  await history();
}

document.querySelector("#tags").addEventListener("submit", save);
listen(({ name, data }) => { if (name === "job" && waiting.has(data.job_id) && data.status === "completed") { waiting.delete(data.job_id); attempt(load); } });
attempt(load);
