// @ts-check
/**
 * A list that loads its next page when its end comes into view. What is asked for while the server is away is loaded
 * when it is back.
 */

import { isAway } from "./api.js";
import { fill, h } from "./dom.js";
import { onceBack } from "./live.js";
import { attempt } from "./toast.js";

export class Paged {
  /**
   * @param {Element} place where the rows go
   * @param {(after: any) => Promise<{rows: Element[], next: any}>} load
   * @param {() => any} empty what to show if the list is empty
   */
  constructor(place, load, empty) {
    this.place = place;
    this.load = load;
    this.empty = empty;
    /** @type {any} */
    this.after = null;
    this.turn = 0;
    this.end = h("div", { class: "sentinel" });
    new IntersectionObserver(
      (seen) => {
        if (seen[0].isIntersecting && this.after) attempt(() => this.#more());
      },
      { rootMargin: "600px" },
    ).observe(this.end);
  }

  /** Load the list again from its start; the answer to an older request is dropped. */
  async restart() {
    this.turn += 1;
    this.after = null;
    const turn = this.turn;
    const page = await this.#ask(null, () => this.restart());
    if (turn !== this.turn) return;
    fill(this.place, page.rows.length ? page.rows : this.empty());
    this.#place(page.next);
  }

  async #more() {
    const turn = this.turn;
    const after = this.after;
    this.after = null;
    try {
      const page = await this.#ask(after, () => this.#more());
      if (turn !== this.turn) return;
      this.place.append(...page.rows);
      this.#place(page.next);
    } catch (error) {
      if (turn === this.turn) this.after = after; // it can be asked for again
      throw error;
    }
  }

  /**
   * @param {any} after
   * @param {() => Promise<void>} again what to do when the server is back
   */
  async #ask(after, again) {
    const turn = this.turn;
    try {
      return await this.load(after);
    } catch (error) {
      if (isAway(error)) onceBack(() => turn === this.turn && attempt(again));
      throw error;
    }
  }

  /** @param {any} next */
  #place(next) {
    this.after = next;
    const outer = this.place.closest("table") || this.place;
    outer.after(this.end);
  }
}
