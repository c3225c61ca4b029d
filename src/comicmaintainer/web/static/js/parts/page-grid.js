// @ts-check
/** A comic's pages as a grid of small images: arrows move, x chooses, Shift extends, Enter shows a page. */

import { around, fill, h, parts, setText } from "../base/dom.js";
import { pages as many } from "../base/format.js";
import { t } from "../base/texts.js";
import { imageOf, MEDIUM, markOf, numberOf, SMALL, titleOf } from "./page-images.js";
import { openViewer } from "./page-viewer.js";

/** @type {PageList} */
export const NO_PAGES = { file_id: 0, version: "", right_to_left: false, pages: [] };
const SHOWN_AT_FIRST = 24;

export class PageGrid {
  /**
   * `changed(numbers)` is called with the chosen pages, in order; without it none can be chosen.
   * @param {{changed?: ((numbers: number[]) => void) | null, compact?: boolean}} [options]
   */
  constructor({ changed = null, compact = false } = {}) {
    this.changed = changed;
    /** @type {Set<number>} */
    this.chosen = new Set();
    this.at = 0;
    /** @type {number | null} */
    this.last = null;
    this.list = NO_PAGES;
    this.same = true;
    this.all = compact;
    this.grid = h("ul", { class: compact ? "page-grid compact" : "page-grid", "aria-label": t("Pages") });
    this.more = h("button", {
      type: "button",
      class: "more-pages",
      hidden: true,
      onclick: () => {
        this.all = true;
        this.draw();
      },
    });
    this.element = h("div", {}, this.grid, this.more);
    this.grid.addEventListener("keydown", (event) => this.key(event));
    this.grid.addEventListener("focusin", (event) => this.stand(this.placeOf(event.target)));
    this.grid.addEventListener("click", (event) => this.click(event));
  }

  /**
   * Show a page list from the API. Chosen pages stay chosen while the pages are the same.
   * @param {PageList} list
   */
  show(list) {
    /** @param {PageList} one */
    const names = (one) => one.pages.map((page) => page.name).join("\n");
    // Two pages may have the same name: after one is removed, an image may belong to the other.
    this.same = names(list) === names(this.list);
    if (!this.same) this.choose([]);
    this.list = list;
    this.at = Math.min(this.at, list.pages.length - 1);
    this.draw();
    this.same = true;
  }

  draw() {
    const { pages } = this.list;
    const shown = this.all ? pages : pages.slice(0, SHOWN_AT_FIRST);
    this.grid.dir = this.list.right_to_left ? "rtl" : "ltr";
    const old = parts("li", HTMLElement, this.grid);
    const focused = this.grid.contains(document.activeElement);
    fill(
      this.grid,
      shown.map((page) => this.tile(page, old[page.number])),
    );
    this.more.hidden = shown.length === pages.length;
    setText(this.more, t("Show all {pages}", { pages: many(pages.length) }));
    this.stand(Math.min(this.at, shown.length - 1));
    if (focused) this.look(this.at)?.focus();
  }

  /**
   * @param {ComicPage} page
   * @param {HTMLElement} [old]
   */
  tile(page, old) {
    const mark = markOf(page);
    const word = page.problem ? t("Can't be shown") : mark;
    const before = this.same && old?.dataset.name === page.name ? old.querySelector("img") : null;
    // An image of the same page is kept, so that nothing flickers after a change of tags.
    const image = page.problem ? null : before?.naturalWidth ? before : this.image(page);
    return h(
      "li",
      { class: page.deleted ? "deleted" : "", data: { number: page.number, name: page.name } },
      h(
        "button",
        { type: "button", class: "look", tabIndex: -1, "aria-label": titleOf(page), title: page.problem || page.name },
        image,
      ),
      h(
        "label",
        { class: "small" },
        this.changed &&
          h("input", {
            type: "checkbox",
            tabIndex: -1,
            checked: this.chosen.has(page.number),
            "aria-label": t("Choose page {number}", { number: numberOf(page) }),
          }),
        h("span", {}, numberOf(page)),
        word && h("span", { class: page.problem ? "mark bad" : "mark" }, word),
      ),
    );
  }

