// @ts-check
/** One comic: what it holds, its tags (editable), what was changed about it and how to go back. */

import { ApiError, get, messageOf, post } from "../base/api.js";
import { around, base, fill, h, icon, part, parts, setText } from "../base/dom.js";
import { ago, bytes, count, kindName, moment, plainly } from "../base/format.js";
import { openMenu } from "../base/menu.js";
import { STATES } from "../base/states.js";
import { attempt } from "../base/toast.js";
import { diff, fieldLabel } from "../parts/diff.js";
import { FilePages } from "../parts/file-pages.js";
import { ask, endOf, follow, undo } from "../parts/followed-job.js";
import { newJob } from "../parts/new-job.js";
import { FIELDS } from "../parts/parameters.js";

const id = part("#page", HTMLElement).dataset.file;
const BREADTH = { series: "broad", title: "broad", summary: "full" };
const form = part("#tags", HTMLFormElement);
const problemAt = part("#problem", HTMLElement);
const sections = parts(".comic section", HTMLElement);
let file = null;
let edited = false;

const shown = (value) =>
  Array.isArray(value)
    ? value.map(shown).join(", ")
    : value && typeof value === "object"
      ? Object.values(value).map(shown).join(" ")
      : String(value);

/** Read the comic again, whatever came of a job. */
const again = () => attempt(load);

const submit = (kind, params = {}, preview = false) =>
  ask({ kind, params, preview, files: [file.path] }, { done: again });

const pages = new FilePages(part("#pages", HTMLElement), submit);

async function trash() {
  const job = await attempt(() => post("/api/jobs", { kind: "delete", files: [file.path] }));
  if (!job) return;
  const back = () => attempt(() => undo(job, { done: returned }));
  follow(job, {
    saying: "On the way to the trash.",
    word: () => "Moved to the trash.",
    action: ["Undo", back],
    done: (last) => {
      if (last?.kind !== "delete") returned();
      else if (last.status === "completed" && !last.failed_items)
        gone(
          "In the trash",
          "This comic is in the trash.",
          h(
            "button",
            {
              type: "button",
              class: "primary",
              onclick: (event) => {
                event.currentTarget.disabled = true;
                back();
              },
            },
            icon("undo"),
            "Take it back",
          ),
        );
      else again();
    },
  });
}

/** Say why the comic is not to be had, in place of all that could be done with it. */
function gone(state, words, ...ways) {
  for (const section of sections) section.hidden = true;
  edited = false;
  part("#state", HTMLElement).dataset.state = "";
  setText(part("#state", HTMLElement), state);
  fill(part("#actions", HTMLElement));
  fill(
    problemAt,
    h(
      "div",
      { class: "notice", role: "status" },
      h("div", {}, words),
      h("div", { class: "actions" }, ways, h("a", { class: "button", href: `${base()}/` }, "Go to the library")),
    ),
  );
}

/** It is back at its place: shown again, under its new address where it has one. */
async function returned() {
  await attempt(async () => {
    const found = (await get("/api/files", { folder: file.folder, limit: 1000 })).files.find(
      (one) => one.path === file.path,
    );
    if (found && String(found.file_id) !== id) location.replace(`${base()}/files/${found.file_id}`);
    else await load();
  });
}

function actions() {
  const act = (label, name, action, look = "") =>
    h("button", { type: "button", class: look, onclick: action }, icon(name), label);
  const sheet = (first) =>
    newJob({ files: [file.path], file }, { first, done: (job) => endOf(job.job_id).then(again) });
  if (isUnreadable()) {
    return [
      act("Verify", "search", () => submit("verify"), "primary"),
      act("More", "more", (event) =>
        openMenu(event.currentTarget, [
          ["Verify and repair", "retry", () => sheet("verify")],
          ["To the trash", "trash", trash, "danger"],
        ]),
      ),
    ];
  }
  return [
    act("Process", "check", () => submit("process"), "primary"),
    act("Preview", "eye", () => submit("process", {}, true)),
    act("More", "more", (event) =>
      openMenu(event.currentTarget, [
        ["Rename", "edit", () => sheet("rename")],
        ["Convert to CBZ", "retry", () => sheet("convert")],
        ["Verify", "search", () => submit("verify")],
        ["Compact", "download", () => submit("compact")],
        ["Other", "more", () => sheet("process")],
        ["To the trash", "trash", trash, "danger"],
      ]),
    ),
  ];
}

const when = (at) => h("span", { title: moment(at) }, ago(at));

function facts() {
  return [
    ["Format", `${file.format ? file.format.toUpperCase() : "unknown"}, ${bytes(file.size_bytes)}`],
    ["Pages", file.page_count === null ? "unknown" : count(file.page_count)],
    ["Added", when(file.added_at)],
    ["Changed", when(file.modified_at)],
    ["Verified", file.verified_at ? when(file.verified_at) : "never"],
  ].map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]);
}

