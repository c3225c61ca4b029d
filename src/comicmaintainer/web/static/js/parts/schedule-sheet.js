// @ts-check
/** The sheet to create or edit a schedule; it shows in words when the schedule runs. */

import { api, get, messageOf, post } from "../base/api.js";
import { fill, h } from "../base/dom.js";
import { InputError } from "../base/form-problem.js";
import { momentIn } from "../base/format.js";
import { openSheet } from "../base/sheet.js";
import { t } from "../base/texts.js";

const TIMES = [
  ["0 3 * * *", t("Every night at 3")],
  ["0 * * * *", t("Every hour")],
  ["0 3 * * 0", t("Every Sunday at 3")],
  ["0 3 1 * *", t("On the first of the month at 3")],
  ["own", t("By a cron expression")],
  ["once", t("Once")],
];
const WAIT_MS = 250;

/**
 * A time as an input holds it, by the clock of this device.
 * @param {number} at
 */
function local(at) {
  const date = new Date(at * 1000 - new Date(at * 1000).getTimezoneOffset() * 60000);
  return date.toISOString().slice(0, 16);
}

/**
 * Open the sheet for a new schedule or, with `found.schedule_id`, for that one; then `done()`.
 * @param {Template[]} templates
 * @param {() => Promise<void>} done
 * @param {Partial<Schedule>} [found]
 */
export function scheduleSheet(templates, done, found = {}) {
  if (!templates.length) throw new Error(t("Save a template first: a schedule runs a template."));
  const known = found.run_at
    ? "once"
    : TIMES.some(([cron]) => cron === found.cron) || !found.cron
      ? found.cron || TIMES[0][0]
      : "own";
  const template = h(
    "select",
    {},
    templates.map((one) =>
      h("option", { value: one.template_id, selected: one.template_id === found.template_id }, one.name),
    ),
  );
  const name = h("input", {
    type: "text",
    value: found.name || "",
    maxLength: 100,
    placeholder: t("same as the template"),
    autocomplete: "off",
  });
  const when = h(
    "select",
    {},
    TIMES.map(([value, label]) => h("option", { value, selected: value === known }, label)),
  );
  const cron = h("input", {
    type: "text",
    value: found.cron || "30 2 * * 1-5",
    autocomplete: "off",
    spellcheck: false,
  });
  const once = h("input", { type: "datetime-local", value: local(found.run_at || Date.now() / 1000 + 3600) });
  const zone = h("input", {
    type: "text",
    value: found.timezone || Intl.DateTimeFormat().resolvedOptions().timeZone,
    autocomplete: "off",
    spellcheck: false,
  });
  const missed = h(
    "select",
    {},
    [
      ["run_once", t("Run once, as soon as possible")],
      ["skip", t("Skip it")],
    ].map(([value, label]) => h("option", { value, selected: value === found.missed }, label)),
  );
  const runs = h("div", { class: "hint", "aria-live": "polite" });
  /** @type {(label: string, input: Element, hint?: string) => HTMLElement} */
  const field = (label, input, hint) =>
    h("label", { class: "field" }, h("span", {}, label), input, hint && h("span", { class: "hint" }, hint));
  const cronField = field(t("Cron expression"), cron, t("minute, hour, day of month, month, day of week"));
  const onceField = field(
    t("At"),
    once,
    t("on this device's clock, {zone}", { zone: Intl.DateTimeFormat().resolvedOptions().timeZone }),
  );
  const expression = () => (when.value === "own" ? cron.value.trim() : when.value);
  /** @type {number | undefined} */
  let waiting;

  async function show() {
    try {
      /** @type {{in_words: string, next_runs: number[]}} */
      const { in_words, next_runs } = await get("/api/schedules/preview", {
        cron: expression(),
        timezone: zone.value.trim(),
        count: 3,
      });
      fill(
        runs,
        t("{words}. Next: {times}", {
          words: in_words,
          times: next_runs.map((at) => momentIn(at, zone.value.trim())).join("; "),
        }),
      );
    } catch (error) {
      fill(runs, h("span", { class: "bad" }, messageOf(error)));
    }
  }

  function draw() {
    cronField.hidden = when.value !== "own";
    onceField.hidden = when.value !== "once";
    clearTimeout(waiting);
    if (when.value === "once") fill(runs);
    else waiting = setTimeout(show, WAIT_MS);
  }

  for (const input of [when, cron, zone]) input.addEventListener("input", draw);
  draw();
  openSheet(
    found.schedule_id ? t("Edit schedule") : t("New schedule"),
    [
      field(t("What to run"), template),
      field(t("When"), when),
      cronField,
      onceField,
      runs,
      h("div", { class: "pair" }, field(t("Time zone"), zone), field(t("If a run was missed"), missed)),
      field(t("Name"), name),
    ],
    {
      inputs: { name, cron, timezone: zone, run_at: once },
      save: async () => {
        const isOnce = when.value === "once";
        if (isOnce && !once.value) throw new InputError(t("Enter the day and the time of the run."), once);
        if (!zone.value.trim()) throw new InputError(t("Enter a time zone, such as Europe/Berlin or UTC."), zone);
        fill(runs); // an error is shown once, in the footer
        const body = {
          template_id: template.value,
          cron: isOnce ? null : expression(),
          run_at: isOnce ? new Date(once.value).getTime() / 1000 : null,
          timezone: zone.value.trim(),
          missed: missed.value,
          ...(name.value.trim() ? { name: name.value.trim() } : {}),
        };
        if (found.schedule_id) await api("PATCH", `/api/schedules/${found.schedule_id}`, { body });
        else await post("/api/schedules", body);
        await done();
      },
    },
  );
}
