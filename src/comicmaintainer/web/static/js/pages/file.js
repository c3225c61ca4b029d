// @ts-check
/** One comic: its place in its series, facts, tags (editable, beside what the name says), pages, history and undo. */

import { ApiError, get, post } from "../base/api.js";
import { around, base, fill, h, icon, part, parts, setText, showPage } from "../base/dom.js";
import { ago, bytes, count, moment, numbered } from "../base/format.js";
import { openMenu } from "../base/menu.js";
import { may } from "../base/role.js";
import { STATES } from "../base/states.js";
import { pieces, t } from "../base/texts.js";
import { attempt } from "../base/toast.js";
import { fileHistory } from "../parts/file-history.js";
import { drawFileMatch } from "../parts/file-match.js";
import { FilePages } from "../parts/file-pages.js";
import { fileProblem, isUnreadable } from "../parts/file-problem.js";
import { endOf, follow, submitAndFollow, undo } from "../parts/followed-job.js";
import { newJob } from "../parts/new-job.js";
import { tagFields } from "../parts/tag-fields.js";
import { TagForm } from "../parts/tag-form.js";

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

/**
 * Whether tags can be written into the archive as it is.
 * @param {ComicFile} file
 */
const isWritable = (file) => file.format === "cbz" && !file.protected_by && may("work");

/** Load the comic again, whatever the outcome of a job. */
const reload = () => attempt(load);

/** @type {import("../parts/file-pages.js").Submit} */
const submit = (kind, params = {}, preview = false) =>
  submitAndFollow({ kind, params, preview, files: [loadedFile().path] }, { done: reload });

const pages = new FilePages(part("#pages", HTMLElement), submit);
/**
 * The form of the tags, once its fields are known.
 * @type {TagForm | null}
 */
let tagForm = null;
/**
 * The addresses of the comics before and after this one, by the key that opens them.
 * @type {Map<string, string>}
 */
const beside = new Map();
/** A key that was pressed before the comics beside this one were known. @type {string | null} */
let pressed = null;

/** Open the comic before or after this one: @param {string} key */
function openBeside(key) {
  const address = beside.get(key);
  if (address) location.assign(address);
}

