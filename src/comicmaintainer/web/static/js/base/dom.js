// @ts-check
/** Builds elements. Text only gets into a page this way: always as text, never as markup. */

/**
 * Create an element. Properties named `on…` are listeners, `data` becomes data attributes, `class`,
 * `for` and `aria-…` are attributes; null and false leave a property out. Children may be nested
 * lists, elements, texts or null.
 * @template {keyof HTMLElementTagNameMap} N
 * @param {N} name
 * @param {Record<string, any>} [properties]
 * @param {...any} children
 * @returns {HTMLElementTagNameMap[N]}
 */
export function h(name, properties = {}, ...children) {
  /** @type {HTMLElementTagNameMap[N] & Record<string, any>} */
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "data") Object.assign(element.dataset, value);
    else if (key in element && !key.startsWith("aria") && key !== "list") element[key] = value;
    else element.setAttribute(key === "className" ? "class" : key, value === true ? "" : value);
  }
  element.append(...children.flat(4).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/**
 * The element that `selector` names, of class `type`. Throws if the template lacks it.
 * @template {Element} T
 * @param {string} selector
 * @param {abstract new () => T} type
 * @param {ParentNode} [root]
 * @returns {T}
 */
export function part(selector, type, root = document) {
  const element = root.querySelector(selector);
  if (!(element instanceof type)) throw new Error(`There is no ${type.name} at ${selector}.`);
  return element;
}

/**
 * All elements of class `type` that `selector` names.
 * @template {Element} T
 * @param {string} selector
 * @param {abstract new () => T} type
 * @param {ParentNode} [root]
 * @returns {T[]}
 */
export function parts(selector, type, root = document) {
  return /** @type {T[]} */ ([...root.querySelectorAll(selector)].filter((element) => element instanceof type));
}

/**
 * The closest element matching `selector` around the target of an event, or null.
 * @param {Event} event
 * @param {string} selector
 */
export function around(event, selector) {
  const element = event.target instanceof Element ? event.target.closest(selector) : null;
  return element instanceof HTMLElement ? element : null;
}

/**
 * Replace the content of an element.
 * @param {Element} element
 * @param {...any} children
 */
export function fill(element, ...children) {
  element.replaceChildren(
    ...children.flat(4).filter((child) => child !== null && child !== undefined && child !== false),
  );
}

/**
 * Set text only if it differs, so that screen readers and selections are not disturbed.
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

const ICONS = new URL("../../icons.svg", import.meta.url).pathname;
const SVG = "http://www.w3.org/2000/svg";

/**
 * Create an icon from the sprite. It is decoration: the text beside it carries the meaning.
 * @param {string} name
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${ICONS}#${name}`);
  svg.append(use);
  return svg;
}

/** The address under which the service is mounted, without a slash at its end. */
export function base() {
  return document.documentElement.dataset.base || "";
}

/** Show the page, whose first data has come. Until then, or for a second, a page with `data-awaiting` is hidden. */
export function showPage() {
  delete part("#page", HTMLElement).dataset.awaiting;
}
