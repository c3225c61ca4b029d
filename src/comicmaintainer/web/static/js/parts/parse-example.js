// @ts-check
/** Shows how a file name is parsed while it is typed: each piece with its field. */

import { get, messageOf } from "../base/api.js";
import { fill, h, part } from "../base/dom.js";
import { fieldName } from "../base/fields.js";
import { t } from "../base/texts.js";

const WAIT_MS = 250;
const SILENT = new Set(["separator", "suffix"]);
/** @type {Record<string, string>} */
const WORDS = { issue_from_volume: t("number taken from the volume"), from_folder: t("taken from the folder") };

/**
 * The pieces and the text between them, spaces included. Positions are counted in characters.
 * @param {string} name
 * @param {ParsedPiece[]} explanation
 */
function piecesOf(name, explanation) {
  const letters = [...name];
  let at = 0;
  /** @type {HTMLElement[]} */
  const found = [];
  /** @param {number} end */
  const between = (end) => {
    if (end > at) found.push(h("span", { class: "muted" }, letters.slice(at, end).join("")));
  };
  for (const piece of explanation) {
    between(piece.start);
    found.push(
      SILENT.has(piece.role)
        ? h("span", { class: "muted" }, piece.text)
        : h(
            "span",
            { class: "piece" },
            h("span", {}, piece.text),
            h("span", { class: "small muted" }, fieldName(piece.role)),
          ),
    );
    at = piece.end;
  }
  between(letters.length);
  return found;
}

/** @param {ParsedName["fields"][string]} value */
const text = (value) => (value === true ? t("yes") : [value].flat().join(", "));

/** Show what each piece of the name in the form `#parse` means, while it is typed. Call once. */
export function parseExample() {
  const form = part("#parse", HTMLFormElement);
  const place = part("#parsed", HTMLElement);
  /** @type {number | undefined} */
  let waiting;
  let turn = 0;

  async function draw() {
    const values = new FormData(form);
    const name = String(values.get("name"));
    const folder = String(values.get("folder"));
    turn += 1;
    const mine = turn;
    if (!name) {
      fill(place);
      return;
    }
    try {
      /** @type {ParsedName} */
      const found = await get("/api/parse", { name, folder });
      if (mine !== turn) return;
      fill(
        place,
        h("p", { class: "pieces" }, piecesOf(name, found.explanation)),
        h(
          "dl",
          { class: "facts" },
          Object.entries(found.fields)
            .filter(([field]) => field !== "suffix")
            .map(([field, value]) => [h("dt", {}, WORDS[field] || fieldName(field)), h("dd", {}, text(value))]),
        ),
      );
    } catch (error) {
      if (mine === turn) fill(place, h("p", { class: "bad" }, messageOf(error)));
    }
  }

  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(draw, WAIT_MS);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    draw();
  });
}
