// @ts-check
/** What a job that identifies comics has found so far, and what holds it up, as a sentence. */

import { get } from "../base/api.js";
import { base, fill, h } from "../base/dom.js";
import { count } from "../base/format.js";
import { ENDED } from "../base/states.js";
import { locale, t, tn } from "../base/texts.js";

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
  const time = date.toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit" });
  if (date.toDateString() === new Date().toDateString()) return time;
  const isSoon = at - Date.now() / 1000 < 6 * DAY_S;
  return `${date.toLocaleDateString(locale, isSoon ? { weekday: "long" } : { day: "numeric", month: "long" })} ${time}`;
}

/**
 * When the job is done; less exactly while little is known of what it needs.
 * @param {NonNullable<IdentifiedCounts["pace"]>} pace
 */
function end({ done_at, earliest_at, latest_at }) {
  if (done_at !== null) return t("done about {time}", { time: about(done_at) });
  if (latest_at === null) return t("not done before {time}", { time: about(earliest_at) });
  return t("done between {from} and {to}", { from: about(earliest_at), to: about(latest_at) });
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
    t("{number} of {all} identified", { number: count(files.certain), all: count(job.total_items) }),
    files.unknown ? `, ${t("{number} unknown", { number: count(files.unknown) })}` : null,
    waiting.matches
      ? [
          ", ",
          h(
            "a",
            { href: `${base()}/review` },
            tn("1 series waits for review", "{n} series wait for review", waiting.matches),
          ),
        ]
      : null,
    pace ? `; ${t("{source} allows {limit}", { source: pace.title, limit: pace.limit })}; ${end(pace)}` : null,
    ".",
  );
}
