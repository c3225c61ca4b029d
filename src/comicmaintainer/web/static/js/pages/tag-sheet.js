// @ts-check
/** The sheet: many comics as rows and their tags as columns. Only what was changed is written, as one job. */

import { ApiError, api, get, messageOf } from "../base/api.js";
import { around, base, fill, h, part, setText } from "../base/dom.js";
import { comics, files } from "../base/format.js";
import { pieces, t, tn } from "../base/texts.js";
import { attempt, toast } from "../base/toast.js";
import { previewedJob } from "../parts/previewed-job.js";
import { SheetGrid } from "../parts/sheet-grid.js";
import { SheetModel } from "../parts/sheet-model.js";
import { idsOf, keptSelection } from "../parts/sheet-selection.js";
import { chooseColumns, chosenColumns, findAndReplace, numberInSequence } from "../parts/sheet-tools.js";
import { tagFields } from "../parts/tag-fields.js";

const MOST_ROWS = 5000;
const READ_AT_ONCE = 1000;
const address = new URLSearchParams(location.search);
const series = address.get("series");
const model = new SheetModel();
/** @type {TagField[]} */
let fields = [];
/** @type {number[]} */
let ids = [];

const table = part("#cells", HTMLTableElement);
const grid = new SheetGrid(table, model, { changed: drawState, told: toast });

/** The ids of the comics in the order of the sheet, and whether there are more. */
async function wanted() {
  if (series) {
    /** @type {Shelf | null} */
    const shelf = (await attempt(() => get(`/api/series/${encodeURIComponent(series)}/shelf`))) ?? null;
    if (!shelf) return { found: [], isCapped: false };
    const found = shelf.volumes.flatMap((volume) => volume.places.flatMap((place) => place.files));
    return { found: found.map((file) => file.file_id), isCapped: shelf.is_capped };
  }
  return idsOf(keptSelection(), MOST_ROWS);
}

/** The comics with their tags as they are stored now. */
async function read() {
  /** @type {TagTexts[]} */
  const rows = [];
  for (let at = 0; at < ids.length; at += READ_AT_ONCE) {
    /** @type {{files: TagTexts[]}} */
    const answer = await api("POST", "/api/tag-texts", {
      body: { ids: ids.slice(at, at + READ_AT_ONCE), named: true },
    });
    rows.push(...answer.files);
  }
  return rows;
}

function drawState() {
  const { cells, rows } = model.changes;
  const look = part("#preview", HTMLButtonElement);
  look.disabled = cells === 0;
  const label = cells === 0 ? t("Preview") : tn("Preview 1 change", "Preview {n} changes", cells);
  setText(part("span", HTMLElement, look), label);
  look.title = cells
    ? tn("1 cell of {files}", "{n} cells of {files}", cells, { files: files(rows) })
    : t("Nothing was changed");
  part("#back", HTMLButtonElement).disabled = !model.canGoBack;
  part("#discard", HTMLButtonElement).hidden = cells === 0;
}

/** Read the comics again, and keep what is not stored yet. */
async function reload() {
  model.refresh(await read());
  grid.draw();
  drawState();
}

/**
 * Show an error of a request at the cell that it names; return whether it names one.
 * @param {unknown} error
 */
function refused(error) {
  const place = error instanceof ApiError && /^each\.(\d+)\.params\.(?:set|clear)\.?(\w+)?/.exec(error.field ?? "");
  if (!place) return false;
  const edit = model.edits(fields)[Number(place[1])];
  const row = model.rows.findIndex((one) => one.path === edit?.file);
  const column = model.columns.findIndex((field) => field.name === place[2]);
  if (row < 0 || column < 0) return false;
  toast(messageOf(error));
  setTimeout(() => grid.select(row, column)); // after the sheet has given the focus back
  return true;
}

function preview() {
  grid.commit();
  const { cells, rows } = model.changes;
  if (!cells) return;
  previewedJob({
    title: tn("Change 1 tag of {files}", "Change {n} tags of {files}", cells, { files: files(rows) }),
    inputs: null,
    atOnce: true,
    request: () => ({ kind: "tag", title: t("Tags from the sheet"), each: model.edits(fields) }),
    refused,
    done: () => attempt(reload),
  });
}

/** @type {Record<string, () => void>} */
const TOOLS = {
  preview,
  back: () => {
    model.goBack();
    grid.refresh();
  },
  discard: () => {
    model.discard();
    grid.refresh();
  },
  fill: () => {
    model.fillDown(grid.areaOrRest);
    grid.refresh();
  },
  number: () => numberInSequence(model, grid.areaOrRest, () => grid.refresh()),
  replace: () =>
    findAndReplace(model, grid.areaOrColumn, (replaced) => {
      grid.refresh();
      toast(tn("1 cell changed.", "{n} cells changed.", replaced));
    }),
  names: () => {
    const taken = model.takeNames(grid.areaOrColumn);
    grid.refresh();
    toast(
      taken === 0
        ? t("The names say nothing else.")
        : tn("1 tag taken from the names.", "{n} tags taken from the names.", taken),
    );
  },
  columns: () =>
    chooseColumns(
      fields.filter((field) => !field.is_of_file),
      model.columns,
      (columns) => {
        model.columns = columns;
        grid.draw();
        drawState();
      },
    ),
};
part("#page", HTMLElement).addEventListener("click", (event) => {
  const name = around(event, "[data-tool]")?.dataset.tool;
  if (!name || !model.rows.length) return;
  grid.commit();
  TOOLS[name]();
});
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.key !== "s" || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  preview();
});
addEventListener("beforeunload", (event) => {
  if (model.changes.cells) event.preventDefault();
});

attempt(async () => {
  fields = await tagFields();
  const { found, isCapped } = await wanted();
  ids = found;
  model.columns = chosenColumns(fields);
  model.refresh(ids.length ? await read() : []);
  const number = model.rows.length;
  const words = isCapped ? t("The first {comics}", { comics: comics(number) }) : comics(number);
  fill(
    part("#about", HTMLElement),
    series
      ? pieces("{comics} of {series}", {
          comics: words,
          series: h("a", { href: `${base()}/series?name=${encodeURIComponent(series)}` }, series),
        })
      : words,
    isCapped ? `. ${t("A sheet holds no more; narrow down what is selected to edit the others here.")}` : null,
  );
  part("#none", HTMLElement).hidden = number > 0;
  part("#grid", HTMLElement).hidden = number === 0;
  part("#tools", HTMLElement).hidden = number === 0;
  if (!number) return;
  grid.draw();
  const title = model.columns.findIndex((field) => field.name === "title");
  grid.select(0, Math.max(0, title));
  drawState();
});
