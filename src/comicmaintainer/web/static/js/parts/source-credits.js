// @ts-check
/** The sources that are there, and the credit that is due where data of them is shown. */

import { get } from "../base/api.js";
import { fill, h } from "../base/dom.js";

/** @type {Promise<SourceState[]> | null} */
let asked = null;

/** All sources; they are asked for once per page. */
export function allSources() {
  asked ??= get("/api/sources").then((/** @type {{sources: SourceState[]}} */ answer) => answer.sources);
  return asked;
}

/** The sources that may be asked now. */
export async function activeSources() {
  return (await allSources()).filter((source) => source.enabled && !source.missing);
}

/**
 * Show the credit lines of the sources of these names.
 * @param {Element} place
 * @param {Iterable<string>} names
 */
export async function showCredits(place, names) {
  const wanted = new Set(names);
  const sources = wanted.size ? await allSources() : [];
  fill(
    place,
    sources
      .filter((source) => wanted.has(source.name))
      .map((source) =>
        h("p", {}, source.credit, " ", h("a", { href: source.site, rel: "noopener", target: "_blank" }, source.title)),
      ),
  );
}
