// @ts-check
/** The buttons that pause, resume and cancel an active job, the same everywhere. */

import { post } from "../base/api.js";
import { h, icon } from "../base/dom.js";
import { t } from "../base/texts.js";
import { attempt } from "../base/toast.js";

/**
 * The buttons of a job; none once it has ended. `changed` gets the job as it is afterwards.
 * @param {Job} job
 * @param {(job: Job) => void} changed
 * @returns {HTMLButtonElement[]}
 */
export function jobControls(job, changed) {
  const path = `/api/jobs/${job.job_id}`;
  /** @type {(label: string, verb: string, name: string) => HTMLButtonElement} */
  const act = (label, verb, name) =>
    h(
      "button",
      {
        type: "button",
        class: "quiet",
        data: { needs: "work" },
        onclick: () => attempt(async () => changed(await post(`${path}/${verb}`))),
      },
      icon(name),
      label,
    );
  if (job.status === "paused") return [act(t("Resume"), "resume", "play"), act(t("Cancel"), "cancel", "stop")];
  if (job.status === "queued" || job.status === "processing")
    return [act(t("Pause"), "pause", "pause"), act(t("Cancel"), "cancel", "stop")];
  return [];
}
