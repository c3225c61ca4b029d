// @ts-check
/** The states of jobs and comics, and the words for them. */

/** A job in one of these states does not continue by itself. */
export const ENDED = ["completed", "failed", "cancelled"];

/** A job in one of these states waits or runs. */
export const ACTIVE = ["queued", "processing", "paused"];

/** From the least to the most urgent. */
export const PRIORITIES = ["background", "low", "normal", "high", "urgent"];

/**
 * Who asked for a job.
 * @type {Record<string, string>}
 */
export const TRIGGERS = {
  web: "a person",
  api: "a program",
  cli: "the command line",
  watcher: "the watcher",
  schedule: "a schedule",
};

/**
 * What the states of a comic are called.
 * @type {Record<string, string>}
 */
export const STATES = {
  unprocessed: "Unprocessed",
  processing: "Processing",
  processed: "Processed",
  duplicate: "Duplicate",
  conflict: "Conflict",
  failed: "Failed",
};
