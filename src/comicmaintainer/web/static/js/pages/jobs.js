// @ts-check
/** The list of jobs, live, with the filter in the address. */

import { api, get, post } from "../base/api.js";
import { around, base, fill, h, part, setText } from "../base/dom.js";
import { ago, baseName, count, moment, nameOf, sentence, span, stateMark } from "../base/format.js";
import { askedBy, subjectOf } from "../base/job-words.js";
import { listen } from "../base/live.js";
import { openMenu } from "../base/menu.js";
import { showKeptToast } from "../base/next-page-toast.js";
import { Paged } from "../base/paged.js";
import { Rows } from "../base/rows.js";
import { ACTIVE, PRIORITY_WORDS } from "../base/states.js";
import { t, tn } from "../base/texts.js";
import { attempt, toast } from "../base/toast.js";
import { card } from "../parts/card.js";
import { jobControls } from "../parts/job-controls.js";
import { newJob } from "../parts/new-job.js";
import { pastJobRow } from "../parts/past-job-row.js";

const FAILURES = "with-failures";
const TABS = [
  ["", t("All")],
  ["active", t("Active")],
  ["completed", t("Completed")],
  [FAILURES, t("With failed files")],
  ["failed", t("Could not run")],
  ["cancelled", t("Cancelled")],
  ["paused", t("Paused")],
];
const DRAW_MS = 500;
const body = part("#jobs", HTMLElement);
const overview = part("#overview", HTMLElement);
const workers = part("#workers", HTMLElement);
const selection = part("#selection", HTMLElement);
const status = new URLSearchParams(location.search).get("status") || "";
/** @type {Map<string, Job>} */
const seen = new Map();
/** @type {Set<string>} */
const dirty = new Set();
/** @type {number | null} */
let drawing = null;

/**
 * What a job is about; if that is not known, its first file and how many more there are.
 * @param {Job} job
 */
function subject(job) {
  const [words, title] = subjectOf(job);
  if (words) return h("span", { class: "about small muted", title }, words);
  if (!job.first_path) return null;
  const name = baseName(job.first_path);
  return h(
    "span",
    { class: "about small muted", title: job.first_path },
    job.total_items === 1 ? name : t("{name} and {number} more", { name, number: count(job.total_items - 1) }),
  );
}

/** @param {Job} job */
function cells(job) {
  const bar = h("progress", {
    max: Math.max(1, job.total_items),
    value: job.processed_items,
    "aria-label": t("Progress"),
  });
  return [
    h(
      "td",
      { class: "shrink" },
      h("input", {
        type: "checkbox",
        data: { select: "" },
        "aria-label": t("Select {name}", { name: nameOf(job) }),
        tabIndex: -1,
      }),
    ),
    h("td", {}, h("div", {}, h("a", { href: `${base()}/jobs/${job.job_id}` }, nameOf(job))), subject(job)),
    h(
      "td",
      { class: "progress-cell" },
      h("span", { class: "state", data: { state: stateMark(job) } }, sentence(job)),
      ["processing", "paused"].includes(job.status) ? bar : null,
    ),
    h("td", { class: "wide tight" }, askedBy(job)),
    h("td", { class: "wide tight" }, PRIORITY_WORDS[job.priority]),
    h("td", { class: "wide tight", title: moment(job.created_at) }, ago(job.created_at)),
    h(
      "td",
      { class: "shrink row-actions" },
      h(
        "div",
        {},
        jobControls(job, changed).map((button) => {
          button.title = button.textContent ?? "";
          return button;
        }),
      ),
    ),
  ];
}

/** @param {Job} job */
function row(job) {
  seen.set(job.job_id, job);
  return h("tr", { data: { key: job.job_id, status: job.status }, tabIndex: -1 }, cells(job));
}

/**
 * The row of a job, or null if it is not shown.
 * @param {string} job_id
 * @returns {HTMLElement | null}
 */
const rowOf = (job_id) => body.querySelector(`[data-key="${CSS.escape(job_id)}"]`);

/**
 * Update one row; if only figures changed, only they are drawn.
 * @param {Job} job
 */
