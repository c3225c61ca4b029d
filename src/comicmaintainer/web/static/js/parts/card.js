// @ts-check
/** A figure with its label, in a row of such. */

import { h } from "../base/dom.js";

/**
 * @param {string} figure
 * @param {string} label
 * @param {object} [more]
 * @param {string} [more.title] the tooltip
 * @param {string} [more.href] where the label leads
 */
export const card = (figure, label, { title = "", href = "" } = {}) =>
  h(
    "div",
    { class: "card", title },
    h("div", { class: "figure" }, figure),
    h("div", { class: "muted small" }, href ? h("a", { href }, label) : label),
  );
