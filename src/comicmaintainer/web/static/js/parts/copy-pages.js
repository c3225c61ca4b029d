// @ts-check
/** A dialog with the pages of several copies of a comic side by side, each copy a column. */

import { get } from "../base/api.js";
import { h } from "../base/dom.js";
import { t } from "../base/texts.js";
import { attempt } from "../base/toast.js";
import { imageOf, LARGE, numberOf, titleOf } from "./page-images.js";

const MOST_COPIES = 4;

/**
 * Open the dialog for copies, the one to compare with first; at most four of them fit.
 * @param {ComicFile[]} copies
 */
export async function compareCopies(copies) {
  const shown = copies.slice(0, MOST_COPIES);
  /** @type {PageList[] | undefined} */
  const lists = await attempt(() => Promise.all(shown.map((copy) => get(`/api/files/${copy.file_id}/pages`))));
  if (!lists) return;
  const most = Math.max(...lists.map((list) => list.pages.length));
  const rows = Array.from({ length: most }, (_, number) => lists.map((list) => page(list, list.pages[number])));
  const close = h("button", { type: "button", class: "quiet", onclick: () => dialog.close() }, t("Close"));
  const columns = h("div", { class: "columns", tabIndex: 0, role: "group", "aria-label": t("Pages side by side") }, [
    shown.map((copy) => h("span", { class: "heading", title: copy.path }, copy.name)),
    rows.flat(),
  ]);
  columns.style.setProperty("--copies", String(shown.length));
  const dialog = h(
    "dialog",
    { class: "sheet copy-pages", "aria-label": t("Compare pages") },
    h(
      "div",
      { class: "side-by-side" },
      h("header", {}, h("h2", {}, t("Compare pages")), close),
      h("div", { class: "body" }, columns),
    ),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/**
 * @param {PageList} list
 * @param {ComicPage | undefined} one
 */
function page(list, one) {
  if (!one) return h("figure", {}, h("figcaption", { class: "muted" }, t("No such page")));
  return h(
    "figure",
    {},
    h("figcaption", { class: "muted small" }, numberOf(one)),
    h("img", { src: imageOf(list, one, LARGE), alt: titleOf(one), loading: "lazy" }),
  );
}
