// @ts-check
/** What one comic was matched with, and why. */

import { get } from "../base/api.js";
import { base, fill, h, part } from "../base/dom.js";
import { ago, moment } from "../base/format.js";
import { t } from "../base/texts.js";
import { levelMark, matchView, reasonOf, refOf, seriesName } from "./match-view.js";
import { allSources, showCredits } from "./source-credits.js";

/** @param {OpenedMatch} match */
function issueIn(match) {
  const [best] = match.candidates;
  const issue = best && match.matched_files[0]?.issues[refOf(best.series)];
  if (match.level !== "certain" || !best) return null;
  return h("strong", {}, `${seriesName(best.series)}${issue ? ` #${issue.number}` : ""}`);
}

/**
 * Fill the section of a comic's match, and show it if there is one.
 * @param {HTMLElement} section
 * @param {number} fileId
 */
export async function drawFileMatch(section, fileId) {
  /** @type {{match: OpenedMatch | null}} */
  const { match } = await get(`/api/files/${fileId}/match`);
  section.hidden = match === null;
  if (!match) return;
  const sources = await allSources();
  fill(
    part("#match", HTMLElement, section),
    h(
      "p",
      {},
      levelMark(match.level),
      " ",
      issueIn(match),
      h("span", { class: "muted" }, ` ${reasonOf(match)} `),
      h(
        "span",
        { class: "muted small", title: moment(match.matched_at) },
        t("Matched {when}.", { when: ago(match.matched_at) }),
      ),
      match.state === "settled" ? null : h("a", { href: `${base()}/review` }, t("Answer it in the review")),
    ),
    matchView(match, { sources, withFiles: false }),
  );
  await showCredits(
    part("#credits", HTMLElement, section),
    match.candidates.map(({ series }) => series.source),
  );
}
