// @ts-check
/**
 * A long list that the server gives a page at a time: more is loaded when an end of it comes near. What is asked for
 * while the server is away is loaded when it is back.
 */

import { isAway } from "./api.js";
import { onceBack } from "./live.js";
import { VirtualList } from "./virtual-list.js";

/** So many items before an end of what is loaded, the next page is asked for. */
const NEAR = 60;
const PAGE = 200;

/**
 * @template T
 * @typedef {object} LoadedPage
 * @property {T[]} items
 * @property {any} next what to ask for the page after it; null at the end
 * @property {any} [previous] what to ask for the page before it; null at the start
 */

/** @template T */
export class LoadedList {
  /** @type {T[]} */
  items = [];
  /** @type {any} */
  #next = null;
  /** @type {any} */
  #previous = null;
  #turn = 0;
  #busy = false;
  /** @type {[first: number, end: number]} */
  #range = [0, 0];

  /**
   * `load` is given a page's key, whether the page before it is meant, and how many items to ask for.
   * `changed` is called after a page has come; `failed` shows an error.
   * @param {HTMLElement} place
   * @param {object} options
   * @param {(item: T, index: number) => HTMLElement} options.draw
   * @param {(key: any, isBefore: boolean, limit: number) => Promise<LoadedPage<T>>} options.load
   * @param {() => void} options.changed
   * @param {(error: unknown) => void} options.failed
   */
  constructor(place, { draw, load, changed, failed }) {
    this.load = load;
    this.changed = changed;
    this.failed = failed;
    this.view = new VirtualList(place, {
      draw: (index) => draw(this.items[index], index),
      seen: (first, end) => this.#seen(first, end),
    });
  }

  /** Whether all items after the loaded ones are loaded too. */
  get isWhole() {
    return this.#next === null && this.#previous === null;
  }

  /**
   * Load the list anew from its start, or from `key` on; from its start as well if there is nothing from `key` on.
   * The answer to an older request is dropped. Return whether there was something.
   * @param {any} [key]
   */
  async restart(key = null) {
    const turn = ++this.#turn;
    this.#busy = true;
    let page;
    let isThere = true;
    try {
      page = await this.#begin(key, turn);
      isThere = page.items.length > 0;
      if (!isThere && key !== null && turn === this.#turn) page = await this.#begin(null, turn);
    } catch (error) {
      if (turn === this.#turn && isAway(error))
        onceBack(() => turn === this.#turn && this.restart(key).catch(this.failed));
      throw error;
    }
    if (turn !== this.#turn) return true;
    this.#busy = false;
    this.items = page.items;
    this.#next = page.next;
    this.#previous = page.previous ?? null;
    this.view.length = page.items.length;
    this.view.redraw();
    this.changed();
    return isThere;
  }

  /**
   * @param {any} key
   * @param {number} turn
   */
  async #begin(key, turn) {
    let page = await this.load(key, false, PAGE);
    // A page may be empty although others follow.
    while (turn === this.#turn && !page.items.length && page.next !== null)
      page = await this.load(page.next, false, PAGE);
    return page;
  }

  /**
   * @param {number} first
   * @param {number} end
   */
  #seen(first, end) {
    this.#range = [first, end];
    if (this.#busy || !this.items.length) return;
    if (this.#next !== null && end > this.items.length - NEAR) this.#extend(this.#next, false);
    else if (this.#previous !== null && first < NEAR) this.#extend(this.#previous, true);
  }

  /**
   * @param {any} key
   * @param {boolean} isBefore
   */
  async #extend(key, isBefore) {
    const turn = this.#turn;
    this.#busy = true;
    try {
      // Whole rows are put before the others, so that these keep their columns.
      const { columns } = this.view;
      const page = await this.load(key, isBefore, Math.ceil(PAGE / columns) * columns);
      if (turn !== this.#turn) return;
      this.#busy = false;
      if (isBefore) {
        this.items.unshift(...page.items);
        this.#previous = page.previous ?? null;
        this.view.prepend(page.items.length);
      } else {
        this.items.push(...page.items);
        this.#next = page.next;
        this.view.length = this.items.length;
      }
      this.changed();
      this.#seen(...this.#range);
    } catch (error) {
      if (turn !== this.#turn) return;
      this.#busy = false;
      if (isAway(error)) onceBack(() => turn === this.#turn && this.#seen(...this.#range));
      this.failed(error);
    }
  }
}
