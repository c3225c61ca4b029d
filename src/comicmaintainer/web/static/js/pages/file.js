// @ts-check
/** One comic: its facts, tags (editable), pages, history and undo. */

import { ApiError, get, post } from "../base/api.js";
import { base, fill, h, icon, part, parts, setText } from "../base/dom.js";
import { ago, bytes, count, moment } from "../base/format.js";
import { openMenu } from "../base/menu.js";
import { STATES } from "../base/states.js";
import { attempt } from "../base/toast.js";
import { fieldLabel } from "../parts/diff.js";
import { fileHistory } from "../parts/file-history.js";
import { drawFileMatch } from "../parts/file-match.js";
import { FilePages } from "../parts/file-pages.js";
import { fileProblem, isUnreadable } from "../parts/file-problem.js";
import { endOf, follow, submitAndFollow, undo } from "../parts/followed-job.js";
import { newJob } from "../parts/new-job.js";
import { FIELDS } from "../parts/parameters.js";
import { TagForm, tagText } from "../parts/tag-form.js";

const id = part("#page", HTMLElement).dataset.file;
const problemAt = part("#problem", HTMLElement);
const sections = parts(".comic section", HTMLElement);
/**
 * The comic as it was last read; null until the first answer has come.
 * @type {ComicFile | null}
 */
let known = null;

/** The comic, in what is drawn only once it is known. */
function loadedFile() {
  if (!known) throw new Error("The comic is not known yet.");
  return known;
}

/** Load the comic again, whatever the outcome of a job. */
const reload = () => attempt(load);

/** @type {import("../parts/file-pages.js").Submit} */
const submit = (kind, params = {}, preview = false) =>
  submitAndFollow({ kind, params, preview, files: [loadedFile().path] }, { done: reload });

const pages = new FilePages(part("#pages", HTMLElement), submit);
const tagForm = new TagForm(part("#tags", HTMLFormElement), save);

async function trash() {
  const job = await attempt(() => post("/api/jobs", { kind: "delete", files: [loadedFile().path] }));
  if (!job) return;
  const restore = () => attempt(() => undo(job, { done: showRestored }));
  follow(job, {
    running: "Moving to the trash.",
    ended: () => "Moved to the trash.",
    action: ["Undo", restore],
    done: (last) => {
      if (last?.kind !== "delete") showRestored();
      else if (last.status === "completed" && !last.failed_items)
        showGone(
          "In the trash",
          "This comic is in the trash.",
          h(
            "button",
            {
              type: "button",
              class: "primary",
              onclick: (/** @type {{currentTarget: HTMLButtonElement}} */ event) => {
                event.currentTarget.disabled = true;
                restore();
              },
            },
            icon("undo"),
            "Restore it",
          ),
        );
      else reload();
    },
  });
}

/**
 * Show why the comic is not available, in place of its sections and actions.
 * @param {string} state
 * @param {string} words
 * @param {...Element} actions
 */
function showGone(state, words, ...actions) {
  for (const section of sections) section.hidden = true;
  tagForm.isEdited = false;
  part("#state", HTMLElement).dataset.state = "";
  setText(part("#state", HTMLElement), state);
  fill(part("#actions", HTMLElement));
  fill(
    problemAt,
    h(
      "div",
      { class: "notice", role: "status" },
      h("div", {}, words),
      h("div", { class: "actions" }, actions, h("a", { class: "button", href: `${base()}/` }, "Go to the library")),
    ),
  );
}

/** Show the restored comic, at its new address if it has one. */
async function showRestored() {
  await attempt(async () => {
    const { folder, path } = loadedFile();
    /** @type {{files: ComicFile[]}} */
    const { files } = await get("/api/files", { folder, limit: 1000 });
    const found = files.find((file) => file.path === path);
    if (found && String(found.file_id) !== id) location.replace(`${base()}/files/${found.file_id}`);
    else await load();
  });
}

