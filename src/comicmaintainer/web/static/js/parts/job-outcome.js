// @ts-check
/**
 * What a job came to, or a preview would: tabs by outcome, the kinds of change, groups of files that are all the
 * same, and the other files one by one, in their order.
 */

import { get } from "../base/api.js";
import { fill, h, icon, part, parts, setText } from "../base/dom.js";
import { baseName, count, files } from "../base/format.js";
import { kindOf } from "../base/kinds.js";
import { Paged } from "../base/paged.js";
import { ENDED } from "../base/states.js";
import { t } from "../base/texts.js";
import { attempt } from "../base/toast.js";
import { diff } from "./diff.js";
import { resultRow } from "./job-results.js";

const PAGE = 50;
const NAMES = 200;

/**
 * A tab: the outcome in the address, its label, and how many files it has.
 * @typedef {[name: string, label: string, number: number]} Tab
 */

/**
 * Whether a job reports on files, so that each of them is of interest, changed or not.
 * @param {Job} job
 */
const reports = (job) => {
  const kind = kindOf(job.kind);
  return Boolean(kind.reports) || kind.items !== "file";
};

/**
 * The tabs of a job.
 * @param {Job} job
 * @param {JobOutcome} outcome
 * @returns {Tab[]}
 */
function tabsOf(job, { changed, unchanged, failed }) {
  if (!job.preview && reports(job))
    return [
      ["all", t("All"), changed + unchanged + failed],
      ["changed", t("Changed"), changed],
      ["failed", t("Failed"), failed],
    ];
  return [
    ["changed", job.preview ? t("Changes") : t("Changed"), changed],
    ["unchanged", t("Unchanged"), unchanged],
    ["failed", job.preview ? t("Refused") : t("Failed"), failed],
  ];
}

/** The part of a job's page that lists its files. */
export class JobOutcomeView {
  /**
   * @param {string} path the address of the job in the API
   * @param {() => Job} job the job as it is known now
   * @param {(result: JobResult) => any} undo undoes what the job changed of one file
   */
  constructor(path, job, undo) {
    this.path = path;
    this.job = job;
    this.undo = undo;
    /** @type {JobOutcome | null} */
    this.outcome = null;
    const asked = new URLSearchParams(location.search);
    /** The tab that the person chose; null until then. @type {string | null} */
    this.chosen = asked.get("outcome");
    /** The only type of change that is shown, if one was chosen. @type {string | null} */
    this.change = asked.get("change");
    this.drawn = "";
    this.body = part("#results", HTMLElement);
    this.list = new Paged(
      this.body,
      async (after) => {
        /** @type {ListPage & {results: JobResult[]}} */
        const found = await get(`${this.path}/results`, {
          order: "file",
          outcome: this.tab,
          change: this.change,
          apart: this.tab === "changed",
          after,
          limit: PAGE,
        });
        return { rows: found.results.map((result) => resultRow(result, this.job(), this.undo)), next: found.next };
      },
      () => this.#empty(),
    );
  }

  /** The tab that is shown: the chosen one, or the first with a file. */
  get tab() {
    if (!this.outcome) return this.chosen ?? "all";
    const tabs = tabsOf(this.job(), this.outcome);
    const names = tabs.map(([name]) => name);
    if (this.chosen && names.includes(this.chosen)) return this.chosen;
    return tabs.find(([, , number]) => number)?.[0] ?? names[0];
  }

  /** Load everything anew. */
  async load() {
    this.outcome = await get(`${this.path}/outcome`);
    this.#draw();
    await this.list.restart();
  }

  #draw() {
    if (!this.outcome) return;
    const { sentence, alike, told, progress } = this.outcome;
    const job = this.job();
    const tab = this.tab;
    this.#tabs(tabsOf(job, this.outcome), tab);
    const place = part("#outcome", HTMLElement);
    const says = !job.preview && kindOf(job.kind).items === "file" && !kindOf(job.kind).rehearses && told.length > 0;
    setText(place, says ? sentence : "");
    place.hidden = !says;
    const kept = part("#kept", HTMLElement);
    kept.hidden = !progress.length;
    fill(
      kept,
      progress.map((each) => h("p", {}, each)),
    );
    const isChanged = tab === "changed";
    this.#kinds(isChanged && told.length > 1 ? told : []);
    const shown = isChanged
      ? alike.filter(
          ({ example }) => !this.change || example.details?.changes?.some(({ type }) => type === this.change),
        )
      : [];
    // Groups that are the same as before keep their lists open.
    const look = shown.map(({ group, items }) => `${group} ${items}`).join();
    if (look !== this.drawn) {
      this.drawn = look;
      fill(
        part("#alike", HTMLElement),
        shown.map((group) => this.#group(group)),
      );
    }
  }