  /** @param {ComicPage} page */
  image(page) {
    const image = h("img", {
      alt: "",
      loading: "lazy",
      decoding: "async",
      width: SMALL,
      height: SMALL * 1.5,
      src: imageOf(this.list, page, devicePixelRatio > 1.2 ? MEDIUM : SMALL),
    });
    image.addEventListener(
      "lost",
      () => {
        image
          .closest("li")
          ?.querySelector("label")
          ?.append(h("span", { class: "mark bad" }, t("Can't be shown")));
        image.remove();
      },
      { once: true },
    );
    return image;
  }

  /** @param {any} element */
  placeOf(element) {
    return Number(element.closest("[data-number]")?.dataset.number ?? this.at);
  }
  /**
   * @param {number} number
   * @returns {HTMLElement | null}
   */
  look(number) {
    return this.grid.children[number]?.querySelector(".look");
  }

  /**
   * Only one tile is in the tab order: the one that last had the focus.
   * @param {number} number
   */
  stand(number) {
    this.at = number;
    for (const tile of parts("li", HTMLElement, this.grid)) {
      const here = Number(tile.dataset.number) === number;
      for (const control of parts("button, input", HTMLElement, tile)) control.tabIndex = here ? 0 : -1;
    }
  }

  /** @param {number} number */
  toggle(number) {
    if (!this.changed) return;
    if (!this.chosen.delete(number)) this.chosen.add(number);
    this.notify();
  }

  /** @param {number[]} numbers */
  choose(numbers) {
    this.chosen = new Set(numbers);
    this.notify();
  }

  notify() {
    for (const tile of parts("li", HTMLElement, this.grid)) {
      const input = tile.querySelector("input");
      if (input) input.checked = this.chosen.has(Number(tile.dataset.number));
    }
    this.changed?.([...this.chosen].sort((one, other) => one - other));
  }

  /** @param {MouseEvent} event */
  click(event) {
    const number = this.placeOf(event.target);
    if (around(event, ".look")) {
      if (event.shiftKey && this.changed) this.extend(this.at, number);
      else this.open(number);
    } else if (around(event, "input")) {
      if (event.shiftKey) this.extend(this.last ?? number, number);
      else this.toggle(number);
      this.last = number;
    }
  }

  /**
   * @param {number} from
   * @param {number} to
   */
  extend(from, to) {
    for (let number = Math.min(from, to); number <= Math.max(from, to); number += 1) this.chosen.add(number);
    this.notify();
  }

  /** @param {number} number */
  open(number) {
    /** @type {import("./page-viewer.js").ViewerOptions} */
    const options = { left: (page) => this.focus(page) };
    if (this.changed) options.choose = { has: (page) => this.chosen.has(page), toggle: (page) => this.toggle(page) };
    openViewer(this.list, number, options);
  }

  /** @param {number} number */
  focus(number) {
    if (number >= this.grid.children.length) {
      this.all = true;
      this.draw();
    }
    this.look(number)?.focus();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const across = Math.max(1, getComputedStyle(this.grid).gridTemplateColumns.split(" ").length);
    const forward = this.list.right_to_left ? -1 : 1;
    /** @type {Record<string, number>} */
    const steps = {
      ArrowRight: forward,
      ArrowLeft: -forward,
      ArrowDown: across,
      ArrowUp: -across,
      j: 1,
      k: -1,
      J: 1,
      K: -1,
    };
    const last = this.grid.children.length - 1;
    if (steps[event.key]) {
      const from = this.at;
      const to = from + steps[event.key];
      if (to >= 0 && to <= last) {
        if (event.shiftKey && this.changed) this.extend(from, to);
        this.look(to)?.focus();
      }
    } else if (event.key === "Home" || event.key === "End") this.look(event.key === "Home" ? 0 : last)?.focus();
    else if (event.key === "x") this.toggle(this.at);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
