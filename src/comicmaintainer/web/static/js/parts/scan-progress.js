// @ts-check
/** Scans that run now: how many comics they have found so far, on any page and at any time. */

import { activeJob } from "../base/active-job.js";
import { get } from "../base/api.js";
import { base, fill, h } from "../base/dom.js";
import { comics } from "../base/format.js";
import { listen } from "../base/live.js";
import { ENDED } from "../base/states.js";
import { t } from "../base/texts.js";
import { attempt } from "../base/toast.js";

const EVERY_MS = 1000;

/** The scan that runs or waits now, or null. */
export const activeScan = () => activeJob("scan");

/** How many comics are in the catalogue. */
export async function comicsFound() {
  /** @type {{roots: {files: number}[]}} */
  const { roots } = await get("/api/roots");
  return roots.reduce((sum, root) => sum + root.files, 0);
}

/**
 * Call `each` with the number of comics while a scan runs, from its start to its end, and then `ended`. Returns
 * what takes a scan that this page has started.
 * @param {{each: (found: number, job: Job) => unknown, ended: (found: number) => unknown}} on
 */
export function watchScans({ each, ended }) {
  /** @type {Job | null} */
  let job = null;
  let timer = 0;

  async function look() {
    clearTimeout(timer);
    const before = job;
    job = await activeScan();
    if (job) {
      each(await comicsFound(), job);
      timer = setTimeout(() => attempt(look), EVERY_MS);
    } else if (before) {
      ended(await comicsFound());
    }
  }

  /** @param {Job} scan which runs, or has just ended: a short one may end before it was seen */
  function begun(scan) {
    job ??= scan;
    return attempt(look);
  }

  listen(({ name, data }) => {
    if (name === "job" && data.kind === "scan" && (!job || ENDED.includes(data.status))) begun(data);
    if (["reset", "online"].includes(name) && job) attempt(look);
  });
  attempt(look);
  return begun;
}

/**
 * Say in `place` that a scan runs, with what it has found so far.
 * @param {HTMLElement} place
 */
export function followScans(place) {
  const words = h("div", { role: "status" });
  const notice = h(
    "div",
    { class: "notice" },
    words,
    h("div", { class: "actions" }, h("a", { class: "button", href: `${base()}/welcome` }, t("Watch the scan"))),
  );
  watchScans({
    each: (found) => {
      if (!notice.isConnected) fill(place, notice);
      fill(words, t("Scanning. {comics} so far.", { comics: comics(found) }));
    },
    ended: () => fill(place, []),
  });
}
