// @ts-check
/** The first run: folders are checked, comics found, and a few of them show what the rules would change. */

import { api, get, post } from "../base/api.js";
import { base, fill, h, part, setText, showPage } from "../base/dom.js";
import { ago, baseName, bytes, comics } from "../base/format.js";
import { may } from "../base/role.js";
import { t, tn } from "../base/texts.js";
import { attempt } from "../base/toast.js";
import { comicTile } from "../parts/comic-rows.js";
import { diff } from "../parts/diff.js";
import { endOf } from "../parts/followed-job.js";
import { activeScan, comicsFound, watchScans } from "../parts/scan-progress.js";

const COVERS = 12;
const SAMPLED = 5;
const steps = ["folders", "scan", "sample"];
const scan = part("#scan", HTMLButtonElement);
const previewAll = part("#preview-all", HTMLButtonElement);
let isSampled = false;
/** The folders that can be scanned. @type {string[]} */
let readable = [];

/** @param {string} name the step that is to do now */
function at(name) {
  for (const step of steps) {
    const element = part(`#step-${step}`, HTMLElement);
    if (step === name) element.setAttribute("aria-current", "step");
    else element.removeAttribute("aria-current");
    element.classList.toggle("passed", steps.indexOf(step) < steps.indexOf(name));
  }
}

/** @param {CheckedFolder} folder */
function factsOf(folder) {
  const links =
    folder.hard_links === null
      ? t("Hard links: not known")
      : folder.hard_links
        ? t("Hard links are possible")
        : t("Hard links are not possible");
  const may = folder.can_write
    ? t("Comics can be read and changed")
    : folder.can_read
      ? t("Comics can be read, not changed")
      : t("Comics can't be read");
  const disk = folder.filesystem ?? t("unknown filesystem");
  return [
    may,
    folder.can_read && t("{size} free", { size: bytes(folder.free_bytes) }),
    folder.can_read && `${disk}, ${folder.is_network ? t("on the network") : t("on this computer")}`,
    folder.can_read && links,
    folder.last_scan_at !== null &&
      t("{comics}, scanned {when}", { comics: comics(folder.files), when: ago(folder.last_scan_at) }),
  ].filter((fact) => fact !== false);
}

/** @param {CheckedFolder} folder */
function folderOf(folder) {
  const state = folder.problem ? "failed" : folder.advice ? "warning" : "completed";
  const word = folder.problem ? t("Problem") : folder.advice ? t("Take care") : t("Fine");
  return h(
    "li",
    {},
    h(
      "div",
      {},
      h("div", {}, h("span", { class: "state", data: { state } }, word), " ", h("strong", {}, folder.path)),
      folder.problem && h("p", { class: "bad" }, folder.problem),
      folder.advice && h("p", {}, folder.advice),
      h("p", { class: "muted small" }, factsOf(folder).join(" · ")),
    ),
  );
}

/** Check the folders and show what was found; returns whether any of them can be scanned. */
async function check() {
  /** @type {FirstRun} */
  const view = await get("/api/first-run");
  const place = part("#checked", HTMLElement);
  fill(
    place,
    view.advice
      ? h("div", { class: "notice warning" }, h("div", {}, view.advice))
      : h("ul", { class: "entries" }, view.folders.map(folderOf)),
    view.advice || view.folders.some((folder) => folder.problem)
      ? h("button", { type: "button", onclick: () => attempt(begin) }, t("Check again"))
      : null,
  );
  return view;
}

/** The comics that were found last, as covers. */
async function showCovers() {
  /** @type {{files: ComicFile[]}} */
  const { files } = await get("/api/files", { order: "newest", limit: COVERS });
  const covers = part("#covers", HTMLElement);
  const shown = files.map((file) => file.file_id).join(" ");
  if (covers.dataset.shown === shown) return;
  covers.dataset.shown = shown;
  fill(
    covers,
    files.map((file) => comicTile(file)),
  );
}

