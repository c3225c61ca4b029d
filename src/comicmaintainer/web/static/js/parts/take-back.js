// @ts-check
/** Undo as a message offers it: a job that has just been asked for is stopped, and what it did undone. */

import { get, post } from "../base/api.js";
import { ACTIVE } from "../base/states.js";

const LOOK_MS = 200;
const LOOKS = 25;

/** Take a job back whatever has come of it meanwhile. Returns the job that undoes it, or null. */
export async function takeBack(job_id) {
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
