// @ts-check
/**
 * Every text of the pages, in the language of the page. The English text is the key of its translation; see
 * docs/contributing/add-a-language.md.
 *
 * Values have names in braces. A sentence is always one text, because the order of its
 * parts differs between languages.
 */

/**
 * The translations of the page's language, set by the script texts/{language}.js; none in English.
 * @type {{texts: Record<string, string | string[]>, plural: (n: number) => number} | undefined}
 */
const catalogue = /** @type {any} */ (globalThis).comicmaintainerTexts;

/** The language of the page: "en", "de". */
export const language = document.documentElement.lang || "en";

/** The locale for numbers and dates: the reader's own where it is one of the page's language. */
export const locale = navigator.languages.find((one) => one.split("-")[0] === language) ?? language;

const numbers = new Intl.NumberFormat(locale);

/** @param {number | null | undefined} value */
export const count = (value) => numbers.format(value ?? 0);

/** @typedef {Record<string, string | number | null | undefined>} Values */

/**
 * @param {string} text
 * @param {Values} values
 */
const put = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));

/**
 * The translation of a text; with values, these stand in place of their names in braces.
 * @param {string} text
 * @param {Values} [values]
 */
export function t(text, values) {
  const found = catalogue?.texts[text];
  const translated = typeof found === "string" ? found : text;
  return values ? put(translated, values) : translated;
}

/**
 * The translation of a text in the form for a number, which stands for {n}.
 * @param {string} one
 * @param {string} other
 * @param {number} n
 * @param {Values} [values]
 */
export function tn(one, other, n, values = {}) {
  const found = catalogue?.texts[one];
  const form = catalogue && Array.isArray(found) ? found[catalogue.plural(n)] : n === 1 ? one : other;
  return put(form, { n: count(n), ...values });
}

/**
 * The translation of a text that means different things in different places; `context` says which.
 * @param {string} context
 * @param {string} text
 */
export function tc(context, text) {
  const found = catalogue?.texts[`${context}\u0004${text}`];
  return typeof found === "string" ? found : text;
}

/**
 * A translated text with elements in place of names in braces, as children of an element.
 * @param {string} text
 * @param {Record<string, any>} values
 * @returns {any[]}
 */
export const pieces = (text, values) =>
  t(text)
    .split(/\{(\w+)\}/)
    .map((part, index) => (index % 2 ? (values[part] ?? `{${part}}`) : part))
    .filter((part) => part !== "");
