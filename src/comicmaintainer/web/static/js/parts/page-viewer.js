// @ts-check
/** Shows one page full screen. Arrows, Home and End turn pages in the comic's direction; Escape closes. */

import { fill, h, icon, part, setText } from "../base/dom.js";
import { bytes, count, plainly } from "../base/format.js";
import { askAgainFor } from "../base/late-images.js";
import { t } from "../base/texts.js";
import { imageOf, MEDIUM, markOf, numberOf, titleOf, wholeOf } from "./page-images.js";

/**
 * @typedef {object} ViewerOptions
 * @property {(number: number) => void} [left]
 * @property {{has: (number: number) => boolean, toggle: (number: number) => void} | null} [choose]
 */

const SWIPE_PX = 48;

/**
 * @param {PageList} list
 * @param {ComicPage} page
 */
function caption(list, page) {
  const size = page.width && page.height ? `${count(page.width)} × ${count(page.height)}` : null;
  return [
    t("Page {number} of {all}", { number: numberOf(page), all: count(list.pages.length) }),
    markOf(page),
    page.name,
    size,
    page.size_bytes && bytes(page.size_bytes),
  ]
    .filter(Boolean)
    .join(" · ");
}

/**
 * Show the pages of `list`, starting with `first`. `left(number)` is called on close with the page shown
 * last; `choose`, if given, is {has(number), toggle(number)}.
 * @param {PageList} list
 * @param {number} first
 * @param {ViewerOptions} [options]
 */
export function openViewer(list, first, { left = () => {}, choose = null } = {}) {
  let at = first;
  const view = h("div", { class: "view", tabIndex: -1 });
  const words = h("p", { class: "caption", "aria-live": "polite" });
  const original = h("a", { class: "button quiet", target: "_blank", rel: "noopener" }, t("Original"));
  const chosen = h("input", { type: "checkbox", onchange: () => choose?.toggle(at) });
  /** @type {(label: string, name: string, step: number) => HTMLButtonElement} */
  const turn = (label, name, step) =>
    h(
      "button",
      { type: "button", class: `quiet turn ${name}`, "aria-label": label, onclick: () => go(at + step) },
      icon(name),
    );
  const forward = list.right_to_left ? -1 : 1;
  const dialog = h(
    "dialog",
    { class: "viewer", "aria-label": t("Page viewer") },
    h(
      "header",
      {},
      words,
      choose && h("label", { class: "button quiet" }, chosen, t("Choose")),
      original,
      h(
        "button",
        { type: "button", class: "quiet", "aria-label": t("Close"), onclick: () => dialog.close() },
        icon("close"),
      ),
    ),
    h(
      "div",
      { class: "stage" },
      turn(list.right_to_left ? t("Next page") : t("Previous page"), "left", -forward),
      view,
      turn(list.right_to_left ? t("Previous page") : t("Next page"), "right", forward),
    ),
  );

  function show() {
    const page = list.pages[at];
    setText(words, caption(list, page));
    original.href = imageOf(list, page);
    if (choose) chosen.checked = choose.has(at);
    part(".left", HTMLButtonElement, dialog).disabled = !list.pages[at - forward];
    part(".right", HTMLButtonElement, dialog).disabled = !list.pages[at + forward];
    // A button that is disabled while focused would swallow the keys.
    if (!dialog.contains(document.activeElement) || document.activeElement?.matches(":disabled")) view.focus();
    const failed = () => fill(view, h("p", {}, page.problem ? plainly(page.problem) : t("This page can't be shown.")));
    if (page.problem) {
      failed();
      return;
    }
    // The thumbnail is shown immediately, and replaced once the page has loaded.
    const image = h("img", { alt: titleOf(page), src: imageOf(list, page, MEDIUM) });
    fill(view, image);
    const [whole, ...others] = wholeOf(list, page);
    const loading = new Image();
    loading.addEventListener("load", () => {
      image.src = loading.src;
    });
    askAgainFor(loading, () => dialog.open && at === page.number);
    loading.addEventListener("lost", () => {
      if (others.length) loading.src = others.shift() ?? "";
      else if (at === page.number) failed();
    });
    loading.src = whole;
    const next = list.pages[at + 1];
    if (next && !next.problem) new Image().src = imageOf(list, next);
  }

  /** @param {number} number */
  function go(number) {
    const to = Math.max(0, Math.min(list.pages.length - 1, number));
    if (to !== at) {
      at = to;
      show();
    }
  }

  dialog.addEventListener("keydown", (event) => {
    /** @type {Record<string, number>} */
    const places = {
      ArrowRight: at + forward,
      ArrowLeft: at - forward,
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + 1,
      PageUp: at - 1,
      Home: 0,
      End: list.pages.length - 1,
    };
    const to = places[event.key];
    if (to !== undefined) go(to);
    else if (event.key === "x" && choose) {
      choose.toggle(at);
      chosen.checked = choose.has(at);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  /** @type {number | null} */
  let touchedAt = null;
  view.addEventListener(
    "touchstart",
    (event) => {
      touchedAt = event.touches.length === 1 ? event.touches[0].clientX : null;
    },
    { passive: true },
  );
  view.addEventListener("touchend", (event) => {
    const moved = touchedAt === null ? 0 : event.changedTouches[0].clientX - touchedAt;
    if (Math.abs(moved) > SWIPE_PX) go(at + (moved < 0 ? forward : -forward));
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    left(at);
  });
  document.body.append(dialog);
  show();
  dialog.showModal();
  view.focus();
}
