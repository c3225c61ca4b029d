// @ts-check
/** The tools of a sheet that ask something first: numbers in sequence, find and replace, and the columns. */

import { fill, h } from "../base/dom.js";
import { InputError } from "../base/form-problem.js";
import { comics, count } from "../base/format.js";
import { openSheet } from "../base/sheet.js";
import { t, tc, tn } from "../base/texts.js";

/** @typedef {import("./sheet-model.js").SheetModel} SheetModel */
/** @typedef {import("./sheet-model.js").Area} Area */

const KEPT = "sheet-columns";
const USUAL = ["series", "issue", "title", "volume", "year", "month", "publisher", "writer"];

/** @param {number} number */
const cells = (number) => tn("1 cell", "{n} cells", number);

/** @param {Area} area */
const sizeOf = ({ top, left, bottom, right }) => (bottom - top + 1) * (right - left + 1);

/**
 * @param {SheetModel} model
 * @param {Area} area
 * @param {() => void} done
 */
export function numberInSequence(model, area, done) {
  const field = model.columns[area.left];
  const before = model.text(area.top, area.left);
  const first = h("input", {
    type: "text",
    name: "first",
    value: /^\d+(\.\d+)?$/.test(before) ? before : "1",
    inputMode: "decimal",
    autocomplete: "off",
  });
  const step = h("input", { type: "text", name: "step", value: "1", inputMode: "decimal", autocomplete: "off" });
  openSheet(
    t("Number in sequence"),
    [
      h(
        "p",
        { class: "muted" },
        t("{label} of {comics}, in the order of the sheet.", {
          label: field.label,
          comics: comics(area.bottom - area.top + 1),
        }),
      ),
      h(
        "div",
        { class: "pair" },
        h("label", { class: "field" }, h("span", {}, t("First")), first),
        h("label", { class: "field" }, h("span", {}, t("Step")), step),
      ),
    ],
    {
      label: tc("button", "Number"),
      save: async () => {
        for (const input of [first, step])
          if (!input.value.trim() || Number.isNaN(Number(input.value)))
            throw new InputError(t("Enter a number."), input);
        model.number(area, Number(first.value), Number(step.value));
        done();
      },
    },
  );
  first.select();
}

/**
 * @param {SheetModel} model
 * @param {Area} area
 * @param {(replaced: number) => void} done
 */
export function findAndReplace(model, area, done) {
  const names = model.columns.slice(area.left, area.right + 1).map((field) => field.label);
  const find = h("input", { type: "text", name: "find", autocomplete: "off", spellcheck: false });
  const other = h("input", { type: "text", name: "other", autocomplete: "off", spellcheck: false });
  const exact = h("input", { type: "checkbox", name: "exact" });
  const found = h("p", { class: "muted", role: "status" });
  const replaced = () => model.replaced(area, find.value, other.value, { isExact: exact.checked });
  const draw = () => fill(found, find.value ? t("{cells} would change.", { cells: cells(replaced().length) }) : "");
  const sheet = openSheet(
    t("Find and replace"),
    [
      h(
        "p",
        { class: "muted" },
        names.length > 3
          ? t("In {cells} of {number} columns.", { cells: cells(sizeOf(area)), number: count(names.length) })
          : t("In {cells} of {names}.", { cells: cells(sizeOf(area)), names: names.join(", ") }),
      ),
      h("label", { class: "field" }, h("span", {}, t("Find")), find),
      h("label", { class: "field" }, h("span", {}, t("Replace with")), other),
      h("label", { class: "field check" }, exact, h("span", {}, t("Capital letters count"))),
      found,
    ],
    {
      label: t("Replace"),
      save: async () => {
        if (!find.value) throw new InputError(t("Enter what to find."), find);
        done(model.write(replaced()));
      },
    },
  );
  sheet.addEventListener("input", draw);
  find.focus();
}

/**
 * The names of the columns that were chosen last, or the usual ones.
 * @param {TagField[]} fields
 */
export function chosenColumns(fields) {
  let names = USUAL;
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT) ?? "null");
    if (Array.isArray(kept) && kept.length) names = kept;
  } catch {
    /* what can't be read was not chosen */
  }
  const found = names.map((name) => fields.find((field) => field.name === name));
  return found.filter((field) => field !== undefined);
}

/**
 * @param {TagField[]} fields
 * @param {TagField[]} chosen
 * @param {(columns: TagField[]) => void} done
 */
export function chooseColumns(fields, chosen, done) {
  const boxes = new Map(
    fields.map((field) => [field, h("input", { type: "checkbox", name: field.name, checked: chosen.includes(field) })]),
  );
  const sections = [...new Set(fields.map((field) => field.section))];
  openSheet(
    t("Columns"),
    sections.map((section) =>
      h(
        "fieldset",
        { class: "field" },
        h("legend", {}, section),
        h(
          "div",
          { class: "choices" },
          [...boxes]
            .filter(([field]) => field.section === section)
            .map(([field, box]) => h("label", {}, box, field.label)),
        ),
      ),
    ),
    {
      label: t("Show"),
      save: async () => {
        const shown = new Set([...boxes].filter(([, box]) => box.checked).map(([field]) => field));
        const [first] = boxes.values();
        if (!shown.size) throw new InputError(t("Choose at least one column."), first);
        // Those that were there stay where they are.
        const columns = [
          ...chosen.filter((field) => shown.has(field)),
          ...[...shown].filter((field) => !chosen.includes(field)),
        ];
        localStorage.setItem(KEPT, JSON.stringify(columns.map((field) => field.name)));
        done(columns);
      },
    },
  );
}
