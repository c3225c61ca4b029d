// @ts-check
/** The sheet that edits the same tags of many comics: it shows which values they have, and what would change. */

import { api } from "../base/api.js";
import { h } from "../base/dom.js";
import { InputError } from "../base/form-problem.js";
import { t } from "../base/texts.js";
import { attempt } from "../base/toast.js";
import { previewedJob } from "./previewed-job.js";
import { tagFields } from "./tag-fields.js";
import { TagForm } from "./tag-form.js";

const READ_AT_ONCE = 1000;

/**
 * The values that comics have, by field.
 * @param {number[]} ids
 * @returns {Promise<import("./tag-form.js").FoundValues>}
 */
async function valuesOf(ids) {
  /** @type {import("./tag-form.js").FoundValues} */
  const found = {};
  for (let at = 0; at < ids.length; at += READ_AT_ONCE) {
    /** @type {{files: TagTexts[]}} */
    const { files } = await api("POST", "/api/tag-texts", { body: { ids: ids.slice(at, at + READ_AT_ONCE) } });
    for (const { texts } of files) {
      for (const [name, text] of Object.entries(texts)) {
        found[name] ??= new Map();
        found[name].set(text, (found[name].get(text) ?? 0) + 1);
      }
    }
  }
  return found;
}

/**
 * @param {{title: string, files: ComicFile[], selection: FileSelection, done: (job: Job | null) => void}} options
 */
export async function editTags({ title, files, selection, done }) {
  const fields = await attempt(tagFields);
  if (!fields) return;
  const place = h("div", { class: "tag-form" });
  const form = new TagForm(place, fields, { isMany: true });
  const sheet = previewedJob({
    title,
    inputs: place,
    request: () => {
      const edits = form.edits();
      if (!edits.set && !edits.clear) {
        const first = place.querySelector("input");
        if (first) throw new InputError(t("Nothing is filled in. Enter what all of these comics should have."), first);
      }
      return { kind: "tag", params: edits, ...selection };
    },
    done,
  });
  sheet.classList.add("wide-sheet");
  attempt(async () => form.showFound(await valuesOf(files.map((file) => file.file_id)), files.length));
}