function redraw(job) {
  const found = rowOf(job.job_id);
  if (!found) return false;
  if (found.dataset.status === job.status) {
    const state = part(".state", HTMLElement, found);
    setText(state, sentence(job));
    const bar = found.querySelector("progress");
    state.dataset.state = stateMark(job);
    if (bar) {
      bar.max = Math.max(1, job.total_items);
      bar.value = job.processed_items;
    }
    setText(found.children[4], PRIORITY_WORDS[job.priority]);
  } else {
    found.dataset.status = job.status;
    fill(found, cells(job));
    rows.refresh();
  }
  return true;
}

/** @param {Job} job */
function changed(job) {
  if (!job?.job_id) return;
  seen.set(job.job_id, { ...seen.get(job.job_id), ...job });
  dirty.add(job.job_id);
  if (drawing === null) drawing = setTimeout(draw, DRAW_MS);
}

function draw() {
  drawing = null;
  let fresh = false;
  let moved = false;
  for (const job_id of dirty) {
    const job = seen.get(job_id);
    if (!job) continue;
    moved ||= job.archived === true || rowOf(job_id)?.dataset.status !== job.status;
    if (job.archived) rowOf(job_id)?.remove();
    else if (!redraw(job)) fresh = true;
  }
  dirty.clear();
  if (fresh && scrollY < 200 && !rows.selected.size) attempt(() => list.restart());
  else attempt(drawOverview);
  if (moved && !fresh)
    attempt(async () => {
      /** @type {JobPage} */
      const { counts, with_failures } = await get("/api/jobs", { limit: 1 });
      drawTabs(counts, with_failures);
    });
}

const list = new Paged(
  body,
  async (after) => {
    /** @type {JobPage} */
    const page = await get("/api/jobs", {
      ...(status === FAILURES ? { with_failures: true } : { status }),
      after,
      limit: 50,
    });
    if (after === null) drawTabs(page.counts, page.with_failures);
    setTimeout(() => rows.refresh());
    return { rows: page.jobs.map(row), next: page.next };
  },
  () =>
    h(
      "tr",
      {},
      h(
        "td",
        { colSpan: 7 },
        h(
          "div",
          { class: "empty" },
          h(
            "p",
            {},
            status
              ? t("No job is in this state.")
              : t("No jobs here. Those that ended a while ago are in the history."),
          ),
          h("button", { type: "button", data: { needs: "work" }, onclick: () => newJob({ all: true }) }, t("New job")),
        ),
      ),
    ),
);

/**
 * @param {Iterable<string>} keys
 * @param {string} verb
 */
async function steer(keys, verb) {
  for (const key of keys) {
    await attempt(async () =>
      changed(
        verb === "delete"
          ? { ...(await api("DELETE", `/api/jobs/${key}`)), archived: true }
          : await post(`/api/jobs/${key}/${verb}`),
      ),
    );
  }
  const deleted =
    verb === "delete" ? [...keys].flatMap((key) => seen.get(key) ?? []).filter((job) => job.archived) : [];
  if (!deleted.length) return;
  toast(
    tn(
      "{name} is removed from the list. Its summary is in the history; changes to files stay.",
      "{n} jobs are removed from the list. Their summaries are in the history; changes to files stay.",
      deleted.length,
      { name: nameOf(deleted[0]) },
    ),
  );
}

const rows = new Rows(body, {
  actions: (key, row) => {
    const now = seen.get(key)?.status ?? "";
    /** @type {(label: string, name: string, verb: string, look?: string) => import("../base/menu.js").MenuEntry} */
    const can = (label, name, verb, look) => [label, name, () => steer([key], verb), look];
    openMenu(row, [
      [t("Open"), "eye", () => location.assign(`${base()}/jobs/${key}`)],
      ["queued", "processing"].includes(now) && can(t("Pause"), "pause", "pause"),
      now === "paused" && can(t("Resume"), "play", "resume"),
      ACTIVE.includes(now) && can(t("Cancel"), "stop", "cancel"),
      can(ACTIVE.includes(now) ? t("Cancel and remove") : t("Remove from list"), "close", "delete"),
    ]);
  },
  open: (key) => location.assign(`${base()}/jobs/${key}`),
  changed: (selected) => {
    selection.hidden = selected.size === 0;
    setText(part("#selected", HTMLElement), tn("1 job selected", "{n} jobs selected", selected.size));
  },
});