async function trash() {
  const job = await attempt(() => post("/api/jobs", { kind: "delete", files: [loadedFile().path] }));
  if (!job) return;
  const restore = () => attempt(() => undo(job, { done: showRestored }));
  follow(job, {
    running: t("Moving to the trash."),
    ended: () => t("Moved to the trash."),
    action: [t("Undo"), restore],
    done: (last) => {
      if (last?.kind !== "delete") showRestored();
      else if (last.status === "completed" && !last.failed_items)
        showGone(
          t("In the trash"),
          t("This comic is in the trash."),
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
            t("Restore it"),
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
  if (tagForm) tagForm.isEdited = false;
  part("#state", HTMLElement).dataset.state = "";
  setText(part("#state", HTMLElement), state);
  fill(part("#actions", HTMLElement));
  fill(
    problemAt,
    h(
      "div",
      { class: "notice", role: "status" },
      h("div", {}, words),
      h("div", { class: "actions" }, actions, h("a", { class: "button", href: `${base()}/` }, t("Go to the library"))),
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
    h("button", { type: "button", class: look, data: { needs: "work" }, onclick: action }, icon(name), label);
  /** @param {string} first */
  const sheet = (first) =>
    newJob({ files: [file.path], file }, { first, done: (job) => endOf(job.job_id).then(reload) });
  if (isUnreadable(file)) {
    return [
      act(t("Verify"), "search", () => submit("verify"), "primary"),
      act(t("More"), "more", (event) =>
        openMenu(event.currentTarget, [
          [t("Verify and repair"), "retry", () => sheet("verify")],
          [t("To the trash"), "trash", trash, "danger"],
        ]),
      ),
    ];
  }
  return [
    act(t("Preview"), "eye", () => submit("process", {}, true), "primary"),
    act(t("Process"), "check", () => submit("process")),
    act(t("Identify"), "search", () => submit("identify")),
    act(t("More"), "more", (event) =>
      openMenu(event.currentTarget, [
        [t("Rename"), "edit", () => sheet("rename")],
        [t("Convert to CBZ"), "retry", () => sheet("convert")],
        [t("Verify"), "check", () => submit("verify")],
        [t("Compact"), "download", () => submit("compact")],
        [t("Other"), "more", () => sheet("process")],
        [t("To the trash"), "trash", trash, "danger"],
      ]),
    ),
  ];
}

/**
 * The last two parts of a folder, which tell it from others.
 * @param {string} folder
 */
const folderName = (folder) => folder.split("/").slice(-2).join("/");

/** @param {number | null} at */
const when = (at) => h("span", { title: moment(at) }, ago(at));

/** What servers say of how far it was read. @type {Record<string, string>} */
const READ = { unread: t("Not read yet"), started: t("Begun"), read: t("Read to the end") };

/** @param {ComicFile} file */
function facts(file) {
  return [
    [t("Format"), `${file.format ? file.format.toUpperCase() : t("unknown")}, ${bytes(file.size_bytes)}`],
    [t("Pages"), file.page_count === null ? t("unknown") : count(file.page_count)],
    [t("Folder"), h("span", { title: file.folder }, folderName(file.folder))],
    [t("Added"), when(file.added_at)],
    [t("Changed"), when(file.modified_at)],
    [t("Verified"), file.state === "failed" ? t("not sound") : file.verified_at ? when(file.verified_at) : t("never")],
    ...(file.servers ?? []).map(({ server, link, status }) => [
      server,
      h("a", { href: link, rel: "noreferrer", target: "_blank" }, READ[status] ?? status),
    ]),
  ].map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]);
}

/** Offer to take all that the name says otherwise than the tags. */
function drawUseNamed() {
  const number = tagForm?.differing ?? 0;
  const button = part("#use-named", HTMLButtonElement);
  button.hidden = number < 2 || !isWritable(loadedFile());
  setText(button, t("Use all {number} from the name", { number }));
}

/** @param {ComicFile} file */
async function drawTags(file) {
  tagForm ??= new TagForm(part("#tags", HTMLFormElement), await tagFields(), { save });
  tagForm.show({ texts: file.texts ?? {}, named: file.named, locked: file.locked });
  tagForm.allow(isWritable(file));
  drawUseNamed();
  fill(
    part("#read-only", HTMLElement),
    file.protected_by
      ? h(
          "div",
          { class: "notice" },
          h(
            "div",
            {},
            pieces("This comic is never written: the folder {path} is protected.", {
              path: h("span", { class: "path" }, file.protected_by),
            }),
          ),
        )
      : isWritable(file) || !may("work")
        ? null
        : h(
            "div",
            { class: "notice" },
            h(
              "div",
              {},
              t("Tags can't be written into a {format}. Converted to CBZ, it keeps its tags and can get others.", {
                format: (file.format ?? "").toUpperCase(),
              }),
            ),
            h(
              "div",
              { class: "actions" },
              h(
                "button",
                { type: "button", onclick: () => submit("convert", {}, true) },
                icon("eye"),
                t("Preview the conversion"),
              ),
            ),
          ),
  );
}

/** @param {ComicFile} file */
async function drawNeighbours(file) {
  /** @type {Neighbours} */
  const { before, after, position, of } = await get(`/api/files/${file.file_id}/neighbours`);
  const place = part("#neighbours", HTMLElement);
  place.hidden = of === null || of < 2;
  beside.clear();
  /** @type {(key: string, way: string, name: string, other: Neighbour | null) => Element | null} */
  const link = (key, way, name, other) => {
    if (!other) return h("span", { class: "muted" }, way === "left" ? t("First") : t("Last"));
    const address = `${base()}/files/${other.file_id}`;
    beside.set(key, address);
    const words = numbered(other.issue) || other.name;
    return h(
      "a",
      {
        class: "button",
        href: address,
        rel: way === "left" ? "prev" : "next",
        title: other.title ? `${words}, ${other.title}` : words,
        "aria-label": `${name}: ${words}`,
      },
      way === "left" ? icon("left") : null,
      h("span", { class: "clip" }, words),
      way === "right" ? icon("right") : null,
    );
  };
  fill(
    place,
    link("p", "left", t("Previous"), before),
    h("span", { class: "muted small" }, t("{number} of {all}", { number: count(position ?? 0), all: count(of ?? 0) })),
    link("n", "right", t("Next"), after),
  );
  if (pressed) openBeside(pressed);
  pressed = null;
}

/**
 * What the comic is called: "The Tide Warden #12, North by Nothing". Without a series it is the name of its file.
 * @param {ComicFile} file
 */
function titleOf(file) {
  if (!file.series) return file.name;
  const volume = file.issue || !file.volume ? "" : ` v${file.volume}`;
  const head = [`${file.series}${volume}`, numbered(file.issue)].filter(Boolean).join(" ");
  return file.title ? `${head}, ${file.title}` : head;
}

/** @param {ComicFile} file */
function drawTitle(file) {
  const title = titleOf(file);
  setText(part("#name", HTMLElement), title);
  document.title = `${title} · ComicMaintainer`;
  const path = part("#path", HTMLElement);
  path.title = file.path;
  setText(path, file.name);
  fill(
    part("#crumbs", HTMLElement),
    h("a", { href: `${base()}/` }, t("Library")),
    file.series
      ? [" / ", h("a", { href: `${base()}/series?name=${encodeURIComponent(file.series)}` }, file.series)]
      : null,
  );
}

/** @param {import("../parts/tag-form.js").TagEdits} params */
async function save(params) {
  let job;
  try {
    job = await post("/api/jobs", { kind: "tag", params, files: [loadedFile().path] });
  } catch (error) {
    tagForm?.refuse(error);
    return;
  }
  // The job writes the tags from here on; if it fails, they count as unsaved again.
  const markUnsaved = tagForm?.markSaved();
  follow(job, {
    running: t("Saving the tags."),
    ended: () => t("Tags saved."),
    done: (last) => {
      if (last?.kind === "tag" && (last.failed_items || last.status !== "completed")) markUnsaved?.();
      reload();
    },
  });
}

/** @param {JournalChange} change */
async function undoChange(change) {
  const job = await post("/api/changes/undo", { changes: [change.change_id] });
  follow(job, { running: t("Undoing."), ended: () => t("Undone."), done: reload, isUndo: true });
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
      t("Missing"),
      t("This comic is not in the library."),
      h("a", { class: "button", href: `${base()}/system/trash` }, t("Look in the trash")),
    );
    return;
  }
  drawCover(file, before);
  drawTitle(file);
  const state = part("#state", HTMLElement);
  state.dataset.state = file.state;
  setText(state, STATES[file.state] || file.state);
  fill(
    problemAt,
    fileProblem(file, conflict, () => submit("verify")),
  );
  fill(part("#actions", HTMLElement), actions(file));
  fill(part("#facts", HTMLElement), facts(file));
  for (const section of sections)
    section.hidden = (isUnreadable(file) && section.id !== "past") || section.id === "matched";
  await Promise.all([
    isUnreadable(file) ? null : drawTags(file),
    drawNeighbours(file),
    drawHistory(),
    isUnreadable(file) ? null : pages.show(file),
    isUnreadable(file) ? null : drawFileMatch(part("#matched", HTMLElement), file.file_id),
  ]);
}

reload().finally(showPage);
part("#use-named", HTMLButtonElement).addEventListener("click", () => {
  tagForm?.useNamed();
  drawUseNamed();
});
part("#tags", HTMLFormElement).addEventListener("input", drawUseNamed);
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || around(event, "input, textarea, select")) return;
  if (document.querySelector("dialog[open]")) return;
  if (part("#neighbours", HTMLElement).children.length) openBeside(event.key);
  else pressed = event.key;
});
