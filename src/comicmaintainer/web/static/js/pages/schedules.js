// @ts-check
/** Schedules, and the saved jobs that they run. */

import { api, get, post, remove } from "../base/api.js";
import { base, fill, h, icon, part, showPage } from "../base/dom.js";
import { ago, allOf, files, kindName, moment, momentIn } from "../base/format.js";
import { openMenu } from "../base/menu.js";
import { pieces, t, tn } from "../base/texts.js";
import { attempt, toast } from "../base/toast.js";
import { scheduleSheet } from "../parts/schedule-sheet.js";
import { templateSheet } from "../parts/template-sheet.js";

const places = { schedules: part("#schedules", HTMLElement), templates: part("#templates", HTMLElement) };
/** @type {Template[]} */
let templates = [];

/** @param {string} id */
const there = (id) => `${base()}/jobs/${id}`;
/** @type {(label: string, name: string, action: () => unknown, look?: string) => HTMLButtonElement} */
const act = (label, name, action, look = "") =>
  h(
    "button",
    { type: "button", class: look, data: { needs: "work" }, onclick: () => attempt(action) },
    icon(name),
    label,
  );

/** @param {string} path */
async function run(path) {
  /** @type {Job} */
  const job = await post(`${path}/run`);
  toast(job.total_items ? t("Started.") : t("There is nothing to do."), [
    t("Show the job"),
    () => location.assign(there(job.job_id)),
  ]);
}

/**
 * @param {Schedule} schedule
 * @param {Partial<Schedule>} body
 */
async function change(schedule, body) {
  await api("PATCH", `/api/schedules/${schedule.schedule_id}`, { body });
  await draw();
}

/**
 * Remove a template or schedule; `restore`, if given, creates it again when the toast's Undo is pressed.
 * @param {string} path
 * @param {string} label
 * @param {((schedules: Schedule[]) => Promise<void>) | null} restore
 */
async function removeEntry(path, label, restore) {
  /** @type {{schedules?: Schedule[]}} */
  const { schedules = [] } = await remove(path);
  await draw();
  const also =
    schedules.length > 3
      ? tn("1 schedule", "{n} schedules", schedules.length)
      : allOf(schedules.map((one) => t("its schedule “{name}”", { name: one.name })));
  const message = also
    ? tn("{name} is removed, and so is {schedules}.", "{name} is removed, and so are {schedules}.", schedules.length, {
        name: label,
        schedules: also,
      })
    : t("{name} is removed.", { name: label });
  toast(
    message,
    restore && [
      t("Undo"),
      () =>
        attempt(async () => {
          await restore(schedules);
          await draw();
        }),
    ],
  );
}

/**
 * Whether a schedule that runs once is over: created again, it would never run.
 * @param {Pick<Schedule, "run_at">} schedule
 */
const isOver = ({ run_at }) => run_at !== null && run_at * 1000 <= Date.now();

/**
 * @param {Schedule} schedule
 * @returns {Promise<void>}
 */
function makeSchedule({ name, cron, run_at, timezone, missed, enabled, template_id }) {
  return post("/api/schedules", {
    name,
    cron,
    run_at,
    timezone,
    missed,
    enabled: enabled && !isOver({ run_at }),
    template_id,
  });
}

/**
 * @param {Template} template
 * @param {Schedule[]} timed
 */
async function makeTemplate({ name, kind, selection, params, description, priority, preview }, timed) {
  const { template_id } = await post("/api/templates", {
    name,
    kind,
    selection,
    params,
    description,
    priority,
    preview,
  });
  for (const one of timed) await makeSchedule({ ...one, template_id });
}

/**
 * What a template works on, in words.
 * @param {FileSelection} selection
 */
function selects(selection) {
  if (selection.all) return t("the whole library");
  if (selection.copies) return t("files that have copies");
  if (selection.folders) return selection.folders.join(", ");
  if (selection.paths) return files(selection.paths.length);
  const words = Object.entries(selection.filter || {}).map(([name, value]) =>
    name === "missing" ? t("without {fields}", { fields: [value].flat().join(", ") }) : [value].flat().join(", "),
  );
  return words.length ? t("files that are {words}", { words: words.join(", ") }) : t("files");
}

