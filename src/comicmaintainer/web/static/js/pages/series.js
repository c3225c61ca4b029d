// @ts-check
/** One series: its comics in order of number with the gaps, what they lack, and what is done to all of them. */

import { ApiError, get, post } from "../base/api.js";
import { around, base, fill, h, part, setText } from "../base/dom.js";
import { bytes, comics, count, files } from "../base/format.js";
import { listen } from "../base/live.js";
import { openMenu } from "../base/menu.js";
import { may } from "../base/role.js";
import { Rows } from "../base/rows.js";
import { ENDED } from "../base/states.js";
import { t, tn } from "../base/texts.js";
import { attempt } from "../base/toast.js";
import { editTags } from "../parts/edit-tags.js";
import { follow, submitAndFollow, undo } from "../parts/followed-job.js";
import { newJob } from "../parts/new-job.js";
import { mergeSeries, renameSeries } from "../parts/series-names.js";
import { SeriesShelf } from "../parts/series-shelf.js";
import { openTagSheet } from "../parts/sheet-selection.js";

/**
 * How many comics lack which tag.
 * @type {Record<string, (n: number) => string>}
 */
const LACKING = {
  series: (n) => tn("1 lacks the series in its tags", "{n} lack the series in their tags", n),
  issue: (n) => tn("1 lacks the number in its tags", "{n} lack the number in their tags", n),
  title: (n) => tn("1 lacks a title", "{n} lack a title", n),
  year: (n) => tn("1 lacks a year", "{n} lack a year", n),
  publisher: (n) => tn("1 lacks a publisher", "{n} lack a publisher", n),
  summary: (n) => tn("1 lacks a summary", "{n} lack a summary", n),
  credits: (n) => tn("1 lacks its makers", "{n} lack their makers", n),
};

const page = part("#page", HTMLElement);
let name = page.dataset.series ?? "";
/** @type {Shelf | null} */
let known = null;

/** The series, in what is drawn only once it is known. */
function loadedShelf() {
  if (!known) throw new Error("The series is not known yet.");
  return known;
}

/** @param {Shelf} shelf */
const filesOf = (shelf) => shelf.volumes.flatMap((volume) => volume.places.flatMap((place) => place.files));

const shelfAt = part("#shelf", HTMLElement);
const shelf = new SeriesShelf(shelfAt);
const selection = part("#selection", HTMLElement);
const rows = new Rows(shelfAt, {
  open: (key) => location.assign(`${base()}/files/${key}`),
  changed: (keys) => {
    selection.hidden = keys.size === 0;
    setText(part("#selected", HTMLElement), t("{files} selected", { files: files(keys.size) }));
    refresh();
  },
  actions: (key, at) => {
    if (!rows.selected.has(key)) {
      rows.clear();
      rows.toggle(at);
    }
    menu(at, chosenFiles());
  },
});

/** The selected comics. */
function chosenFiles() {
  return filesOf(loadedShelf()).filter((file) => rows.selected.has(String(file.file_id)));
}

/**
 * The comics that a button is about: the selected ones, or null for the whole series.
 * @param {Element} at
 */
const aboutOf = (at) => (selection.contains(at) ? chosenFiles() : null);

/**
 * The part of a request that selects these comics, or the series.
 * @param {ComicFile[] | null} chosen
 * @returns {FileSelection}
 */
const selectionOf = (chosen) => (chosen ? { files: chosen.map((file) => file.path) } : { filter: { series: name } });

/** @param {Shelf} found */
function drawFacts(found) {
  const { first_year: first, last_year: last } = found;
  const publishers = Object.keys(found.publishers);
  const parts = [
    comics(found.files, found.is_capped),
    first === null ? t("no year") : first === last ? `${first}` : t("{from} to {to}", { from: first, to: last }),
    publishers.length > 2
      ? t("{name} and {number} more", {
          name: publishers.slice(0, 2).join(", "),
          number: publishers.length - 2,
        })
      : publishers.join(", "),
    bytes(found.size_bytes),
  ];
  setText(part("#facts", HTMLElement), parts.filter(Boolean).join(" · "));
}

