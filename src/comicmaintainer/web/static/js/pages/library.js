// @ts-check
/** The library: as walls of covers, as a table or by folders; search, filter, select, and start jobs. */

import { get, messageOf, post } from "../base/api.js";
import { Choice } from "../base/choice.js";
import { around, fill, h, part, parts, setText } from "../base/dom.js";
import { comics as comicsOf, count } from "../base/format.js";
import { isOnline, listen } from "../base/live.js";
import { LoadedList } from "../base/loaded-list.js";
import { onlyRoot } from "../base/places.js";
import { t, tn } from "../base/texts.js";
import { attempt, toast } from "../base/toast.js";
import { chosenComics, chosenFolders, chosenSeries } from "../parts/chosen-items.js";
import { comicTile, folderTile, seriesTile } from "../parts/comic-rows.js";
import { ComicTable } from "../parts/comic-table.js";
import { showDisks } from "../parts/disks.js";
import { follow } from "../parts/followed-job.js";
import { LibraryFilter } from "../parts/library-filter.js";
import { LibraryOrder } from "../parts/library-order.js";
import { newJob } from "../parts/new-job.js";
import { followScans } from "../parts/scan-progress.js";
import { SelectionBar } from "../parts/selection-bar.js";

const DISKS_MS = 30000;
const VIEWS = ["series", "issues", "table", "folders"];
const address = new URLSearchParams(location.search);
const search = part("#search", HTMLInputElement);
const empty = part("#empty", HTMLElement);
const slider = part("#cover-size input", HTMLInputElement);
/** @type {FileTotal | null} */
let total = null;
let view = firstView();

/** The view of the address, or the one that was looked at last; covers at first. */
function firstView() {
  const asked = address.get("view");
  if (asked && VIEWS.includes(asked)) return asked;
  if (address.get("series") || address.get("text")) return "issues";
  if (["folder", "state", "format", "missing"].some((name) => address.get(name))) return "table";
  const last = localStorage.getItem("library-view");
  return last && VIEWS.includes(last) ? last : "series";
}

const filter = new LibraryFilter(search, part("#chosen", HTMLElement), () => restart());

const order = new LibraryOrder({
  changed: () => {
    table.drawHeads();
    restart();
  },
  jump,
});
const table = new ComicTable(order, () => lists.table.view.redraw());

/** @param {unknown} error */
const failed = (error) => toast(messageOf(error));

/**
 * Elements that can be chosen by their key.
 * @template T
 * @param {(item: T) => HTMLElement} draw
 * @returns {(item: T) => HTMLElement}
 */
const choosable = (draw) => (item) => {
  const element = draw(item);
  choice.mark(element, element.dataset.key ?? null);
  return element;
};

/**
 * A list of comics in `place`.
 * @param {string} place
 * @param {(file: ComicFile) => HTMLElement} draw
 */
const comics = (place, draw) =>
  /** @type {LoadedList<ComicFile>} */ (
    new LoadedList(part(place, HTMLElement), {
      draw: choosable(draw),
      async load(key, isBefore, limit) {
        const from = typeof key === "object" ? key : isBefore ? { before: key } : { after: key };
        /** @type {ListPage & {files: ComicFile[], previous: any, count?: FileTotal}} */
        const page = await get("/api/files", { ...filter.query, ...order.query, ...from, limit, count: key === null });
        if (page.count) total = page.count;
        return { items: page.files, next: page.next, previous: page.previous };
      },
      changed,
      failed,
    })
  );

/** @type {Record<string, LoadedList<any>>} */
const lists = {
  issues: comics("#issues", comicTile),
  table: comics("#files", (file) => table.row(file)),
  series: new LoadedList(part("#series", HTMLElement), {
    draw: choosable(seriesTile),
    async load(key, _isBefore, limit) {
      const from = typeof key === "object" ? key : { after: key };
      const found = await get("/api/series", { ...filter.query, ...order.query, ...from, limit });
      return { items: found.series, next: found.next };
    },
    changed,
    failed,
  }),
  folders: new LoadedList(part("#folders", HTMLElement), {
    draw: choosable(folderTile),
    async load(after, _isBefore, limit) {
      const found = await get("/api/folders", {
        parent: parentFolder(),
        after,
        limit: Math.min(limit, 200),
      });
      return { items: found.folders, next: found.next };
    },
    changed,
    failed,
  }),
};

