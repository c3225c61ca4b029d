// @ts-check
/** Series that could not be identified with certainty, one question each; and what was decided. */

import { get, post, remove } from "../base/api.js";
import { base, fill, h, icon, part, parts, setText } from "../base/dom.js";
import { ago, anyOf, count, files, moment } from "../base/format.js";
import { listen } from "../base/live.js";
import { Paged } from "../base/paged.js";
import { shortPath } from "../base/places.js";
import { Rows } from "../base/rows.js";
import { ENDED } from "../base/states.js";
import { t, tn } from "../base/texts.js";
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
  open: t(
    "Files that could be of several series. One answer is for all files of a series in its folder, also later ones. Nothing is written to them before.",
  ),
  skipped: t("Series that were left. They wait again when their files are identified again."),
  decisions: t(
    "What was decided, and is followed for files that come later. Taking it back undoes what followed from it.",
  ),
};
const BEST = 3;
/** A source is asked for few covers a second, and nobody looks at those of the fiftieth series. */
const MOST_COVERS = 12;
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
  const values = { files: files(found.files) };
  const words =
    view === "open"
      ? tn("1 series waits, {files}", "{n} series wait, {files}", found.matches, values)
      : tn("1 series skipped, {files}", "{n} series skipped, {files}", found.matches, values);
  setText(total, found.matches ? words : "");
}

/** @param {Match} match */
function bestOf(match) {
  const names = match.candidates.slice(0, BEST).map(({ series }) => seriesName(series));
  const more = match.candidates.length - names.length;
  return anyOf(more > 0 ? [...names, t("{number} more", { number: count(more) })] : names);
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
      running: t("Undoing what followed from it."),
      ended: () => t("Undone. The series waits again."),
      isUndo: true,
    });
  else toast(t("The decision is taken back. The series waits again."));
  await list.restart();
}

/**
 * @param {HTMLElement} row
 * @param {string} ref a series as "source:id", or the address of its page
 */
async function choose(row, ref) {
  const { decision, job } = await answer(row, { choose: ref });
  if (!decision?.series) return;
  const written = job ? ` ${t("{files} to write.", { files: files(job.total_items) })}` : "";
  take(row);
  toast(`${t("{name} is {series}.", { name: decision.name, series: seriesName(decision.series) })}${written}`, [
    t("Undo"),
    () => attempt(() => takeBack(decision.decision_id, job)),
  ]);
}

/** @param {HTMLElement} row */
async function never(row) {
  const { decision } = await answer(row, { verdict: "never" });
  take(row);
  if (decision)
    toast(t("{name} will not be matched.", { name: decision.name }), [
      t("Undo"),
      () => attempt(() => takeBack(decision.decision_id)),
    ]);
}

/** @param {HTMLElement} row */
async function skip(row) {
  const { key = "" } = row.dataset;
  await answer(row, { verdict: "skip" });
  take(row);
  toast(t("{name} is skipped.", { name: known.get(key)?.name ?? t("The series") }), [
    t("Undo"),
    () => attempt(() => wait(key)),
  ]);
}

/** @param {string} key */
async function wait(key) {
  await post(`/api/matches/${key}/answer`, { verdict: "wait" });
  await list.restart();
}

// --- A series, opened -------------------------------------------------------------------------

/**
 * The form to find another series: by other words at a source, or by the address of its page.
 * @param {HTMLElement} row
 * @param {Match} match
 * @param {SourceState[]} active
 */
