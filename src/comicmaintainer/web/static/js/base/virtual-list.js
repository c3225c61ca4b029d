// @ts-check
/**
 * A long list of which only what can be seen is in the page: rows of a table, or tiles of a grid.
 *
 *     const list = new VirtualList(part("#files", HTMLElement), { draw: (index) => row(files[index]) });
 *     list.length = files.length;
 *
 * The styles decide the looks: a grid has the columns that its styles give it, and all rows must have one
 * height. An item with the focus stays in the page when it is scrolled away, with all that is typed in it.
 * Browsers end an element at about 17 million pixels, which is 400,000 rows.
 */

import { h } from "./dom.js";

/** Drawn above and below the view, so that covers are there before they are seen. */
const MARGIN_PX = 400;
/** Until the first row has been measured. */
const ASSUMED_ROW_PX = 40;

/**
 * @typedef {object} VirtualOptions
 * @property {(index: number) => HTMLElement} draw makes the element of an item
 * @property {(first: number, end: number) => void} [seen] called when other items than before are drawn
 * @property {HTMLElement} [scroller] the element that scrolls; without it, the window does
 */

export class VirtualList {
  /** @type {Map<number, HTMLElement>} */
  #drawn = new Map();
  /** @type {WeakMap<Element, number>} */
  #indexes = new WeakMap();
  /** @type {HTMLElement[]} */
  #spaces = [];
  #length = 0;
  #columns = 1;
  #pitch = ASSUMED_ROW_PX;
  #gap = 0;
  #range = "";
  #first = 0;
  #width = 0;
  #frame = 0;

