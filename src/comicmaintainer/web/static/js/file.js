/** One comic: what it holds, its tags (editable), what was changed about it and how to go back. */

import { get, post } from "./api.js";
import { diff } from "./diff.js";
import { base, fill, h, icon, setText } from "./dom.js";
import { FilePages } from "./file-pages.js";
import { ago, bytes, count, kindName, moment, plainly } from "./format.js";
import { listen } from "./live.js";
import { openMenu } from "./menu.js";
import { newJob, submit as submitJob } from "./new-job.js";
import { FIELDS, fieldName } from "./parameters.js";
import { takeBack } from "./take-back.js";
import { attempt, toast } from "./toast.js";

const id = document.querySelector("#page").dataset.file;
const BREADTH = { series: "broad", title: "broad", summary: "full" };
const ENDED = ["completed", "failed", "cancelled"];
const form = document.querySelector("#tags");
let file = null;
const waiting = new Set();

const go = (job) => location.assign(`${base()}/jobs/${job.job_id}`);
const shown = (value) => (Array.isArray(value) ? value.map(shown).join(", ") : value && typeof value === "object" ? Object.values(value).map(shown).join(" ") : String(value));

async function submit(kind, params = {}, preview = false) {
  const job = await submitJob({ kind, params, preview, files: [file.path] });
  if (job) waiting.add(job.job_id);
}

const pages = new FilePages(document.querySelector("#pages"), submit);

async function trash() {
  const job = await attempt(() => post("/api/jobs", { kind: "delete", files: [file.path] }));
  if (!job) return;
  toast("On the way to the trash.", ["Undo", () => attempt(async () => { const undoing = await takeBack(job.job_id); if (undoing) waiting.add(undoing.job_id); })]);
}

function actions() {
  const act = (label, name, action, look = "") => h("button", { type: "button", class: look, onclick: action }, icon(name), label);
  const sheet = (first) => newJob({ files: [file.path], file }, { first, done: (job) => waiting.add(job.job_id) });
  return [
    act("Process", "check", () => submit("process"), "primary"),
    act("Preview", "eye", () => submit("process", {}, true)),
    act("More", "more", (event) => openMenu(event.currentTarget, [
      ["Rename", "edit", () => sheet("rename")],
      ["Convert to CBZ", "retry", () => sheet("convert")],
      ["Verify", "search", () => submit("verify")],
      ["Compact", "download", () => submit("compact")],
      ["Other", "more", () => sheet("process")],
      ["To the trash", "trash", trash, "danger"],
    ])),
  ];
}

const when = (at) => h("span", { title: moment(at) }, ago(at));

function facts() {
  return [
    ["Format", `${(file.format || "unknown").toUpperCase()}, ${bytes(file.size_bytes)}`],
    ["Pages", file.page_count === null ? "unknown" : count(file.page_count)],
    ["Added", when(file.added_at)],
    ["Changed", when(file.modified_at)],
    ["Verified", file.verified_at ? when(file.verified_at) : "never"],
  ].map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]);
}

/** What would have to be written: {set, clear}, both without what is as it was. */
function edits() {
  const set = {};
  const clear = [];
  for (const input of form.querySelectorAll("[data-before]")) {
    const value = input.value.trim();
    const changed = value !== input.dataset.before;
    input.closest(".field").classList.toggle("changed", changed);
    if (!changed) continue;
    if (value) set[input.name] = value; else clear.push(input.name);
  }
  return { set, clear };
}

function drawButtons() {
  const { set, clear } = edits();
  const none = !Object.keys(set).length && !clear.length;
  for (const button of form.querySelectorAll("button")) button.disabled = none;
}

