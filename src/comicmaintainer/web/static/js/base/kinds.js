// @ts-check
/** The kinds of job, as the server declares them in every page. */

import { t } from "./texts.js";

/** @type {Record<string, DeclaredKind>} */
const declared = JSON.parse(document.querySelector("#declared-kinds")?.textContent || "{}");

/**
 * A kind of job. For a kind that this server does not know (of an imported job), the words come from its name.
 * @param {string} name
 * @returns {DeclaredKind}
 */
export function kindOf(name) {
  const noun = name.replaceAll("-", " ") || t("Not started");
  return declared[name] || { noun, doing: noun, done: noun, item: "file", item_plural: "files", items: "file" };
}

/**
 * Whether a job undoes what another one changed.
 * @param {Job} job
 */
export const isUndo = (job) => kindOf(job.kind).items === "change";