/** Whether nothing in it can be read, so that nothing can be written either. */
const isUnreadable = () => file.state === "failed" && file.page_count === null;

/** What would have to be written: {set, clear}, both without what is as it was. */
function edits() {
  /** @type {Record<string, string>} */
  const set = {};
  /** @type {string[]} */
  const clear = [];
  for (const input of inputs()) {
    const value = input.value.trim();
    const changed = value !== input.dataset.before;
    input.closest(".field")?.classList.toggle("changed", changed);
    if (!changed) continue;
    if (value) set[input.name] = value;
    else clear.push(input.name);
  }
  return { set, clear };
}

function drawButtons() {
  const { set, clear } = edits();
  edited = Object.keys(set).length > 0 || clear.length > 0;
  for (const button of form.querySelectorAll("button")) button.disabled = !edited;
}

function field(name) {
  const common = { name, data: { before: "" }, autocomplete: "off", maxLength: 4000 };
  return h(
    "label",
    { class: `field ${BREADTH[name] || ""}` },
    h("span", {}, fieldLabel(name)),
    name === "summary" ? h("textarea", common) : h("input", { type: "text", ...common }),
  );
}

function fields() {
  const tags = file.tags || {};
  if (!form.elements.length) {
    fill(
      form,
      FIELDS.map(field),
      h("p", { class: "bad", role: "alert", hidden: true }),
      h(
        "div",
        { class: "buttons" },
        h("button", { class: "primary" }, "Save tags"),
        h("button", { type: "reset", class: "quiet" }, "Reset"),
      ),
    );
  }
  for (const name of FIELDS) {
    const input = form.elements[name];
    const value = tags[name] === undefined || tags[name] === null ? "" : shown(tags[name]);
    // What someone is writing stays; only what it is compared with is new.
    const isKept = input.value.trim() !== input.dataset.before;
    const written = input.value;
    input.defaultValue = value;
    input.value = value;
    input.dataset.before = input.value.trim();
    if (isKept) input.value = written;
  }
  drawButtons();
  const others = Object.keys(tags).filter((name) => !FIELDS.includes(name) && name !== "pages");
  part("#more-tags", HTMLElement).hidden = others.length === 0;
  fill(
    part("#others", HTMLElement),
    others.map((name) => [h("dt", {}, fieldLabel(name)), h("dd", {}, shown(tags[name]))]),
  );
}

async function save(event) {
  event.preventDefault();
  const { set, clear } = edits();
  accept();
  const before = new Map(inputs().map((input) => [input, input.dataset.before]));
  const params = { ...(Object.keys(set).length ? { set } : {}), ...(clear.length ? { clear } : {}) };
  let job;
  try {
    job = await post("/api/jobs", { kind: "tag", params, files: [file.path] });
  } catch (error) {
    refuse(error);
    return;
  }
  // From here on it is the job that writes; what it could not write counts as unsaved again.
  for (const input of inputs()) input.dataset.before = input.value.trim();
  drawButtons();
  follow(job, {
    saying: "Saving the tags.",
    word: () => "Tags saved.",
    done: (last) => {
      if (last?.kind === "tag" && (last.failed_items || last.status !== "completed"))
        for (const [input, value] of before) input.dataset.before = value;
      again();
    },
  });
}

/** @returns {(HTMLInputElement | HTMLTextAreaElement)[]} */
const inputs = () => /** @type {any[]} */ (parts("[data-before]", HTMLElement, form));

/**
 * Say at the field what is wrong with it, or below all of them where no field is named.
 * @param {unknown} error
 */
function refuse(error) {
  const field = error instanceof ApiError ? error.field : null;
  const input = inputs().find((one) => field === `params.set.${one.name}`);
  const words = messageOf(error);
  if (input) {
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", "tag-problem");
    input.after(h("span", { class: "error", id: "tag-problem", role: "alert" }, words));
    input.focus();
  } else {
    const line = part("p[role=alert]", HTMLElement, form);
    line.hidden = false;
    setText(line, words);
  }
}

/** Take back what `refuse` said. */
function accept() {
  form.querySelector("#tag-problem")?.remove();
  for (const input of inputs()) {
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-describedby");
  }
  part("p[role=alert]", HTMLElement, form).hidden = true;
}

async function undoChange(change) {
  const job = await post("/api/changes/undo", { changes: [change.change_id] });
  follow(job, { saying: "Taking it back.", word: () => "Taken back.", done: again, isUndo: true });
}

const CHANGES = {
  tags: "Tags",
  rename: "Name",
  duplicate: "Duplicate",
  conflict: "Conflict",
  trash: "To the trash",
  convert: "Converted",
  restore: "Restored",
  pages: "Pages",
  compact: "Compacted",
};
const DONE = {
  applied: "",
  undone: ", undone",
  planned: ", not finished",
  failed: ", failed",
  abandoned: ", given up",
};

