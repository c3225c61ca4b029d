// @ts-check
/** Series that could not be identified with certainty, one question each; and what was decided. */

import { get, post, remove } from "../base/api.js";
import { base, fill, h, icon, part, parts, setText } from "../base/dom.js";
import { ago, count, files, moment } from "../base/format.js";
import { listen } from "../base/live.js";
import { Paged } from "../base/paged.js";
import { Rows } from "../base/rows.js";
import { ENDED } from "../base/states.js";
import { attempt, toast } from "../base/toast.js";
import { follow } from "../parts/followed-job.js";
import { stopJob } from "../parts/job-undo.js";
import { candidateCard, matchView, reasonOf, refOf, seriesName } from "../parts/match-view.js";
import { newJob } from "../parts/new-job.js";
import { activeSources, allSources, showCredits } from "../parts/source-credits.js";

/** @typedef {{decision: Decision | null, job: Job | null}} Answered */

const VIEWS = ["open", "skipped", "decisions"];
/** @type {Record<string, string>} */
const LEADS = {
  open: "Files that could be of several series. One answer is for all files of a series in its folder, also later ones. Nothing is written to them before.",
  skipped: "Series that were left. They wait again when their files are identified again.",
  decisions:
    "What was decided, and is followed for files that come later. Taking it back undoes what followed from it.",
};
const BEST = 3;
const wanted = new URLSearchParams(location.search).get("show") ?? "open";
const view = VIEWS.includes(wanted) ? wanted : "open";
const place = part("#rows", HTMLElement);
const total = part("#total", HTMLElement);
/** @type {Map<string, Match>} */
const known = new Map();
/**
 * The series that are shown opened, by their keys: what may be chosen with a digit.
 * @type {Map<string, OpenedMatch>}
 */
const opened = new Map();

/** @param {{matches: number, files: number}} found */
function drawTotal(found) {
  const waits = view === "open" ? (found.matches === 1 ? "waits" : "wait") : "skipped";
  setText(total, found.matches ? `${count(found.matches)} series, ${files(found.files)} ${waits}` : "");
}

/** @param {Match} match */
function bestOf(match) {
  const names = match.candidates.slice(0, BEST).map(({ series }) => seriesName(series));
  const more = match.candidates.length - names.length;
  return `${names.join(" or ")}${more > 0 ? `, or ${count(more)} more` : ""}`;
}

// --- Answers ----------------------------------------------------------------------------------

/** @param {HTMLElement} row */
function take(row) {
  const next = row.nextElementSibling ?? row.previousElementSibling;
  opened.delete(row.dataset.key ?? "");
  row.remove();
  if (next instanceof HTMLElement && next.dataset.key) {
    next.tabIndex = 0;
    next.focus();
  } else attempt(() => list.restart());
  attempt(countAgain);
}

/** Ask how much waits now. */
async function countAgain() {
  const { total: found } = await get("/api/matches", { state: view, limit: 1, count: true });
  drawTotal(found);
}

/**
 * @param {HTMLElement} row
 * @param {Record<string, string>} body
 * @returns {Promise<Answered>}
 */
const answer = (row, body) => post(`/api/matches/${row.dataset.key}/answer`, body);

/**
 * Forget a decision, and follow the job that undoes what came of it.
 * @param {number} decision_id
 * @param {Job | null} [job] the job that applies it, which is stopped first
 */
async function takeBack(decision_id, job = null) {
  if (job) await stopJob(job.job_id);
  /** @type {{job: Job | null}} */
  const { job: undoing } = await remove(`/api/decisions/${decision_id}`);
  if (undoing)
    follow(undoing, {
      running: "Undoing what followed from it.",
      ended: () => "Undone. The series waits again.",
      isUndo: true,
    });
  else toast("The decision is taken back. The series waits again.");
  await list.restart();
}

/**
 * @param {HTMLElement} row
 * @param {string} ref a series as "source:id", or the address of its page
 */
async function choose(row, ref) {
  const { decision, job } = await answer(row, { choose: ref });
  if (!decision?.series) return;
  const written = job ? ` ${files(job.total_items)} to write.` : "";
  take(row);
  toast(`${decision.name} is ${seriesName(decision.series)}.${written}`, [
    "Undo",
    () => attempt(() => takeBack(decision.decision_id, job)),
  ]);
}

/** @param {HTMLElement} row */
async function never(row) {
  const { decision } = await answer(row, { verdict: "never" });
  take(row);
  if (decision)
    toast(`${decision.name} will not be matched.`, ["Undo", () => attempt(() => takeBack(decision.decision_id))]);
}

