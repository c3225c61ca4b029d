// @ts-check
/** The state of the service: notices, workers, checks with advice, the database. */

import { get, remove } from "../base/api.js";
import { fill, h, part, setText, showPage } from "../base/dom.js";
import { ago, baseName, bytes, count, files, moment, span } from "../base/format.js";
import { may } from "../base/role.js";
import { t, tn } from "../base/texts.js";
import { attempt, toast } from "../base/toast.js";
import { diskNotice } from "../parts/disks.js";

const REFRESH_MS = 5000;
const ALIVE_S = 60;
/** A clock that is wrong by less than this is not worth a word. */
const CLOCK_OFF_S = 5;
const MARKS = { ok: "ok", warning: "warning", problem: "failed" };
const WORDS = { ok: t("Fine"), warning: t("Warning"), problem: t("Problem") };
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
          data: { needs: "administer" },
          onclick: () =>
            attempt(async () => {
              await remove(`/api/system/notices/${encodeURIComponent(found.key)}`);
              await draw();
            }),
        },
        t("Dismiss"),
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
        found.only_job
          ? t("A command on {host}, process {pid}", { host: found.host, pid: found.pid })
          : t("{host}, process {pid}", { host: found.host, pid: found.pid }),
      ),
      h(
        "div",
        { class: "muted small" },
        found.current.length
          ? found.current.map(baseName).join(", ")
          : silent < ALIVE_S
            ? t("Idle")
            : t("No heartbeat; other workers take over its work"),
      ),
    ),
    h(
      "div",
      { class: "muted small" },
      tn("1 thread", "{n} threads", found.threads),
      found.items_only ? `, ${t("items only")}` : "",
      ", ",
      h("span", { title: moment(found.heartbeat_at) }, t("heartbeat {when}", { when: ago(found.heartbeat_at) })),
    ),
  );
}

/**
 * A host that shares the library.
 * @param {HostState} found
 * @param {WorkerState[]} workers
 */
function host(found, workers) {
  const own = workers.filter((each) => each.host === found.host);
  const isHere = Date.now() / 1000 - found.seen_at < ALIVE_S;
  const ahead = found.clock_ahead_s ?? 0;
  const facts = [
    own.length
      ? tn(
          "1 thread",
          "{n} threads",
          own.reduce((sum, each) => sum + each.threads, 0),
        )
      : t("no worker"),
    ...(found.version === null ? [] : [t("version {version}", { version: found.version })]),
    ...(Math.abs(ahead) < CLOCK_OFF_S
      ? []
      : [
          ahead > 0
            ? t("its clock is {time} ahead", { time: span(ahead) })
            : t("its clock is {time} behind", { time: span(-ahead) }),
        ]),
  ];
  return h(
    "li",
    {},
    h(
      "div",
      {},
      h("span", { class: "state", data: { state: isHere ? "ok" : "failed" } }, found.host),
      found.roots.map((root) =>
        h(
          "div",
          { class: "small muted" },
          h("span", { class: "path" }, root.path),
          root.is_writable ? "" : `, ${t("read-only")}`,
          isHere && found.seen_at - root.seen_at > ALIVE_S
            ? `, ${t("last there {when}", { when: ago(root.seen_at) })}`
            : "",
        ),
      ),
    ),
    h(
      "div",
      { class: "muted small" },
      facts.join(", "),
      ", ",
      h("span", { title: moment(found.seen_at) }, t("seen {when}", { when: ago(found.seen_at) })),
    ),
  );
}

/**
 * What the lack of a worker means; null if none is missing.
 * @param {WorkerState[]} workers
 */
function lackOfWorkers(workers) {
  const takers = workers.filter((each) => !each.only_job);
  if (!takers.length) return t("No worker is running: jobs wait");
  return takers.every((each) => each.items_only)
    ? t("No main worker is running: no folder is watched and no schedule fires")
    : null;
}

