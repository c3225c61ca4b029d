// @ts-check
/** What files were matched with: what they say, and the candidates side by side with named evidence. */

import { base, h } from "../base/dom.js";
import { anyOf, baseName, count, files, pages, plainly } from "../base/format.js";
import { t, tn } from "../base/texts.js";

const SHOWN_FILES = 8;
const DIFFERS = 0.005;
/** @type {Record<string, string>} */
const EVIDENCE = {
  series_name: t("name"),
  start_year: t("first year"),
  count: t("number of issues"),
  page_count: t("number of pages"),
};
/** @type {Record<string, string>} */
const LEVELS = { certain: t("Certain"), likely: t("In review"), unknown: t("Unknown") };
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
    series.start_year && series.end_year ? t("{from} to {to}", { from: series.start_year, to: series.end_year }) : null,
    series.issue_count ? tn("1 issue", "{n} issues", series.issue_count) : null,
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
  if (ours && theirs) return t("{name} differs: {ours}, there {theirs}", { name, ours, theirs });
  if (theirs) return t("no {name} here, there {theirs}", { name, theirs });
  return ours ? t("{name} does not fit: {ours}", { name, ours }) : t("{name} does not fit", { name });
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
          tn("{names} agrees", "{names} agree", same.length, { names: same.join(", ") }),
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
  if (!matched.length || !found.length) return t("Has none of the numbers");
  const numbers = found.slice(0, 12).map((issue) => `#${issue.number}`);
  const years = [...new Set(found.map((issue) => issue.year).filter(Boolean))].sort();
  const when = years.length
    ? ` (${years.length === 1 ? years[0] : t("{from} to {to}", { from: years[0], to: years.at(-1) })})`
    : "";
  const rest = found.length > numbers.length ? " …" : "";
  return found.length === matched.length
    ? `${numbers.join(", ")}${rest}${when}`
    : t("Has {number} of {all}: {issues}", {
        number: count(found.length),
        all: count(matched.length),
        issues: `${numbers.join(", ")}${rest}${when}`,
      });
}

/**
 * @typedef {object} CandidateOptions
 * @property {number} [number] the key that chooses it
 * @property {MatchedFile[]} [matched]
 * @property {string} [cover] the address of its cover, if its source is on
 * @property {string} [sourceTitle]
 * @property {(series: SeriesFacts) => unknown} [choose]
 */

/**
 * One candidate, with what speaks for and against it.
 * @param {Candidate} candidate
 * @param {CandidateOptions} options
 */
export function candidateCard(
  { series, evidence },
  { number, matched, cover: address, sourceTitle = series.source, choose },
) {
  const name = seriesName(series);
  const about = h(
    "div",
    { class: "about" },
    h("h4", {}, number && number <= 9 && choose ? h("kbd", { "aria-hidden": "true" }, String(number)) : null, name),
    h("div", { class: "muted" }, seriesFacts(series) || t("Nothing more is known of it")),
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
              data: { needs: "work" },
              "aria-label": t("Choose {name}", { name: series.publisher ? `${name}, ${series.publisher}` : name }),
              onclick: () => choose(series),
            },
            t("Choose"),
          )
        : null,
      series.link
        ? h(
            "a",
            { href: series.link, rel: "noopener noreferrer", target: "_blank" },
            t("See it at {source}", { source: sourceTitle }),
          )
        : h("span", { class: "muted" }, sourceTitle),
    ),
  );
  const cover =
    address && series.cover
      ? h("img", {
          src: `${base()}${address}`,
          alt: "",
          loading: "lazy",
          onlost: (/** @type {{currentTarget: Element}} */ event) => event.currentTarget.remove(),
        })
      : null;
  return h("li", { class: "candidate", data: { ref: refOf(series) } }, cover, about);
}

/** @param {FileSays} says */
function saysLine(says) {
  const parts = [
    says.series ?? t("no series"),
    says.number ? `#${says.number}` : t("no number"),
    says.years?.length ? anyOf(says.years.map(String)) : t("no year"),
    says.start_year ? t("series of {year}", { year: says.start_year }) : null,
    says.volume ? t("volume {volume}", { volume: says.volume }) : null,
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
      ? h(
          "details",
          { class: "small" },
          h("summary", {}, t("{files} more", { files: files(rest.length) })),
          h("ul", {}, rest.map(entry)),
        )
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
            alt: t("Cover of the first file"),
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
              cover: active.has(candidate.series.source)
                ? `/api/matches/${match.match_id}/cover?${new URLSearchParams({ series: refOf(candidate.series) })}`
                : undefined,
              sourceTitle: titles.get(candidate.series.source),
              choose,
            }),
          ),
        )
      : h("p", { class: "muted" }, t("There is no candidate.")),
  );
}