/** @param {HTMLElement} row */
async function skip(row) {
  const { key = "" } = row.dataset;
  await answer(row, { verdict: "skip" });
  take(row);
  toast(`${known.get(key)?.name ?? "The series"} is skipped.`, ["Undo", () => attempt(() => wait(key))]);
}

/** @param {string} key */
async function wait(key) {
  await post(`/api/matches/${key}/answer`, { verdict: "wait" });
  await list.restart();
}

// --- A series, opened -------------------------------------------------------------------------

/**
 * The forms to find another series: by other words at a source, or by the address of its page.
 * @param {HTMLElement} row
 * @param {Match} match
 * @param {SourceState[]} active
 */
function others(row, match, active) {
  const found = h("ol", { class: "candidates" });
  const source = h(
    "select",
    { "aria-label": "Source" },
    active.map(({ name, title }) => h("option", { value: name }, title)),
  );
  const words = h("input", { type: "text", value: match.name, maxLength: 200, autocomplete: "off", "data-find": "" });
  const address = h("input", { type: "text", maxLength: 2000, autocomplete: "off", spellcheck: false });
  const search = h(
    "form",
    { class: "inline" },
    h("label", { class: "field" }, h("span", {}, "Search"), source),
    h("label", { class: "field wider" }, h("span", {}, "By other words"), words),
    h("button", {}, "Search"),
  );
  const paste = h(
    "form",
    { class: "inline" },
    h("label", { class: "field wider" }, h("span", {}, "Or the address of its page, or source:id"), address),
    h("button", {}, "Use it"),
  );
  search.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(async () => {
      /** @type {{series: SeriesFacts[]}} */
      const { series } = await post("/api/series-search", { source: source.value, text: words.value });
      const title = active.find(({ name }) => name === source.value)?.title;
      fill(
        found,
        series.length
          ? series.map((each) =>
              candidateCard(
                { series: each, distance: 0, evidence: [] },
                { sourceTitle: title, choose: (chosen) => attempt(() => choose(row, refOf(chosen))) },
              ),
            )
          : h("li", { class: "muted" }, "No series has such a name."),
      );
    });
  });
  paste.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(() => choose(row, address.value));
  });
  return h(
    "details",
    { class: "others" },
    h("summary", {}, "Another series"),
    active.length ? search : null,
    paste,
    found,
  );
}

/** @param {HTMLElement} row */
function close(row) {
  opened.delete(row.dataset.key ?? "");
  fill(part(".details", HTMLElement, row));
  part(".opener", HTMLElement, row).setAttribute("aria-expanded", "false");
}

/** @param {HTMLElement} row */
async function open(row) {
  const { key = "" } = row.dataset;
  /** @type {[OpenedMatch, SourceState[], SourceState[]]} */
  const [match, sources, active] = await Promise.all([get(`/api/matches/${key}`), allSources(), activeSources()]);
  opened.set(key, match);
  part(".opener", HTMLElement, row).setAttribute("aria-expanded", "true");
  fill(
    part(".details", HTMLElement, row),
    h("p", { class: "muted" }, reasonOf(match)),
    matchView(match, { sources, choose: (series) => attempt(() => choose(row, refOf(series))) }),
    h(
      "div",
      { class: "answers" },
      h("button", { type: "button", onclick: () => attempt(() => never(row)) }, "Never match it"),
      view === "open"
        ? h("button", { type: "button", onclick: () => attempt(() => skip(row)) }, "Skip")
        : h("button", { type: "button", onclick: () => attempt(() => wait(key)) }, "Let it wait"),
    ),
    others(row, match, active),
  );
}

/** @param {HTMLElement} row */
const toggle = (row) => (opened.has(row.dataset.key ?? "") ? close(row) : attempt(() => open(row)));

/** @param {Match} match */
function matchRow(match) {
  const key = String(match.match_id);
  known.set(key, match);
  const row = h("section", { class: "series-row", data: { key }, tabIndex: -1, "aria-label": match.name });
  row.append(
    h(
      "header",
      {},
      h(
        "div",
        {},
        h(
          "button",
          { type: "button", class: "opener", "aria-expanded": "false", onclick: () => toggle(row) },
          match.name,
        ),
        h("div", { class: "muted small" }, match.folder),
      ),
      h("div", { class: "number muted" }, files(match.files)),
      h("div", { class: "best" }, bestOf(match)),
    ),
    h("div", { class: "details" }),
  );
  return row;
}

// --- Decisions --------------------------------------------------------------------------------

