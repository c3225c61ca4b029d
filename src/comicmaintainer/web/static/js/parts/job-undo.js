// @ts-check
/** The undo that a message offers for a job just asked for: it is stopped, and what it did is undone. */

import { get, post } from "../base/api.js";
import { ACTIVE } from "../base/states.js";

const LOOK_MS = 200;
const LOOKS = 25;

/**
 * Undo a job, whether it waits, runs or has ended. Returns the job that undoes it, or null if it changed nothing.
 * @param {string} job_id
 * @returns {Promise<Job | null>}
 */
export async function undoJob(job_id) {
  /** @type {Job} */
  let job = await get(`/api/jobs/${job_id}`, { results: 0 });
  // A short job is let end; a long one is stopped where it is.
  for (let look = 0; ACTIVE.includes(job.status) && look < LOOKS; look += 1) {
    if (look === 5) await post(`/api/jobs/${job_id}/cancel`);
    await new Promise((resolve) => {
      setTimeout(resolve, LOOK_MS);
    });
    job = await get(`/api/jobs/${job_id}`, { results: 0 });
  }
  return job.processed_items > job.failed_items ? post(`/api/jobs/${job_id}/undo`) : null;
}
