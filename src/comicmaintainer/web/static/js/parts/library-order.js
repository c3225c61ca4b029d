// @ts-check
/** The order of the library's lists: its controls, and the letters to jump by where it is alphabetical. */

import { get } from "../base/api.js";
import { around, fill, h, part, parts } from "../base/dom.js";
import { t } from "../base/texts.js";

/** @type {Record<string, string>} */
const FILE_ORDERS = {
  series: t("By series"),
  newest: t("Newest first"),
  size: t("Largest first"),
  year: t("Latest year first"),
  publisher: t("By publisher"),
  path: t("By path"),
};
/** @type {Record<string, string>} */
const SERIES_ORDERS = {
  name: t("By name"),
  newest: t("Newest first"),
  files: t("Most comics first"),
  gaps: t("Most gaps first"),
  size: t("Largest first"),
  year: t("Latest year first"),
  publisher: t("By publisher"),
};
/** Fewer letters lead nowhere that can't be seen anyway. */
const FEWEST_LETTERS = 3;

export class LibraryOrder {
  #select = part("#order", HTMLSelectElement);
  #reverse = part("#reverse", HTMLButtonElement);
  #letters = part("#letters", HTMLElement);
  #list = "";
  #isEmpty = false;

  /** @param {{changed: () => void, jump: (letter: string) => void}} options */
  constructor({ changed, jump }) {
    this.changed = changed;
    this.#select.addEventListener("change", () => this.#change());
    this.#reverse.addEventListener("click", () => {
      this.#isReversed = !this.#isReversed;
      this.#change();
    });
    this.#letters.addEventListener("click", (event) => {
      const letter = around(event, "[data-letter]:not([aria-disabled])")?.dataset.letter;
      if (letter) jump(letter);
    });
  }

  /** The query for the lists of the API. */
  get query() {
    return { order: this.#select.value || null, reverse: this.#isReversed || null };
  }

  /** What stands in the address: nothing for the first order. */
  get values() {
    /** @type {Record<string, string>} */
    const values = this.#select.selectedIndex > 0 ? { order: this.#select.value } : {};
    return this.#isReversed ? { ...values, reverse: "true" } : values;
  }

  /** Take the order from the address. @param {URLSearchParams} address */
  begin(address) {
    this.#select.value = address.get("order") ?? this.#select.value;
    if (this.#select.selectedIndex < 0) this.#select.selectedIndex = 0;
    this.#isReversed = address.get("reverse") === "true";
  }

  /** Offer the letters that names begin with. */
  async drawLetters() {
    /** @type {{letters: string[]}} */
    const { letters } = await get("/api/letters");
    const buttons = letters.map((letter) =>
      h(
        "button",
        {
          type: "button",
          class: "quiet",
          data: { letter },
          "aria-label": t("From {letter}", { letter: letter.toUpperCase() }),
        },
        letter.toUpperCase(),
      ),
    );
    fill(this.#letters, letters.length < FEWEST_LETTERS ? null : buttons);
    this.#showLetters();
  }

  /** Letters lead nowhere in an empty list. @param {boolean} isEmpty */
  setEmpty(isEmpty) {
    this.#isEmpty = isEmpty;
    this.#showLetters();
  }

  /** There is nothing from this letter on, nor from one that follows it. @param {string} letter */
  endBefore(letter) {
    const buttons = parts("[data-letter]", HTMLElement, this.#letters);
    const end = buttons.findIndex((button) => button.dataset.letter === letter);
    const beyond = this.#isReversed ? buttons.slice(0, end + 1) : buttons.slice(end);
    // Not `disabled`, which would take the focus from the button that was pressed.
    for (const button of beyond) button.setAttribute("aria-disabled", "true");
  }

  /** Offer all letters again, for another filter or order. */
  offerLetters() {
    for (const button of parts("[aria-disabled]", HTMLElement, this.#letters)) button.removeAttribute("aria-disabled");
  }

  /** Offer the orders of a list: @param {string} list */
  offer(list) {
    this.#list = list;
    const orders = list === "series" ? SERIES_ORDERS : FILE_ORDERS;
    const before = this.#select.value;
    fill(
      this.#select,
      Object.entries(orders).map(([value, label]) => h("option", { value }, label)),
    );
    if (before in orders) this.#select.value = before;
    for (const element of [this.#select, this.#reverse]) element.hidden = list === "folders";
    this.#showLetters();
  }

  /**
   * Sort by an order, or the other way round if that is the order already.
   * @param {string} name
   */
  sortBy(name) {
    this.#isReversed = this.#select.value === name && !this.#isReversed;
    this.#select.value = name;
    this.#change();
  }

  get #isReversed() {
    return this.#reverse.getAttribute("aria-pressed") === "true";
  }

  set #isReversed(is) {
    this.#reverse.setAttribute("aria-pressed", String(is));
  }

  #change() {
    this.#showLetters();
    this.changed();
  }

  #showLetters() {
    const isAlphabetical = this.#list !== "folders" && this.#select.selectedIndex === 0;
    this.#letters.hidden = !isAlphabetical || this.#isEmpty || !this.#letters.childElementCount;
  }
}
