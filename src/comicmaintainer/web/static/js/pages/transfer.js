// @ts-check
/** Import and export of jobs, templates, schedules and history. */

import { api, messageOf } from "../base/api.js";
import { part, setText } from "../base/dom.js";
import { count } from "../base/format.js";
import { t, tn } from "../base/texts.js";

/** @param {SubmitEvent} event */
async function importFile(event) {
  event.preventDefault();
  const form = part("#import", HTMLFormElement);
  const chosen = part("[name=file]", HTMLInputElement, form).files?.[0];
  const status = part("#imported", HTMLElement);
  status.className = "";
  setText(status, t("Importing."));
  try {
    const { report } = await api("POST", "/api/import", { query: { pause_active: true }, file: chosen });
    /** @param {Record<string, number>} counts */
    const sum = (counts) => Object.values(counts).reduce((all, one) => all + one, 0);
    const clash = report.clashes[0];
    const example = clash
      ? `, ${t("for example the {record} in line {line}: {reason}", {
          record: clash.record,
          line: clash.line,
          reason: clash.reason.replace(/\.$/, ""),
        })}`
      : "";
    const figures = [
      tn("1 record stored", "{n} records stored", sum(report.stored)),
      t("{number} were there already", { number: count(sum(report.present)) }),
      `${t("{number} clashed", { number: count(sum(report.clashed)) })}${example}`,
    ];
    setText(status, `${figures.join(", ")}. ${t("Unfinished jobs are paused until you resume them.")}`);
    form.reset();
  } catch (error) {
    status.className = "bad";
    setText(status, messageOf(error));
  }
}

part("#import", HTMLFormElement).addEventListener("submit", importFile);
