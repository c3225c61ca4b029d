// @ts-check
/** What every page has: keyboard shortcuts and their list, signing out, running jobs. */

import { post } from "../base/api.js";
import { around, base, h, part, parts } from "../base/dom.js";
import { attempt } from "../base/toast.js";
import { watchRunningJobs } from "./running-jobs.js";

const HELP = [
  ["/", "search"],
  ["j  k", "next, previous row"],
  ["x", "select a row"],
  ["Shift", "extend the selection"],
  ["Enter", "open"],
  [".", "actions of a row"],
  ["Esc", "close what is open: a menu, a sheet, the viewer"],
  ["?", "this list"],
];
const VIEWER = [
  ["←  →", "turn the page"],
  ["Home  End", "first, last page"],
  ["x", "choose the page"],
];
const REVIEW = [
  ["1 … 9", "choose a candidate of the open series"],
  ["f", "find it by other words"],
  ["n", "never match it"],
  ["s", "skip it"],
];
let goPressedAt = 0;

/** The entries of the rail, by the key that opens them after "g". */
const places = () =>
  new Map(parts(".rail a[data-key]", HTMLAnchorElement).map((link) => [link.dataset.key ?? "", link]));

/** @param {string[][]} keys */
const listed = (keys) =>
  h(
    "dl",
    { class: "facts" },
    keys.map(([key, text]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, text)]),
  );

/** The keys that open the entries of the rail, as one line of the list. */
function placeKeys() {
  const links = places();
  const titles = [...links.values()].map((link) => link.textContent.trim().toLowerCase());
  return [`g then ${[...links.keys()].join(", ")}`, titles.join(", ")];
}

function help() {
  const sheet = h(
    "dialog",
    { class: "sheet", "aria-label": "Keyboard" },
    h(
      "form",
      { method: "dialog" },
      h("header", {}, h("h2", {}, "Keyboard")),
      h(
        "div",
        { class: "body" },
        listed([...HELP, placeKeys()]),
        h("h3", {}, "In the page viewer"),
        listed(VIEWER),
        h("h3", {}, "On the Review page"),
        listed(REVIEW),
      ),
      h("footer", {}, h("button", { class: "primary" }, "Close")),
    ),
  );
  document.body.append(sheet);
  sheet.addEventListener("close", () => sheet.remove());
  sheet.showModal();
}

/** @param {KeyboardEvent} event */
function key(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || around(event, "input, textarea, select")) return;
  if (document.querySelector("dialog.sheet[open]")) return;
  if (event.key === "/") {
    part("#search", HTMLInputElement).select();
  } else if (event.key === "?") {
    help();
  } else if (event.key === "g") {
    goPressedAt = Date.now();
    return;
  } else {
    const link = Date.now() - goPressedAt < 1000 && places().get(event.key);
    if (!link) return;
    location.assign(link.href);
  }
  event.preventDefault();
}

/** Start it. Call once per page. */
export function startFrame() {
  document.addEventListener("keydown", key);
  for (const button of document.querySelectorAll("[data-sign-out]")) {
    button.addEventListener("click", () =>
      attempt(async () => {
        await post("/api/logout");
        location.assign(`${base()}/login`);
      }),
    );
  }
  document.querySelector("#help")?.addEventListener("click", help);
  const rail = part(".rail", HTMLElement);
  const more = part("#more-places", HTMLElement);
  more.addEventListener("click", () => more.setAttribute("aria-expanded", String(rail.classList.toggle("open"))));
  watchRunningJobs();
}
