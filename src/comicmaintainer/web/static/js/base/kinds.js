// @ts-check
/** What the server declares about the kinds of job, as it comes with every page. */

/** @type {Record<string, DeclaredKind>} */
const declared = JSON.parse(document.querySelector("#declared-kinds")?.textContent || "{}");

/**
 * A kind of job. Of one that this server does not know (an imported job's), what its name says.
 * @param {string} name
 * @returns {DeclaredKind}
 */
export function kindOf(name) {
  const noun = name.replaceAll("-", " ") || "Not started";
  return declared[name] || { noun, doing: noun, done: noun, item: "file", item_plural: "files", items: "file" };
}

/**
 * Whether a job undoes what another one changed.
 * @param {Job} job
 */
export const isUndo = (job) => kindOf(job.kind).items === "change";
