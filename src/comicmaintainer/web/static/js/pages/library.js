// @ts-check
/** The library: search, filter, select, and start jobs over what is selected. */

import { get, post } from "../base/api.js";
import { around, base, fill, h, icon, part, parts, setText } from "../base/dom.js";
import { bytes, count, files, moment, pages, plainly } from "../base/format.js";
import { listen } from "../base/live.js";
import { openMenu } from "../base/menu.js";
import { Paged } from "../base/paged.js";
import { Rows } from "../base/rows.js";
import { STATES } from "../base/states.js";
import { attempt } from "../base/toast.js";
import { follow, submitAndFollow, undo } from "../parts/followed-job.js";
import { newJob, selected } from "../parts/new-job.js";
import { seriesWall } from "../parts/series-wall.js";

const FILTERS = ["state", "format", "missing", "order"];
const MISSING = {
  series: "No series",
  issue: "No number",
  title: "No title",
  year: "No year",
  publisher: "No publisher",
};
const body = part("#files", HTMLElement);
const search = part("#search", HTMLInputElement);
const selection = part("#selection", HTMLElement);
const every = part("#every", HTMLInputElement);
const whole = part("#whole", HTMLButtonElement);
const address = new URLSearchParams(location.search);
const place = { series: address.get("series"), folder: address.get("folder") };
/** @type {Map<string, ComicFile>} */
const known = new Map();
/** @type {FileTotal | null} */
let total = null;
let isWhole = false;
let view = address.get("view") === "series" ? "series" : "list";

/** @param {string} name */
const filterOf = (name) => part(`#${name}`, HTMLSelectElement);

function filterValues() {
  /** @type {Record<string, string | null>} */
  const chosen = { text: search.value.trim(), series: place.series, folder: place.folder };
  for (const name of FILTERS) chosen[name] = filterOf(name).value;
  return chosen;
}

/** Whether there is a filter besides the search text. */
const isFiltered = () =>
  Object.entries(filterValues()).some(([name, value]) => value && name !== "order" && name !== "text");

/** Put the filter into the address, so that a view can be kept and shared. Series only have a search text. */
function remember() {
  const query = new URLSearchParams();
  const values = view === "series" ? { text: search.value.trim(), view } : filterValues();
  for (const [name, value] of Object.entries(values)) {
    if (value && !(name === "order" && value === "series")) query.set(name, value);
  }
  history.replaceState(null, "", `${location.pathname}${query.size ? `?${query}` : ""}`);
}

/** The same filter in the form for jobs. */
function jobFilter() {
  const { text, series, folder, state, format, missing } = filterValues();
  const parts = {
    text,
    series,
    folder,
    states: state ? [state] : null,
    formats: format ? [format] : null,
    missing: missing ? [missing] : null,
  };
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value));
}

/** @returns {import("../parts/new-job.js").ChosenFiles} */
function chosenFiles() {
  if (!isWhole) return { files: [...rows.selected].flatMap((key) => known.get(key)?.path ?? []) };
  const filter = jobFilter();
  return Object.keys(filter).length ? { filter, count: total?.files, isCapped: total?.is_capped } : { all: true };
}

/** @param {ComicFile} file */
function row(file) {
  known.set(String(file.file_id), file);
  const facts = [
    file.page_count === null ? null : pages(file.page_count),
    (file.format || "").toUpperCase(),
    bytes(file.size_bytes),
  ]
    .filter(Boolean)
    .join(" · ");
  return h(
    "tr",
    { data: { key: file.file_id }, tabIndex: -1 },
    h(
      "td",
      { class: "shrink" },
      h("input", { type: "checkbox", data: { select: "" }, "aria-label": `Select ${file.name}`, tabIndex: -1 }),
    ),
    h(
      "td",
      {},
      h(
        "span",
        { class: "name" },
        h("img", {
          class: "thumb",
          src: `${base()}/api/files/${file.file_id}/cover`,
          alt: "",
          loading: "lazy",
          width: 22,
          height: 32,
        }),
        h(
          "span",
          { class: "grow" },
          h("a", { class: "clip", href: `${base()}/files/${file.file_id}`, title: file.path }, file.name),
          h(
            "span",
            { class: file.state === "failed" ? "under why" : "under" },
            file.state === "failed" && file.reason ? plainly(file.reason) : facts,
          ),
        ),
      ),
    ),
    h(
      "td",
      { class: "wide" },
      h(
        "span",
        { class: "clip", title: file.series || file.reason || "" },
        file.series
          ? h("a", { class: "plain", href: `${base()}/?series=${encodeURIComponent(file.series)}` }, file.series)
          : h(
              "span",
              { class: file.state === "failed" ? "bad small why" : "muted" },
              file.state === "failed" && file.reason ? plainly(file.reason) : "unknown",
            ),
      ),
    ),
    h("td", { class: "wide number" }, file.issue ?? ""),
    h("td", { class: "wide number" }, file.page_count === null ? "" : count(file.page_count)),
    h(
      "td",
      { class: "wide tight", title: `Changed ${moment(file.modified_at)}` },
      (file.format || "").toUpperCase(),
      h("span", { class: "muted small" }, ` ${bytes(file.size_bytes)}`),
    ),
    h(
      "td",
      { class: "shrink" },
      h(
        "span",
        {
          class: "state",
          data: { state: file.state },
          title: [file.reason, file.conflict_with || file.duplicate_of].filter(Boolean).join(" "),
        },
        STATES[file.state] || file.state,
      ),
    ),
  );
}

