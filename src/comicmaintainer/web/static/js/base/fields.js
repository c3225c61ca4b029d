// @ts-check
/** The names of tags, as the server declares them in every page. */

import { capital } from "./format.js";
import { language } from "./texts.js";

/** @type {Record<string, string>} */
const labels = JSON.parse(document.querySelector("#declared-fields")?.textContent || "{}");

/**
 * The name of a field as a label.
 * @param {string} name
 */
export const fieldLabel = (name) => labels[name] ?? capital(name.replaceAll("_", " "));

/**
 * The name of a field within a sentence: in English, but for abbreviations such as UPC, in small letters.
 * @param {string} name
 */
export function fieldName(name) {
  const label = fieldLabel(name);
  return language === "en" && /^[A-Z][a-z ]/.test(label) ? label[0].toLowerCase() + label.slice(1) : label;
}
