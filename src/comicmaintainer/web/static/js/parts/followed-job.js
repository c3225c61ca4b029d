// @ts-check
/** Jobs submitted by a page: one message says that they wait, then how they ended, with Undo. */

import { get, post } from "../base/api.js";
import { base } from "../base/dom.js";
import { files, plainly, sentence } from "../base/format.js";
import { listen } from "../base/live.js";
import { ENDED } from "../base/states.js";
import { t, tn } from "../base/texts.js";
import { attempt, toast } from "../base/toast.js";
import { undoJob } from "./job-undo.js";

const REMEMBERED = 50;
// A short job may end before the answer to its request arrives.
/** @type {Map<string, Job>} */
const ended = new Map();
/** @type {Map<string, (job: Job) => void>} */
const waiting = new Map();

/** @param {Job} job */
function note(job) {
  if (!ENDED.includes(job.status)) return;
  ended.set(job.job_id, job);
  for (const oldest of [...ended.keys()].slice(0, -REMEMBERED)) ended.delete(oldest);
  waiting.get(job.job_id)?.(job);
  waiting.delete(job.job_id);
}

listen(({ name, data }) => {
  if (name === "job") note(data);
  // Events may have been missed, so ask for the state of every job waited for.
  if (["hello", "reset", "online"].includes(name))
    for (const job_id of waiting.keys()) attempt(async () => note(await get(`/api/jobs/${job_id}`, { results: 0 })));
});

/**
 * The job once it has ended.
 * @param {string} job_id
 * @returns {Promise<Job>}
 */
export function endOf(job_id) {
  const last = ended.get(job_id);
  return last
    ? Promise.resolve(last)
    : new Promise((resolve) => {
        waiting.set(job_id, resolve);
      });
}

/**
 * @param {Job} job
 * @returns {import("../base/toast.js").ToastAction}
 */
const wayTo = (job, label = t("Show the job")) => [label, () => location.assign(`${base()}/jobs/${job.job_id}`)];

/** @param {Job} job */
async function causeOf(job) {
  if (job.total_items !== 1) return sentence(job);
  const [result] = (await get(`/api/jobs/${job.job_id}`, { results: 1 })).results;
  return result?.error ? plainly(result.error, result.item) : sentence(job);
}

/**
 * Undo a job and follow that too; `done` is called when the undo has ended.
 * @param {Job} job
 * @param {{done?: (job: Job | null) => void}} [options]
 */
export async function undo(job, { done = (_job) => {} } = {}) {
  const undoing = await undoJob(job.job_id);
  if (undoing) follow(undoing, { running: t("Undoing."), ended: () => t("Undone."), done, isUndo: true });
  else done(null);
}

/**
 * Undo single changes, in this order, and follow that; `done` is called at the end.
 * @param {number[]} changes
 * @param {{done?: (job: Job | null) => void}} [options]
 */
export async function undoChanges(changes, { done = (_job) => {} } = {}) {
  const undoing = await post("/api/changes/undo", { changes });
  follow(undoing, { running: t("Undoing."), ended: () => t("Undone."), done, isUndo: true });
}

/**
 * @typedef {object} FollowOptions
 * @property {string} running
 * @property {import("../base/toast.js").ToastAction} [action]
 * @property {(job: Job) => string} [ended]
 * @property {(job: Job | null) => void} [done]
 * @property {boolean} [isUndo]
 */

/**
 * Follow a stored job. The message is `running`, with `action`, and then `ended(job)`. `done(job)` is
 * called at its end, and at the end of the job that undoes it.
 * @param {Job} job
 * @param {FollowOptions} options
 */
export async function follow(
  job,
  { running, action = wayTo(job), ended: endMessage = sentence, done = () => {}, isUndo = false },
) {
  const message = toast(running, action);
  const last = await endOf(job.job_id);
  done(last);
  await attempt(async () => {
    if (last.failed_items || last.status === "failed") {
      message.update(await causeOf(last), last.total_items === 1 ? wayTo(job) : wayTo(job, t("See why")));
      return;
    }
    const { counts } = isUndo ? { counts: {} } : await get(`/api/jobs/${job.job_id}/changes`, { limit: 1 });
    message.update(
      endMessage(last),
      counts.applied ? [t("Undo"), () => attempt(() => undo(job, { done }))] : wayTo(job),
    );
  });
}

/**
 * Submit a job and follow it, or open it if it is a preview. Returns the job, or undefined if it was refused.
 * @param {Record<string, any>} request
 * @param {Partial<FollowOptions>} [more]
 * @returns {Promise<Job | undefined>}
 */
export async function submitAndFollow(request, more = {}) {
  const job = await attempt(() => post("/api/jobs", request));
  if (!job) return undefined;
  if (request.preview) wayTo(job)[1]();
  else
    follow(job, {
      running: tn("Queued.", "{files} queued.", job.total_items, { files: files(job.total_items) }),
      ...more,
    });
  return job;
}