function nothing() {
  const filtered = Object.entries(filterValues()).some(([name, value]) => value && name !== "order");
  const words = filtered
    ? [h("p", {}, "No comics match."), h("button", { type: "button", onclick: clearFilters }, "Show all")]
    : [
        h("p", {}, "The catalogue is empty. Scan the watched folders to fill it."),
        h("button", { type: "button", onclick: scan }, "Scan now"),
      ];
  return h("tr", {}, h("td", { colSpan: 7 }, h("div", { class: "empty" }, words)));
}

const list = new Paged(
  body,
  async (after) => {
    /** @type {ListPage & {files: ComicFile[], count?: FileTotal}} */
    const page = await get("/api/files", { ...filterValues(), after, limit: 100, count: after === null });
    if (page.count) {
      total = page.count;
      setText(
        part("#total", HTMLElement),
        `${count(total.files)}${total.is_capped ? "+" : ""} ${total.files === 1 ? "comic" : "comics"}`,
      );
    }
    setTimeout(() => {
      if (isWhole) rows.all();
      else rows.refresh();
    });
    return { rows: page.files.map(row), next: page.next };
  },
  nothing,
);

function drawSelection() {
  const number = rows.selected.size;
  selection.hidden = number === 0;
  every.checked = number > 0 && number >= rows.rows.length;
  every.indeterminate = number > 0 && !every.checked;
  const more = `${count(total?.files ?? 0)}${total?.is_capped ? "+" : ""}`;
  whole.hidden = isWhole || !every.checked || !total || (total.files <= number && !total.is_capped);
  setText(whole, `Select all ${more} matching`);
  setText(part("#selected", HTMLElement), isWhole ? `All ${more} matching selected` : `${files(number)} selected`);
}

const rows = new Rows(body, {
  open: (key) => location.assign(`${base()}/files/${key}`),
  changed: (keys) => {
    if (isWhole && keys.size < rows.rows.length) isWhole = false;
    drawSelection();
    refresh();
  },
  actions: (key, at) => {
    if (!rows.selected.has(key)) {
      rows.clear();
      rows.toggle(at);
    }
    menu(at);
  },
});

/** @param {string} first */
const sheet = (first) => newJob(chosenFiles(), { first, done: clear });

function clear() {
  isWhole = false;
  rows.clear();
}

/**
 * @param {string} kind
 * @param {{preview?: boolean}} [more]
 */
async function start(kind, more = {}) {
  if (await submitAndFollow({ kind, ...selected(chosenFiles()), ...more })) clear();
}

/** @param {HTMLElement} at */
function menu(at) {
  const single = !isWhole && rows.selected.size === 1;
  openMenu(at, [
    single && ["Open", "eye", () => location.assign(`${base()}/files/${[...rows.selected][0]}`)],
    ["Process", "check", () => start("process")],
    ["Preview", "eye", () => start("process", { preview: true })],
    ["Edit tags", "edit", () => sheet("tag")],
    ["Rename", "edit", () => sheet("rename")],
    ["Convert to CBZ", "retry", () => sheet("convert")],
    ["Verify", "search", () => start("verify")],
    ["Find duplicates", "duplicates", () => sheet("duplicates")],
    ["Other", "more", () => sheet("process")],
    ["To the trash", "trash", () => trash(), "danger"],
  ]);
}