function others(row, match, active) {
  const found = h("ol", { class: "candidates" });
  const source = h(
    "select",
    { "aria-label": t("Source") },
    active.map(({ name, title }) => h("option", { value: name }, title)),
  );
  const words = h("input", {
    type: "text",
    value: match.name,
    maxLength: 2000,
    autocomplete: "off",
    spellcheck: false,
    "data-find": "",
  });
  const search = h(
    "form",
    { class: "inline" },
    h("label", { class: "field" }, h("span", {}, t("Search")), source),
    h(
      "label",
      { class: "field wider" },
      h("span", {}, t("By other words, by the address of its page, or by source:id")),
      words,
    ),
    h("button", {}, t("Search")),
  );
  search.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(async () => {
      const asked = { source: source.value, text: words.value };
      /** @type {{series: SeriesFacts[]}} */
      const { series } = await post("/api/series-search", asked);
      const cards = series.map((each, position) =>
        candidateCard(
          { series: each, distance: 0, evidence: [] },
          {
            cover: position < MOST_COVERS ? coverOfFound(asked, each) : undefined,
            sourceTitle: active.find(({ name }) => name === each.source)?.title,
            choose: (chosen) => attempt(() => choose(row, refOf(chosen))),
          },
        ),
      );
      fill(found, cards.length ? cards : h("li", { class: "muted" }, t("No series has such a name.")));
      if (cards.length === 1) part("button", HTMLElement, cards[0]).focus();
    });
  });
  return h(
    "details",
    { class: "others", data: { needs: "work" } },
    h("summary", {}, t("Another series")),
    active.length
      ? search
      : h(
          "p",
          { class: "muted" },
          t("To look for it, a source has to be asked, and none is on."),
          " ",
          h("a", { href: `${base()}/settings/sources` }, t("Switch one on")),
        ),
    found,
  );
}

/**
 * @param {{source: string, text: string}} asked
 * @param {SeriesFacts} series
 */
const coverOfFound = (asked, series) =>
  `/api/series-search/cover?${new URLSearchParams({ ...asked, series: refOf(series) })}`;

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
      h(
        "button",
        { type: "button", data: { needs: "work" }, onclick: () => attempt(() => never(row)) },
        t("Never match it"),
      ),
      view === "open"
        ? h("button", { type: "button", data: { needs: "work" }, onclick: () => attempt(() => skip(row)) }, t("Skip"))
        : h(
            "button",
            { type: "button", data: { needs: "work" }, onclick: () => attempt(() => wait(key)) },
            t("Let it wait"),
          ),
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
        h("div", { class: "muted small", title: match.folder }, shortPath(match.folder)),
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
    ? t("is {series}", {
        series: [seriesName(decision.series), decision.series.publisher].filter(Boolean).join(", "),
      })
    : t("is never matched");
  return h(
    "section",
    { class: "series-row", data: { key: `d${decision.decision_id}` }, tabIndex: -1, "aria-label": decision.name },
    h(
      "header",
      {},
      h(
        "div",
        {},
        h("strong", {}, decision.name),
        h("div", { class: "muted small", title: decision.folder }, shortPath(decision.folder)),
      ),
      h("div", {}),
      h(
        "div",
        { class: "best" },
        verdict,
        h(
          "div",
          { class: "muted small", title: moment(decision.decided_at) },
          decision.decided_by
            ? t("Decided {when} by {name}", { when: ago(decision.decided_at), name: decision.decided_by })
            : t("Decided {when}", { when: ago(decision.decided_at) }),
        ),
      ),
      h(
        "div",
        { class: "answers" },
        h(
          "button",
          { type: "button", data: { needs: "work" }, onclick: () => attempt(() => takeBack(decision.decision_id)) },
          icon("undo"),
          t("Take back"),
        ),
      ),
    ),
  );
}

// --- The list ---------------------------------------------------------------------------------

function nothing() {
  const words =
    view === "decisions"
      ? t("Nothing was decided yet.")
      : view === "skipped"
        ? t("Nothing is skipped.")
        : t("Nothing waits for an answer.");
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
      h("p", {}, t("Nothing waits for an answer. What is not certain when files are identified comes here.")),
      h("button", { type: "button", data: { needs: "work" }, onclick: identify }, t("Identify files")),
    );
  else
    fill(
      box,
      h("p", {}, t("To find out what comics are, a source has to be asked, and none is switched on.")),
      h(
        "a",
        { class: "button", data: { needs: "administer" }, href: `${base()}/settings/sources` },
        t("Switch a source on"),
      ),
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
