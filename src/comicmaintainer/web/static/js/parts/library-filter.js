// @ts-check
/** The filters of the library: their controls, the address, and what the API and jobs are asked for. */

import { get } from "../base/api.js";
import { fill, h, icon, part, parts } from "../base/dom.js";
import { decade } from "../base/format.js";
import { shortPath } from "../base/places.js";
import { t } from "../base/texts.js";

const MB = 1_000_000;
const DAY_S = 86_400;

/** @type {Record<string, [value: string, label: string][]>} */
const CHOICES = {
  missing: [
    ["", t("Any tags")],
    ["series", t("No series")],
    ["issue", t("No number")],
    ["title", t("No title")],
    ["year", t("No year")],
    ["publisher", t("No publisher")],
    ["summary", t("No summary")],
    ["credits", t("No credits")],
  ],
  size: [
    ["", t("Any size")],
    ["0-10", t("Under 10 MB")],
    ["10-50", t("10 to 50 MB")],
    ["50-100", t("50 to 100 MB")],
    ["100-200", t("100 to 200 MB")],
    ["200-500", t("200 to 500 MB")],
    ["500-", t("Over 500 MB")],
  ],
  added: [
    ["", t("Added at any time")],
    ["1", t("Added in the last day")],
    ["7", t("Added in the last 7 days")],
    ["30", t("Added in the last 30 days")],
    ["365", t("Added in the last year")],
  ],
  year: [
    ["", t("Any year")],
    .../** @type {[string, string][]} */ (
      Array.from({ length: 10 }, (_, number) => {
        const first = 2020 - 10 * number;
        return [`${first}-${first + 9}`, decade(first)];
      })
    ),
  ],
};
const SELECTS = ["state", "format", "missing", "size", "added", "year", "publisher"];
const PLACES = ["series", "folder"];

/** @param {string} range */
function ends(range) {
  const [low, high] = range.split("-").map((end) => (end ? Number(end) : null));
  return { low, high: high ?? null };
}

export class LibraryFilter {
  /** @type {Record<string, string>} */
  place = {};

  /**
   * @param {HTMLInputElement} search
   * @param {HTMLElement} chips where the filters that are set are shown, to take them off
   * @param {() => void} changed
   */
  constructor(search, chips, changed) {
    this.search = search;
    this.chips = chips;
    this.changed = changed;
    this.gaps = part("#gaps", HTMLInputElement);
    this.notRead = part("#not-read", HTMLInputElement);
    for (const [name, choices] of Object.entries(CHOICES)) this.#offer(name, choices);
    for (const name of SELECTS) this.#select(name).addEventListener("change", changed);
    this.gaps.addEventListener("change", changed);
    this.notRead.addEventListener("change", changed);
  }

  /** Offer what the library has, and take the filter from the address. */
  async begin() {
    const [{ roots }, { publishers }] = await Promise.all([get("/api/roots"), get("/api/publishers")]);
    const formats = new Set(roots.flatMap((/** @type {any} */ root) => Object.keys(root.formats)));
    formats.delete("");
    this.#offer("format", [
      ["", t("All formats")],
      ...[...formats].sort().map((name) => /** @type {[string, string]} */ ([name, name.toUpperCase()])),
    ]);
    this.#offer("publisher", [
      ["", t("All publishers")],
      ...publishers.map((/** @type {string} */ name) => /** @type {[string, string]} */ ([name, name])),
    ]);
    const address = new URLSearchParams(location.search);
    for (const name of SELECTS) this.#set(name, address.get(name) ?? "");
    for (const name of PLACES) this.place[name] = address.get(name) ?? "";
    this.gaps.checked = address.get("gaps") === "true";
    this.notRead.checked = address.get("not_read") === "true";
    this.draw();
  }

  /** What is set, as it stands in the address. */
  get values() {
    /** @type {Record<string, string>} */
    const values = { text: this.search.value.trim(), ...this.place };
    for (const name of SELECTS) values[name] = this.#select(name).value;
    if (this.gaps.checked) values.gaps = "true";
    if (this.notRead.checked) values.not_read = "true";
    return Object.fromEntries(Object.entries(values).filter(([, value]) => value));
  }

  get isSet() {
    return Object.keys(this.values).length > 0;
  }

  /** The filter for jobs. */
  get forJobs() {
    const { text, series, folder, state, format, missing, publisher } = this.values;
    const size = ends(this.values.size ?? "");
    const year = ends(this.values.year ?? "");
    const parts = {
      text,
      series,
      folder,
      publisher,
      states: state && [state],
      formats: format && [format],
      missing: missing && [missing],
      size_from: size.low && size.low * MB,
      size_to: size.high && size.high * MB - 1,
      year_from: year.low,
      year_to: year.high,
      added_from: this.values.added && Math.floor(Date.now() / 1000) - Number(this.values.added) * DAY_S,
      gaps: this.gaps.checked || null,
      not_read: this.notRead.checked || null,
    };
    return Object.fromEntries(Object.entries(parts).filter(([, value]) => value));
  }

  /** The query for the lists of the API. */
  get query() {
    const { states, formats, ...others } = this.forJobs;
    return { ...others, state: states, format: formats };
  }

  clear() {
    this.search.value = "";
    this.place = {};
    for (const name of SELECTS) this.#set(name, "");
    this.gaps.checked = false;
    this.notRead.checked = false;
    this.draw();
    this.changed();
  }

  /** Show what is set as chips, each of which takes its filter off. */
  draw() {
    const chips = Object.entries(this.values)
      .filter(([name]) => name !== "text")
      .map(([name, value]) => {
        const label = this.#label(name, value);
        return h(
          "button",
          {
            type: "button",
            class: "filter-chip",
            title: name === "folder" ? value : "",
            onclick: () => this.#takeOff(name),
          },
          h("span", {}, label),
          h("span", { class: "visually-hidden" }, ` (${t("take off")})`),
          icon("close"),
        );
      });
    fill(this.chips, chips);
    this.chips.hidden = chips.length === 0;
    for (const name of SELECTS) this.#select(name).classList.toggle("set", this.#select(name).value !== "");
  }

  /**
   * @param {string} name
   * @param {string} value
   */
  #label(name, value) {
    if (name === "gaps") return t("With gaps");
    if (name === "not_read") return t("Not read yet");
    if (name === "folder") return shortPath(value);
    if (PLACES.includes(name)) return value;
    return this.#select(name).selectedOptions[0]?.textContent ?? value;
  }

  /** @param {string} name */
  #takeOff(name) {
    if (name === "gaps") this.gaps.checked = false;
    else if (name === "not_read") this.notRead.checked = false;
    else if (PLACES.includes(name)) delete this.place[name];
    else this.#set(name, "");
    this.draw();
    this.changed();
  }

  /** @param {string} name */
  #select(name) {
    return part(`#${name}`, HTMLSelectElement);
  }

  /**
   * @param {string} name
   * @param {string} value
   */
  #set(name, value) {
    const select = this.#select(name);
    // A value that is not offered, such as another year in an address, is offered from then on.
    if (value && !parts("option", HTMLOptionElement, select).some((option) => option.value === value))
      select.append(h("option", { value }, value));
    select.value = value;
  }

  /**
   * @param {string} name
   * @param {[value: string, label: string][]} choices
   */
  #offer(name, choices) {
    fill(
      this.#select(name),
      choices.map(([value, label]) => h("option", { value }, label)),
    );
  }
}