/** The list on the page. A folder without others in it shows its comics. */
let shownList = view;
const current = () => lists[shownList];
const isOfFiles = () => shownList === "issues" || shownList === "table";

/** The folder whose folders are shown; null for the watched folders. */
const parentFolder = () => filter.place.folder || onlyRoot();

/**
 * What an item of the list is known by.
 * @param {any} item
 * @returns {string | null}
 */
const keyOf = (item) => {
  if (!item) return null;
  return isOfFiles() ? String(item.file_id) : shownList === "series" ? item.name : item.path;
};

const choice = new Choice({
  list: () => current().view,
  keyOf: (index) => keyOf(current().items[index]),
  open: (index) => part("a", HTMLAnchorElement, current().view.element(index)).click(),
  actions: (index, at) => {
    if (!choice.has(keyOf(current().items[index]))) {
      choice.clear();
      choice.toggle(index);
    }
    bar.menu(at);
  },
  changed: () => {
    drawSelection();
    refresh();
  },
});

/** The items that were chosen one by one, or that were left out of all. */
const picked = () => current().items.filter((item) => choice.keys.has(keyOf(item) ?? ""));

function chosen() {
  const { isAll } = choice;
  const what = { isAll, items: picked(), isWhole: current().isWhole, loaded: current().items.length };
  if (shownList === "series") return chosenSeries(what, filter);
  return isOfFiles() ? chosenComics(what, filter, total) : chosenFolders(what, parentFolder());
}

const bar = new SelectionBar({
  choice,
  chosen,
  open: () => {
    const at = choice.isAll || choice.keys.size !== 1 ? -1 : current().items.indexOf(picked()[0]);
    const link = current().view.element(at)?.querySelector("a");
    return link ? () => link.click() : null;
  },
});

function drawSelection() {
  bar.draw();
  table.every.checked = choice.isAll && !choice.keys.size;
  table.every.indeterminate = !choice.isEmpty && !table.every.checked;
}

function changed() {
  empty.hidden = current().items.length > 0;
  if (!empty.hidden) drawEmpty();
  order.setEmpty(!empty.hidden);
  const shown = current().items.length;
  const more = current().isWhole ? "" : "+";
  const words = isOfFiles()
    ? comicsOf(total?.files ?? 0, total?.is_capped)
    : shownList === "series"
      ? t("{number} series", { number: `${count(shown)}${more}` })
      : more
        ? t("{number}+ folders", { number: count(shown) })
        : tn("1 folder", "{n} folders", shown);
  setText(part("#total", HTMLElement), words);
  drawSelection();
}

function drawEmpty() {
  const nothing = shownList === "series" ? t("No series match.") : t("No comics match.");
  fill(
    empty,
    filter.isSet
      ? [
          h("p", {}, nothing),
          h("button", { type: "button", onclick: () => filter.clear() }, t("Show all")),
          shownList === "series" &&
            search.value &&
            h("button", { type: "button", onclick: lookAmongComics }, t("Look among all comics")),
        ]
      : [
          h("p", {}, t("The catalogue is empty. Scan the watched folders to fill it.")),
          h("button", { type: "button", data: { needs: "work" }, onclick: scan }, t("Scan now")),
        ],
  );
}

/** What was asked for is not there yet, and what was shown before is something else. */
function drawNotLoaded() {
  const text = isOnline() ? t("The list could not be loaded.") : t("The list comes when the server is back.");
  fill(empty, h("p", {}, text));
  empty.hidden = false;
  order.setEmpty(true);
  setText(part("#total", HTMLElement), "");
}

/** A search in the wall of series is for their names only. */
function lookAmongComics() {
  show("issues");
  restart();
}

async function scan() {
  const job = await attempt(() => post("/api/library/scan"));
  if (job) follow(job, { running: t("Scanning the watched folders.") });
}

/** Put the view into the address, so that it can be kept and shared. */
function remember() {
  const query = new URLSearchParams({ ...filter.values, view, ...order.values });
  history.replaceState(null, "", `${location.pathname}?${query}`);
}

let isSearched = false;
/** A search among folders is for the comics in them. */
function searchFolders() {
  const before = isSearched;
  isSearched = view === "folders" && Boolean(search.value.trim());
  if (isSearched) showList("issues");
  else if (before && view === "folders") showList("folders");
}