/** @param {Decision} decision */
function decisionRow(decision) {
  const verdict = decision.series
    ? `is ${seriesName(decision.series)}${decision.series.publisher ? `, ${decision.series.publisher}` : ""}`
    : "is never matched";
  const by = decision.decided_by ? ` by ${decision.decided_by}` : "";
  return h(
    "section",
    { class: "series-row", data: { key: `d${decision.decision_id}` }, tabIndex: -1, "aria-label": decision.name },
    h(
      "header",
      {},
      h("div", {}, h("strong", {}, decision.name), h("div", { class: "muted small" }, decision.folder)),
      h("div", {}),
      h(
        "div",
        { class: "best" },
        verdict,
        h(
          "div",
          { class: "muted small", title: moment(decision.decided_at) },
          `Decided ${ago(decision.decided_at)}${by}`,
        ),
      ),
      h(
        "div",
        { class: "answers" },
        h(
          "button",
          { type: "button", onclick: () => attempt(() => takeBack(decision.decision_id)) },
          icon("undo"),
          "Take back",
        ),
      ),
    ),
  );
}

// --- The list ---------------------------------------------------------------------------------

function nothing() {
  const words =
    view === "decisions"
      ? "Nothing was decided yet."
      : view === "skipped"
        ? "Nothing is skipped."
        : "Nothing waits for an answer.";
  const box = h("div", { class: "empty" }, h("p", {}, words));
  if (view === "open") attempt(() => teach(box));
  return box;
}

/**
 * Say what leads to something here.
 * @param {Element} box
 */
async function teach(box) {
  if ((await activeSources()).length)
    fill(
      box,
      h("p", {}, "Nothing waits for an answer. What is not certain when files are identified comes here."),
      h("button", { type: "button", onclick: identify }, "Identify files"),
    );
  else
    fill(
      box,
      h("p", {}, "To find out what comics are, a source has to be asked, and none is switched on."),
      h("a", { class: "button", href: `${base()}/settings#sources` }, "Switch a source on"),
    );
}

const identify = () => newJob({ all: true }, { first: "identify" });

/** @param {string | null} after */
async function load(after) {
  if (after === null) opened.clear();
  if (view === "decisions") {
    /** @type {ListPage & {decisions: Decision[]}} */
    const page = await get("/api/decisions", { after });
    attempt(() =>
      showCredits(
        part("#credits", HTMLElement),
        page.decisions.flatMap((each) => each.series?.source ?? []),
      ),
    );
    return { rows: page.decisions.map(decisionRow), next: page.next };
  }
  /** @type {ListPage & {matches: Match[], total?: {matches: number, files: number}}} */
  const page = await get("/api/matches", { state: view, after, count: after === null });
  if (page.total) drawTotal(page.total);
  const rows = page.matches.map(matchRow);
  const sources = [...known.values()].flatMap((match) => match.candidates.map(({ series }) => series.source));
  attempt(() => showCredits(part("#credits", HTMLElement), sources));
  return { rows, next: page.next };
}

const list = new Paged(place, load, nothing);

/**
 * The row with the focus, if it is opened.
 * @returns {HTMLElement | null}
 */
function openRow() {
  const row = document.activeElement?.closest("[data-key]");
  return row instanceof HTMLElement && opened.has(row.dataset.key ?? "") ? row : null;
}

/** @param {KeyboardEvent} event */
function key(event) {
  const isTyping = event.target instanceof Element && event.target.closest("input, textarea, select");
  const row = openRow();
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping || !row) return;
  if (document.querySelector("dialog[open].sheet")) return;
  const candidate = opened.get(row.dataset.key ?? "")?.candidates[Number(event.key) - 1];
  if (candidate) attempt(() => choose(row, refOf(candidate.series)));
  else if (event.key === "n") attempt(() => never(row));
  else if (event.key === "s" && view === "open") attempt(() => skip(row));
  else if (event.key === "f") {
    part("details.others", HTMLDetailsElement, row).open = true;
    part("[data-find], .others input", HTMLInputElement, row).select();
  } else return;
  event.preventDefault();
}

for (const link of parts("a", HTMLAnchorElement, part("#views", HTMLElement)))
  if (link.dataset.show === view) link.setAttribute("aria-current", "page");
setText(part("#lead", HTMLElement), LEADS[view]);
part("#identify", HTMLButtonElement).addEventListener("click", identify);
document.addEventListener("keydown", key);
new Rows(place, {
  open: (name) => attempt(() => toggle(part(`[data-key="${CSS.escape(name)}"]`, HTMLElement, place))),
  actions: (_key, row) => part("button", HTMLElement, row).focus(),
});
listen(({ name, data }) => {
  // Rows do not move while one is being answered.
  const isOver = name === "job" && ENDED.includes(data.status) && !data.preview;
  if (isOver && !opened.size && !place.contains(document.activeElement)) attempt(() => list.restart());
});
attempt(() => list.restart());
