// @ts-check
/** Groups of copies side by side, with the same pages or the same look: keep one, trash or mark the others. */

import { get, post } from "../base/api.js";
import { base, h, icon, part, setText } from "../base/dom.js";
import { bytes, count, files, folderOf, moment } from "../base/format.js";
import { listen } from "../base/live.js";
import { Paged } from "../base/paged.js";
import { Rows } from "../base/rows.js";
import { ENDED } from "../base/states.js";
import { attempt, toast } from "../base/toast.js";
import { undoJob } from "../parts/job-undo.js";
import { newJob, submit } from "../parts/new-job.js";

const SAME_COVER = 2;
const SIMILAR_COVER = 6;
const LIKE_COVER = 10;
const place = part("#groups", HTMLElement);
const near = place.dataset.by === "look";
/**
 * What to do when a job ends, by its id.
 * @type {Map<string, (job: Job) => unknown>}
 */
const waiting = new Map();
/** @type {CopyTotal} */
let total = { groups: 0, extra_files: 0 };

/** @param {CopyGroup} group */
const keyOf = (group) => group.fingerprint ?? group.group_id;

function drawTotal() {
  const groups = total.groups === 1 ? "1 group" : `${count(total.groups)} groups`;
  setText(part("#total", HTMLElement), total.groups ? `${groups}, ${files(total.extra_files)} could be removed` : "");
}

/**
 * How similar a copy is to the suggested one, in words.
 * @param {CopyFile} file
 */
function likeness(file) {
  if (file.has_same_pages) return "Exactly the same pages as the suggested copy";
  if (!file.likeness) return "";
  const { cover_distance: distance, alike, compared } = file.likeness;
  const pages = `${count(alike)} of ${count(compared)} compared pages alike`;
  if (distance === null) return `Covers can't be compared, ${pages}`;
  const cover =
    distance <= SAME_COVER
      ? "Cover the same"
      : distance <= SIMILAR_COVER
        ? "Cover nearly the same"
        : distance <= LIKE_COVER
          ? "Cover similar"
          : "Different cover";
  return `${cover}, ${pages}`;
}

/** @param {CopyFile} file */
function damage(file) {
  if (file.unreadable_pages)
    return `${file.unreadable_pages === 1 ? "1 page" : `${count(file.unreadable_pages)} pages`} can't be read`;
  return "Damaged";
}

/**
 * The facts by which copies are chosen: [words, figure]; the highest figure of a group is the best.
 * @param {CopyFile} file
 * @returns {[words: string, figure: number][]}
 */
function facts(file) {
  /** @type {([words: string, figure: number] | false)[]} */
  const known = [
    [`${count(file.page_count)} pages`, file.page_count ?? 0],
    near && [
      file.width ? `${count(file.width)} × ${count(file.height)} pixels` : "Size of pages unknown",
      (file.width ?? 0) * (file.height ?? 0),
    ],
    [`${(file.format || "").toUpperCase()}, ${bytes(file.size_bytes)}`, file.size_bytes],
    [file.tag_count ? `${count(file.tag_count)} ${file.tag_count === 1 ? "tag" : "tags"}` : "No tags", file.tag_count],
  ];
  return known.filter((fact) => !!fact);
}

/**
 * The best figure of a group for each fact; null if all copies have the same.
 * @param {CopyGroup} group
 */
function bests(group) {
  const columns = group.files.map(facts);
  return columns[0].map((_, column) => {
    const figures = columns.map((one) => one[column][1]);
    const best = Math.max(...figures);
    return figures.every((figure) => figure === best) ? null : best;
  });
}

/**
 * @param {CopyFile} file
 * @param {CopyGroup} group
 * @param {number} number
 * @param {(number | null)[]} best
 */
function copy(file, group, number, best) {
  const suggested = number === 0;
  return h(
    "label",
    { class: "copy" },
    h("img", { src: `${base()}/api/files/${file.file_id}/cover`, alt: "", loading: "lazy" }),
    h(
      "span",
      { class: "keep" },
      h("input", { type: "radio", name: `keep-${keyOf(group)}`, value: file.file_id, checked: suggested }),
      "Keep",
      suggested && h("span", { class: "muted small" }, "suggested"),
    ),
    h("a", { class: "plain", href: `${base()}/files/${file.file_id}` }, file.name),
    h("span", { class: "muted" }, folderOf(file.path)),
    file.is_damaged && h("span", { class: "state", data: { state: "failed" }, title: file.reason || "" }, damage(file)),
    facts(file).map(([words, figure], column) =>
      h(
        "span",
        figure === best[column]
          ? { class: "best", title: "Best of this group" }
          : { title: column === 0 ? moment(file.modified_at) : null },
        words,
      ),
    ),
    near && !suggested && h("span", { class: "muted", title: "Compared with the suggested copy" }, likeness(file)),
  );
}

/**
 * The chosen copy of a group, and the files beside it.
 * @param {CopyGroup} group
 * @param {HTMLElement} section
 */
function choice(group, section) {
  const chosen = part("input:checked", HTMLInputElement, section).value;
  const keep = group.files.find((file) => String(file.file_id) === chosen) ?? group.files[0];
  return { keep: keep.path, others: group.files.filter((file) => file !== keep).map((file) => file.path) };
}

/**
 * @param {CopyGroup} group
 * @param {HTMLElement} section
 * @param {"trash" | "mark"} action
 */
function request(group, section, action) {
  const { keep, others } = choice(group, section);
  return { kind: "duplicates", files: others, params: { near, action, keep } };
}

