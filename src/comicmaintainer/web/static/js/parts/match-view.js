// @ts-check
/** What files were matched with: what they say, and the candidates side by side with named evidence. */

import { base, h } from "../base/dom.js";
import { baseName, count, files, pages, plainly } from "../base/format.js";

const SHOWN_FILES = 8;
const DIFFERS = 0.005;
/** @type {Record<string, string>} */
const EVIDENCE = {
  series_name: "name",
  start_year: "first year",
  count: "number of issues",
  page_count: "number of pages",
};
/** @type {Record<string, string>} */
const LEVELS = { certain: "Certain", likely: "In review", unknown: "Unknown" };
/** @type {Record<string, string>} */
const MARKS = { certain: "ok", likely: "warning", unknown: "queued" };

/** @param {SeriesFacts} series */
export const refOf = (series) => `${series.source}:${series.id}`;

/**
 * A series as people name it: "Rain (2016)".
 * @param {SeriesFacts} series
 */
export const seriesName = (series) => `${series.name}${series.start_year ? ` (${series.start_year})` : ""}`;

/**
 * Why a match is what it is, as a sentence.
 * @param {Match} match
 */
export const reasonOf = (match) => `${plainly(match.reason).replace(/\.+$/, "")}.`;

/** @param {SeriesFacts} series */
const seriesFacts = (series) =>
  [
    series.publisher,
    series.start_year && series.end_year ? `${series.start_year} to ${series.end_year}` : null,
    series.issue_count ? `${count(series.issue_count)} ${series.issue_count === 1 ? "issue" : "issues"}` : null,
  ]
    .filter(Boolean)
    .join(", ");

/**
 * The level of a match as a state with its mark.
 * @param {string} level
 */
export const levelMark = (level) =>
  h("span", { class: "state", data: { state: MARKS[level] ?? "queued" } }, LEVELS[level] ?? level);

/** @param {Evidence} evidence */
const nameOfEvidence = (evidence) => EVIDENCE[evidence.name] ?? evidence.name.replaceAll("_", " ");

/** @param {Evidence} evidence */
function difference(evidence) {
  const name = nameOfEvidence(evidence);
  const { ours, theirs } = evidence;
  if (ours && theirs) return `${name} differs: ${ours}, there ${theirs}`;
  if (theirs) return `no ${name} here, there ${theirs}`;
  return ours ? `${name} does not fit: ${ours}` : `${name} does not fit`;
}

/** @param {Evidence[]} evidence */
function evidenceList(evidence) {
  const costs = (/** @type {Evidence} */ each) => each.penalty * each.weight;
  const apart = evidence.filter((each) => costs(each) >= DIFFERS).sort((one, other) => costs(other) - costs(one));
  const same = evidence.filter((each) => costs(each) < DIFFERS).map(nameOfEvidence);
  return h(
    "ul",
    { class: "evidence" },
    apart.map((each) => h("li", { class: "state", data: { state: "warning" } }, difference(each))),
    same.length
      ? h(
          "li",
          { class: "state muted", data: { state: "ok" } },
          `${same.join(", ")} ${same.length === 1 ? "agrees" : "agree"}`,
        )
      : null,
  );
}

/**
 * Which issues the files would be.
 * @param {SeriesFacts} series
 * @param {MatchedFile[]} matched
 */
function issuesOf(series, matched) {
  const found = matched.flatMap((file) => file.issues[refOf(series)] ?? []);
  if (!matched.length || !found.length) return "Has none of the numbers";
  const numbers = found.slice(0, 12).map((issue) => `#${issue.number}`);
  const years = [...new Set(found.map((issue) => issue.year).filter(Boolean))].sort();
  const when = years.length ? ` (${years.length === 1 ? years[0] : `${years[0]} to ${years.at(-1)}`})` : "";
  const rest = found.length > numbers.length ? " …" : "";
  return found.length === matched.length
    ? `${numbers.join(", ")}${rest}${when}`
    : `Has ${count(found.length)} of ${count(matched.length)}: ${numbers.join(", ")}${rest}${when}`;
}

/**
 * @typedef {object} CandidateOptions
 * @property {number} [number] the key that chooses it
 * @property {MatchedFile[]} [matched]
 * @property {string} [coverOf] the address of the match whose candidate it is, if its source shows covers
 * @property {string} [sourceTitle]
 * @property {(series: SeriesFacts) => unknown} [choose]
 */

