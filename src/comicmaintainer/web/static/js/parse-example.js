/** How a file name is read, shown while it is typed: each piece with what it became. */

import { get } from "./api.js";
import { fill, h } from "./dom.js";

const WAIT_MS = 250;
const form = document.querySelector("#parse");
const place = document.querySelector("#parsed");
const SILENT = new Set(["separator", "suffix"]);
const WORDS = { issue_from_volume: "number taken from the volume", from_folder: "told by the folder" };
let waiting = null;
let turn = 0;

const text = (value) => (value === true ? "yes" : [value].flat().join(", "));

async function draw() {
  const { name, folder } = Object.fromEntries(new FormData(form));
  turn += 1;
  const mine = turn;
  if (!name) { fill(place); return; }
  try {
    const found = await get("/api/parse", { name, folder });
    if (mine !== turn) return;
    fill(place,
      h("p", { class: "pieces" }, found.explanation.map((piece) => (SILENT.has(piece.role) ? h("span", { class: "muted" }, piece.text) : h("span", { class: "piece" }, h("span", {}, piece.text), h("span", { class: "small muted" }, piece.role))))),
      h("dl", { class: "facts" }, Object.entries(found.fields).filter(([field]) => field !== "suffix").map(([field, value]) => [h("dt", {}, WORDS[field] || field.replaceAll("_", " ")), h("dd", {}, text(value))])));
  } catch (error) {
    if (mine === turn) fill(place, h("p", { class: "bad" }, error.message));
  }
}

form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(draw, WAIT_MS); });
form.addEventListener("submit", (event) => { event.preventDefault(); draw(); });
