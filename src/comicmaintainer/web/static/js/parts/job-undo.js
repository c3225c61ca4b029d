// @ts-check
/** Undo from a message: stops a job that has just been submitted, and undoes its changes. */

import { get, post } from "../base/api.js";
import { ACTIVE } from "../base/states.js";

const POLL_MS = 200;
const POLLS = 25;
const POLLS_BEFORE_CANCEL = 5;

/**
 * Wait for the end of a job; one that takes long is cancelled.
 * @param {string} job_id
 * @returns {Promise<Job>}
 */
export async function stopJob(job_id) {
  /** @type {Job} */
  let job = await get(`/api/jobs/${job_id}`, { results: 0 });
  for (let poll = 0; ACTIVE.includes(job.status) && poll < POLLS; poll += 1) {
    if (poll === POLLS_BEFORE_CANCEL) await post(`/api/jobs/${job_id}/cancel`);
    await new Promise((resolve) => {
      setTimeout(resolve, POLL_MS);
    });
    job = await get(`/api/jobs/${job_id}`, { results: 0 });
  }
  return job;
}

/**
 * Undo a job, whether it waits, runs or has ended. Returns the job that undoes it, or null if it changed nothing.
 * @param {string} job_id
 * @returns {Promise<Job | null>}
 */
export async function undoJob(job_id) {
  const job = await stopJob(job_id);
  return job.processed_items > job.failed_items ? post(`/api/jobs/${job_id}/undo`) : null;
}