/**
 * Report files that a job could not trash or mark.
 * @param {Job} job
 */
function reportFailures(job) {
  if (!job.failed_items) return;
  toast(`${files(job.failed_items)} stayed, because the kept copy could not be confirmed again.`, [
    "Why",
    () => location.assign(`${base()}/jobs/${job.job_id}`),
  ]);
}

/**
 * @param {CopyGroup} group
 * @param {HTMLElement} section
 */
async function trash(group, section) {
  const body = request(group, section, "trash");
  const job = await attempt(() => post("/api/jobs", body));
  if (!job) return;
  const next = section.nextElementSibling || section.previousElementSibling;
  section.remove();
  if (next instanceof HTMLElement) next.focus();
  total = { groups: total.groups - 1, extra_files: total.extra_files - body.files.length };
  drawTotal();
  waiting.set(job.job_id, (ended) => {
    reportFailures(ended);
    if (ended.failed_items || !total.groups) attempt(() => list.restart());
  });
  toast(`${files(body.files.length)} to the trash.`, ["Undo", () => attempt(() => undo(job, group))]);
}

/**
 * @param {Job} job
 * @param {CopyGroup} group
 */
async function undo(job, group) {
  waiting.delete(job.job_id);
  const undoing = await undoJob(job.job_id);
  if (!undoing) return list.restart();
  waiting.set(undoing.job_id, () => attempt(() => regroup(group)));
  return undefined;
}

/**
 * Files restored from the trash are new to the catalogue, so they are compared again.
 * @param {CopyGroup} group
 */
async function regroup(group) {
  if (!near) return list.restart();
  const job = await post("/api/jobs", {
    kind: "duplicates",
    files: group.files.map((file) => file.path),
    params: { near },
  });
  waiting.set(job.job_id, () => attempt(() => list.restart()));
  return undefined;
}

/**
 * @param {CopyGroup} group
 * @param {HTMLElement} section
 */
async function mark(group, section) {
  const body = request(group, section, "mark");
  const job = await attempt(() => post("/api/jobs", body));
  if (!job) return;
  waiting.set(job.job_id, reportFailures);
  toast(`${files(body.files.length)} marked as duplicates of the kept copy.`, [
    "Undo",
    () => attempt(() => undoJob(job.job_id)),
  ]);
}

/**
 * @param {CopyGroup} group
 * @param {HTMLElement} section
 */
function preview(group, section) {
  return submit({ ...request(group, section, "trash"), preview: true });
}

/** @param {CopyGroup} group */
function draw(group) {
  const named = group.files.find((file) => file.series) ?? group.files[0];
  const others = group.files.length - 1;
  const best = bests(group);
  const section = h("section", { class: "group", data: { key: keyOf(group) }, tabIndex: -1, "aria-label": named.name });
  section.append(
    h(
      "header",
      {},
      h("h3", {}, named.series ? `${named.series} ${named.issue ?? ""}`.trim() : named.name),
      h("span", { class: "muted small" }, `Suggested because ${group.reason}`),
      h(
        "div",
        { class: "actions" },
        h(
          "button",
          {
            type: "button",
            class: "quiet",
            title: "Show what moving the others to the trash would do",
            onclick: () => preview(group, section),
          },
          "Preview",
        ),
        h(
          "button",
          {
            type: "button",
            title: "They stay where they are and count as duplicates of the kept copy",
            onclick: () => mark(group, section),
          },
          "Only mark",
        ),
        h(
          "button",
          { type: "button", class: "primary", onclick: () => trash(group, section) },
          icon("trash"),
          others > 1 ? `Trash the ${count(others)} others` : "Trash the other",
        ),
      ),
    ),
    h(
      "div",
      { class: "copies", role: "radiogroup", "aria-label": "Copy to keep" },
      group.files.map((file, number) => copy(file, group, number, best)),
    ),
  );
  return section;
}

function empty() {
  if (!near)
    return h(
      "div",
      { class: "empty" },
      h("p", {}, "No two files have the same pages."),
      h("a", { class: "button", href: "?by=look" }, "See files that look alike"),
    );
  const words = total.has_compared
    ? "No two of the compared comics look alike."
    : "No comics have been compared yet. Comparing reads the cover and eight pages of each; no file is changed.";
  return h("div", { class: "empty" }, h("p", {}, words), h("button", { type: "button", onclick: find }, "Compare all"));
}

const list = new Paged(
  place,
  async (after) => {
    /** @type {ListPage & {groups: CopyGroup[], total?: CopyTotal}} */
    const page = await get(near ? "/api/duplicates/near" : "/api/duplicates", {
      after,
      limit: 20,
      count: after === null,
    });
    if (page.total) {
      total = page.total;
      drawTotal();
    }
    return { rows: page.groups.map(draw), next: page.next };
  },
  empty,
);

/** Comparing by look changes no file, so the job starts without a form. */
async function find() {
  if (!near) {
    newJob({ all: true }, { first: "duplicates" });
    return;
  }
  const job = await submit({ kind: "duplicates", all: true, params: { near } });
  if (job) waiting.set(job.job_id, () => attempt(() => list.restart()));
}

new Rows(place, { actions: (_key, section) => part(".actions button", HTMLElement, section).focus() });
part("#find", HTMLButtonElement).addEventListener("click", find);
listen(({ name, data }) => {
  const then = name === "job" && ENDED.includes(data.status) && waiting.get(data.job_id);
  if (then) {
    waiting.delete(data.job_id);
    then(data);
  }
});
attempt(() => list.restart());