/**
 * One candidate, with what speaks for and against it.
 * @param {Candidate} candidate
 * @param {CandidateOptions} options
 */
export function candidateCard({ series, evidence }, { number, matched, coverOf, sourceTitle = series.source, choose }) {
  const name = seriesName(series);
  const about = h(
    "div",
    { class: "about" },
    h("h4", {}, number && number <= 9 && choose ? h("kbd", { "aria-hidden": "true" }, String(number)) : null, name),
    h("div", { class: "muted" }, seriesFacts(series) || "Nothing more is known of it"),
    matched ? h("div", {}, issuesOf(series, matched)) : null,
    evidence.length ? evidenceList(evidence) : null,
    h(
      "div",
      { class: "actions" },
      choose
        ? h(
            "button",
            {
              type: "button",
              class: number === 1 ? "primary" : "",
              "aria-label": `Choose ${name}${series.publisher ? `, ${series.publisher}` : ""}`,
              onclick: () => choose(series),
            },
            "Choose",
          )
        : null,
      series.link
        ? h("a", { href: series.link, rel: "noopener noreferrer", target: "_blank" }, `See it at ${sourceTitle}`)
        : h("span", { class: "muted" }, sourceTitle),
    ),
  );
  const cover =
    coverOf && series.cover
      ? h("img", {
          src: `${base()}${coverOf}/cover?series=${encodeURIComponent(refOf(series))}`,
          alt: "",
          loading: "lazy",
          onerror: (/** @type {{currentTarget: Element}} */ event) => event.currentTarget.remove(),
        })
      : null;
  return h("li", { class: "candidate", data: { ref: refOf(series) } }, cover, about);
}

/** @param {FileSays} says */
function saysLine(says) {
  const parts = [
    says.series ?? "no series",
    says.number ? `#${says.number}` : "no number",
    says.years?.length ? says.years.join(" or ") : "no year",
    says.start_year ? `series of ${says.start_year}` : null,
    says.volume ? `volume ${says.volume}` : null,
    says.publisher,
    says.page_count ? pages(says.page_count) : null,
  ];
  return parts.filter(Boolean).join(", ");
}

/**
 * The files, with what their names and tags say.
 * @param {MatchedFile[]} matched
 */
function fileList(matched) {
  const entry = (/** @type {MatchedFile} */ file) =>
    h(
      "li",
      {},
      h("a", { class: "plain", href: `${base()}/files/${file.file_id}`, title: file.path }, baseName(file.path)),
      h("div", { class: "muted small" }, saysLine(file.says)),
    );
  const rest = matched.slice(SHOWN_FILES);
  return [
    h("ul", { class: "matched-files" }, matched.slice(0, SHOWN_FILES).map(entry)),
    rest.length
      ? h("details", { class: "small" }, h("summary", {}, `${files(rest.length)} more`), h("ul", {}, rest.map(entry)))
      : null,
  ];
}

/**
 * A match opened: our files beside the candidates. `choose` makes it a question.
 * @param {OpenedMatch} match
 * @param {{sources: SourceState[], withFiles?: boolean, choose?: (series: SeriesFacts) => unknown}} options
 */
export function matchView(match, { sources, withFiles = true, choose }) {
  const matched = match.matched_files;
  const active = new Set(sources.filter((each) => each.enabled && !each.missing).map((each) => each.name));
  const titles = new Map(sources.map((source) => [source.name, source.title]));
  return h(
    "div",
    { class: withFiles ? "match with-files" : "match" },
    withFiles && matched.length
      ? h(
          "div",
          { class: "ours" },
          h("img", {
            src: `${base()}/api/files/${matched[0].file_id}/cover`,
            alt: "Cover of the first file",
            loading: "lazy",
          }),
          h("div", {}, fileList(matched)),
        )
      : null,
    match.candidates.length
      ? h(
          "ol",
          { class: "candidates" },
          match.candidates.map((candidate, place) =>
            candidateCard(candidate, {
              number: place + 1,
              matched,
              coverOf: active.has(candidate.series.source) ? `/api/matches/${match.match_id}` : undefined,
              sourceTitle: titles.get(candidate.series.source),
              choose,
            }),
          ),
        )
      : h("p", { class: "muted" }, "There is no candidate."),
  );
}