  /**
   * @param {Tab[]} tabs
   * @param {string} current
   */
  #tabs(tabs, current) {
    const place = part("#tabs", HTMLElement);
    if (place.children.length !== tabs.length)
      fill(
        place,
        tabs.map(([name, label]) =>
          h(
            "a",
            {
              href: `?outcome=${name}`,
              data: { outcome: name },
              onclick: (/** @type {Event} */ event) => {
                event.preventDefault();
                this.#choose(name, null);
              },
            },
            h("span", {}, label),
            " ",
            h("span", { class: "muted" }),
          ),
        ),
      );
    for (const [at, tab] of parts("a", HTMLElement, place).entries()) {
      const [name, , number] = tabs[at];
      if (name === current) tab.setAttribute("aria-current", "page");
      else tab.removeAttribute("aria-current");
      setText(part(".muted", HTMLElement, tab), count(number));
    }
  }

  /**
   * @param {string} tab
   * @param {string | null} change
   */
  #choose(tab, change) {
    this.chosen = tab;
    this.change = change;
    history.replaceState(null, "", `?outcome=${tab}${change ? `&change=${change}` : ""}`);
    this.#draw();
    document.dispatchEvent(new CustomEvent("outcome-chosen"));
    attempt(() => this.list.restart());
  }

  /** @param {ToldChange[]} told */
  #kinds(told) {
    const place = part("#kinds", HTMLElement);
    place.hidden = !told.length;
    fill(
      place,
      told.map(({ type, files: number, words }) =>
        h(
          "button",
          {
            type: "button",
            class: "chip-choice",
            "aria-pressed": String(this.change === type),
            onclick: () => this.#choose("changed", this.change === type ? null : type),
          },
          `${count(number)} ${words}`,
        ),
      ),
    );
  }

  /** @param {AlikeResults} group */
  #group(group) {
    const names = h("div", { class: "names" });
    const list = h(
      "details",
      {
        ontoggle: () => {
          if (list.open && !names.children.length) attempt(() => this.#names(names, group, null));
        },
      },
      h("summary", {}, t("Show the {files}", { files: files(group.items) })),
      names,
    );
    return h(
      "section",
      { class: "alike" },
      h("h3", {}, t("{files}, all the same", { files: files(group.items) })),
      diff(group.example.details),
      list,
    );
  }

  /**
   * @param {HTMLElement} place
   * @param {AlikeResults} group
   * @param {number | null} after
   */
  async #names(place, group, after) {
    /** @type {ListPage & {results: JobResult[]}} */
    const found = await get(`${this.path}/results`, { order: "file", group: group.group, after, limit: NAMES });
    place.querySelector("button.more")?.remove();
    const canUndo = !this.job().preview && ENDED.includes(this.job().status);
    place.append(
      ...found.results.map((result) => {
        const path = result.path || result.item;
        return h(
          "div",
          { title: path },
          h("span", { class: "clip" }, baseName(path)),
          canUndo && result.undoable.length
            ? h(
                "button",
                {
                  type: "button",
                  class: "quiet",
                  data: { needs: "work" },
                  onclick: () => attempt(() => this.undo(result)),
                },
                icon("undo"),
                t("Undo"),
              )
            : result.undone_at && h("span", { class: "muted small" }, t("undone")),
        );
      }),
    );
    if (found.next !== null)
      place.append(
        h(
          "button",
          { type: "button", class: "more", onclick: () => attempt(() => this.#names(place, group, found.next)) },
          t("Show more"),
        ),
      );
  }

  /** What to show if the list has no file beside those in groups. */
  #empty() {
    if (this.tab === "changed" && part("#alike", HTMLElement).children.length) return [];
    return h("tr", {}, h("td", { colSpan: 4 }, h("div", { class: "empty" }, h("p", {}, this.#nothing()))));
  }

  /** Why there is no result to show. */
  #nothing() {
    const job = this.job();
    if (job.total_items && !ENDED.includes(job.status))
      return t("No results yet. They appear here as the job works on files.");
    if (!job.total_items) return t("No file matched, so there was nothing to do.");
    if (this.tab === "failed") return job.preview ? t("No file was refused.") : t("Nothing failed.");
    if (job.archived) return t("The names of these files were cleaned up; they were not changed.");
    if (this.tab === "changed") return job.preview ? t("No file would change.") : t("No file was changed.");
    return this.tab === "unchanged" ? t("No file stayed as it was.") : t("No file was worked on.");
  }
}
