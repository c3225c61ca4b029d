/** Jobs that a page asks for: one message says that they wait, then how they ended, with the way back. */

import { get, post } from "../base/api.js";
import { base } from "../base/dom.js";
import { files, plainly, sentence } from "../base/format.js";
import { listen } from "../base/live.js";
import { ENDED } from "../base/states.js";
import { attempt, toast } from "../base/toast.js";
import { takeBack } from "./take-back.js";

const REMEMBERED = 50;
// A short job may end before the answer to asking for it has come.
const ended = new Map();
const waiting = new Map();

function note(job) {
  if (!ENDED.includes(job.status)) return;
  ended.set(job.job_id, job);
  if (ended.size > REMEMBERED) ended.delete(ended.keys().next().value);
  waiting.get(job.job_id)?.(job);
  waiting.delete(job.job_id);
}

listen(({ name, data }) => {
  if (name === "job") note(data);
  // Events were missed: what is waited for is asked after.
  if (name === "reset")
    for (const job_id of waiting.keys()) attempt(async () => note(await get(`/api/jobs/${job_id}`, { results: 0 })));
});

/** The job as it is when it has ended. */
export function endOf(job_id) {
  return ended.has(job_id)
    ? Promise.resolve(ended.get(job_id))
    : new Promise((resolve) => {
        waiting.set(job_id, resolve);
      });
}

const wayTo = (job, label = "Show the job") => [label, () => location.assign(`${base()}/jobs/${job.job_id}`)];

async function causeOf(job) {
  if (job.total_items !== 1) return sentence(job);
  const [result] = (await get(`/api/jobs/${job.job_id}`, { results: 1 })).results;
  return result?.error ? plainly(result.error, result.item) : sentence(job);
}

/** Take back what a job did and follow that too; `done` is told when it has ended. */
export async function undo(job, { done = () => {} } = {}) {
  const undoing = await takeBack(job.job_id);
  if (undoing) follow(undoing, { saying: "Taking it back.", word: () => "Taken back.", done, isUndo: true });
  else done(null);
}

/**
 * Follow a job that is stored. `saying` is said until it has ended, with `action`; then `word(job)`.
 * `done(job)` is told of its end, and of the end of the job that takes it back.
 */
export async function follow(job, { saying, action = wayTo(job), word = sentence, done = () => {}, isUndo = false }) {
  const said = toast(saying, action);
  const last = await endOf(job.job_id);
  done(last);
  await attempt(async () => {
    if (last.failed_items || last.status === "failed") {
      said.say(await causeOf(last), last.total_items === 1 ? wayTo(job) : wayTo(job, "See why"));
      return;
    }
    const { counts } = isUndo ? { counts: {} } : await get(`/api/jobs/${job.job_id}/changes`, { limit: 1 });
    said.say(word(last), counts.applied ? ["Undo", () => attempt(() => undo(job, { done }))] : wayTo(job));
  });
}

/** Ask for a job and follow it, or go to it where it is a preview. Returns it, or undefined where it was refused. */
export async function ask(request, more = {}) {
  const job = await attempt(() => post("/api/jobs", request));
  if (!job) return undefined;
  if (request.preview) wayTo(job)[1]();
  else follow(job, { saying: job.total_items === 1 ? "Queued." : `${files(job.total_items)} queued.`, ...more });
  return job;
}
