// @ts-check
/** A list that loads its next page when its end comes into view. */

import { fill, h } from "./dom.js";

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
    this.after = null;
    this.turn = 0;
    this.end = h("div", { class: "sentinel" });
    new IntersectionObserver(
      (seen) => {
        if (seen[0].isIntersecting && this.after) this.#more();
      },
      { rootMargin: "600px" },
    ).observe(this.end);
  }

  /** Load the list again from its start; the answer to an older request is dropped. */
  async restart() {
    this.turn += 1;
    this.after = null;
    const turn = this.turn;
    const page = await this.load(null);
    if (turn !== this.turn) return;
    fill(this.place, page.rows.length ? page.rows : this.empty());
    this.#place(page.next);
  }

  async #more() {
    const turn = this.turn;
    const after = this.after;
    this.after = null;
    const page = await this.load(after);
    if (turn !== this.turn) return;
    this.place.append(...page.rows);
    this.#place(page.next);
  }

  /** @param {any} next */
  #place(next) {
    this.after = next;
    const outer = this.place.closest("table") || this.place;
    outer.after(this.end);
  }
}