/** @param {ComicFile} file */
function actions(file) {
  /** @type {(label: string, name: string, action: (event: {currentTarget: Element}) => unknown, look?: string) => Element} */
  const act = (label, name, action, look = "") =>
    h("button", { type: "button", class: look, onclick: action }, icon(name), label);
  /** @param {string} first */
  const sheet = (first) =>
    newJob({ files: [file.path], file }, { first, done: (job) => endOf(job.job_id).then(reload) });
  if (isUnreadable(file)) {
    return [
      act("Verify", "search", () => submit("verify"), "primary"),
      act("More", "more", (event) =>
        openMenu(event.currentTarget, [
          ["Verify and repair", "retry", () => sheet("verify")],
          ["To the trash", "trash", trash, "danger"],
        ]),
      ),
    ];
  }
  return [
    act("Process", "check", () => submit("process"), "primary"),
    act("Preview", "eye", () => submit("process", {}, true)),
    act("More", "more", (event) =>
      openMenu(event.currentTarget, [
        ["Identify", "search", () => submit("identify")],
        ["Rename", "edit", () => sheet("rename")],
        ["Convert to CBZ", "retry", () => sheet("convert")],
        ["Verify", "check", () => submit("verify")],
        ["Compact", "download", () => submit("compact")],
        ["Other", "more", () => sheet("process")],
        ["To the trash", "trash", trash, "danger"],
      ]),
    ),
  ];
}

/** @param {number | null} at */
const when = (at) => h("span", { title: moment(at) }, ago(at));

/** @param {ComicFile} file */
function facts(file) {
  return [
    ["Format", `${file.format ? file.format.toUpperCase() : "unknown"}, ${bytes(file.size_bytes)}`],
    ["Pages", file.page_count === null ? "unknown" : count(file.page_count)],
    ["Added", when(file.added_at)],
    ["Changed", when(file.modified_at)],
    ["Verified", file.verified_at ? when(file.verified_at) : "never"],
  ].map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]);
}

/** @param {ComicFile} file */
function drawTags({ tags = {} }) {
  tagForm.show(tags);
  const others = Object.keys(tags).filter((name) => !FIELDS.includes(name) && name !== "pages");
  part("#more-tags", HTMLElement).hidden = others.length === 0;
  fill(
    part("#others", HTMLElement),
    others.map((name) => [h("dt", {}, fieldLabel(name)), h("dd", {}, tagText(tags[name]))]),
  );
}

/** @param {import("../parts/tag-form.js").TagEdits} params */
async function save(params) {
  let job;
  try {
    job = await post("/api/jobs", { kind: "tag", params, files: [loadedFile().path] });
  } catch (error) {
    tagForm.refuse(error);
    return;
  }
  // The job writes the tags from here on; if it fails, they count as unsaved again.
  const markUnsaved = tagForm.markSaved();
  follow(job, {
    running: "Saving the tags.",
    ended: () => "Tags saved.",
    done: (last) => {
      if (last?.kind === "tag" && (last.failed_items || last.status !== "completed")) markUnsaved();
      reload();
    },
  });
}

/** @param {JournalChange} change */
async function undoChange(change) {
  const job = await post("/api/changes/undo", { changes: [change.change_id] });
  follow(job, { running: "Undoing.", ended: () => "Undone.", done: reload, isUndo: true });
}

async function drawHistory() {
  /** @type {{changes: JournalChange[]}} */
  const { changes } = await get(`/api/files/${id}/history`);
  fill(part("#history", HTMLElement), fileHistory(changes, undoChange));
}

/**
 * Reload the cover if the file has changed.
 * @param {ComicFile} file
 * @param {ComicFile | null} before
 */
function drawCover(file, before) {
  if (before && before.modified_at !== file.modified_at)
    part("#cover", HTMLImageElement).src = `${base()}/api/files/${id}/cover?at=${file.modified_at}`;
}

async function load() {
  const before = known;
  /** @type {ComicFile} */
  let file;
  /** @type {ConflictGroup | null} */
  let conflict = null;
  try {
    file = await get(`/api/files/${id}`);
    known = file;
    if (file.state === "conflict") ({ conflict } = await get(`/api/files/${id}/conflict`));
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
    showGone(
      "Missing",
      "This comic is not in the library.",
      h("a", { class: "button", href: `${base()}/system#trash` }, "Look in the trash"),
    );
    return;
  }
  drawCover(file, before);
  setText(part("#name", HTMLElement), file.name);
  document.title = `${file.name} · ComicMaintainer`;
  const state = part("#state", HTMLElement);
  state.dataset.state = file.state;
  setText(state, STATES[file.state] || file.state);
  setText(part("#path", HTMLElement), file.path);
  fill(
    problemAt,
    fileProblem(file, conflict, () => submit("verify")),
  );
  fill(part("#actions", HTMLElement), actions(file));
  fill(part("#facts", HTMLElement), facts(file));
  for (const section of sections)
    section.hidden = (isUnreadable(file) && section.id !== "past") || section.id === "matched";
  drawTags(file);
  await Promise.all([
    drawHistory(),
    isUnreadable(file) ? null : pages.show(file),
    isUnreadable(file) ? null : drawFileMatch(part("#matched", HTMLElement), file.file_id),
  ]);
}

reload();
