// @ts-check
/** The sheet for a new job: its kind, its files and its parameters. */

import { get, post } from "../base/api.js";
import { base, fill, h, part } from "../base/dom.js";
import { formProblem } from "../base/form-problem.js";
import { baseName, count, files } from "../base/format.js";
import { PRIORITIES } from "../base/states.js";
import { attempt, toast } from "../base/toast.js";
import { pickPages } from "./file-pages.js";
import { nameExample } from "./name-example.js";
import { inputsOf, parametersOf } from "./parameters.js";
import { rehearsalFields } from "./rehearsal.js";
import { selectionInputs } from "./selection-inputs.js";

/**
 * The files: {files: [path]}, {filter, count} or {all: true}; `file` is one whose pages can be chosen in a grid.
 * @typedef {FileSelection & {count?: number, isCapped?: boolean, file?: ComicFile}} ChosenFiles
 */

/**
 * A selection in words: "3 files", "the whole library".
 * @param {ChosenFiles} selection
 */
function inWords(selection) {
  if (selection.all) return "the whole library";
  if (selection.filter) return `${count(selection.count)}${selection.isCapped ? "+" : ""} matching files`;
  const paths = selection.files ?? [];
  return paths.length === 1 ? baseName(paths[0]) : files(paths.length);
}

/**
 * The part of a request that selects the files.
 * @param {ChosenFiles} selection
 * @returns {FileSelection}
 */
export function selected(selection) {
  if (selection.all) return { all: true };
  return selection.filter ? { filter: selection.filter } : { files: selection.files };
}

/**
 * Submit a job and show a message that leads to it. Returns the job, or undefined if it was refused.
 * @param {Record<string, any>} request
 */
export async function submit(request) {
  /** @type {Job | undefined} */
  const job = await attempt(() => post("/api/jobs", request));
  if (!job) return undefined;
  const there = () => location.assign(`${base()}/jobs/${job.job_id}`);
  if (request.preview) there();
  else toast(job.total_items === 1 ? "Queued." : `${files(job.total_items)} queued.`, ["Show the job", there]);
  return job;
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
    PRIORITIES.map((name) => h("option", { value: name, selected: name === "normal" }, name)),
  );
  const previewing = h("button", { type: "submit", value: "preview" }, "Preview");
  const rehearsal = rehearsalFields(selection.files?.length ?? (selection.isCapped ? null : selection.count) ?? null);
  const example = nameExample(selection);
  const chosen = selection.all ? selectionInputs() : null;
  const sheet = h(
    "dialog",
    { class: "sheet", "aria-labelledby": "sheet-title" },
    h(
      "form",
      { method: "dialog", noValidate: true },
      h("header", {}, h("h2", { id: "sheet-title" }, selection.all ? "New job" : `New job for ${inWords(selection)}`)),
      h(
        "div",
        { class: "body" },
        h("label", { class: "field" }, h("span", {}, "What to do"), choice),
        about,
        chosen?.elements,
        place,
        example.element,
        h("label", { class: "field" }, h("span", {}, "Priority"), priority),
        rehearsal.element,
      ),
      h(
        "footer",
        {},
        problem.element,
        h("button", { type: "button", class: "quiet", onclick: () => sheet.close() }, "Close"),
        rehearsal.button,
        previewing,
        h("button", { type: "submit", class: "primary", value: "start" }, "Start"),
      ),
    ),
  );
  const chosenKind = () => kinds.find((kind) => kind.name === choice.value) ?? kinds[0];
  const draw = () => {
    const kind = chosenKind();
    about.textContent = kind.description;
    previewing.hidden = !kind.has_preview;
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
      const there = () => location.assign(`${base()}/jobs/${job.job_id}`);
      if (preview || rehearse) there();
      else toast(`${files(job.total_items)} queued.`, ["Show the job", there]);
    } catch (error) {
      problem.show(error);
    }
  });
  sheet.addEventListener("close", () => sheet.remove());
  document.body.append(sheet);
  sheet.showModal();
}
