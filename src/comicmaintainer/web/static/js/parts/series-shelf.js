// @ts-check
/** The comics of one series as covers in order of number, volume by volume, with an empty place for each gap. */

import { base, fill, h, icon, part } from "../base/dom.js";
import { count, numbered } from "../base/format.js";
import { t, tc, tn } from "../base/texts.js";

/** Longer runs of missing numbers are one place. */
const SHOWN_GAPS = 3;

/** @param {string | null} number */
const placed = (number) => numbered(number) || t("No number");

/**
 * What is special about a comic, in a word; null for most.
 * @param {ShelfFile} file
 * @param {boolean} isFirst
 * @returns {[mark: string, words: string, title: string] | null}
 */
function badgeOf(file, isFirst) {
  if (file.state === "failed") return ["damaged", t("Damaged"), file.reason ?? t("It can't be read.")];
  if (file.copy_of !== null)
    return ["duplicate", tc("badge", "Copy"), t("It has the same pages as the comic before it.")];
  if (file.state === "duplicate")
    return [
      "duplicate",
      t("Duplicate"),
      file.duplicate_of ? t("Of {path}", { path: file.duplicate_of }) : t("Of another comic"),
    ];
  if (file.state === "conflict") return ["conflict", t("Conflict"), file.reason ?? ""];
  return isFirst ? null : ["warning", t("Same number"), t("Another comic has this number, with other pages.")];
}

/**
 * @param {ShelfFile} file
 * @param {string | null} number
 * @param {boolean} isFirst
 */
function card(file, number, isFirst) {
  const badge = badgeOf(file, isFirst);
  const words = `${placed(number)}${file.title ? `, ${file.title}` : ""}`;
  return h(
    "li",
    { data: { key: file.file_id }, tabIndex: -1 },
    h("input", {
      type: "checkbox",
      data: { select: "" },
      "aria-label": t("Select {name}", { name: words }),
      tabIndex: -1,
    }),
    h(
      "a",
      { href: `${base()}/files/${file.file_id}`, title: file.name },
      h("img", {
        src: `${base()}/api/files/${file.file_id}/cover?at=${file.modified_at}`,
        alt: "",
        loading: "lazy",
        width: 128,
        height: 192,
      }),
      h(
        "span",
        { class: "line" },
        h("strong", {}, placed(number)),
        file.year === null ? null : h("span", { class: "muted small" }, String(file.year)),
      ),
      h("span", { class: file.title ? "small clip" : "small clip muted" }, file.title ?? t("No title")),
    ),
    badge ? h("span", { class: "state small", data: { state: badge[0] }, title: badge[2] }, badge[1]) : null,
  );
}

/** @param {string} words @param {string} [more] */
const emptyPlace = (words, more = t("Missing")) =>
  h(
    "li",
    { class: "gap" },
    h("div", { class: "cover" }, icon("plus")),
    h("span", { class: "line" }, h("strong", {}, words)),
    h("span", { class: "small" }, more),
  );

/** @param {ShelfPlace} place */
function places(place) {
  if (!place.missing) return place.files.map((file, index) => card(file, place.number, index === 0));
  const first = Number(place.number);
  if (place.missing <= SHOWN_GAPS)
    return Array.from({ length: place.missing }, (_, index) => emptyPlace(`#${first + index}`));
  return [
    emptyPlace(
      t("{from} to {to}", { from: `#${place.number}`, to: `#${place.last}` }),
      t("{number} missing", { number: count(place.missing) }),
    ),
  ];
}

/**
 * What a volume is called; null if the series has only one without a name.
 * @param {ShelfVolume} volume
 * @param {number} volumes
 */
function nameOf(volume, volumes) {
  if (volume.is_of_volumes) return volumes > 1 ? t("Volumes") : null;
  if (volume.volume !== null) return t("Volume {volume}", { volume: volume.volume });
  if (volumes === 1) return null;
  return volume.places[0]?.number === null ? t("Without a number") : t("Without a volume");
}

/**
 * @param {ShelfVolume} volume
 * @param {number} volumes
 */
function section(volume, volumes) {
  const name = nameOf(volume, volumes);
  const comics = volume.places.reduce((sum, place) => sum + place.files.length, 0);
  const words = [
    tn("1 comic", "{n} comics", comics),
    volume.missing ? t("{number} missing", { number: count(volume.missing) }) : "",
  ];
  return h(
    "section",
    { "aria-label": name ?? t("Comics") },
    name ? h("h2", {}, name, " ", h("span", { class: "muted small" }, words.filter(Boolean).join(", "))) : null,
    h("ul", { class: "shelf" }, volume.places.map(places)),
  );
}

export class SeriesShelf {
  /** @param {HTMLElement} place */
  constructor(place) {
    this.place = place;
  }

  /** @param {Shelf} shelf */
  draw({ volumes }) {
    const focused = document.activeElement?.closest("[data-key]");
    const key = focused instanceof HTMLElement && this.place.contains(focused) ? focused.dataset.key : null;
    fill(
      this.place,
      volumes.map((volume) => section(volume, volumes.length)),
    );
    if (key) this.#card(key)?.focus({ preventScroll: true });
  }

  /**
   * Bring a comic into view, and put the focus on it.
   * @param {number} fileId
   */
  show(fileId) {
    const found = this.#card(String(fileId));
    found?.scrollIntoView({ block: "nearest" });
    found?.focus({ preventScroll: true });
  }

  /** Bring the first gap into view. */
  showGap() {
    part(".gap", HTMLElement, this.place).scrollIntoView({ block: "center" });
  }

  /** @param {string} key */
  #card(key) {
    const found = this.place.querySelector(`[data-key="${CSS.escape(key)}"]`);
    return found instanceof HTMLElement ? found : null;
  }
}
