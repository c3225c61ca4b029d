// @ts-check
/** Gives the files of a series another name of it: their own, or that of a series that they join. */

import { get } from "../base/api.js";
import { fill, h } from "../base/dom.js";
import { InputError } from "../base/form-problem.js";
import { count, files } from "../base/format.js";
import { t } from "../base/texts.js";
import { attempt } from "../base/toast.js";
import { previewedJob } from "./previewed-job.js";

const WAIT_MS = 200;
const OFFERED = 8;

/**
 * Returns what is called at the end of a job that gives the series another name, and of the job that undoes it.
 * @typedef {(name: string) => (job: Job | null) => void} Renamed
 */

/** @param {string} text */
const searched = (text) => get("/api/series", { text: text.trim(), limit: OFFERED });

/** @param {string} text */
const plain = (text) => text.trim().toLowerCase();

/**
 * The request that gives the files of a series a name.
 * @param {string} series
 * @param {string} name
 */
const renaming = (series, name) => ({
  kind: "tag",
  title: `Series: ${name}`.slice(0, 200),
  filter: { series },
  params: { set: { series: name } },
});

/**
 * Rename a series. A name that another series has lets these files join it.
 * @param {{name: string, spellings: Record<string, number>, done: Renamed}} options
 */
export function renameSeries({ name, spellings, done }) {
  const input = h("input", { type: "text", name: "name", value: name, autocomplete: "off", maxLength: 1000 });
  const note = h("p", { class: "muted", role: "status" });
  const spelled = Object.entries(spellings);
  let ended = done(name);
  /** @type {number | undefined} */
  let waiting;
  let turn = 0;
  async function look() {
    turn += 1;
    const mine = turn;
    const text = input.value;
    if (!text.trim() || plain(text) === plain(name)) {
      fill(note);
      return;
    }
    /** @type {{series: Series[]}} */
    const { series } = await searched(text);
    if (mine !== turn) return;
    const other = series.find((one) => plain(one.name) === plain(text));
    fill(
      note,
      other
        ? t("There is a series of this name already, with {files}. These comics join it.", {
            files: files(other.files),
          })
        : null,
    );
  }
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => attempt(look), WAIT_MS);
  });
  previewedJob({
    title: t("Rename the series"),
    inputs: [
      h("label", { class: "field" }, h("span", {}, t("Name of the series")), input),
      note,
      spelled.length > 1
        ? h(
            "div",
            { class: "field" },
            h("span", {}, t("Spellings in the files")),
            h(
              "div",
              { class: "choices" },
              spelled.map(([spelling, number]) =>
                h(
                  "button",
                  {
                    type: "button",
                    onclick: () => {
                      input.value = spelling;
                      input.focus();
                    },
                  },
                  spelling,
                  h("span", { class: "muted small" }, count(number)),
                ),
              ),
            ),
          )
        : null,
      h(
        "p",
        { class: "muted small" },
        t("This changes the tags. Process the series afterwards to name the files by it."),
      ),
    ],
    request: () => {
      const wanted = input.value.trim();
      if (!wanted) throw new InputError(t("Enter the name of the series."), input);
      ended = done(wanted);
      return renaming(name, wanted);
    },
    done: (job) => ended(job),
  });
  input.select();
}

/**
 * Merge a series with another one, under the name of either.
 * @param {{name: string, files: number, done: Renamed}} options
 */
export function mergeSeries({ name, files: number, done }) {
  const search = h("input", { type: "text", name: "other", autocomplete: "off", maxLength: 1000 });
  const found = h("div", { class: "body-part offered" });
  const names = h("div", { class: "body-part" });
  /** @type {Series | null} */
  let other = null;
  let kept = "";
  let ended = done(name);
  let turn = 0;

  /** @param {Series} series @param {boolean} isChosen */
  const keeping = (series, isChosen) =>
    h(
      "label",
      { class: "field check" },
      h("input", { type: "radio", name: "kept", checked: isChosen, onchange: () => (kept = series.name) }),
      h("span", {}, series.name, " ", h("span", { class: "muted small" }, files(series.files))),
    );

  function drawNames() {
    if (!other) {
      fill(names);
      return;
    }
    const own = { name, files: number, cover_file_id: null };
    kept = other.files > number ? other.name : name;
    fill(
      names,
      h(
        "fieldset",
        { class: "field" },
        h("legend", {}, t("The name that stays")),
        [own, other].map((one) => keeping(one, one.name === kept)),
      ),
    );
  }

  async function look() {
    turn += 1;
    const mine = turn;
    /** @type {{series: Series[]}} */
    const { series } = await searched(search.value);
    if (mine !== turn) return;
    fill(
      found,
      series
        .filter((one) => one.name !== name)
        .map((one) =>
          h(
            "label",
            { class: "field check" },
            h("input", {
              type: "radio",
              name: "chosen",
              onchange: () => {
                other = one;
                drawNames();
              },
            }),
            h("span", {}, one.name, " ", h("span", { class: "muted small" }, files(one.files))),
          ),
        ),
    );
  }

  /** @type {number | undefined} */
  let waiting;
  search.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => attempt(look), WAIT_MS);
  });
  previewedJob({
    title: t("Merge {name} with another series", { name }),
    inputs: [h("label", { class: "field" }, h("span", {}, t("The other series")), search), found, names],
    request: () => {
      if (!other) throw new InputError(t("Choose the other series."), search);
      ended = done(kept);
      return renaming(kept === name ? other.name : name, kept);
    },
    done: (job) => ended(job),
  });
  attempt(look);
}
