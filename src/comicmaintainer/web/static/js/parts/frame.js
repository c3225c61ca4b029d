// @ts-check
/** What every page has: keyboard shortcuts and their list, signing out, running jobs. */

import { post } from "../base/api.js";
import { around, base, h, part, parts } from "../base/dom.js";
import { askAgainForImages } from "../base/late-images.js";
import { listen } from "../base/live.js";
import { setRole } from "../base/role.js";
import { tellSignedIn } from "../base/signed-in.js";
import { language, t } from "../base/texts.js";
import { attempt, toast } from "../base/toast.js";
import { watchRunningJobs } from "./running-jobs.js";

const HELP = [
  ["/", t("search")],
  ["j  k", t("next, previous row")],
  ["x", t("select a row")],
  ["Shift", t("extend the selection")],
  ["Enter", t("open")],
  [".", t("actions of a row")],
  [t("Esc"), t("close what is open: a menu, a sheet, the viewer")],
  ["p  n", t("on a comic: the previous, the next one of its series")],
  ["?", t("this list")],
];
const VIEWER = [
  ["←  →", t("turn the page")],
  [t("Home  End"), t("first, last page")],
  ["x", t("choose the page")],
];
const REVIEW = [
  ["1 … 9", t("choose a candidate of the open series")],
  ["f", t("find it by other words")],
  ["n", t("never match it")],
  ["s", t("skip it")],
];
/** @type {Record<string, string>} */
const ROLES = {
  look: t("you may look, but not change anything."),
  work: t("you may start and undo jobs."),
  administer: t("you may do everything."),
};
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
  return [t("g then {keys}", { keys: [...links.keys()].join(", ") }), titles.join(", ")];
}

function help() {
  const sheet = h(
    "dialog",
    { class: "sheet", "aria-label": t("Keyboard") },
    h(
      "form",
      { method: "dialog" },
      h("header", {}, h("h2", {}, t("Keyboard"))),
      h(
        "div",
        { class: "body" },
        listed([...HELP, placeKeys()]),
        h("h3", {}, t("In the page viewer")),
        listed(VIEWER),
        h("h3", {}, t("On the Review page")),
        listed(REVIEW),
      ),
      h("footer", {}, h("button", { class: "primary" }, t("Close"))),
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

/** Let the browser keep a page for when the service can't be reached; it does so over HTTPS only. */
function keepOfflinePage() {
  const version = import.meta.url.match(/\/static\/([^/]+)\//)?.[1] ?? "";
  navigator.serviceWorker?.register(`${base()}/service-worker.js?version=${version}&language=${language}`).catch(() => {
    // Some browsers have it switched off; the pages work without it.
  });
}

/** Start it. Call once per page. */
export function startFrame() {
  keepOfflinePage();
  askAgainForImages();
  tellSignedIn();
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
  for (const tab of parts(".tabs a[aria-current]", HTMLElement))
    tab.scrollIntoView({ block: "nearest", inline: "center" });
  watchRunningJobs();
  document.addEventListener("signed-out", () =>
    toast(t("Your sign-in has ended. Sign in in another tab, then go on here."), [
      t("Sign in"),
      () => window.open(`${base()}/login`, "_blank", "noopener"),
    ]),
  );
  listen(({ name, data }) => {
    if (name === "role" && setRole(data.role)) toast(t("Your role was changed: {role}", { role: ROLES[data.role] }));
  });
}