/** @param {Schedule} found */
function schedule(found) {
  const template = templates.find((one) => one.template_id === found.template_id);
  const { name, timezone, enabled } = found;
  return h(
    "li",
    {},
    h(
      "div",
      {},
      h("strong", {}, name || template?.name),
      " ",
      h(
        "span",
        { class: "state small", data: { state: found.last_error ? "failed" : enabled ? "ok" : "paused" } },
        found.last_error ? t("failed last time") : enabled ? t("on") : t("paused"),
      ),
      h(
        "div",
        {},
        `${found.in_words || t("Once")}: `,
        h("span", { class: "muted" }, template ? `${kindName(template.kind)}, ${selects(template.selection)}` : ""),
      ),
      h(
        "div",
        { class: "small muted" },
        enabled && found.next_at
          ? [
              h(
                "span",
                { title: found.next_runs.map((at) => momentIn(at, timezone)).join("\n") },
                t("Next {when}", { when: `${ago(found.next_at)}, ${momentIn(found.next_at, timezone)}` }),
              ),
            ]
          : enabled
            ? t("It will not run again")
            : t("Paused: it does not run"),
        found.last_at
          ? [
              ". ",
              pieces("Last {when}", {
                when: found.last_job_id
                  ? h("a", { href: there(found.last_job_id), title: moment(found.last_at) }, ago(found.last_at))
                  : h("span", { title: moment(found.last_at) }, ago(found.last_at)),
              }),
            ]
          : null,
      ),
      found.last_error ? h("div", { class: "bad small" }, found.last_error) : null,
    ),
    h(
      "div",
      { class: "inline" },
      act(t("Run now"), "play", () => run(`/api/schedules/${found.schedule_id}`)),
      act(
        enabled ? t("Pause") : t("Resume"),
        enabled ? "pause" : "play",
        () => change(found, { enabled: !enabled }),
        "quiet",
      ),
      h(
        "button",
        {
          type: "button",
          class: "quiet",
          data: { needs: "work" },
          "aria-label": t("More about {name}", { name }),
          onclick: (/** @type {{currentTarget: Element}} */ event) =>
            openMenu(event.currentTarget, [
              [t("Edit"), "edit", () => scheduleSheet(templates, draw, found)],
              [
                t("Remove"),
                "trash",
                () =>
                  attempt(() =>
                    removeEntry(
                      `/api/schedules/${found.schedule_id}`,
                      name,
                      isOver(found) ? null : () => makeSchedule(found),
                    ),
                  ),
                "danger",
              ],
            ]),
        },
        icon("more"),
      ),
    ),
  );
}

/** @param {Template} found */
function template(found) {
  const { name, kind, selection, preview } = found;
  return h(
    "li",
    {},
    h(
      "div",
      {},
      h("strong", {}, name),
      found.builtin ? h("span", { class: "muted small" }, ` ${t("built in")}`) : null,
      h(
        "div",
        { class: "muted" },
        found.description ||
          `${preview ? t("Preview: {title}", { title: kindName(kind) }) : kindName(kind)}, ${selects(selection)}`,
      ),
    ),
    h(
      "div",
      { class: "inline" },
      act(t("Run"), "play", () => run(`/api/templates/${found.template_id}`)),
      act(
        t("Schedule"),
        "schedules",
        () => scheduleSheet(templates, draw, { template_id: found.template_id }),
        "quiet",
      ),
      h(
        "button",
        {
          type: "button",
          class: "quiet",
          data: { needs: "work" },
          "aria-label": t("More about {name}", { name }),
          onclick: (/** @type {{currentTarget: Element}} */ event) =>
            openMenu(event.currentTarget, [
              !found.builtin && [t("Edit"), "edit", () => attempt(() => templateSheet(draw, found))],
              [
                t("Copy"),
                "plus",
                () =>
                  attempt(() =>
                    templateSheet(draw, { ...found, template_id: undefined, name: t("{name} (copy)", { name }) }),
                  ),
              ],
              !found.builtin && [
                t("Remove"),
                "trash",
                () =>
                  attempt(() =>
                    removeEntry(`/api/templates/${found.template_id}`, name, (timed) => makeTemplate(found, timed)),
                  ),
                "danger",
              ],
            ]),
        },
        icon("more"),
      ),
    ),
  );
}

async function draw() {
  /** @type {[{templates: Template[]}, {schedules: Schedule[]}]} */
  const [saved, timed] = await Promise.all([get("/api/templates"), get("/api/schedules")]);
  ({ templates } = saved);
  fill(
    places.schedules,
    timed.schedules.length
      ? timed.schedules.map(schedule)
      : h(
          "li",
          {},
          h(
            "div",
            { class: "empty" },
            h("p", {}, t("No schedules yet. A schedule runs a template at set times.")),
            h(
              "button",
              { type: "button", data: { needs: "work" }, onclick: () => attempt(() => scheduleSheet(templates, draw)) },
              t("New schedule"),
            ),
          ),
        ),
  );
  fill(
    places.templates,
    templates.length
      ? templates.map(template)
      : h(
          "li",
          {},
          h(
            "div",
            { class: "empty" },
            h("p", {}, t("No templates yet. A template is a saved job.")),
            h(
              "button",
              { type: "button", data: { needs: "work" }, onclick: () => attempt(() => templateSheet(draw)) },
              t("New template"),
            ),
          ),
        ),
  );
}

part("#new-template", HTMLButtonElement).addEventListener("click", () => attempt(() => templateSheet(draw)));
part("#new-schedule", HTMLButtonElement).addEventListener("click", () => attempt(() => scheduleSheet(templates, draw)));
attempt(draw).finally(showPage);
