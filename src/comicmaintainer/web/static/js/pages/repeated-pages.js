// @ts-check
/** Single pages that are in many comics: each shown once, with its comics; marked, removed, or kept. */

import { activeJob } from "../base/active-job.js";
import { api, get } from "../base/api.js";
import { base, fill, h, icon, part, setText, showPage } from "../base/dom.js";
import { ago, comics, count, files, folderOf, moment } from "../base/format.js";
import { listen } from "../base/live.js";
import { Paged } from "../base/paged.js";
import { shortPath } from "../base/places.js";
import { Rows } from "../base/rows.js";
import { ENDED } from "../base/states.js";
import { pieces, t } from "../base/texts.js";
import { attempt, toast } from "../base/toast.js";
import { submitAndFollow } from "../parts/followed-job.js";
import { previewedJob } from "../parts/previewed-job.js";

const WIDTH = 320;
const KIND = "find-pages";
/** @type {Record<RepeatedTab, string>} */
const NAMES = { suggested: t("Suggested"), others: t("Others"), adverts: t("Adverts"), kept: t("Not adverts") };
const place = part("#groups", HTMLElement);
const address = new URLSearchParams(location.search);
const series = address.get("series");
const folder = address.get("folder");
/** What the list is of; all if both are missing. */
const scope = { ...(series ? { series } : {}), ...(folder ? { folder } : {}) };
/** @type {RepeatedTab} */
let tab = "suggested";
/** @type {RepeatedPages["search"]} */
let search;
/** The job that searches now. @type {Job | null} */
let searching = null;

/** @param {Record<RepeatedTab, number>} total */
function drawLists(total) {
  for (const button of document.querySelectorAll("#lists button")) {
    if (!(button instanceof HTMLButtonElement)) continue;
    const name = /** @type {RepeatedTab} */ (button.dataset.tab);
    setText(button, total[name] ? `${NAMES[name]} ${count(total[name])}` : NAMES[name]);
    button.setAttribute("aria-pressed", String(name === tab));
  }
}

function drawSearch() {
  const words = part("#searched", HTMLElement);
  if (searching) {
    fill(words, h("a", { href: `${base()}/jobs/${searching.job_id}` }, t("Looking for repeated pages")));
    return;
  }
  const at = search?.searched_at;
  const without = search?.without_checksums;
  words.title = at ? moment(at) : "";
  setText(
    words,
    at && search
      ? [
          t("{files} looked at {when}", { files: files(search.files), when: ago(at) }),
          search.is_outdated ? t("some have changed since") : "",
          without ? t("{number} without checksums, which only CBZ and CBR have", { number: count(without) }) : "",
        ]
          .filter(Boolean)
          .join(", ")
      : "",
  );
}

function drawScope() {
  const shown = part("#scope", HTMLElement);
  shown.hidden = !series && !folder;
  if (shown.hidden) return;
  fill(
    shown,
    h(
      "span",
      {},
      series
        ? pieces("Only of {series}", {
            series: h("a", { href: `${base()}/series?name=${encodeURIComponent(series)}` }, series),
          })
        : t("Only below {folder}", { folder: shortPath(folder ?? "") }),
    ),
    " ",
    h("a", { href: `${base()}/duplicates?by=page` }, t("Show all")),
  );
}

/**
 * The paths of the comics that were unticked.
 * @param {HTMLElement} section
 */
function leftOut(section) {
  const boxes = [...section.querySelectorAll("input[name='in']")];
  return boxes.flatMap((box) => (box instanceof HTMLInputElement && !box.checked ? [box.value] : []));
}

/**
 * Show what would be done to the comics that have the page, and then do it.
 * @param {RepeatedPage} page
 * @param {HTMLElement} section
 * @param {Record<string, any>} params
 * @param {{title: string, running: string}} words
 */
