// @ts-check
/** Figures of the whole library: sizes, tags, publishers, years, growth. */

import { get } from "../base/api.js";
import { base, fill, h, part, setText, showPage } from "../base/dom.js";
import { ago, bytes, count, decade, files, moment } from "../base/format.js";
import { t, tn } from "../base/texts.js";
import { attempt } from "../base/toast.js";
import { card } from "../parts/card.js";
import { bars } from "../parts/plots.js";

const MOST_BARS = 60;
const FIRST_YEAR = 1800;

/**
 * A share of the comics in percent; never 0% or 100% for a part.
 * @param {number} some
 * @param {number} all
 */
function share(some, all) {
  const percent = all ? (some / all) * 100 : 0;
  if (percent > 0 && percent < 1) return t("under 1%");
  if (percent < 100 && percent > 99) return t("over 99%");
  return `${Math.round(percent)}%`;
}

/**
 * All years from the first to the last, or all decades if there are too many.
 * @param {[year: number, files: number][]} years
 */
function spans(years) {
  const known = years.filter(([year]) => year >= FIRST_YEAR && year <= new Date().getFullYear() + 1);
  if (!known.length) return [];
  const length = known[known.length - 1][0] - known[0][0] < MOST_BARS ? 1 : 10;
  const start = /** @param {number} year */ (year) => Math.floor(year / length) * length;
  /** @type {Map<number, number>} */
  const values = new Map();
  for (let year = start(known[0][0]); year <= known[known.length - 1][0]; year += length) values.set(year, 0);
  for (const [year, found] of known) values.set(start(year), (values.get(start(year)) ?? 0) + found);
  return [...values].map(([year, value]) => {
    const name = length > 1 ? decade(year) : `${year}`;
    return { value, bad: 0, label: `${name}: ${files(value)}`, name };
  });
}

/**
 * How many comics there were at the end of each month, of those that are still there.
 * @param {[month: string, files: number][]} months
 */
function growth(months) {
  /** @type {Map<string, number>} */
  const added = new Map(months);
  const last = new Date();
  const entries = [];
  let total = 0;
  const first = months[0]?.[0];
  if (!first) return [];
  const at = new Date(`${first}-01T00:00:00Z`);
  while (at <= last) {
    const name = at.toISOString().slice(0, 7);
    total += added.get(name) ?? 0;
    entries.push({ value: total, bad: 0, label: `${name}: ${files(total)}`, name });
    at.setUTCMonth(at.getUTCMonth() + 1);
  }
  return entries.slice(-MOST_BARS);
}

/**
 * @param {string} place
 * @param {{value: number, bad: number, label: string, name: string}[]} entries
 * @param {string} label
 */
function plot(place, entries, label) {
  const shown = entries.length
    ? bars(entries, {
        label,
        ends: entries.length > 1 ? [entries[0].name, entries[entries.length - 1].name] : [entries[0].name, ""],
        scale: (value) => (Number.isInteger(value) ? count(value) : ""),
      })
    : h("p", { class: "muted" }, t("Nothing is known yet."));
  fill(part(place, HTMLElement), shown);
}

/** @param {CollectionFigures} found */
function draw(found) {
  const status = part("#counted", HTMLElement);
  setText(status, t("Counted {when}", { when: ago(found.counted_at) }));
  status.title = moment(found.counted_at);
  const tagged = found.files ? share(found.tagged.series, found.files) : "0%";
  fill(part("#figures", HTMLElement), [
    card(count(found.files), tn("comic", "comics", found.files)),
    card(count(found.series), t("series")),
    card(bytes(found.size_bytes), t("on disk")),
    card(tagged, t("have a series in their tags")),
    card(
      count(found.incomplete_series),
      tn("series with gaps, 1 issue missing", "series with gaps, {n} issues missing", found.missing_issues),
    ),
    card(count(found.damaged), t("can't be read"), { href: `${base()}/?state=failed` }),
    card(count(found.duplicates), t("marked as duplicates"), { href: `${base()}/duplicates` }),
  ]);
  plot("#years", spans(found.years), t("Comics by year of publication"));
  plot("#growth", growth(found.months), t("Comics in the library by month"));
  const others = found.publisher_count - found.publishers.length;
  setText(
    part("#publishers-total", HTMLElement),
    others > 0
      ? t("The {number} largest of {all}.", {
          number: count(found.publishers.length),
          all: count(found.publisher_count),
        })
      : "",
  );
  fill(
    part("#publishers", HTMLElement),
    found.publishers.map((one) =>
      h(
        "tr",
        {},
        h("td", {}, one.name),
        h("td", { class: "number" }, count(one.files)),
        h("td", { class: "number" }, bytes(one.size_bytes)),
      ),
    ),
  );
  fill(
    part("#tags", HTMLElement),
    Object.entries(found.tagged)
      .sort((one, other) => other[1] - one[1])
      .map(([tag, number]) =>
        h(
          "tr",
          {},
          h("td", {}, tag.replaceAll("_", " ")),
          h("td", { class: "number" }, count(number)),
          h("td", { class: "number" }, share(number, found.files)),
        ),
      ),
  );
}

attempt(async () => {
  /** @type {{collection: CollectionFigures | null}} */
  const { collection } = await get("/api/statistics/collection");
  if (collection) draw(collection);
  else
    setText(
      part("#counted", HTMLElement),
      t("A large library is counted every hour, first half a minute after the start."),
    );
}).finally(showPage);
