/** The sheet in which a job is put together: what kind, over which files, by which rules. */

import { get, post } from "./api.js";
import { base, fill, h } from "./dom.js";
import { files } from "./format.js";
import { attempt, toast } from "./toast.js";

const PRIORITIES = ["background", "low", "normal", "high", "urgent"];

function control(parameter) {
  const id = `parameter-${parameter.name}`;
  const common = { id, name: parameter.name, data: { type: parameter.type } };
  switch (parameter.type) {
    case "yes_no": return h("input", { ...common, type: "checkbox", checked: parameter.default === true });
    case "choice": return h("select", common, parameter.choices.map((choice) => h("option", { value: choice, selected: choice === parameter.default }, choice)));
    case "whole": return h("input", { ...common, type: "number", min: parameter.low, max: parameter.high, value: parameter.default ?? "" });
    case "object": return h("textarea", { ...common, placeholder: '{"series": "…"}', spellcheck: false });
    default: return h("input", { ...common, type: "text", value: Array.isArray(parameter.default) ? parameter.default.join(", ") : parameter.default ?? "", autocomplete: "off" });
  }
}

function field(parameter) {
  const words = h("span", {}, parameter.description);
  const input = control(parameter);
  return parameter.type === "yes_no" ? h("label", { class: "field check" }, input, words) : h("label", { class: "field" }, words, input);
}

/** The value that an input holds, undefined where it says nothing. */
export function valueOf(input) {
  const text = input.value.trim();
  switch (input.dataset.type) {
    case "yes_no": return input.checked;
    case "whole": return text === "" ? undefined : Number(text);
    case "texts": return text === "" ? undefined : text.split(",").map((part) => part.trim()).filter(Boolean);
    case "wholes": return text === "" ? undefined : text.split(",").map(Number);
    case "object": return text === "" ? undefined : JSON.parse(text);
    default: return text === "" ? undefined : text;
  }
}

/** The parameters that a form's inputs hold. Throws an Error that names an input which can't be read. */
export function parametersOf(place) {
  const params = {};
  for (const input of place.querySelectorAll("[data-type]")) {
    let value;
    try {
      value = valueOf(input);
    } catch {
      throw new Error(`${input.name} is no valid JSON object.`);
    }
    if (value !== undefined) params[input.name] = value;
  }
  return params;
}

/** The inputs of one kind's parameters. */
export const inputsOf = (kind) => kind.parameters.map(field);

/**
 * Ask for a job. `selection` is {files: [path]} or {filter: {}, all: true}; `done` is called once it
 * is stored.
 */
export async function newJob(selection, done = () => {}) {
  const kinds = (await attempt(() => get("/api/kinds")))?.kinds.filter((kind) => kind.items === "file");
  if (!kinds) return;
  const choice = h("select", { name: "kind" }, kinds.map((kind) => h("option", { value: kind.name }, kind.title)));
  const about = h("p", { class: "muted" });
  const place = h("div", { class: "body" });
  const problem = h("p", { class: "bad", role: "alert", hidden: true });
  const priority = h("select", {}, PRIORITIES.map((name) => h("option", { value: name, selected: name === "normal" }, name)));
  const previewing = h("button", { type: "submit", value: "preview" }, "Preview");
  const sheet = h("dialog", { class: "sheet", "aria-label": "New job" },
    h("form", { method: "dialog", novalidate: true },
      h("header", {}, h("h2", {}, selection.all ? "New job over the whole library" : `New job over ${files(selection.files.length)}`)),
      h("div", { class: "body" },
        h("label", { class: "field" }, h("span", {}, "What to do"), choice), about, place,
        h("label", { class: "field" }, h("span", {}, "Priority"), priority), problem),
      h("footer", {},
        h("button", { type: "button", class: "quiet", onclick: () => sheet.close() }, "Close"), previewing,
        h("button", { type: "submit", class: "primary", value: "start" }, "Start"))));
  const draw = () => {
    const kind = kinds.find((one) => one.name === choice.value);
    about.textContent = kind.description;
    previewing.hidden = !kind.has_preview;
    fill(place, inputsOf(kind));
    place.hidden = kind.parameters.length === 0;
  };
  choice.addEventListener("change", draw);
  place.className = "body-part";
  draw();
  sheet.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const preview = event.submitter?.value === "preview";
    problem.hidden = true;
    try {
      const request = { kind: choice.value, params: parametersOf(place), preview, priority: priority.value };
      if (selection.all) request.all = true;
      else if (selection.filter) request.filter = selection.filter;
      else request.files = selection.files;
      const job = await post("/api/jobs", request);
      sheet.close();
      done(job);
      if (preview) location.assign(`${base()}/jobs/${job.job_id}`);
      else toast(`${files(job.total_items)} queued.`, ["Show the job", () => location.assign(`${base()}/jobs/${job.job_id}`)]);
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
    }
  });
  sheet.addEventListener("close", () => sheet.remove());
  document.body.append(sheet);
  sheet.showModal();
}