function change(page, section, params, words) {
  const anywhere = section.querySelector("input[name='anywhere']");
  const isAnywhere = anywhere instanceof HTMLInputElement && anywhere.checked;
  const left = leftOut(section);
  previewedJob({
    ...words,
    inputs: [],
    atOnce: true,
    request: () => ({
      kind: "remove-pages",
      filter: { repeated_page: page.repeat_id, ...scope },
      ...(left.length ? { without: left } : {}),
      params: { ...params, repeated: page.repeat_id, ...(isAnywhere ? { anywhere: true } : {}) },
    }),
    applied: () => attempt(() => said(page, "advert")),
    done: () => attempt(() => list.restart()),
  });
}

/**
 * @param {RepeatedPage} page
 * @param {HTMLElement} section
 */
const removeFrom = (page, section) =>
  change(page, section, { mode: "remove" }, { title: t("Remove the page"), running: t("Removing the page.") });

/**
 * @param {RepeatedPage} page
 * @param {HTMLElement} section
 */
const markIn = (page, section) =>
  change(
    page,
    section,
    { mode: "mark", type: "Advertisement" },
    { title: t("Mark the page as an advert"), running: t("Marking the page.") },
  );

/**
 * @param {RepeatedPage} page
 * @param {RepeatedPage["answer"]} answer
 */
const said = (page, answer) => api("PUT", `/api/repeated-pages/${page.repeat_id}`, { body: { answer } });

/**
 * Remember an answer, and go on to the next page.
 * @param {RepeatedPage} page
 * @param {HTMLElement} section
 * @param {RepeatedPage["answer"]} answer
 */
async function answer(page, section, answer) {
  await said(page, answer);
  const next = section.nextElementSibling || section.previousElementSibling;
  await list.restart();
  const key = next instanceof HTMLElement ? next.dataset.key : null;
  const again = key && place.querySelector(`[data-key="${key}"]`);
  if (again instanceof HTMLElement) again.focus();
  toast(answer === "keep" ? t("Not an advert. It is not suggested again.") : t("Asked about again."), [
    t("Undo"),
    () =>
      attempt(async () => {
        await said(page, page.answer);
        await list.restart();
      }),
  ]);
}

/** @param {RepeatedFile} file */
function comic(file) {
  const name = file.series ? `${file.series} ${file.issue ?? ""}`.trim() : file.name;
  const where = t("page {number} of {all}", { number: count(file.page + 1), all: count(file.page_count) });
  return h(
    "li",
    {},
    h("input", {
      type: "checkbox",
      name: "in",
      value: file.path,
      checked: true,
      "aria-label": t("Change {name}", { name: file.name }),
    }),
    h("a", { class: "plain", href: `${base()}/files/${file.file_id}` }, name),
    h("span", { class: "muted small", title: file.path }, `${shortPath(folderOf(file.path))}, ${where}`),
    file.stays && h("span", { class: "small" }, t("Stays: {reason}", { reason: file.stays })),
  );
}

/**
 * The comics that have the page, loaded when they are first shown.
 * @param {RepeatedPage} page
 */
function comicsOf(page) {
  const rows = h("ul", { class: "repeated-comics" });
  const more = h("button", { type: "button", class: "quiet", hidden: true }, t("Show more"));
  const anywhere = page.stays_somewhere;
  const shown = h(
    "details",
    {},
    h("summary", {}, t("Show the comics")),
    anywhere &&
      h(
        "label",
        { class: "check" },
        h("input", { type: "checkbox", name: "anywhere" }),
        ` ${t("Also where it is the first page or in the middle")}`,
      ),
    rows,
    more,
  );
  /** @type {string | null} */
  let after = null;
  async function load() {
    /** @type {{files: RepeatedFile[], next: string | null}} */
    const found = await get(`/api/repeated-pages/${page.repeat_id}/files`, { ...scope, after, limit: 100 });
    rows.append(...found.files.map(comic));
    after = found.next;
    more.hidden = !after;
  }
  more.addEventListener("click", () => attempt(load));
  shown.addEventListener("toggle", () => {
    if (!rows.children.length) attempt(load);
  });
  return shown;
}

