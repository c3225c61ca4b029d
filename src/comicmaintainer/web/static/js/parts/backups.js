// @ts-check
/** The backups of the database: listed, made now, fetched. */

import { post } from "../base/api.js";
import { base, fill, h, icon, part, setText } from "../base/dom.js";
import { ago, bytes, moment } from "../base/format.js";
import { attempt } from "../base/toast.js";

/** @type {Record<Backup["origin"], string>} */
const WHY = {
  daily: "Made by itself",
  asked: "Asked for",
  before_restore: "What was there before another was restored",
};

/** @param {Backup} found */
function entry(found) {
  return h(
    "li",
    {},
    h(
      "div",
      {},
      h("span", { class: "path" }, found.name),
      h(
        "div",
        { class: "muted small" },
        `${WHY[found.origin]}, ${bytes(found.size_bytes)}, `,
        h("span", { title: moment(found.made_at) }, ago(found.made_at)),
      ),
    ),
    h(
      "a",
      {
        class: "button quiet",
        href: `${base()}/api/backups/${encodeURIComponent(found.name)}`,
        download: found.name,
        "aria-label": `Download ${found.name}`,
      },
      icon("download"),
      "Download",
    ),
  );
}

/**
 * The section of the backups. Returns how to show them, the newest first. The button makes one;
 * `redraw` shows what there is then.
 * @param {() => Promise<void>} redraw
 * @returns {(backups: Backup[]) => void}
 */
export function backupSection(redraw) {
  const list = part("#backups", HTMLElement);
  const button = part("#back-up", HTMLButtonElement);
  const said = part("#backed-up", HTMLElement);
  /** @type {string | null} */
  let shown = null;
  button.addEventListener("click", async () => {
    button.disabled = true;
    setText(said, "Backing up.");
    /** @type {Backup | undefined} */
    const made = await attempt(() => post("/api/backups"));
    button.disabled = false;
    setText(said, made ? `${made.name} is made, ${bytes(made.size_bytes)}.` : "");
    if (made) await attempt(redraw);
  });
  return (backups) => {
    // The ages grow without the list being another one. What is the same as before stays, so that the focus does.
    const now = JSON.stringify(backups) + backups.map((found) => ago(found.made_at)).join();
    if (now === shown || (shown !== null && list.matches(":focus-within, :hover"))) return;
    shown = now;
    fill(list, backups.length ? backups.map(entry) : h("li", { class: "muted" }, "None yet; one is made every day."));
  };
}