  /**
   * @param {HTMLElement} place a table body, a list or a grid, with nothing else in it
   * @param {VirtualOptions} options
   */
  constructor(place, { draw, seen, scroller }) {
    this.place = place;
    this.draw = draw;
    this.seen = seen;
    this.scroller = scroller;
    place.classList.add("virtual");
    (scroller ?? window).addEventListener("scroll", () => this.#soon(), { passive: true });
    addEventListener("resize", () => this.#soon());
    new ResizeObserver(([{ contentRect }]) => {
      if (contentRect.width === this.#width) return;
      this.#width = contentRect.width;
      this.#lay();
    }).observe(place.closest("table") ?? place);
    // The focus may leave an item that is kept only for it.
    place.addEventListener("focusout", () => this.#soon());
  }

  get length() {
    return this.#length;
  }

  /** The number of items. Items that are in the page stay as they are; see `redraw`. */
  set length(number) {
    this.#length = number;
    for (const index of this.#drawn.keys()) if (index >= number) this.#drawn.delete(index);
    this.#lay();
  }

  /**
   * Insert items before the first one. What is seen stays where it is.
   * @param {number} number
   */
  prepend(number) {
    const above = this.#view().above;
    const shifted = [...this.#drawn].map(([index, element]) => /** @type {const} */ ([index + number, element]));
    this.#drawn = new Map(shifted);
    for (const [index, element] of shifted) this.#name(element, index);
    this.#length += number;
    const rows = Math.ceil(this.#length / this.#columns) - Math.ceil((this.#length - number) / this.#columns);
    this.#arrange();
    const moved = this.#view().above - above;
    (this.scroller ?? window).scrollBy({ top: rows * this.#pitch - moved, behavior: "instant" });
    this.#lay();
  }

  /** How many items stand side by side. */
  get columns() {
    return this.#columns;
  }

  /** Draw all items in view anew, after their content or their size has changed. */
  redraw() {
    const focused = this.indexOf(document.activeElement);
    this.#drawn.clear();
    this.#range = "";
    this.#lay();
    if (focused >= 0) this.element(focused)?.focus({ preventScroll: true });
  }

  /**
   * Draw one item anew, if it is in the page.
   * @param {number} index
   */
  update(index) {
    const old = this.#drawn.get(index);
    if (!old) return;
    const focused = old.contains(document.activeElement);
    const element = this.#make(index);
    old.replaceWith(element);
    if (focused) element.focus({ preventScroll: true });
  }

  /**
   * The element of an item, if it is in the page.
   * @param {number} index
   */
  element(index) {
    return this.#drawn.get(index);
  }

  /**
   * The number of the item that an element is in, or -1.
   * @param {Element | EventTarget | null} element
   */
  indexOf(element) {
    let at = element instanceof Element && this.place.contains(element) ? element : null;
    while (at && at.parentElement !== this.place) at = at.parentElement;
    return (at && this.#indexes.get(at)) ?? -1;
  }

  /**
   * Scroll as far as needed to see an item, and return its element.
   * @param {number} index
   */
  show(index) {
    if (index < 0 || index >= this.#length) return undefined;
    if (!this.#drawn.has(index)) {
      const { above, height } = this.#view();
      const top = Math.floor(index / this.#columns) * this.#pitch;
      (this.scroller ?? window).scrollBy({ top: top - above - (height - this.#pitch) / 2, behavior: "instant" });
      this.#lay();
    }
    const element = this.#drawn.get(index);
    element?.scrollIntoView({ block: "nearest", behavior: "instant" });
    return element;
  }

  #soon() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#lay();
    });
  }

  /** How far the list is scrolled past the upper edge of the view, and the height of the view. */
  #view() {
    const box = this.place.getBoundingClientRect();
    const view = this.scroller?.getBoundingClientRect();
    return { above: (view?.top ?? 0) - box.top, height: view?.height ?? innerHeight };
  }

  #lay() {
    if (!this.place.getClientRects().length) return; // not shown
    this.#arrange();
    // A first row, or another width, can show that rows have another height than assumed.
    if (this.#measure()) this.#arrange();
  }

  /** Learn the columns and the height of a row; return whether they differ from before. */
  #measure() {
    const style = getComputedStyle(this.place);
    const columns = style.display === "grid" ? style.gridTemplateColumns.split(" ").length : 1;
    const gap = Number.parseFloat(style.rowGap) || 0;
    // Not of an item that is kept for its focus: far from the others, a row can be rounded differently.
    const height = this.#drawn.get(this.#first)?.getBoundingClientRect().height ?? 0;
    const pitch = height ? height + gap : this.#pitch;
    const differs = columns !== this.#columns || Math.abs(pitch - this.#pitch) > 0.01;
    this.#columns = columns;
    this.#gap = gap;
    this.#pitch = pitch;
    return differs;
  }

  /** Put the items in view into the page, and spaces where the others would be. */
  #arrange() {
    const { above, height } = this.#view();
    const total = Math.ceil(this.#length / this.#columns);
    const first = Math.max(0, Math.min(total, Math.floor((above - MARGIN_PX) / this.#pitch)));
    const end = Math.max(first, Math.min(total, Math.ceil((above + height + MARGIN_PX) / this.#pitch)));
    const rows = Array.from({ length: end - first }, (_, number) => first + number);
    const kept = Math.floor(this.indexOf(document.activeElement) / this.#columns);
    if (kept >= 0 && kept < first) rows.unshift(kept);
    if (kept >= end && kept < total) rows.push(kept);

    /** @type {HTMLElement[]} */
    const children = [];
    /** @type {Map<number, HTMLElement>} */
    const drawn = new Map();
    let at = 0;
    let spaces = 0;
    for (const row of [...rows, total]) {
      if (row > at) children.push(this.#space(spaces++, row - at));
      for (let index = row * this.#columns; index < Math.min((row + 1) * this.#columns, this.#length); index += 1) {
        const element = this.#drawn.get(index) ?? this.#make(index);
        drawn.set(index, element);
        children.push(element);
      }
      at = row + 1;
    }
    this.#drawn = drawn;
    this.#first = first * this.#columns;
    this.#put(children);
    const range = `${first * this.#columns} ${Math.min(end * this.#columns, this.#length)} ${this.#length}`;
    if (range === this.#range) return;
    this.#range = range;
    this.#count();
    this.seen?.(first * this.#columns, Math.min(end * this.#columns, this.#length));
  }

  /**
   * Elements that stay are never moved, because that would take the focus from them.
   * @param {HTMLElement[]} children
   */
  #put(children) {
    const staying = new Set(children.filter((child) => !this.#spaces.includes(child)));
    for (const old of [...this.place.children]) {
      if (old instanceof HTMLElement && staying.has(old)) continue;
      old.remove();
      stopLoading(old);
    }
    let next = this.place.firstElementChild;
    for (const child of children) {
      if (child === next) next = next.nextElementSibling;
      else this.place.insertBefore(child, next);
    }
  }

  /** @param {number} index */
  #make(index) {
    const element = this.draw(index);
    this.#drawn.set(index, element);
    this.#name(element, index);
    return element;
  }

  /**
   * @param {HTMLElement} element
   * @param {number} index
   */
  #name(element, index) {
    this.#indexes.set(element, index);
    if (element instanceof HTMLTableRowElement) element.setAttribute("aria-rowindex", String(index + 2));
    if (element instanceof HTMLLIElement) {
      element.setAttribute("aria-posinset", String(index + 1));
      element.setAttribute("aria-setsize", String(this.#length));
    }
  }

  /** Tell screen readers how long the whole list is. */
  #count() {
    this.place.closest("table")?.setAttribute("aria-rowcount", String(this.#length + 1));
    for (const element of this.#drawn.values())
      if (element instanceof HTMLLIElement) element.setAttribute("aria-setsize", String(this.#length));
  }

  /**
   * @param {number} number
   * @param {number} rows
   */
  #space(number, rows) {
    const name =
      this.place instanceof HTMLTableSectionElement ? "tr" : /^[UO]L$/.test(this.place.tagName) ? "li" : "div";
    this.#spaces[number] ??= h(name, { class: "virtual-space", "aria-hidden": "true" });
    this.#spaces[number].style.height = `${rows * this.#pitch - this.#gap}px`;
    return this.#spaces[number];
  }
}

/**
 * Give up the images of an element that is no longer seen, so that they are not waited for before those that are.
 * @param {Element} element
 */
function stopLoading(element) {
  for (const image of element.querySelectorAll("img")) if (!image.complete) image.removeAttribute("src");
}
