// @ts-check
/** The trash: list it, restore files, delete everything for good. */

import { get, post } from "../base/api.js";
import { around, base, fill, h, part, setText } from "../base/dom.js";
import { ago, baseName, bytes, files, folderOf, moment } from "../base/format.js";
import { kindOf } from "../base/kinds.js";
import { listen } from "../base/live.js";
import { Paged } from "../base/paged.js";
import { shortPath } from "../base/places.js";
import { Rows } from "../base/rows.js";
import { t, tn } from "../base/texts.js";
import { attempt, toast } from "../base/toast.js";

/** @param {TrashEntry} entry */
function row(entry) {
  return h(
    "tr",
    { data: { key: entry.trash_id }, tabIndex: -1 },
    h(
      "td",
      { class: "shrink" },
      h("input", {
        type: "checkbox",
        data: { select: "" },
        "aria-label": t("Select {name}", { name: baseName(entry.original_path) }),
        tabIndex: -1,
      }),
    ),
    h(
      "td",
      {},
      baseName(entry.original_path),
      h("span", { class: "muted small" }, ` ${t("in {folder}", { folder: shortPath(folderOf(entry.original_path)) })}`),
      h("span", { class: "under" }, `${bytes(entry.size_bytes)} · ${ago(entry.deleted_at)}`),
    ),
    h("td", { class: "wide number" }, bytes(entry.size_bytes)),
    h("td", { class: "shrink muted wide", title: moment(entry.deleted_at) }, ago(entry.deleted_at)),
  );
}

/** Fill the section of the trash. Call once. */
export function trashSection() {
  const body = part("#trashed", HTMLElement);
  const form = part("#empty", HTMLFormElement);
  const input = part("input", HTMLInputElement, form);
  const button = part("button", HTMLButtonElement, form);
  const selection = part("#selection", HTMLElement);
  const days = tn("1 day", "{n} days", Number(part("#trash", HTMLElement).dataset.days));
  let known = 0;
  let digest = "";

  const list = new Paged(
    body,
    async (after) => {
      const offset = after ?? 0;
      /** @type {TrashPage} */
      const page = await get("/api/trash", { offset, limit: 100 });
      // The digest of the first page: if the trash has changed since, the server deletes nothing.
      if (offset === 0) ({ files: known, digest } = page);
      setText(
        part("#trash-size", HTMLElement),
        known
          ? t("{files}, {size}. Choose some to restore them; all are deleted for good after {days}.", {
              files: files(known),
              size: bytes(page.size_bytes),
              days,
            })
          : t("The trash is empty. Deleted files stay here for {days}.", { days }),
      );
      form.hidden = known === 0;
      const next = offset + page.entries.length;
      return { rows: page.entries.map(row), next: next < page.files ? next : null };
    },
    () => [],
  );

  const rows = new Rows(body, {
    changed: (keys) => {
      selection.hidden = keys.size === 0;
      setText(part("#selected", HTMLElement), t("{files} selected", { files: files(keys.size) }));
    },
  });

  selection.addEventListener("click", async (event) => {
    const verb = around(event, "[data-do]")?.dataset.do;
    if (verb === "clear") rows.clear();
    if (verb !== "restore") return;
    const job = await attempt(() => post("/api/trash/restore", { ids: [...rows.selected] }));
    if (!job) return;
    rows.clear();
    toast(t("Restoring {files}.", { files: files(job.total_items) }), [
      t("Show the job"),
      () => location.assign(`${base()}/jobs/${job.job_id}`),
    ]);
  });

  input.addEventListener("input", () => {
    button.disabled = input.value.replaceAll(/\D/g, "") !== String(known);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(async () => {
      try {
        const { deleted } = await post("/api/trash/empty", { digest });
        toast(tn("1 file deleted for good.", "{n} files deleted for good.", deleted));
      } finally {
        form.reset();
        button.disabled = true;
        await list.restart();
      }
    });
  });
  listen(({ name, data }) => {
    if (name === "job" && kindOf(data.kind).changes_files && data.status === "completed") attempt(() => list.restart());
  });
  fill(body);
  attempt(() => list.restart());
}
