// @ts-check
/** Jobs over time: counts, failures and durations. */

import { get } from "../base/api.js";
import { around, base, fill, h, part, parts, setText } from "../base/dom.js";
import { count, files, kindName, span } from "../base/format.js";
import { locale, t } from "../base/texts.js";
import { attempt } from "../base/toast.js";
import { bars, lines } from "../parts/plots.js";

const HOUR_S = 3600;
/** @type {Record<string, {span: string, slots: number}>} */
const RANGES = {
  day: { span: "hour", slots: 24 },
  week: { span: "hour", slots: 24 * 7 },
  month: { span: "day", slots: 30 },
};
const hours = new Intl.DateTimeFormat(locale, { weekday: "short", hour: "2-digit", minute: "2-digit" });
const days = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });
const kind = part("#kind", HTMLSelectElement);
const range = part("#range", HTMLElement);
let chosen = new URLSearchParams(location.search).get("range") || "day";
if (!RANGES[chosen]) chosen = "day";

/**
 * All whole spans from the first to the last, including empty ones.
 * @param {Statistics} found
 * @param {number} slots
 */
function slotted(found, slots) {
  const last = Math.floor(found.until / found.span_s) * found.span_s;
  /** @type {Map<number, Period[]>} */
  const places = new Map();
  for (let place = slots - 1; place >= 0; place -= 1) places.set(last - place * found.span_s, []);
  for (const period of found.periods) places.get(period.starts_at)?.push(period);
  return [...places].map(([at, periods]) => ({ at, periods }));
}

/** @typedef {"items" | "failed" | "jobs"} Count */
/** @typedef {"p50_s" | "p95_s" | "wait_p50_s"} Length */

/** @type {(periods: Period[], name: Count) => number} */
const sum = (periods, name) => periods.reduce((all, period) => all + period[name], 0);
/**
 * The values of a length that are known.
 * @type {(periods: Period[], name: Length) => number[]}
 */
const lengths = (periods, name) => periods.flatMap((period) => period[name] ?? []);

/** @type {(periods: Period[], name: Length) => number | null} */
const most = (periods, name) => {
  const known = lengths(periods, name);
  return known.length ? Math.max(...known) : null;
};

/**
 * A percentile over several periods, weighted by their number of files.
 * @param {Period[]} periods
 * @param {Length} name
 * @param {Count} [weight]
 */
function typical(periods, name, weight = "items") {
  const known = periods.filter((period) => period[name] !== null && period[weight] > 0);
  const all = sum(known, weight);
  return all ? known.reduce((total, period) => total + (period[name] ?? 0) * period[weight], 0) / all : null;
}

/** @param {Period[]} periods */
function table(periods) {
  /** @type {Map<string, Period[]>} */
  const kinds = new Map();
  for (const period of periods) kinds.set(period.kind, [...(kinds.get(period.kind) || []), period]);
  /** @param {number | null} value */
  const length = (value) => (value === null ? "" : span(value));
  return [...kinds]
    .sort((one, other) => sum(other[1], "items") - sum(one[1], "items"))
    .map(([name, found]) => {
      const failed = sum(found, "failed");
      const items = sum(found, "items");
      return h(
        "tr",
        {},
        h("td", {}, kindName(name)),
        h("td", { class: "number" }, count(sum(found, "jobs"))),
        h("td", { class: "number" }, count(items)),
        h(
          "td",
          { class: "number" },
          failed
            ? h("span", { class: "bad" }, `${count(failed)} (${Math.max(1, Math.round((failed / items) * 100))}%)`)
            : t("none"),
        ),
        h("td", { class: "number wide" }, length(typical(found, "p50_s"))),
        h("td", { class: "number wide" }, length(most(found, "p95_s"))),
        h("td", { class: "number wide" }, length(typical(found, "wait_p50_s", "jobs"))),
      );
    });
}

async function draw() {
  const { span: unit, slots } = RANGES[chosen];
  const span_s = unit === "hour" ? HOUR_S : 24 * HOUR_S;
  const until = Date.now() / 1000;
  /** @type {Statistics} */
  const found = await get("/api/statistics", {
    span: unit,
    since: until - (slots - 1) * span_s,
    until,
    kind: kind.value,
  });
  /** @param {number} at */
  const name = (at) => (unit === "hour" ? hours : days).format(at * 1000);
  const entries = slotted(found, slots);
  /** @type {[string, string]} */
  const ends = [name(entries[0].at), unit === "hour" ? t("now") : t("today")];
  const items = sum(found.periods, "items");
  const failed = sum(found.periods, "failed");
  setText(
    part("#total", HTMLElement),
    `${files(items)}, ${failed ? t("{number} failed", { number: count(failed) }) : t("none failed")}`,
  );
  fill(
    part("#items", HTMLElement),
    bars(
      entries.map(({ at, periods }) => ({
        value: sum(periods, "items"),
        bad: sum(periods, "failed"),
        label: t("{time}: {files}, {number} failed", {
          time: name(at),
          files: files(sum(periods, "items")),
          number: count(sum(periods, "failed")),
        }),
      })),
      {
        label: t("Files done: {items}, failed: {failed}", { items: count(items), failed: count(failed) }),
        ends,
        scale: (value) => (Number.isInteger(value) ? count(value) : ""),
      },
    ),
  );
  fill(
    part("#durations", HTMLElement),
    lines(
      entries.map(({ periods }) => ({ values: [typical(periods, "p50_s"), most(periods, "p95_s")] })),
      { label: t("Time that one file took"), ends, scale: (value) => (value ? span(value) : "0") },
    ),
  );
  const rows = table(found.periods);
  fill(
    part("#kinds", HTMLElement),
    rows.length
      ? rows
      : h(
          "tr",
          {},
          h(
            "td",
            { colSpan: 7 },
            h(
              "div",
              { class: "empty" },
              h("p", {}, t("No jobs ran in this time.")),
              h("a", { class: "button", href: `${base()}/` }, t("Go to the library")),
            ),
          ),
        ),
  );
}

function choose() {
  for (const button of parts("button", HTMLElement, range)) {
    button.setAttribute("aria-pressed", String(button.dataset.range === chosen));
  }
  history.replaceState(null, "", chosen === "day" ? "?of=jobs" : `?of=jobs&range=${chosen}`);
  attempt(draw);
}

range.addEventListener("click", (event) => {
  const name = around(event, "[data-range]")?.dataset.range;
  if (name) {
    chosen = name;
    choose();
  }
});
kind.addEventListener("change", choose);
attempt(async () => {
  /** @type {{kinds: Kind[]}} */
  const { kinds } = await get("/api/kinds");
  kind.append(...kinds.map((one) => h("option", { value: one.name }, kindName(one.name))));
});
choose();
