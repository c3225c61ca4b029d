// @ts-check
/** The pages of one comic: view them, mark them as deleted, remove them, choose the cover. */

import { get, messageOf } from "../base/api.js";
import { fill, h, setText } from "../base/dom.js";
import { count, pages as many, plainly } from "../base/format.js";
import { t } from "../base/texts.js";
import { NO_PAGES, PageGrid } from "./page-grid.js";

/** @typedef {(kind: string, params?: Record<string, any>, preview?: boolean) => Promise<Job | undefined>} Submit */

/**
 * The page list as the tags store it, with other types for some pages.
 * @param {PageList} list
 * @param {Map<number, string>} types
 */
function retyped(list, types) {
  return list.pages.map((page) => ({
    ...(page.tagged || { image: page.number, image_size: page.size_bytes }),
    type: types.get(page.number) ?? page.type,
  }));
}

export class FilePages {
  /** @type {PageList} */
  list = NO_PAGES;
  /** @type {PageGrid | null} */
  grid = null;

  /**
   * `submit(kind, params, preview)` submits a job over the file.
   * @param {HTMLElement} section
   * @param {Submit} submit
   */
  constructor(section, submit) {
    this.section = section;
    this.submit = submit;
    this.about = h("div", { class: "muted pages-about" });
    this.bar = h("div", { class: "selection", role: "toolbar", "aria-label": t("Chosen pages"), hidden: true });
    this.place = h("div", {});
    section.append(this.about, this.place, this.bar);
  }

  /**
   * Show the pages of a file as the API gives it; again after each change.
   * @param {ComicFile} file
   */
  async show(file) {
    if (file.page_count === null) {
      setText(this.about, t("The pages are not known yet."));
      return;
    }
    try {
      this.list = await get(`/api/files/${file.file_id}/pages`);
    } catch (error) {
      fill(
        this.about,
        h("span", {}, `${plainly(messageOf(error), file.path)}.`),
        h("button", { type: "button", onclick: () => this.show(file) }, t("Try again")),
      );
      fill(this.place);
      return;
    }
    if (!this.grid) {
      this.grid = new PageGrid({ changed: file.format === "cbz" ? (numbers) => this.drawBar(numbers) : null });
    }
    if (!this.place.contains(this.grid.element)) fill(this.place, this.grid.element);
    this.drawAbout(file);
    this.grid.show(this.list);
    this.drawBar([...this.grid.chosen]);
  }

  /** @param {ComicFile} file */
  drawAbout(file) {
    const marked = this.list.pages.filter((page) => page.deleted).length;
    const isCbz = file.format === "cbz";
    const mark = marked > 0 && isCbz;
    const words = [
      many(this.list.pages.length),
      this.list.right_to_left ? t("right to left") : "",
      mark ? t("{number} marked as deleted", { number: count(marked) }) : "",
    ];
    const note = isCbz
      ? ""
      : `. ${t("Pages of a {format} can't be changed; convert it to CBZ first.", {
          format: (file.format || "file").toUpperCase(),
        })}`;
    fill(
      this.about,
      h("span", {}, `${words.filter(Boolean).join(", ")}${note}`),
      mark && [
        h(
          "button",
          { type: "button", data: { needs: "work" }, onclick: () => this.submit("remove-pages", { mode: "remove" }) },
          t("Remove {pages}", { pages: many(marked) }),
        ),
        h(
          "button",
          {
            type: "button",
            class: "quiet",
            data: { needs: "work" },
            onclick: () => this.submit("remove-pages", { mode: "remove" }, true),
          },
          t("Preview"),
        ),
      ],
    );
  }

  /** @param {number[]} numbers */
  drawBar(numbers) {
    this.bar.hidden = numbers.length === 0;
    if (!numbers.length) return;
    const chosen = this.list.pages.filter((page) => numbers.includes(page.number));
    const kept = chosen.filter((page) => !page.deleted).map((page) => page.number);
    const marked = chosen.filter((page) => page.deleted).map((page) => page.number);
    /** @type {(label: string, action: () => unknown, look?: string) => HTMLButtonElement} */
    const act = (label, action, look = "") =>
      h("button", { type: "button", class: look, data: { needs: "work" }, onclick: action }, label);
    /** @type {Submit} */
    const done = (kind, params) => {
      this.grid?.choose([]);
      return this.submit(kind, params);
    };
    fill(
      this.bar,
      h("span", { role: "status" }, t("{pages} chosen", { pages: many(numbers.length) })),
      kept.length > 0 && [
        act(t("Mark as deleted"), () => done("remove-pages", { pages: kept, mode: "mark" }), "primary"),
        act(t("Preview"), () => this.submit("remove-pages", { pages: kept, mode: "mark" }, true)),
      ],
      marked.length > 0 &&
        act(t("Keep"), () =>
          done("tag", { set: { pages: retyped(this.list, new Map(marked.map((number) => [number, "Story"]))) } }),
        ),
      numbers.length === 1 &&
        kept.length === 1 &&
        !chosen[0].type.includes("FrontCover") &&
        act(t("Use as cover"), () => done("tag", { set: { pages: this.withCover(kept[0]) } })),
      act(t("Clear"), () => this.grid?.choose([]), "quiet"),
    );
  }

  /** @param {number} number */
  withCover(number) {
    /** @type {Map<number, string>} */
    const types = new Map(
      this.list.pages
        .filter((page) => page.type.split(" ").includes("FrontCover"))
        .map((page) => [page.number, "Story"]),
    );
    return retyped(this.list, types.set(number, "FrontCover"));
  }
}

/**
 * In a form, replace the input for page numbers by a grid to choose pages from.
 * @param {HTMLInputElement} input
 * @param {number} file_id
 */
export async function pickPages(input, file_id) {
  const list = await get(`/api/files/${file_id}/pages`);
  if (!input.isConnected) return;
  const grid = new PageGrid({
    compact: true,
    changed: (numbers) => {
      input.value = numbers.map((number) => number + 1).join(", ");
    },
  });
  const hint = input.closest(".field");
  if (!(hint instanceof HTMLElement)) return;
  hint.hidden = true;
  hint.after(h("fieldset", { class: "field" }, h("legend", { class: "muted" }, t("Pages")), grid.element));
  grid.show(list);
}
