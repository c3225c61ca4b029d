// @ts-check
/** How a file name is read, shown while it is typed: each piece with what it became. */

import { get, messageOf } from "../base/api.js";
import { fill, h, part } from "../base/dom.js";
import { fieldName } from "./parameters.js";

const WAIT_MS = 250;
const form = part("#parse", HTMLFormElement);
const place = part("#parsed", HTMLElement);
const SILENT = new Set(["separator", "suffix"]);
const WORDS = { issue_from_volume: "number taken from the volume", from_folder: "told by the folder" };
let waiting = null;
let turn = 0;

/** The pieces with what stands between them, each as wide as it is: spaces count. Places are counted in characters. */
function pieces(name, explanation) {
  const letters = [...name];
  let at = 0;
  const found = [];
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

const text = (value) => (value === true ? "yes" : [value].flat().join(", "));

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
    const found = await get("/api/parse", { name, folder });
    if (mine !== turn) return;
    fill(
      place,
      h("p", { class: "pieces" }, pieces(name, found.explanation)),
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
