// @ts-check
/** Groups of copies side by side, with the same pages or the same look: keep one, trash or mark the others. */

import { get, post } from "../base/api.js";
import { base, h, icon, part, setText, showPage } from "../base/dom.js";
import { ago, bytes, count, files, folderOf, moment } from "../base/format.js";
import { listen } from "../base/live.js";
import { Paged } from "../base/paged.js";
import { shortPath } from "../base/places.js";
import { Rows } from "../base/rows.js";
import { ENDED } from "../base/states.js";
import { t, tn } from "../base/texts.js";
import { attempt, toast } from "../base/toast.js";
import { compareCopies } from "../parts/copy-pages.js";
import { submitAndFollow } from "../parts/followed-job.js";
import { undoJob } from "../parts/job-undo.js";
import { newJob } from "../parts/new-job.js";

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
/** The job that compares comics by their look now. @type {Job | null} */
let comparing = null;

/** @param {CopyGroup} group */
const keyOf = (group) => group.fingerprint ?? group.group_id;

function drawTotal() {
  drawAll();
  const values = { files: files(total.extra_files) };
  setText(
    part("#total", HTMLElement),
    total.groups
      ? tn("1 group, {files} could be removed", "{n} groups, {files} could be removed", total.groups, values)
      : "",
  );
}

/**
 * How similar a copy is to the suggested one, in words.
 * @param {CopyFile} file
 */
function likeness(file) {
  if (file.has_same_pages) return t("Exactly the same pages as the suggested copy");
  if (!file.likeness) return "";
  const { cover_distance: distance, alike, compared } = file.likeness;
  const pages = t("{alike} of {compared} compared pages alike", { alike: count(alike), compared: count(compared) });
  if (distance === null) return t("Covers can't be compared, {pages}", { pages });
  const cover =
    distance <= SAME_COVER
      ? t("Cover the same")
      : distance <= SIMILAR_COVER
        ? t("Cover nearly the same")
        : distance <= LIKE_COVER
          ? t("Cover similar")
          : t("Different cover");
  return `${cover}, ${pages}`;
}

/** @param {CopyFile} file */
function damage(file) {
  if (file.unreadable_pages) return tn("1 page can't be read", "{n} pages can't be read", file.unreadable_pages);
  return t("Damaged");
}

/** All groups at once: a preview of what follows the suggestions. */
function drawAll() {
  const button = document.querySelector("#keep-suggested");
  if (!(button instanceof HTMLButtonElement)) return;
  button.hidden = !total.groups;
  setText(button, tn("Keep what is suggested in the group", "Keep what is suggested in all {n} groups", total.groups));
}

/**
 * The facts by which copies are told apart, in words.
 * @param {CopyFile} file
 * @returns {string[]}
 */
function facts(file) {
  const known = [
    file.name,
    shortPath(folderOf(file.path)),
    tn("1 page", "{n} pages", file.page_count ?? 0),
    near &&
      (file.width
        ? t("{width} × {height} pixels", { width: count(file.width), height: count(file.height) })
        : t("Size of pages unknown")),
    `${(file.format || "").toUpperCase()}, ${bytes(file.size_bytes)}`,
    file.tag_count ? tn("1 tag", "{n} tags", file.tag_count) : t("No tags"),
    t("Written {when}", { when: ago(file.modified_at) }),
  ];
  return known.filter((fact) => fact !== false);
}

/**
 * Which of the facts are not the same for all copies of a group.
 * @param {CopyGroup} group
 */
function differing(group) {
  const [first, ...others] = group.files.map(facts);
  return first.map((fact, number) => others.some((other) => other[number] !== fact));
}

/**
 * @param {CopyFile} file
 * @param {CopyGroup} group
 * @param {number} number
 * @param {boolean[]} differs
 */