async function history() {
  const found = await get(`/api/files/${id}/history`);
  const list = found.changes.map((change) =>
    h(
      "li",
      { class: change.state === "applied" ? "" : "past" },
      h(
        "div",
        {},
        h(
          "div",
          {},
          h(
            "strong",
            {},
            `${CHANGES[change.kind] || kindName(change.kind)}${DONE[change.state] ?? `, ${change.state}`}`,
          ),
          " ",
          h("span", { class: "muted small" }, when(change.undone_at || change.applied_at || change.planned_at)),
        ),
        diff({ changes: [{ type: change.kind, from: change.path_before, to: change.path_after, ...change.summary }] }),
      ),
      change.state === "applied"
        ? h("button", { type: "button", onclick: () => attempt(() => undoChange(change)) }, icon("undo"), "Undo")
        : null,
    ),
  );
  fill(
    part("#history", HTMLElement),
    list.length ? list : h("li", { class: "muted" }, "ComicMaintainer has not changed this file."),
  );
}

function problem() {
  if (isUnreadable()) {
    return h(
      "div",
      { class: "notice bad" },
      h(
        "div",
        {},
        h("strong", {}, "This file can't be read."),
        h("p", {}, `${plainly(file.reason || "its content is not known")}. It was not changed.`),
        h(
          "p",
          {},
          "Its tags and pages can't be shown or written until it is repaired or replaced. Verify reads it once " +
            "more; verify and repair, under More, takes what is missing from a sound copy.",
        ),
      ),
    );
  }
  if (file.state === "failed" && file.reason) {
    return h(
      "div",
      { class: "notice bad" },
      h("div", {}, `${plainly(file.reason)}. The file was not changed.`),
      h("div", { class: "actions" }, h("button", { type: "button", onclick: () => submit("verify") }, "Verify")),
    );
  }
  if (file.state === "conflict") return conflict();
  return (
    file.duplicate_of &&
    h(
      "div",
      { class: "notice warning" },
      h("div", {}, "Another copy of ", h("span", { class: "path" }, file.duplicate_of), "."),
      h("div", { class: "actions" }, h("a", { class: "button", href: `${base()}/duplicates` }, "Compare")),
    )
  );
}

/** Which comic has the name that this one should get, and what tells the two apart. */
function conflict() {
  const group = file.conflict;
  const one = group?.files[0];
  const told = (one?.apart || []).map((each) =>
    h("li", {}, `${each.label}: ${each.own ?? "none"} here, ${each.other ?? "none"} there`),
  );
  const advice = one?.apart.map((each) => each.advice).find(Boolean);
  return h(
    "div",
    { class: "notice warning" },
    h(
      "div",
      {},
      file.reason || "Another comic has the name that this one should get.",
      " This file keeps its own name; nothing was moved.",
      group?.holder
        ? h(
            "p",
            {},
            "The file with that name: ",
            h("a", { class: "path", href: `${base()}/files/${group.holder.file_id}` }, file.conflict_with),
          )
        : h("p", { class: "path" }, file.conflict_with),
      told.length ? h("ul", {}, told) : null,
      advice ? h("p", { class: "muted" }, advice) : null,
    ),
    h(
      "div",
      { class: "actions" },
      h("a", { class: "button", href: `${base()}/duplicates?by=name&file=${id}` }, "Compare"),
    ),
  );
}

/** The cover is made anew where the file has changed since the page was drawn. */
function cover(before) {
  if (before && before.modified_at !== file.modified_at)
    part("#cover", HTMLImageElement).src = `${base()}/api/files/${id}/cover?at=${file.modified_at}`;
}

async function load() {
  const before = file;
  try {
    file = await get(`/api/files/${id}`);
    if (file.state === "conflict") file.conflict = (await get(`/api/files/${id}/conflict`)).conflict;
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
    gone(
      "Not there",
      "This comic is not in the library (any more).",
      h("a", { class: "button", href: `${base()}/system#trash` }, "Look in the trash"),
    );
    return;
  }
  cover(before);
  setText(part("#name", HTMLElement), file.name);
  document.title = `${file.name} · ComicMaintainer`;
  const state = part("#state", HTMLElement);
  state.dataset.state = file.state;
  setText(state, STATES[file.state] || file.state);
  setText(part("#path", HTMLElement), file.path);
  fill(problemAt, problem());
  fill(part("#actions", HTMLElement), actions());
  fill(part("#facts", HTMLElement), facts());
  for (const section of sections) section.hidden = isUnreadable() && section.id !== "past";
  fields();
  await Promise.all([history(), isUnreadable() ? null : pages.show(file)]);
}

form.addEventListener("submit", save);
form.addEventListener("input", (event) => {
  if (around(event, "[aria-invalid]")) accept();
  drawButtons();
});
form.addEventListener("reset", () => {
  accept();
  setTimeout(drawButtons);
});
addEventListener("beforeunload", (event) => {
  if (edited) event.preventDefault();
});
again();