/** @param {Root} root */
function rootState(root) {
  if (root.is_watched)
    return root.last_scan_at === null
      ? t("Not scanned yet")
      : h("span", { title: moment(root.last_scan_at) }, t("Scanned {when}", { when: ago(root.last_scan_at) }));
  return root.forget_at === null
    ? t("No longer watched")
    : [
        h(
          "span",
          { title: moment(root.forget_at) },
          t("No longer watched; forgotten in {time}", {
            time: span(Math.max(0, root.forget_at - Date.now() / 1000)),
          }),
        ),
      ];
}

/** @param {Root} root */
async function forget(root) {
  const { forgotten } = await remove(`/api/system/roots?path=${encodeURIComponent(root.path)}`);
  toast(
    t("{path} and its {files} are forgotten. Watch the folder again to bring them back.", {
      path: root.path,
      files: files(forgotten),
    }),
  );
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
      : h(
          "button",
          { type: "button", class: "quiet", data: { needs: "administer" }, onclick: () => attempt(() => forget(root)) },
          t("Forget"),
        ),
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
      ? h(
          "li",
          { class: "bad" },
          `${lack}. ${t("Start the service again, or a worker with `comicmaintainer worker`.")}`,
        )
      : [],
  );
  part("#hosts-section", HTMLElement).hidden = !found.hosts.length;
  fill(
    part("#hosts", HTMLElement),
    found.hosts.map((each) => host(each, found.workers)),
  );
  fill(
    part("#roots", HTMLElement),
    found.roots.length ? found.roots.map(rootEntry) : h("li", { class: "muted" }, t("No folder has been scanned yet.")),
  );
  fill(
    part("#database", HTMLElement),
    [
      [database.free_bytes === null ? t("Server") : t("File"), h("span", { class: "path" }, database.path)],
      [t("Size"), t("{size}, log {log}", { size: bytes(database.database_bytes), log: bytes(database.wal_bytes) })],
      [
        t("Growth this week"),
        database.week_growth_bytes === null
          ? t("not known yet")
          : `${database.week_growth_bytes >= 0 ? "+" : "−"}${bytes(Math.abs(database.week_growth_bytes))}`,
      ],
      ...(database.free_bytes === null ? [] : [[t("Free space"), bytes(database.free_bytes)]]),
    ].map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]),
  );
}

/** @param {Check} check */
function checkEntry(check) {
  return h(
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
  );
}

async function examine() {
  /** @type {{checks: Check[]}} */
  const { checks } = await get("/api/system/doctor");
  /** @type {Check["verdict"][]} */
  const order = ["problem", "warning", "ok"];
  const worst = order.find((verdict) => checks.some((check) => check.verdict === verdict)) ?? "ok";
  const state = part("#state", HTMLElement);
  state.dataset.state = MARKS[worst];
  setText(
    state,
    worst === "ok" ? t("All is well") : worst === "warning" ? t("Works, with warnings") : t("Something is wrong"),
  );
  const sorted = checks.toSorted((one, other) => order.indexOf(one.verdict) - order.indexOf(other.verdict));
  const lacking = sorted.filter((check) => check.verdict !== "ok");
  const fine = sorted.filter((check) => check.verdict === "ok");
  fill(
    part("#checks", HTMLElement),
    lacking.length
      ? lacking.map(checkEntry)
      : h("li", { class: "muted" }, t("All {number} are fine.", { number: count(fine.length) })),
  );
  const folded = part("#fine", HTMLDetailsElement);
  folded.hidden = fine.length === 0;
  setText(
    part("summary", HTMLElement, folded),
    lacking.length ? t("{number} more are fine", { number: count(fine.length) }) : t("Show them"),
  );
  fill(part("#fine-checks", HTMLElement), fine.map(checkEntry));
}

attempt(async () => {
  await draw();
  if (may("administer")) await examine();
}).finally(showPage);
setInterval(() => {
  if (document.visibilityState === "visible" && !document.querySelector("#notices:focus-within")) attempt(draw);
}, REFRESH_MS);
