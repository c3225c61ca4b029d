// @ts-check
/** The addresses of page images, and the words for pages. */

import { base } from "../base/dom.js";
import { t, tc } from "../base/texts.js";

export const SMALL = 160;
export const MEDIUM = 320;
export const LARGE = 1280;

/** The types of pages in ComicInfo. @type {Record<string, string>} */
const WORDS = {
  FrontCover: t("Cover"),
  InnerCover: t("Inner cover"),
  BackCover: t("Back cover"),
  Advertisement: t("Advert"),
  Roundup: t("Roundup"),
  Story: t("Story"),
  Editorial: t("Editorial"),
  Letters: t("Letters"),
  Preview: tc("page type", "Preview"),
  Other: tc("page type", "Other"),
  Deleted: t("Deleted"),
};

/**
 * A type of page in words; a page may have several.
 * @param {string} type
 */
export const typeWords = (type) =>
  type
    .split(" ")
    .map((each) => WORDS[each] ?? each)
    .join(", ");

/**
 * The address of a page's image, in full size or `width` wide.
 * @param {PageList} list
 * @param {ComicPage} page
 * @param {number | null} [width]
 */
export function imageOf(list, page, width = null) {
  const query = new URLSearchParams({ ...(width ? { width: String(width) } : {}), version: list.version });
  return `${base()}/api/files/${list.file_id}/pages/${page.number}?${query}`;
}

/**
 * Addresses to try in turn for a full-screen page: formats that no browser shows have only a scaled image.
 * @param {PageList} list
 * @param {ComicPage} page
 */
export const wholeOf = (list, page) => [imageOf(list, page), imageOf(list, page, LARGE)];

/**
 * A page's number for people, who count from 1.
 * @param {ComicPage} page
 */
export const numberOf = (page) => String(page.number + 1);

/**
 * The type of a page from the tags in a word, or null for an ordinary page.
 * @param {ComicPage} page
 */
export function markOf(page) {
  if (page.deleted) return t("Deleted");
  const type = page.type.split(" ")[0];
  return type === "Story" ? null : WORDS[type] || type;
}

/**
 * A page in words, for labels.
 * @param {ComicPage} page
 */
export const titleOf = (page) =>
  [t("Page {number}", { number: numberOf(page) }), markOf(page), page.problem && t("can't be shown")]
    .filter(Boolean)
    .join(", ");