async function trash() {
  const job = await attempt(() => post("/api/jobs", { kind: "delete", ...selected(chosenFiles()) }));
  if (!job) return;
  clear();
  follow(job, {
    running: `Moving ${files(job.total_items)} to the trash.`,
    action: ["Undo", () => attempt(() => undo(job))],
  });
}

async function scan() {
  const job = await attempt(() => post("/api/library/scan"));
  if (job) follow(job, { running: "Scanning the watched folders." });
}

function restart() {
  remember();
  clear();
  attempt(() => (view === "series" ? wall.restart() : list.restart()));
}

function clearFilters() {
  search.value = "";
  place.series = null;
  place.folder = null;
  for (const name of FILTERS) filterOf(name).selectedIndex = 0;
  drawPlace();
  restart();
}

function drawPlace() {
  const where = view === "list" && (place.series || place.folder);
  fill(
    part("#chosen", HTMLElement),
    where
      ? h(
          "button",
          {
            type: "button",
            title: "Show all series",
            onclick: () => {
              place.series = null;
              place.folder = null;
              drawPlace();
              restart();
            },
          },
          where,
          icon("close"),
        )
      : view === "series" && isFiltered()
        ? h("span", { class: "muted" }, "The filters apply to files only.")
        : null,
  );
}

const wall = seriesWall(
  part("#wall", HTMLElement),
  () => search.value.trim(),
  (sentence) => setText(part("#total", HTMLElement), sentence),
);

/** @param {string} chosen */
function show(chosen) {
  view = chosen;
  for (const button of parts("#view button", HTMLElement))
    button.setAttribute("aria-pressed", String(button.dataset.view === view));
  part("#list", HTMLElement).hidden = view !== "list";
  part("#wall", HTMLElement).hidden = view !== "series";
  for (const name of FILTERS) filterOf(name).hidden = view !== "list";
  drawPlace();
}

/** @type {number | undefined} */
let typed;
search.addEventListener("input", () => {
  clearTimeout(typed);
  typed = setTimeout(restart, 150);
});
search.form?.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(typed);
  restart();
});
for (const name of FILTERS) filterOf(name).addEventListener("change", restart);
part("#view", HTMLElement).addEventListener("click", (event) => {
  const name = around(event, "[data-view]")?.dataset.view;
  if (name) {
    show(name);
    restart();
  }
});
every.addEventListener("change", () => (every.checked ? rows.all() : clear()));
part("#scan", HTMLButtonElement).addEventListener("click", scan);
part("#process-all", HTMLButtonElement).addEventListener("click", () => newJob({ all: true }));
whole.addEventListener("click", () => {
  isWhole = true;
  drawSelection();
});
selection.addEventListener("click", (event) => {
  const button = around(event, "[data-do]");
  switch (button?.dataset.do) {
    case "process":
      start("process");
      break;
    case "preview":
      start("process", { preview: true });
      break;
    case "more":
      menu(button);
      break;
    case "clear":
      clear();
      break;
    default:
  }
});

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
// rows are selected or the list is scrolled.
let outdated = false;
/** @type {number | undefined} */
let waiting;
function refresh() {
  if (!outdated || rows.selected.size || scrollY > 200) return;
  outdated = false;
  attempt(() => (view === "series" ? wall.restart() : list.restart()));
}
listen(({ name, data }) => {
  if (name !== "job" || data.preview || !["completed", "cancelled"].includes(data.status)) return;
  outdated = true;
  clearTimeout(waiting);
  waiting = setTimeout(refresh, 300);
});
addEventListener("scroll", refresh, { passive: true });

fill(
  part("#missing", HTMLSelectElement),
  h("option", { value: "" }, "Any tags"),
  Object.entries(MISSING).map(([value, label]) => h("option", { value }, label)),
);
show(view);
attempt(async () => {
  /** @type {{roots: {formats: Record<string, number>}[]}} */
  const { roots } = await get("/api/roots");
  const formats = new Set(roots.flatMap((root) => Object.keys(root.formats)));
  part("#format", HTMLSelectElement).append(
    ...[...formats]
      .filter((name) => name && name !== "null")
      .sort()
      .map((name) => h("option", { value: name }, name.toUpperCase())),
  );
  for (const name of FILTERS) if (address.get(name)) filterOf(name).value = address.get(name) ?? "";
  drawPlace();
  restart();
});
