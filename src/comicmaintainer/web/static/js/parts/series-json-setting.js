// @ts-check
/** The setting that says whether identifying comics writes a series.json beside them. */

import { api, get } from "../base/api.js";
import { fill, h } from "../base/dom.js";
import { t } from "../base/texts.js";
import { attempt, toast } from "../base/toast.js";

const VARIABLE = "SERIES_JSON";
/** @type {Record<string, string>} */
const WORDS = { off: t("Write nothing beside them"), on: t("Write series.json beside them") };

/**
 * Show the setting; returns when it is there.
 * @param {HTMLElement} place
 */
export function seriesJsonSetting(place) {
  async function load() {
    /** @type {{settings: {variable: string, value: string, origin: string}[]}} */
    const { settings } = await get("/api/settings");
    const found = settings.find((each) => each.variable === VARIABLE);
    if (found) draw(found);
  }
  /** @param {{value: string, origin: string}} found */
  function draw(found) {
    const isGiven = found.origin === "environment";
    const select = h(
      "select",
      { disabled: isGiven },
      Object.entries(WORDS).map(([value, words]) => h("option", { value, selected: value === found.value }, words)),
    );
    select.addEventListener("change", () =>
      attempt(async () => {
        try {
          await api("PUT", `/api/settings/${VARIABLE}`, { body: { value: select.value } });
          toast(select.value === "on" ? t("A series.json will be written.") : t("No series.json will be written."));
        } finally {
          await load();
          place.querySelector("select")?.focus();
        }
      }),
    );
    fill(
      place,
      h("label", { class: "field" }, h("span", {}, t("Comics that are identified")), select),
      isGiven
        ? h("span", { class: "hint" }, t("Set by the environment variable {variable}.", { variable: VARIABLE }))
        : null,
      h(
        "span",
        { class: "hint" },
        t(
          "It describes the series for Komga and Mylar. Only in folders whose comics are all of one series; what is in a file already and not known here stays.",
        ),
      ),
    );
  }
  return attempt(load);
}
