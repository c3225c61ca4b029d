/** The library: search, filter, select, and start jobs over what is selected. */

import { get, post } from "./api.js";
import { base, fill, h, setText } from "./dom.js";
import { bytes, count, files } from "./format.js";
import { listen } from "./live.js";
import { newJob } from "./new-job.js";
import { Paged } from "./paged.js";
import { Rows } from "./rows.js";
import { attempt, toast } from "./toast.js";

const FILTERS = ["state", "format", "missing", "order"];
const body = document.querySelector("#files");
const search = document.querySelector("#search");
const selection = document.querySelector("#selection");
const address = new URLSearchParams(location.search);
const paths = new Map();

function wanted() {
  const chosen = { text: search.value.trim(), series: address.get("series"), folder: address.get("folder") };
  for (const name of FILTERS) chosen[name] = document.querySelector(`#${name}`).value;
  return chosen;
}

/** The filter as the address says it, so that a view can be kept and shared. */
function remember(chosen) {
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(chosen)) if (value && !(name === "order" && value === "series")) words.set(name, value);
  history.replaceState(null, "", `${location.pathname}${words.size ? `?${words}` : ""}`);
}

const STATES = { unprocessed: "Unprocessed", processed: "Processed", duplicate: "Duplicate", failed: "Failed" };

function row(file) {
  paths.set(String(file.file_id), file.path);
  return h("tr", { data: { key: file.file_id }, tabIndex: -1 },
    h("td", { class: "shrink" }, h("input", { type: "checkbox", data: { select: "" }, "aria-label": `Select ${file.name}`, tabIndex: -1 })),
    h("td", {}, h("span", { class: "name" },
      h("img", { class: "thumb", src: `${base()}/api/files/${file.file_id}/cover`, alt: "", loading: "lazy", width: 22, height: 32, onerror: (event) => { event.target.removeAttribute("src"); } }),
      h("a", { class: "clip", href: `${base()}/files/${file.file_id}`, title: file.path }, file.name))),
    h("td", { class: "wide" }, h("span", { class: "clip" }, file.series ? h("a", { href: `${base()}/?series=${encodeURIComponent(file.series)}` }, file.series) : h("span", { class: "muted" }, "unknown"))),
    h("td", { class: "wide number" }, file.issue ?? ""),
    h("td", { class: "wide number" }, file.page_count === null ? "" : count(file.page_count)),
    h("td", { class: "wide" }, (file.format || "").toUpperCase(), h("span", { class: "muted small" }, ` ${bytes(file.size_bytes)}`)),
    h("td", { class: "shrink" }, h("span", { class: "state", data: { state: file.state }, title: file.reason || file.duplicate_of || "" }, STATES[file.state] || file.state)));
}

function nothing() {
  const chosen = wanted();
  const filtered = Object.entries(chosen).some(([name, value]) => value && name !== "order");
  const words = filtered
    ? [h("p", {}, "No comic matches."), h("a", { class: "button", href: `${base()}/` }, "Show all")]
    : [h("p", {}, "No comics are catalogued yet. A scan looks through the watched folders."), h("button", { type: "button", onclick: scan }, "Scan now")];
  return h("tr", {}, h("td", { colSpan: 7 }, h("div", { class: "empty" }, words)));
}

const list = new Paged(body, async (after) => {
  const chosen = wanted();
  const page = await get("/api/files", { ...chosen, after, limit: 100, count: after === null });
  if (page.count) setText(document.querySelector("#total"), `${count(page.count.files)}${page.count.is_capped ? "+" : ""} ${page.count.files === 1 ? "comic" : "comics"}`);
  setTimeout(() => rows.refresh());
  return { rows: page.files.map(row), next: page.next };
}, nothing);

const rows = new Rows(body, {
  open: (key) => location.assign(`${base()}/files/${key}`),
  changed: (selected) => {
    selection.hidden = selected.size === 0;
    setText(document.querySelector("#selected"), `${files(selected.size)} selected`);
    document.querySelector("#every").checked = selected.size > 0 && selected.size >= rows.rows.length;
  },
  actions: (key, row) => { if (!rows.selected.has(key)) rows.toggle(row); act("more"); },
});

async function submit(request) {
  const job = await attempt(() => post("/api/jobs", request));
  if (!job) return;
  if (request.preview) { location.assign(`${base()}/jobs/${job.job_id}`); return; }
  rows.clear();
  toast(`${files(job.total_items)} queued.`, ["Show the job", () => location.assign(`${base()}/jobs/${job.job_id}`)]);
}

function act(what) {
  const chosen = [...rows.selected].map((key) => paths.get(key));
  if (what === "clear") rows.clear();
  else if (what === "more") newJob({ files: chosen }, () => rows.clear());
  else submit({ kind: "process", files: chosen, preview: what === "preview" });
}

async function scan() {
  const job = await attempt(() => post("/api/library/scan"));
  if (job) toast("Scanning the watched folders.", ["Show the job", () => location.assign(`${base()}/jobs/${job.job_id}`)]);
}

function restart() {
  remember(wanted());
  attempt(() => list.restart());
}

let typed = null;
search.addEventListener("input", () => { clearTimeout(typed); typed = setTimeout(restart, 150); });
search.form.addEventListener("submit", (event) => { event.preventDefault(); restart(); });
for (const name of FILTERS) document.querySelector(`#${name}`).addEventListener("change", restart);
document.querySelector("#every").addEventListener("change", (event) => (event.target.checked ? rows.all() : rows.clear()));
document.querySelector("#scan").addEventListener("click", scan);
document.querySelector("#process-all").addEventListener("click", () => newJob({ filter: {}, all: true }));
selection.addEventListener("click", (event) => { const name = event.target.closest("[data-do]")?.dataset.do; if (name) act(name); });

// A job that ends may have renamed and tagged what is shown: read it again, but not under the hands.
let stale = null;
listen(({ name, data }) => {
  if (name !== "job" || data.preview || !["completed", "cancelled"].includes(data.status) || stale) return;
  stale = setTimeout(() => { stale = null; if (!rows.selected.size && scrollY < 200) attempt(() => list.restart()); }, 1000);
});

const MISSING = { series: "No series", issue: "No number", title: "No title", year: "No year", publisher: "No publisher" };
fill(document.querySelector("#missing"), h("option", { value: "" }, "Any tags"), Object.entries(MISSING).map(([value, label]) => h("option", { value }, label)));

attempt(async () => {
  const formats = new Set();
  for (const root of (await get("/api/roots")).roots) for (const name of Object.keys(root.formats)) if (name && name !== "null") formats.add(name);
  document.querySelector("#format").append(...[...formats].sort().map((name) => h("option", { value: name }, name.toUpperCase())));
  for (const name of FILTERS) if (address.get(name)) document.querySelector(`#${name}`).value = address.get(name);
  const place = address.get("series") || address.get("folder");
  const chosen = document.querySelector("#chosen");
  chosen.hidden = !place;
  if (place) fill(chosen, place, " ", h("a", { href: `${base()}/` }, "show all"));
  restart();
});