/** @param {RepeatedPage} page */
function draw(page) {
  const heading = [t("In {comics}", { comics: comics(page.in_scope) }), page.place].filter(Boolean).join(", ");
  const image = `${base()}/api/files/${page.file_id}/pages/${page.page}`;
  const section = h("section", {
    class: "group repeated",
    data: { key: String(page.repeat_id) },
    tabIndex: -1,
    "aria-label": heading,
  });
  const all = comics(page.in_scope);
  section.append(
    h(
      "a",
      { class: "picture", href: image, target: "_blank", rel: "noopener" },
      h("img", {
        src: `${image}?width=${WIDTH}`,
        alt: t("A page: {heading}", { heading }),
        loading: "lazy",
      }),
    ),
    h(
      "div",
      { class: "about" },
      h("h3", {}, heading),
      h(
        "ul",
        { class: "reasons muted small" },
        page.reasons.map((reason) => h("li", {}, reason)),
      ),
      h(
        "div",
        { class: "actions", data: { needs: "work" } },
        page.answer === "keep"
          ? h("button", { type: "button", onclick: () => attempt(() => answer(page, section, null)) }, t("Ask again"))
          : [
              h(
                "button",
                { type: "button", class: "primary", onclick: () => removeFrom(page, section) },
                icon("trash"),
                t("Remove from {comics}", { comics: all }),
              ),
              h("button", { type: "button", onclick: () => markIn(page, section) }, t("Mark as advert")),
              h(
                "button",
                { type: "button", class: "quiet", onclick: () => attempt(() => answer(page, section, "keep")) },
                t("Not an advert"),
              ),
            ],
      ),
      comicsOf(page),
    ),
  );
  return section;
}

function empty() {
  /** @type {(words: string, button: any) => HTMLElement} */
  const one = (words, button) => h("div", { class: "empty" }, h("p", {}, words), button);
  const look = () =>
    h("button", { type: "button", data: { needs: "work" }, onclick: find }, t("Look for repeated pages"));
  if (searching)
    return one(
      t("Pages are being compared. Those that several comics have appear here when that is done."),
      h("a", { class: "button", href: `${base()}/jobs/${searching.job_id}` }, t("Show the job")),
    );
  if (!search?.searched_at)
    return one(t("No pages have been compared yet. A search finds adverts and changes no file."), look());
  if (tab === "suggested") return one(t("No page is in three different comics and looks like an advert."), look());
  if (tab === "others") return one(t("No other page is in three comics."), look());
  if (tab === "adverts") return one(t("Pages that you remove or mark are listed here while comics have them."), look());
  return one(t("Pages that you call no adverts are listed here."), look());
}

const list = new Paged(
  place,
  async (after) => {
    if (after === null) searching = await activeJob(KIND);
    /** @type {RepeatedPages} */
    const found = await get("/api/repeated-pages", { tab, ...scope, after, limit: 20, count: after === null });
    if (found.total && found.search) {
      search = found.search;
      drawLists(found.total);
      drawSearch();
    }
    return { rows: found.pages.map(draw), next: found.next };
  },
  empty,
);

/** A search changes no file, so it starts without a form. */
async function find() {
  const look = part("#look", HTMLInputElement).checked;
  const job = await submitAndFollow({ kind: KIND, all: true, params: { look } });
  if (job) await list.restart();
}

part("#lists", HTMLElement).addEventListener("click", ({ target }) => {
  const button = target instanceof Element && target.closest("button");
  if (!button) return;
  tab = /** @type {RepeatedTab} */ (button.dataset.tab);
  attempt(() => list.restart());
});
part("#find", HTMLButtonElement).addEventListener("click", find);
new Rows(place, { actions: (_key, section) => part(".actions button", HTMLElement, section).focus() });
listen(({ name, data }) => {
  if (name === "job" && ENDED.includes(data.status) && data.job_id === searching?.job_id) attempt(() => list.restart());
});
drawScope();
attempt(() => list.restart()).finally(showPage);
