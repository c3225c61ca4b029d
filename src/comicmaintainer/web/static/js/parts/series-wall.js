// @ts-check
/** All series as a wall of covers. */

import { get } from "../base/api.js";
import { base, h } from "../base/dom.js";
import { count, files } from "../base/format.js";
import { Paged } from "../base/paged.js";

/**
 * A paged wall in `place`; `text()` returns the search text, `showTotal(sentence)` shows the total.
 * @param {HTMLElement} place
 * @param {() => string} text
 * @param {(sentence: string) => void} showTotal
 */
export function seriesWall(place, text, showTotal) {
  /** @param {Series} entry */
  const card = (entry) =>
    h(
      "a",
      { href: `${base()}/?series=${encodeURIComponent(entry.name)}` },
      entry.cover_file_id === null
        ? h("img", { alt: "" })
        : h("img", { src: `${base()}/api/files/${entry.cover_file_id}/cover`, alt: "", loading: "lazy" }),
      h("span", { class: "title" }, entry.name || "Without a series"),
      h("span", { class: "muted small" }, files(entry.files)),
    );
  let shown = 0;
  return new Paged(
    place,
    async (after) => {
      /** @type {ListPage & {series: Series[]}} */
      const found = await get("/api/series", { text: text(), after, limit: 100 });
      shown = after === null ? found.series.length : shown + found.series.length;
      showTotal(`${count(shown)}${found.next ? "+" : ""} series`);
      return { rows: found.series.map(card), next: found.next };
    },
    () => h("div", { class: "empty" }, h("p", {}, "No series match.")),
  );
}
