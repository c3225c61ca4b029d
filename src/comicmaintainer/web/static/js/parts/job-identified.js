// @ts-check
/** What a job that identifies comics has found so far, and what holds it up, as a sentence. */

import { get } from "../base/api.js";
import { base, fill, h } from "../base/dom.js";
import { count } from "../base/format.js";
import { ENDED } from "../base/states.js";

const DAY_S = 86400;

/**
 * Whether a job identifies comics.
 * @param {Job} job
 */
export const identifies = (job) => job.kind === "identify";

/**
 * "14:00", "Tuesday 14:00" or "24 November 14:00".
 * @param {number} at
 */
function about(at) {
  const date = new Date(at * 1000);
  const time = date.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
  if (date.toDateString() === new Date().toDateString()) return time;
  const isSoon = at - Date.now() / 1000 < 6 * DAY_S;
  return `${date.toLocaleDateString(undefined, isSoon ? { weekday: "long" } : { day: "numeric", month: "long" })} ${time}`;
}

/**
 * @param {Element} place
 * @param {Job} job
 */
export async function drawIdentified(place, job) {
  /** @type {IdentifiedCounts} */
  const { files, waiting, pace } = await get(`/api/jobs/${job.job_id}/identified`);
  const isOver = ENDED.includes(job.status);
  if (place instanceof HTMLElement) place.hidden = isOver && !files.certain && !files.likely && !files.unknown;
  fill(
    place,
    `${count(files.certain)} of ${count(job.total_items)} identified`,
    files.unknown ? `, ${count(files.unknown)} unknown` : null,
    waiting.matches
      ? [
          ", ",
          h(
            "a",
            { href: `${base()}/review` },
            `${count(waiting.matches)} series ${waiting.matches === 1 ? "waits" : "wait"} for review`,
          ),
        ]
      : null,
    pace ? `; ${pace.title} allows ${pace.limit}; done about ${about(pace.done_at)}` : null,
    ".",
  );
}
