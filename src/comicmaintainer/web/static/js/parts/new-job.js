// @ts-check
/** The sheet for a new job: its kind, its files and its parameters. */

import { get, post } from "../base/api.js";
import { base, fill, h, part } from "../base/dom.js";
import { formProblem } from "../base/form-problem.js";
import { baseName, capital, count, files } from "../base/format.js";
import { PRIORITIES, PRIORITY_WORDS } from "../base/states.js";
import { t, tn } from "../base/texts.js";
import { attempt } from "../base/toast.js";
import { pickPages } from "./file-pages.js";
import { follow } from "./followed-job.js";
import { nameExample } from "./name-example.js";
import { inputsOf, parametersOf } from "./parameters.js";
import { rehearsalFields } from "./rehearsal.js";
import { selectionInputs } from "./selection-inputs.js";

/**
 * The files: {files: [path]}, {filter, count}, {folders, count} or {all: true}; `words` say which they are, `first`
 * is a query that finds one of them, and `file` is one whose pages can be chosen in a grid.
 * @typedef {FileSelection & {
 *   count?: number,
 *   isCapped?: boolean,
 *   words?: string,
 *   first?: import("../base/api.js").Query,
 *   file?: ComicFile,
 * }} ChosenFiles
 */

/**
 * A selection in words: "3 files", "the whole library".
 * @param {ChosenFiles} selection
 */
function inWords(selection) {
  if (selection.words) return selection.words;
  if (selection.all)
    return selection.without
      ? t("the whole library but {files}", { files: files(selection.without.length) })
      : t("the whole library");
  if (selection.filter)
    return selection.isCapped
      ? t("{number}+ matching files", { number: count(selection.count) })
      : tn("1 matching file", "{n} matching files", selection.count ?? 0);
  const paths = selection.files ?? [];
  return paths.length === 1 ? baseName(paths[0]) : files(paths.length);
}

/**
 * The part of a request that selects the files.
 * @param {ChosenFiles} selection
 * @returns {FileSelection}
 */
export function selected({ all, filter, folders, files, without }) {
  const rest = without ? { without } : {};
  if (all) return { all, ...rest };
  if (folders) return { folders, ...rest };
  return filter ? { filter, ...rest } : { files };
}

/** The kinds of job that work on files, as the server declares them. A rehearsal is a way to run one of them. */
async function fileKinds() {
  /** @type {{kinds: Kind[]} | undefined} */
  const answer = await attempt(() => get("/api/kinds"));
  return answer?.kinds.filter((kind) => kind.items === "file" && !kind.rehearses);
}

/**
 * Open the sheet. `first` is the kind shown first; `done` is called once the job is stored.
 * @param {ChosenFiles} selection
 * @param {{first?: string, done?: (job: Job) => void}} [options]
 */
export async function newJob(selection, { first = "process", done = (_job) => {} } = {}) {
  const kinds = await fileKinds();
  if (!kinds) return;
  const choice = h(
    "select",
    { name: "kind" },
    kinds.map((kind) => h("option", { value: kind.name, selected: kind.name === first }, kind.title)),
  );
  const about = h("p", { class: "muted" });
  const place = h("div", { class: "body-part" });
  const problem = formProblem();
  const priority = h(
    "select",
    { name: "priority" },
    PRIORITIES.map((name) => h("option", { value: name, selected: name === "normal" }, capital(PRIORITY_WORDS[name]))),
  );
  const previewing = h("button", { type: "submit", class: "primary", value: "preview" }, t("Preview"));
  const starting = h("button", { type: "submit", value: "start" }, t("Start"));
  const rehearsal = rehearsalFields(selection.files?.length ?? (selection.isCapped ? null : selection.count) ?? null);
  const example = nameExample(selection);
  const chosen = selection.all && !selection.without ? selectionInputs() : null;
  const sheet = h(
    "dialog",
    { class: "sheet", "aria-labelledby": "sheet-title" },
    h(
      "form",
      { method: "dialog", noValidate: true },
      h(
        "header",
        {},
        h("h2", { id: "sheet-title" }, chosen ? t("New job") : t("New job for {files}", { files: inWords(selection) })),
      ),
      h(
        "div",
        { class: "body" },
        h("label", { class: "field" }, h("span", {}, t("What to do")), choice),
        about,
        chosen?.elements,
        place,
        example.element,
        h("label", { class: "field" }, h("span", {}, t("Priority")), priority),
        rehearsal.element,
      ),
      h(
        "footer",
        {},
        problem.element,
        h("button", { type: "button", class: "quiet", onclick: () => sheet.close() }, t("Close")),
        previewing,
        starting,
        rehearsal.button,
      ),
    ),
  );
  const chosenKind = () => kinds.find((kind) => kind.name === choice.value) ?? kinds[0];
  const draw = () => {
    const kind = chosenKind();
    about.textContent = kind.description;
    previewing.hidden = !kind.has_preview;
    starting.classList.toggle("primary", !kind.has_preview);
    rehearsal.show(kind);
    fill(place, inputsOf(kind));
    place.hidden = kind.parameters.length === 0;
    example.show(kind, place);
    const { file } = selection;
    const numbers = place.querySelector("input[data-control=pages]");
    if (file?.format === "cbz" && numbers instanceof HTMLInputElement) attempt(() => pickPages(numbers, file.file_id));
  };
  choice.addEventListener("change", () => {
    problem.clear();
    draw();
  });
  place.addEventListener("input", () => {
    /** @type {import("./rules-editor.js").RulesElement | null} */ (
      place.querySelector("[data-type=rules]")
    )?.showPreset();
    example.show(chosenKind(), place);
  });
  draw();
  part("form", HTMLFormElement, sheet).addEventListener("submit", async (event) => {
    event.preventDefault();
    const pressed = event.submitter?.getAttribute("value");
    const preview = pressed === "preview";
    const rehearse = pressed === "rehearse";
    problem.clear();
    try {
      const params = parametersOf(place);
      const request = rehearse
        ? { kind: "rehearse", params: rehearsal.params(choice.value, params) }
        : { kind: choice.value, params, preview };
      const job = await post("/api/jobs", {
        ...request,
        priority: priority.value,
        refuse_empty: true,
        ...(chosen ? chosen.value() : selected(selection)),
      });
      sheet.close();
      done(job);
      if (preview || rehearse) location.assign(`${base()}/jobs/${job.job_id}`);
      else follow(job, { running: t("{files} queued.", { files: files(job.total_items) }) });
    } catch (error) {
      problem.show(error);
    }
  });
  sheet.addEventListener("close", () => sheet.remove());
  document.body.append(sheet);
  sheet.showModal();
}
