// @ts-check
/** Disks that jobs can't work on: read-only, full or missing. */

import { get } from "../base/api.js";
import { fill, h } from "../base/dom.js";

/**
 * What is wrong with a disk, and what to do.
 * @param {DiskProblem} disk
 */
export function diskNotice(disk) {
  return h(
    "div",
    { class: "notice bad" },
    h("div", {}, h("strong", {}, `${disk.finding}.`), h("div", {}, disk.advice)),
  );
}

/**
 * Show in `place` what is wrong with any disk now, if anything.
 * @param {HTMLElement} place
 */
export async function showDisks(place) {
  /** @type {{disks: DiskProblem[]}} */
  const { disks } = await get("/api/system/disks");
  const seen = disks.map((disk) => `${disk.folder} ${disk.problem}`).join("\n");
  if (place.dataset.seen === seen) return; // a screen reader would read it again
  place.dataset.seen = seen;
  fill(place, disks.map(diskNotice));
}