function copy(file, group, number, differs) {
  const suggested = number === 0;
  const [name, folder, ...others] = facts(file);
  /** @type {(at: number) => string} */
  const weight = (at) => (differs[at] ? "differs" : "muted");
  return h(
    "label",
    { class: "copy" },
    h("img", { src: `${base()}/api/files/${file.file_id}/cover`, alt: "", loading: "lazy" }),
    h(
      "span",
      { class: "about" },
      h(
        "span",
        { class: "keep" },
        h("input", { type: "radio", name: `keep-${keyOf(group)}`, value: file.file_id, checked: suggested }),
        t("Keep"),
        suggested && h("span", { class: "muted small" }, t("suggested")),
      ),
      h("a", { class: `plain ${weight(0)}`, href: `${base()}/files/${file.file_id}` }, name),
      h("span", { class: weight(1), title: file.path }, folder),
      file.is_damaged &&
        h("span", { class: "state", data: { state: "failed" }, title: file.reason || "" }, damage(file)),
      others.map((words, at) =>
        h("span", { class: weight(at + 2), title: at + 3 === differs.length ? moment(file.modified_at) : null }, words),
      ),
      near && !suggested && h("span", { class: "muted", title: t("Compared with the suggested copy") }, likeness(file)),
    ),
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
 * @param {"trash" | "mark" | "tags"} action
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
  toast(t("{files} stayed, because the kept copy could not be confirmed again.", { files: files(job.failed_items) }), [
    t("Why"),
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
  toast(t("{files} to the trash.", { files: files(body.files.length) }), [
    t("Undo"),
    () => attempt(() => undo(job, group)),
  ]);
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
  toast(t("{files} marked as duplicates of the kept copy.", { files: files(body.files.length) }), [
    t("Undo"),
    () => attempt(() => undoJob(job.job_id)),
  ]);
}

/**
 * Fill the tags that the chosen copy lacks from the others. The chosen copy is part of the job.
 * @param {CopyGroup} group
 * @param {HTMLElement} section
 */
async function fillTags(group, section) {
  const body = { ...request(group, section, "tags"), files: group.files.map((file) => file.path) };
  const job = await attempt(() => post("/api/jobs", body));
  if (!job) return;
  waiting.set(job.job_id, () => attempt(() => list.restart()));
  toast(t("The kept copy gets the tags that only the others have."), [
    t("Undo"),
    () => attempt(() => undoJob(job.job_id)),
  ]);
}

/**
 * @param {CopyGroup} group
 * @param {HTMLElement} section
 */
function preview(group, section) {
  return submitAndFollow({ ...request(group, section, "trash"), preview: true });
}

/** @param {CopyGroup} group */
function draw(group) {
  const named = group.files.find((file) => file.series) ?? group.files[0];
  const others = group.files.length - 1;
  const differs = differing(group);
  const section = h("section", { class: "group", data: { key: keyOf(group) }, tabIndex: -1, "aria-label": named.name });
  section.append(
    h(
      "header",
      {},
      h("h2", {}, named.series ? `${named.series} ${named.issue ?? ""}`.trim() : named.name),
      h("span", { class: "muted small" }, t("Suggested because {reason}", { reason: group.reason })),
      h(
        "div",
        { class: "actions" },
        h(
          "button",
          {
            type: "button",
            class: "quiet",
            data: { needs: "work" },
            title: t("Show what moving the others to the trash would do"),
            onclick: () => preview(group, section),
          },
          t("Preview"),
        ),
        h("button", { type: "button", class: "quiet", onclick: () => compareCopies(group.files) }, t("Compare pages")),
        group.files.some((file) => file.tag_count) &&
          h(
            "button",
            {
              type: "button",
              class: "quiet",
              data: { needs: "work" },
              title: t("Fill the tags that the kept copy lacks from the others; none of its own is replaced"),
              onclick: () => fillTags(group, section),
            },
            t("Copy missing tags"),
          ),
        h(
          "button",
          {
            type: "button",
            data: { needs: "work" },
            title: t("They stay where they are and count as duplicates of the kept copy"),
            onclick: () => mark(group, section),
          },
          t("Only mark"),
        ),
        h(
          "button",
          { type: "button", class: "primary", data: { needs: "work" }, onclick: () => trash(group, section) },
          icon("trash"),
          others > 1 ? t("Trash the {number} others", { number: count(others) }) : t("Trash the other"),
        ),
      ),
    ),
    h(
      "div",
      { class: "copies", role: "radiogroup", "aria-label": t("Copy to keep") },
      group.files.map((file, number) => copy(file, group, number, differs)),
    ),
  );
  return section;
}

function empty() {
  if (!near)
    return h(
      "div",
      { class: "empty" },
      h("p", {}, t("No two files have the same pages.")),
      h("a", { class: "button", href: "?by=look" }, t("See files that look alike")),
    );
  if (comparing)
    return h(
      "div",
      { class: "empty" },
      h("p", {}, t("Comics are being compared. Those that look alike appear here when that is done.")),
      h("a", { class: "button", href: `${base()}/jobs/${comparing.job_id}` }, t("Show the job")),
    );
  const words = total.has_compared
    ? t("No two of the compared comics look alike.")
    : t("No comics have been compared yet. Comparing reads the cover and eight pages of each; no file is changed.");
  return h(
    "div",
    { class: "empty" },
    h("p", {}, words),
    h("button", { type: "button", data: { needs: "work" }, onclick: find }, t("Compare all")),
  );
}

const list = new Paged(
  place,
  async (after) => {
    if (near && after === null) comparing = await comparison();
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
  const job = await submitAndFollow({ kind: "duplicates", all: true, params: { near } });
  if (job) await list.restart();
}

/** The job that compares comics by their look now, if any; at its end the list is loaded anew. */
async function comparison() {
  /** @type {{jobs: Job[]}} */
  const { jobs } = await get("/api/jobs", { status: "active", kind: "duplicates", limit: 20 });
  const job = jobs.find(({ params }) => params.near);
  if (job) waiting.set(job.job_id, () => attempt(() => list.restart()));
  return job ?? null;
}

document
  .querySelector("#keep-suggested")
  ?.addEventListener("click", () =>
    submitAndFollow({ kind: "duplicates", copies: true, params: { action: "trash" }, preview: true }),
  );
new Rows(place, { actions: (_key, section) => part(".actions button", HTMLElement, section).focus() });
part("#find", HTMLButtonElement).addEventListener("click", find);
listen(({ name, data }) => {
  const then = name === "job" && ENDED.includes(data.status) && waiting.get(data.job_id);
  if (then) {
    waiting.delete(data.job_id);
    then(data);
  }
});
attempt(() => list.restart()).finally(showPage);