/** Go to the first name that begins with a letter. @param {string} letter */
async function jump(letter) {
  choice.clear();
  const isThere = await attempt(() => current().restart({ starting_with: letter }));
  if (isThere === false) {
    order.endBefore(letter);
    toast(t("Nothing that matches is at {letter} or after it.", { letter: letter.toUpperCase() }));
  }
  scrollTo({ top: 0, behavior: "instant" });
}

/** Load what is shown from its start. */
async function restart() {
  searchFolders();
  remember();
  filter.draw();
  choice.clear();
  order.offerLetters();
  const isThere = await attempt(() => current().restart());
  if (isThere === undefined) {
    if (!current().items.length) drawNotLoaded();
    return;
  }
  if (view === "folders" && shownList === "folders" && !current().items.length && filter.place.folder) {
    showList("issues");
    await attempt(() => current().restart());
  }
}

/** @param {string} name */
function showList(name) {
  shownList = name;
  for (const each of ["series", "issues", "folders", "table"]) part(`#${each}`, HTMLElement).hidden = each !== name;
  order.offer(name);
  part(".filters", HTMLElement).hidden = name === "folders";
  part("#cover-size", HTMLElement).hidden = name === "table";
  part("#columns", HTMLElement).hidden = name !== "table";
}

/** @param {string} name */
function show(name) {
  view = name;
  localStorage.setItem("library-view", view);
  for (const button of parts("#view button", HTMLElement))
    button.setAttribute("aria-pressed", String(button.dataset.view === view));
  showList(view);
}

function sizeCovers() {
  part("#shelf", HTMLElement).dataset.covers = slider.value;
  for (const list of Object.values(lists)) list.view.redraw();
}

/** @type {number | undefined} */
let typed;
search.addEventListener("input", () => {
  clearTimeout(typed);
  typed = setTimeout(restart, 150);
});
search.form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  clearTimeout(typed);
  await restart();
  // What was searched for is found: the keys now move through it.
  choice.focus(0);
});
search.addEventListener("keydown", (event) => {
  if (event.key !== "ArrowDown" || !current().items.length) return;
  event.preventDefault();
  choice.focus(0);
});
table.every.addEventListener("change", () => (table.every.checked ? choice.all() : choice.clear()));
part("#view", HTMLElement).addEventListener("click", (event) => {
  const name = around(event, "[data-view]")?.dataset.view;
  if (!name) return;
  show(name);
  restart();
});
slider.addEventListener("input", () => {
  localStorage.setItem("library-covers", slider.value);
  sizeCovers();
});
part("#columns", HTMLButtonElement).addEventListener("click", () => table.chooseColumns());
part("#scan", HTMLButtonElement).addEventListener("click", scan);
part("#preview-all", HTMLButtonElement).addEventListener("click", () => newJob({ all: true }));
followScans(part("#scanning", HTMLElement));

// Until it is dismissed, a notice says that arriving comics are processed automatically.
const arrivals = document.querySelector("#arrivals");
if (arrivals instanceof HTMLElement && !localStorage.getItem("arrivals-read")) {
  arrivals.hidden = false;
  part("button", HTMLElement, arrivals).addEventListener("click", () => {
    localStorage.setItem("arrivals-read", "1");
    arrivals.remove();
  });
}

// A job that ends may have renamed and tagged shown files, so they are loaded again, but not while
// some are selected or the list is scrolled.
let outdated = false;
/** @type {number | undefined} */
let waiting;
function refresh() {
  if (!outdated || !choice.isEmpty || scrollY > 200) return;
  outdated = false;
  attempt(() => current().restart());
}
listen(({ name, data }) => {
  if (name !== "job" || data.preview || !["completed", "cancelled"].includes(data.status)) return;
  outdated = true;
  clearTimeout(waiting);
  waiting = setTimeout(refresh, 300);
});
addEventListener("scroll", refresh, { passive: true });

/** A folder whose disk is missing explains files that can't be opened. */
const disks = () => {
  if (document.visibilityState === "visible" && isOnline()) attempt(() => showDisks(part("#disks", HTMLElement)));
};
disks();
setInterval(disks, DISKS_MS);

slider.value = localStorage.getItem("library-covers") ?? slider.value;
show(view);
order.begin(address);
table.drawHeads();
attempt(async () => {
  await Promise.all([filter.begin(), order.drawLetters()]);
  showList(shownList);
  sizeCovers();
  await restart();
});
