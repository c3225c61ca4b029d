/** Groups of files with the same pages, side by side: which copy to keep, and the rest to the trash. */

import { get, post } from "./api.js";
import { base, h, icon, setText } from "./dom.js";
import { bytes, count, files, folderOf, moment } from "./format.js";
import { listen } from "./live.js";
import { newJob } from "./new-job.js";
import { Paged } from "./paged.js";
import { Rows } from "./rows.js";
import { takeBack } from "./take-back.js";
import { attempt, toast } from "./toast.js";

const ENDED = ["completed", "failed", "cancelled"];
const place = document.querySelector("#groups");
const waiting = new Set();
let total = null;

function drawTotal() {
  setText(document.querySelector("#total"), total.groups ? `${count(total.groups)} ${total.groups === 1 ? "group" : "groups"}, ${files(total.extra_files)} could go` : "");
}

function copy(file, group, place_in_group) {
  const name = `keep-${group.fingerprint}`;
  return h("label", { class: "copy" },
    h("img", { src: `${base()}/api/files/${file.file_id}/cover`, alt: "", loading: "lazy" }),
    h("span", { class: "keep" }, h("input", { type: "radio", name, value: file.file_id, checked: place_in_group === 0 }), "Keep"),
    h("a", { class: "plain", href: `${base()}/files/${file.file_id}` }, file.name),
    h("span", { class: "muted" }, folderOf(file.path)),
    h("span", { class: "muted", title: moment(file.modified_at) }, `${(file.format || "").toUpperCase()}, ${bytes(file.size_bytes)}, ${count(file.page_count)} pages`));
}

/** The files of a group beside the one that is chosen. */
function others(group, section) {
  const kept = section.querySelector("input:checked").value;
  return group.files.filter((file) => String(file.file_id) !== kept).map((file) => file.path);
}

async function trash(group, section) {
  const gone = others(group, section);
  const job = await attempt(() => post("/api/jobs", { kind: "delete", files: gone, params: { reason: "another copy is kept" } }));
  if (!job) return;
  const next = section.nextElementSibling || section.previousElementSibling;
  section.remove();
  next?.focus();
  total = { groups: total.groups - 1, extra_files: total.extra_files - gone.length };
  drawTotal();
  toast(`${files(gone.length)} to the trash.`, ["Undo", () => attempt(() => undo(job))]);
}

async function undo(job) {
  const undoing = await takeBack(job.job_id);
  if (undoing) waiting.add(undoing.job_id);
  else await list.restart();
}

async function mark(group) {
  const job = await attempt(() => post("/api/jobs", { kind: "duplicates", files: group.files.map((file) => file.path), params: { action: "mark" } }));
  if (job) toast("The lesser copies are marked.", ["Show the job", () => location.assign(`${base()}/jobs/${job.job_id}`)]);
}

function draw(group) {
  const section = h("section", { class: "group", data: { key: group.fingerprint }, tabIndex: -1, "aria-label": group.files[0].name });
  section.append(
    h("header", {}, h("h3", {}, group.files[0].series ? `${group.files[0].series} ${group.files[0].issue ?? ""}`.trim() : group.files[0].name), h("span", { class: "muted small" }, group.reason),
      h("div", { class: "actions" },
        h("button", { type: "button", title: "They stay where they are and count as duplicates of the best", onclick: () => mark(group) }, "Only mark"),
        h("button", { type: "button", class: "primary", onclick: () => trash(group, section) }, icon("trash"), group.files.length > 2 ? `Trash the ${group.files.length - 1} others` : "Trash the other"))),
    h("div", { class: "copies", role: "radiogroup", "aria-label": "Copy to keep" }, group.files.map((file, number) => copy(file, group, number))));
  return section;
}

const list = new Paged(place, async (after) => {
  const page = await get("/api/duplicates", { after, limit: 20, count: after === null });
  if (page.total) { total = page.total; drawTotal(); }
  return { rows: page.groups.map(draw), next: page.next };
}, () => h("div", { class: "empty" }, h("p", {}, "No two files have the same pages."), h("button", { type: "button", onclick: find }, "Compare covers too")));

function find() {
  newJob({ all: true }, { first: "duplicates" });
}

new Rows(place, { actions: (key, section) => section.querySelector(".actions button").focus() });
document.querySelector("#find").addEventListener("click", find);
listen(({ name, data }) => { if (name === "job" && waiting.has(data.job_id) && ENDED.includes(data.status)) { waiting.delete(data.job_id); attempt(() => list.restart()); } });
attempt(() => list.restart());
