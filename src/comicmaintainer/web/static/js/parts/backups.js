// @ts-check
/** The backups of the database: list, create, download. */

import { post } from "../base/api.js";
import { base, fill, h, icon, part, setText } from "../base/dom.js";
import { ago, bytes, moment } from "../base/format.js";
import { t } from "../base/texts.js";
import { attempt } from "../base/toast.js";

/** @type {Record<Backup["origin"], string>} */
const ORIGINS = {
  daily: t("Daily"),
  asked: t("On request"),
  before_restore: t("Before a restore"),
  before_upgrade: t("Before an upgrade"),
};

/** @param {Backup} backup */
function entry(backup) {
  return h(
    "li",
    {},
    h(
      "div",
      {},
      h("span", { class: "path" }, backup.name),
      h(
        "div",
        { class: "muted small" },
        `${ORIGINS[backup.origin]}, ${bytes(backup.size_bytes)}, `,
        h("span", { title: moment(backup.made_at) }, ago(backup.made_at)),
      ),
    ),
    h(
      "a",
      {
        class: "button quiet",
        href: `${base()}/api/backups/${encodeURIComponent(backup.name)}`,
        download: backup.name,
        "aria-label": t("Download {name}", { name: backup.name }),
      },
      icon("download"),
      t("Download"),
    ),
  );
}

/**
 * The section of the backups. Returns how to show them, newest first. The button creates one;
 * `redraw` is called afterwards.
 * @param {() => Promise<void>} redraw
 * @returns {(backups: Backup[]) => void}
 */
export function backupSection(redraw) {
  const list = part("#backups", HTMLElement);
  const button = part("#back-up", HTMLButtonElement);
  const status = part("#backed-up", HTMLElement);
  /** @type {string | null} */
  let shown = null;
  button.addEventListener("click", async () => {
    button.disabled = true;
    setText(status, t("Backing up."));
    /** @type {Backup | undefined} */
    const made = await attempt(() => post("/api/backups"));
    button.disabled = false;
    setText(status, made ? t("{name} was created, {size}.", { name: made.name, size: bytes(made.size_bytes) }) : "");
    if (made) await attempt(redraw);
  });
  return (backups) => {
    // The ages change even if the list does not. An unchanged list is not drawn again, so that it keeps the focus.
    const now = JSON.stringify(backups) + backups.map((backup) => ago(backup.made_at)).join();
    if (now === shown || (shown !== null && list.matches(":focus-within, :hover"))) return;
    shown = now;
    fill(
      list,
      backups.length ? backups.map(entry) : h("li", { class: "muted" }, t("No backups yet. One is made every day.")),
    );
  };
}