/**
 * A finding about some comics, which selects them.
 * @param {string} words
 * @param {ComicFile[]} about
 * @param {string} [mark]
 */
const finding = (words, about, mark = "warning") =>
  h(
    "button",
    {
      type: "button",
      class: "finding",
      title: tn("Select it", "Select them", about.length),
      onclick: () => {
        rows.selected = new Set(about.map((file) => String(file.file_id)));
        rows.refresh();
        rows.on.changed?.(rows.selected);
        shelf.show(about[0].file_id);
      },
    },
    h("span", { class: "state", data: { state: mark } }, words),
  );

/** @param {Shelf} found */
function drawFindings(found) {
  const all = filesOf(found);
  const damaged = all.filter((file) => file.state === "failed");
  const copies = all.filter((file) => file.copy_of !== null || file.state === "duplicate");
  const missing = found.volumes.reduce((sum, volume) => sum + volume.missing, 0);
  const spellings = Object.keys(found.spellings);
  fill(
    part("#findings", HTMLElement),
    missing
      ? h(
          "button",
          { type: "button", class: "finding", title: t("Show the first gap"), onclick: () => shelf.showGap() },
          h("span", { class: "state", data: { state: "queued" } }, t("{number} missing", { number: count(missing) })),
        )
      : null,
    damaged.length ? finding(t("{number} damaged", { number: count(damaged.length) }), damaged, "damaged") : null,
    copies.length ? finding(tn("1 copy", "{n} copies", copies.length), copies) : null,
    spellings.length > 1
      ? h(
          "button",
          {
            type: "button",
            class: "finding",
            title: t("Give all the same name"),
            disabled: !may("work"),
            onclick: () => rename(),
          },
          h(
            "span",
            { class: "state", data: { state: "warning" } },
            t("{number} spellings of the name", { number: count(spellings.length) }),
          ),
        )
      : null,
    Object.keys(LACKING).map((tag) => {
      const lacking = all.filter((file) => file.state !== "failed" && file.lacks.includes(tag));
      if (!lacking.length) return null;
      return finding(LACKING[tag](lacking.length), lacking, "queued");
    }),
  );
}

/** The address of the pages that several comics of the series have, or that its comics share with others. */
const repeatedAt = () => `${base()}/duplicates?by=page&series=${encodeURIComponent(name)}`;

/** Say how many pages of the series look like adverts, if a search has found any. */
async function drawRepeated() {
  /** @type {RepeatedPages} */
  const { total } = await get("/api/repeated-pages", { series: name, limit: 1, count: true });
  if (!total?.suggested || !known) return;
  const words = tn("1 repeated page", "{n} repeated pages", total.suggested);
  part("#findings", HTMLElement).append(
    h(
      "a",
      { class: "button finding", href: repeatedAt(), title: t("Pages that many comics have, such as adverts") },
      h("span", { class: "state", data: { state: "duplicate" } }, words),
    ),
  );
}

/** Load the series, and draw it. */
async function load() {
  /** @type {Shelf} */
  let found;
  try {
    found = await get(`/api/series/${encodeURIComponent(name)}/shelf`);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
    showGone();
    return;
  }
  known = found;
  name = found.name;
  setText(part("#name", HTMLElement), name);
  document.title = `${name} · ComicMaintainer`;
  part("a[data-do=sheet]", HTMLAnchorElement).href = `${base()}/sheet?series=${encodeURIComponent(name)}`;
  history.replaceState(null, "", `${base()}/series?name=${encodeURIComponent(name)}`);
  drawFacts(found);
  drawFindings(found);
  shelf.draw(found);
  rows.refresh();
  await drawRepeated();
}

/** All comics of the series have left it. */
function showGone() {
  known = null;
  rows.clear();
  fill(part("#findings", HTMLElement));
  setText(part("#facts", HTMLElement), t("No comic is of this series now."));
  fill(
    shelfAt,
    h("div", { class: "empty" }, h("a", { class: "button", href: `${base()}/?view=series` }, t("See all series"))),
  );
}