/** @param {number} found */
async function scanned(found) {
  part("#scan-bar", HTMLElement).hidden = true;
  scan.disabled = false;
  setText(scan, t("Scan again"));
  scan.classList.toggle("primary", found === 0);
  setText(
    part("#scan-words", HTMLElement),
    found
      ? t("{comics} found.", { comics: comics(found) })
      : t("There are no comics in the folders yet. Put CBZ, CBR, CB7, CBT or PDF files there, then scan again."),
  );
  if (found) {
    at("sample");
    await attempt(showCovers);
    if (may("work")) attempt(() => sample(found));
  }
}

/**
 * Show what the rules of their folders would make of a few comics.
 * @param {number} found
 */
async function sample(found) {
  if (isSampled) return;
  isSampled = true;
  const words = part("#sample-words", HTMLElement);
  setText(words, t("Trying the rules on a few comics, without changing them."));
  /** @type {{files: ComicFile[]}} */
  const { files } = await get("/api/files", { state: "unprocessed", limit: SAMPLED });
  if (files.length) {
    const asking = await post("/api/jobs", {
      kind: "process",
      files: files.map((file) => file.path),
      preview: true,
      priority: "high",
      title: t("A sample of what would change"),
    });
    const job = await endOf(asking.job_id);
    /** @type {{results: JobResult[]}} */
    const { results } = await get(`/api/jobs/${job.job_id}/results`, { order: "file", limit: SAMPLED });
    const changed = results.filter((result) => result.details?.changes?.length);
    fill(
      part("#sample", HTMLElement),
      h(
        "ul",
        { class: "entries" },
        results.map((result) =>
          h(
            "li",
            {},
            h(
              "div",
              {},
              h("div", { class: "path small" }, baseName(result.item)),
              result.success ? diff(result.details) : h("p", { class: "bad" }, result.error),
            ),
          ),
        ),
      ),
    );
    setText(
      words,
      changed.length
        ? t("The first {comics}, before and after. Nothing was changed.", { comics: comics(results.length) })
        : t("The first {comics} would stay as they are.", { comics: comics(results.length) }),
    );
  } else {
    setText(words, t("All comics have been processed already."));
  }
  setText(previewAll, tn("Preview the comic", "Preview all {comics}", found, { comics: comics(found) }));
  previewAll.hidden = false;
  part("#other-rules", HTMLElement).hidden = false;
  previewAll.focus({ preventScroll: true });
}

/** End the first run for everybody, which only administrators do. @param {"done" | "skipped"} state */
const end = (state) => (may("administer") ? api("PUT", "/api/first-run", { body: { state } }) : Promise.resolve());

/** Look where the first run stands, and go on from there. */
async function begin() {
  const { folders } = await check();
  const sound = folders.filter((folder) => folder.can_read);
  readable = sound.map((folder) => folder.path);
  const running = await activeScan();
  scan.disabled = !readable.length || Boolean(running);
  if (!readable.length) return;
  const isScanned = sound.every((folder) => folder.last_scan_at !== null);
  at("scan");
  if (isScanned && !running) await scanned(await comicsFound());
}

scan.addEventListener("click", () =>
  attempt(async () => {
    scan.disabled = true;
    isSampled = false;
    // The scan of a folder that is not there would wait for its disk.
    await begun(await post("/api/jobs", { kind: "scan", folders: readable }));
  }),
);
previewAll.addEventListener("click", () =>
  attempt(async () => {
    /** @type {Job} */
    const job = await post("/api/jobs", { kind: "process", all: true, preview: true });
    await end("done");
    location.assign(`${base()}/jobs/${job.job_id}`);
  }),
);
part("#skip", HTMLButtonElement).addEventListener("click", () =>
  attempt(async () => {
    await end("skipped");
    location.assign(`${base()}/`);
  }),
);
const begun = watchScans({
  each: (found) => {
    at("scan");
    scan.disabled = true;
    part("#scan-bar", HTMLElement).hidden = false;
    setText(part("#scan-words", HTMLElement), t("Scanning. {comics} so far.", { comics: comics(found) }));
    if (found) attempt(showCovers);
  },
  ended: (found) => {
    attempt(check);
    scanned(found);
  },
});
attempt(begin).finally(showPage);