function fields() {
  const tags = file.tags || {};
  // The form is not drawn anew under someone's hands.
  if (!form.contains(document.activeElement)) {
    fill(form, FIELDS.map((name) => {
      const value = tags[name] === undefined || tags[name] === null ? "" : shown(tags[name]);
      const common = { name, value, data: { before: value }, autocomplete: "off", maxLength: 4000 };
      return h("label", { class: `field ${BREADTH[name] || ""}` }, h("span", {}, fieldName(name)), name === "summary" ? h("textarea", common) : h("input", { type: "text", ...common }));
    }), h("div", { class: "buttons" }, h("button", { class: "primary" }, "Save tags"), h("button", { type: "reset", class: "quiet" }, "Reset")));
    drawButtons();
  }
  const others = Object.keys(tags).filter((name) => !FIELDS.includes(name) && name !== "pages");
  document.querySelector("#more-tags").hidden = others.length === 0;
  fill(document.querySelector("#others"), others.map((name) => [h("dt", {}, fieldName(name)), h("dd", {}, shown(tags[name]))]));
}

async function save(event) {
  event.preventDefault();
  const { set, clear } = edits();
  document.activeElement.blur();
  await submit("tag", { ...(Object.keys(set).length ? { set } : {}), ...(clear.length ? { clear } : {}) });
}

async function undo(change) {
  const job = await post("/api/changes/undo", { changes: [change.change_id] });
  waiting.add(job.job_id);
  toast("Taking it back.", ["Show the job", () => go(job)]);
}

const CHANGES = { tags: "Tags", rename: "Name", duplicate: "Duplicate", trash: "To the trash", convert: "Converted", restore: "Restored", pages: "Pages", compact: "Compacted" };
const DONE = { applied: "", undone: ", undone", planned: ", not finished", failed: ", failed", abandoned: ", given up" };

async function history() {
  const found = await get(`/api/files/${id}/history`);
  const list = found.changes.map((change) => h("li", {},
    h("div", {}, h("div", {}, h("strong", {}, `${CHANGES[change.kind] || kindName(change.kind)}${DONE[change.state] ?? `, ${change.state}`}`), " ", h("span", { class: "muted small" }, when(change.undone_at || change.applied_at || change.planned_at))),
      diff({ changes: [{ type: change.kind, from: change.path_before, to: change.path_after, ...change.summary }] })),
    change.state === "applied" ? h("button", { type: "button", onclick: () => attempt(() => undo(change)) }, icon("undo"), "Undo") : null));
  fill(document.querySelector("#history"), list.length ? list : h("li", { class: "muted" }, "ComicMaintainer has not changed this file."));
}

function problem() {
  if (file.state === "failed" && file.reason) {
    return h("div", { class: "notice bad" }, h("div", {}, `${plainly(file.reason, file.path)}. The file was not changed.`), h("div", { class: "actions" }, h("button", { type: "button", onclick: () => submit("verify") }, "Verify")));
  }
  return file.duplicate_of && h("div", { class: "notice warning" }, h("div", {}, "Another copy of ", h("span", { class: "path" }, file.duplicate_of), "."), h("div", { class: "actions" }, h("a", { class: "button", href: `${base()}/duplicates` }, "Compare")));
}

/** The cover is made anew where the file has changed since the page was drawn. */
function cover(before) {
  if (before && before.modified_at !== file.modified_at) document.querySelector("#cover").src = `${base()}/api/files/${id}/cover?at=${file.modified_at}`;
}

async function load() {
  const before = file;
  file = await get(`/api/files/${id}`);
  cover(before);
  setText(document.querySelector("#name"), file.name);
  document.title = `${file.name} · ComicMaintainer`;
  const state = document.querySelector("#state");
  state.dataset.state = file.state;
  setText(state, file.state);
  setText(document.querySelector("#path"), file.path);
  fill(document.querySelector("#problem"), problem());
  fill(document.querySelector("#actions"), actions());
  fill(document.querySelector("#facts"), facts());
  fields();
  await Promise.all([history(), pages.show(file)]);
}

form.addEventListener("submit", save);
form.addEventListener("input", drawButtons);
form.addEventListener("reset", () => setTimeout(drawButtons));
listen(({ name, data }) => {
  if (name === "job" && waiting.has(data.job_id) && ENDED.includes(data.status)) {
    waiting.delete(data.job_id);
    if (data.failed_items) toast("That failed.", ["See why", () => go(data)]);
    attempt(load);
  }
});
attempt(load);
