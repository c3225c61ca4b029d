/** What the states of a comic are called. */
export const STATES = { unprocessed: "Unprocessed", processing: "Processing", processed: "Processed", duplicate: "Duplicate", conflict: "Conflict", failed: "Failed" };
