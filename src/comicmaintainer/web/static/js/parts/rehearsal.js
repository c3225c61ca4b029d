// @ts-check
/** Trying a job on copies first: the fields of its form, and the next steps afterwards. */

import { get, post } from "../base/api.js";
import { fill, h, icon, setText } from "../base/dom.js";
import { count, files } from "../base/format.js";
import { pieces, t, tn } from "../base/texts.js";
import { attempt } from "../base/toast.js";

const REMEMBERED = "rehearsal-folder";
const USUAL = "Rehearsals";
const COPIES = 20;

function remembered() {
  try {
    return localStorage.getItem(REMEMBERED) || USUAL;
  } catch {
    return USUAL;
  }
}

/** @param {string} folder */
function remember(folder) {
  try {
    localStorage.setItem(REMEMBERED, folder);
  } catch {
    /* without storage the folder is asked for again */
  }
}

/**
 * The fields of a rehearsal and its button, in a form for `total` files (null if unknown):
 * {element, button, show(kind), params(kind, params)}.
 * @param {number | null} [total]
 */
export function rehearsalFields(total = null) {
  const most = Math.max(1, total ?? Infinity);
  const folder = h("input", {
    type: "text",
    name: "rehearsal-folder",
    value: remembered(),
    autocomplete: "off",
    spellcheck: false,
  });
  const number = h("input", {
    type: "number",
    name: "rehearsal-count",
    value: Math.min(COPIES, most),
    min: 1,
    max: Math.min(1000, most),
  });
  const where = h("span", { class: "muted" });
  const element = h(
    "details",
    {},
    h("summary", {}, t("Rehearsal"), " ", where),
    h(
      "div",
      { class: "body-part" },
      h(
        "label",
        { class: "field" },
        h("span", {}, t("Folder for the copies")),
        folder,
        h(
          "span",
          { class: "hint" },
          t("In a watched folder; created if missing. Your reader shows the copies, the library leaves them out."),
        ),
      ),
      h("label", { class: "field" }, h("span", {}, t("How many copies")), number),
    ),
  );
  const button = h("button", { type: "submit", value: "rehearse" });
  const wanted = () => Math.min(Number(number.value) || COPIES, most);
  const draw = () => {
    const copies = wanted();
    setText(where, t("copies go to {folder}", { folder: folder.value.trim() || USUAL }));
    setText(button, tn("Rehearse on a copy", "Rehearse on {n} copies", copies));
  };
  element.addEventListener("input", draw);
  draw();
  return {
    element,
    button,
    /** @param {Kind} kind */
    show(kind) {
      element.hidden = !kind.can_be_rehearsed;
      button.hidden = !kind.can_be_rehearsed;
    },
    /**
     * @param {string} kind
     * @param {Record<string, any>} params
     */
    params(kind, params) {
      const chosen = folder.value.trim() || USUAL;
      remember(chosen);
      return { folder: chosen, kind, params, count: wanted() };
    },
  };
}

/**
 * The files that a rehearsal stands for, for its button: "all 1,000 files".
 * @param {Rehearsal} rehearsal
 */
function inWords(rehearsal) {
  if (rehearsal.files === null) return t("all files");
  if (rehearsal.files === 1) return t("the file itself");
  return rehearsal.is_capped
    ? t("all {number}+ files", { number: count(rehearsal.files) })
    : t("all {files}", { files: files(rehearsal.files) });
}

/**
 * Draw the next steps after a rehearsal; `go(job)` opens the job that a step starts.
 * @param {HTMLElement} place
 * @param {Job} job
 * @param {(job: Job) => void} go
 */
export async function nextStep(place, job, go) {
  const path = `/api/jobs/${job.job_id}`;
  /** @type {Rehearsal} */
  const rehearsal = await get(`${path}/rehearsal`);
  /** @type {(label: string, name: string, verb: string, body: object, look?: string) => HTMLButtonElement} */
  const act = (label, name, verb, body, look = "") =>
    h(
      "button",
      {
        type: "button",
        class: look,
        data: { needs: "work" },
        onclick: () => attempt(async () => go(await post(`${path}/${verb}`, body))),
      },
      icon(name),
      label,
    );
  const rest = rehearsal.ended
    ? []
    : [
        act(t("Run on {files}", { files: inWords(rehearsal) }), "check", "rest", {}, "primary"),
        act(tn("Preview it", "Preview all", rehearsal.files ?? 2), "eye", "rest", { preview: true }),
      ];
  const left = rehearsal.copies
    ? [act(tn("Remove the copy", "Remove the {n} copies", rehearsal.copies), "trash", "remove-copies", {}, "quiet")]
    : [];
  const look = rehearsal.copies
    ? [
        h("strong", {}, t("Look at the copies in your reader.")),
        " ",
        pieces("They are in {folder}.", { folder: h("span", { class: "path" }, rehearsal.folder) }),
        ". The originals are unchanged.",
      ]
    : [t("No copies are left. The originals are unchanged.")];
  fill(
    place,
    h(
      "div",
      { class: "notice next-step" },
      h(
        "div",
        {},
        h("div", {}, look),
        rehearsal.ended
          ? h("div", { class: "muted" }, rehearsal.ended)
          : rehearsal.copies
            ? h("div", {}, t("Do they look right?"))
            : null,
      ),
      rest.length || left.length ? h("div", { class: "actions" }, rest, left) : null,
    ),
  );
}
