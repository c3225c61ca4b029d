// @ts-check
/** The state of the service: notices, workers, checks with advice, the database. */

import { api, get, messageOf, remove } from "../base/api.js";
import { fill, h, part, setText } from "../base/dom.js";
import { ago, baseName, bytes, count, files, moment, span } from "../base/format.js";
import { attempt, toast } from "../base/toast.js";
import { backupSection } from "../parts/backups.js";
import { diskNotice } from "../parts/disks.js";
import { trashSection } from "../parts/trash.js";

const REFRESH_MS = 5000;
const ALIVE_S = 60;
const MARKS = { ok: "ok", warning: "warning", problem: "failed" };
const WORDS = { ok: "Fine", warning: "Warning", problem: "Problem" };
const showBackups = backupSection(draw);
/** @type {string | null} */
let seen = null;
/** @type {DiskProblem[]} */
let disks = [];

/** @param {Notice} found */
function notice(found) {
  return h(
    "div",
    { class: "notice warning" },
    h("div", {}, found.message, h("div", { class: "small muted", title: moment(found.at) }, ago(found.at))),
    h(
      "div",
      { class: "actions" },
      h(
        "button",
        {
          type: "button",
          onclick: () =>
            attempt(async () => {
              await remove(`/api/system/notices/${encodeURIComponent(found.key)}`);
              await draw();
            }),
        },
        "Dismiss",
      ),
    ),
  );
}

/** @param {WorkerState} found */
function worker(found) {
  const silent = Date.now() / 1000 - found.heartbeat_at;
  return h(
    "li",
    {},
    h(
      "div",
      {},
      h(
        "span",
        { class: "state", data: { state: silent < ALIVE_S ? "ok" : "failed" } },
        `${found.only_job ? "A command on " : ""}${found.host}, process ${found.pid}`,
      ),
      h(
        "div",
        { class: "muted small" },
        found.current.length
          ? found.current.map(baseName).join(", ")
          : silent < ALIVE_S
            ? "Idle"
            : "No heartbeat; other workers take over its work",
      ),
    ),
    h(
      "div",
      { class: "muted small" },
      `${count(found.threads)} threads${found.items_only ? ", items only" : ""}, heartbeat `,
      h("span", { title: moment(found.heartbeat_at) }, silent < 5 ? "now" : `${span(silent)} ago`),
    ),
  );
}

/**
 * What the lack of a worker means; null if none is missing.
 * @param {WorkerState[]} workers
 */
function lackOfWorkers(workers) {
  const takers = workers.filter((each) => !each.only_job);
  if (!takers.length) return "No worker is running: jobs wait";
  return takers.every((each) => each.items_only)
    ? "No main worker is running: no folder is watched and no schedule fires"
    : null;
}

/** @param {Root} root */
function rootState(root) {
  if (root.is_watched)
    return root.last_scan_at === null
      ? "Not scanned yet"
      : ["Scanned ", h("span", { title: moment(root.last_scan_at) }, ago(root.last_scan_at))];
  return root.forget_at === null
    ? "No longer watched"
    : [
        "No longer watched; forgotten ",
        h("span", { title: moment(root.forget_at) }, `in ${span(Math.max(0, root.forget_at - Date.now() / 1000))}`),
      ];
}

/** @param {Root} root */
async function forget(root) {
  const { forgotten } = await remove(`/api/system/roots?path=${encodeURIComponent(root.path)}`);
  toast(`${root.path} and its ${files(forgotten)} are forgotten. Watch the folder again to bring them back.`);
  await draw();
}

/** @param {Root} root */
function rootEntry(root) {
  const remarks = [root.is_watched ? root.warning : null, root.names_remark].filter(Boolean);
  return h(
    "li",
    { class: root.is_watched ? "" : "muted" },
    h(
      "div",
      {},
      h("span", { class: "path" }, root.path),
      h("div", { class: "muted small" }, `${files(root.files)}, ${bytes(root.size_bytes)}. `, rootState(root)),
      remarks.map((text) =>
        h(
          "div",
          { class: "small" },
          h("span", { class: "state", data: { state: "warning" } }, WORDS.warning),
          " ",
          text,
        ),
      ),
    ),
    root.is_watched
      ? null
      : h("button", { type: "button", class: "quiet", onclick: () => attempt(() => forget(root)) }, "Forget"),
  );
}

