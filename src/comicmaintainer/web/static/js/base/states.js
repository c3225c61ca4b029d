// @ts-check
/** The states of jobs and comics, and the words for them. */

import { t } from "./texts.js";

/** A job in one of these states does not continue by itself. */
export const ENDED = ["completed", "failed", "cancelled"];

/** A job in one of these states waits or runs. */
export const ACTIVE = ["queued", "processing", "paused"];

/** From the least to the most urgent. */
export const PRIORITIES = ["background", "low", "normal", "high", "urgent"];

/**
 * What the states of a job are called.
 * @type {Record<string, string>}
 */
export const JOB_STATES = {
  queued: t("queued"),
  processing: t("processing"),
  paused: t("paused"),
  completed: t("completed"),
  failed: t("failed"),
  cancelled: t("cancelled"),
};

/**
 * What the priorities are called.
 * @type {Record<string, string>}
 */
export const PRIORITY_WORDS = {
  background: t("background"),
  low: t("low"),
  normal: t("normal"),
  high: t("high"),
  urgent: t("urgent"),
};

/**
 * What the states of a comic are called.
 * @type {Record<string, string>}
 */
export const STATES = {
  unprocessed: t("Unprocessed"),
  identified: t("Identified"),
  processing: t("Processing"),
  processed: t("Processed"),
  duplicate: t("Duplicate"),
  conflict: t("Conflict"),
  failed: t("Failed"),
};
