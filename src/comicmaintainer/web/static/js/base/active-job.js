// @ts-check
/** A job that runs or waits now. */

import { get } from "./api.js";

/**
 * The job of a kind that runs or waits now, or null.
 * @param {string} kind
 * @returns {Promise<Job | null>}
 */
export async function activeJob(kind) {
  /** @type {{jobs: Job[]}} */
  const { jobs } = await get("/api/jobs", { status: "active", kind, limit: 1 });
  return jobs[0] ?? null;
}