async function draw() {
  /** @type {SystemState} */
  const found = await get("/api/system");
  const { database } = found;
  // The checks are out of date once a disk has disappeared or come back, or folders are watched differently.
  const now = [...found.disks.map((disk) => `${disk.folder} ${disk.problem}`), found.watching?.finding].join("\n");
  const lack = lackOfWorkers(found.workers);
  disks = found.disks;
  if (seen !== null && seen !== now) attempt(examine);
  seen = now;
  fill(
    part("#notices", HTMLElement),
    found.disks.map(diskNotice),
    found.notices.map(notice),
    found.warnings.map((text) => h("div", { class: "notice warning" }, h("div", {}, text))),
  );
  fill(
    part("#workers", HTMLElement),
    found.workers.map(worker),
    lack
      ? h("li", { class: "bad" }, `${lack}. Start the service again, or a worker with \`comicmaintainer worker\`.`)
      : [],
  );
  fill(
    part("#roots", HTMLElement),
    found.roots.length ? found.roots.map(rootEntry) : h("li", { class: "muted" }, "No folder has been scanned yet."),
  );
  fill(
    part("#database", HTMLElement),
    [
      ["File", h("span", { class: "path" }, database.path)],
      ["Size", `${bytes(database.database_bytes)}, log ${bytes(database.wal_bytes)}`],
      [
        "Growth this week",
        database.week_growth_bytes === null
          ? "not known yet"
          : `${database.week_growth_bytes >= 0 ? "+" : "−"}${bytes(Math.abs(database.week_growth_bytes))}`,
      ],
      ["Free space", bytes(database.free_bytes)],
    ].map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]),
  );
  showBackups(found.backups);
}

async function examine() {
  /** @type {{checks: Check[]}} */
  const { checks } = await get("/api/system/doctor");
  /** @type {Check["verdict"][]} */
  const order = ["problem", "warning", "ok"];
  const worst = order.find((verdict) => checks.some((check) => check.verdict === verdict)) ?? "ok";
  const state = part("#state", HTMLElement);
  state.dataset.state = MARKS[worst];
  setText(state, worst === "ok" ? "All is well" : worst === "warning" ? "Works, with warnings" : "Something is wrong");
  const sorted = checks.toSorted((one, other) => order.indexOf(one.verdict) - order.indexOf(other.verdict));
  fill(
    part("#checks", HTMLElement),
    sorted.map((check) =>
      h(
        "li",
        {},
        h(
          "span",
          { class: "state", data: { state: MARKS[check.verdict] } },
          check.name,
          check.verdict === "ok"
            ? h("span", { class: "visually-hidden" }, WORDS.ok)
            : h("span", { class: "muted small" }, WORDS[check.verdict]),
        ),
        h(
          "div",
          {},
          h("div", { class: check.verdict === "ok" ? "muted" : "" }, check.finding),
          // The notice of a disk, at the top of the page, gives the same advice.
          check.advice && !disks.some((disk) => disk.advice === check.advice) ? h("div", {}, check.advice) : null,
        ),
      ),
    ),
  );
}

/** @param {SubmitEvent} event */
async function importFile(event) {
  event.preventDefault();
  const form = part("#import", HTMLFormElement);
  const chosen = part("[name=file]", HTMLInputElement, form).files?.[0];
  const status = part("#imported", HTMLElement);
  status.className = "";
  setText(status, "Importing.");
  try {
    const { report } = await api("POST", "/api/import", { query: { pause_active: true }, file: chosen });
    /** @param {Record<string, number>} counts */
    const sum = (counts) => Object.values(counts).reduce((all, one) => all + one, 0);
    const clash = report.clashes[0];
    const example = clash
      ? `, for example the ${clash.record} in line ${clash.line}: ${clash.reason.replace(/\.$/, "")}`
      : "";
    const figures = [
      `${count(sum(report.stored))} records stored`,
      `${count(sum(report.present))} were there already`,
      `${count(sum(report.clashed))} clashed${example}`,
    ];
    setText(status, `${figures.join(", ")}. Unfinished jobs are paused until you resume them.`);
    form.reset();
  } catch (error) {
    status.className = "bad";
    setText(status, messageOf(error));
  }
}

part("#import", HTMLFormElement).addEventListener("submit", importFile);
trashSection();
attempt(async () => {
  await draw();
  await examine();
});
setInterval(() => {
  if (document.visibilityState === "visible" && !document.querySelector("#notices:focus-within")) attempt(draw);
}, REFRESH_MS);