/**
 * @param {Record<string, number>} counts
 * @param {number} withFailures
 */
function drawTabs(counts, withFailures) {
  /** @param {string[]} names */
  const sum = (names) => names.reduce((all, name) => all + (counts[name] || 0), 0);
  /** @param {string} name */
  const number = (name) =>
    name === FAILURES
      ? withFailures
      : name === ""
        ? sum(Object.keys(counts))
        : name === "active"
          ? sum(ACTIVE)
          : counts[name] || 0;
  const place = part("#tabs", HTMLElement);
  if (!place.children.length) {
    fill(
      place,
      TABS.map(([name, label]) =>
        h(
          "a",
          { href: `${base()}/jobs${name ? `?status=${name}` : ""}`, "aria-current": name === status ? "page" : null },
          `${label} `,
          h("span", { class: "muted" }),
        ),
      ),
    );
  }
  for (const [at, [name]] of TABS.entries()) {
    setText(part("span", HTMLElement, place.children[at]), count(number(name)));
  }
}

const ALIVE_S = 60;

/** @param {WorkerState} found */
function worker(found) {
  const alive = Date.now() / 1000 - found.heartbeat_at < ALIVE_S;
  return h(
    "li",
    {},
    h(
      "span",
      {
        class: "state",
        data: { state: alive ? "ok" : "failed" },
        title: t("Last sign of life: {time}", { time: moment(found.heartbeat_at) }),
      },
      found.only_job
        ? t("Command on {host}, {pid}", { host: found.host, pid: found.pid })
        : t("Worker on {host}, {pid}", { host: found.host, pid: found.pid }),
    ),
    h(
      "span",
      { class: "muted clip" },
      found.current.length
        ? found.current.map(baseName).join(", ")
        : alive
          ? t("idle")
          : t("silent for {time}", { time: span(Date.now() / 1000 - found.heartbeat_at) }),
    ),
  );
}

async function drawOverview() {
  /** @type {Overview} */
  const found = await get("/api/jobs/overview");
  fill(
    overview,
    card(count(found.counts.processing || 0), t("running")),
    card(
      count(found.counts.queued || 0),
      found.oldest_queued_at
        ? t("waiting, the oldest for {time}", { time: span(Date.now() / 1000 - found.oldest_queued_at) })
        : t("waiting"),
      { title: found.oldest_queued_at ? moment(found.oldest_queued_at) : "" },
    ),
    card(count(found.items_last_hour), t("files in the last hour")),
    card(count(found.failed_last_hour), t("failed in the last hour")),
  );
  fill(
    workers,
    found.workers.map(worker),
    found.workers.every((each) => each.only_job)
      ? h(
          "li",
          {},
          h("span", { class: "state", data: { state: "failed" } }, t("No worker is running")),
          h("a", { href: `${base()}/system` }, t("See why")),
        )
      : [],
  );
}

selection.addEventListener("click", async (event) => {
  const verb = around(event, "[data-do]")?.dataset.do;
  if (!verb) return;
  if (verb !== "clear") await steer(rows.selected, verb);
  rows.clear();
});
part("#new-job", HTMLButtonElement).addEventListener("click", () => newJob({ all: true }));
listen(({ name, data }) => {
  if (name === "job") {
    changed(data);
    if (data.archived) attempt(drawEarlier);
  } else if (name === "reset") attempt(() => list.restart());
});
const EARLIER = 20;

/** The last jobs that were cleaned up: what they changed can still be undone. */
async function drawEarlier() {
  if (status) return;
  /** @type {{jobs: Job[]}} */
  const { jobs } = await get("/api/history", { limit: EARLIER });
  part("#earlier", HTMLElement).hidden = !jobs.length;
  fill(part("#past", HTMLElement), jobs.map(pastJobRow));
}

attempt(drawOverview);
// Last, because it is below the list: it would be pushed down.
attempt(() => list.restart()).then(() => attempt(drawEarlier));
showKeptToast();