/**
 * Follow the series to another name, and back when that is undone.
 * @param {string} other
 * @returns {(job: Job | null) => void}
 */
function renamedTo(other) {
  const before = name;
  return (job) => {
    if (job && job.processed_items > job.failed_items) name = job.kind === "undo" ? before : other;
    rows.clear();
    attempt(load);
  };
}

function rename() {
  const { spellings } = loadedShelf();
  renameSeries({ name, spellings, done: renamedTo });
}

/** @param {ComicFile[] | null} chosen */
function tags(chosen) {
  const about = chosen ?? filesOf(loadedShelf());
  editTags({
    title: chosen
      ? t("Edit the tags of {files}", { files: files(about.length) })
      : t("Edit the tags of {name}", { name }),
    files: about,
    selection: selectionOf(chosen),
    done: () => attempt(load),
  });
}

/**
 * @param {string} kind
 * @param {ComicFile[] | null} chosen
 * @param {{preview?: boolean, params?: Record<string, any>}} [more]
 */
async function start(kind, chosen, more = {}) {
  if (await submitAndFollow({ kind, ...selectionOf(chosen), ...more }, { done: () => attempt(load) })) rows.clear();
}

/** @param {ComicFile[]} chosen */
async function trash(chosen) {
  const job = await attempt(() => post("/api/jobs", { kind: "delete", ...selectionOf(chosen) }));
  if (!job) return;
  rows.clear();
  follow(job, {
    running: t("Moving {files} to the trash.", { files: files(job.total_items) }),
    action: [t("Undo"), () => attempt(() => undo(job, { done: () => attempt(load) }))],
    done: () => attempt(load),
  });
}

/**
 * @param {Element} at
 * @param {ComicFile[] | null} chosen
 */
function menu(at, chosen) {
  const all = filesOf(loadedShelf());
  const about = { ...selectionOf(chosen), count: (chosen ?? all).length };
  /** @param {string} first */
  const sheet = (first) => newJob(about, { first, done: () => rows.clear() });
  openMenu(at, [
    chosen?.length === 1 && [t("Open"), "eye", () => location.assign(`${base()}/files/${chosen[0].file_id}`)],
    !chosen && [
      t("Merge with another series"),
      "plus",
      () => mergeSeries({ name, files: all.length, done: renamedTo }),
    ],
    [t("Identify"), "search", () => start("identify", chosen)],
    [t("Rename files"), "edit", () => sheet("rename")],
    [t("Find duplicates"), "duplicates", () => sheet("duplicates")],
    !chosen && [t("Repeated pages"), "duplicates", () => location.assign(repeatedAt())],
    [t("Convert to CBZ"), "retry", () => sheet("convert")],
    [t("Verify"), "check", () => start("verify", chosen)],
    [t("Other"), "more", () => sheet("process")],
    chosen && [t("To the trash"), "trash", () => trash(chosen), "danger"],
  ]);
}

page.addEventListener("click", (event) => {
  const button = around(event, "[data-do]");
  if (!button || !known) return;
  const chosen = aboutOf(button);
  switch (button.dataset.do) {
    case "preview":
      start("process", chosen, { preview: true });
      break;
    case "process":
      start("process", chosen);
      break;
    case "rename":
      rename();
      break;
    case "tags":
      tags(chosen);
      break;
    case "sheet":
      if (chosen) openTagSheet({ ids: chosen.map((file) => file.file_id) });
      break;
    case "more":
      menu(button, chosen);
      break;
    case "clear":
      rows.clear();
      break;
    default:
  }
});

// A job that ends may have changed shown comics, so they are loaded again, but not while some are selected.
let outdated = false;
/** @type {number | undefined} */
let waiting;
function refresh() {
  if (!outdated || rows.selected.size) return;
  outdated = false;
  attempt(load);
}
listen(({ name: event, data }) => {
  if (event !== "job" || data.preview || !ENDED.includes(data.status)) return;
  outdated = true;
  clearTimeout(waiting);
  waiting = setTimeout(refresh, 300);
});

attempt(load);
