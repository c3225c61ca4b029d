// @ts-check
/** The sheet to add or change a Komga or Kavita. */

import { api, post, remove } from "../base/api.js";
import { fill, h } from "../base/dom.js";
import { InputError } from "../base/form-problem.js";
import { openSheet } from "../base/sheet.js";
import { t } from "../base/texts.js";
import { attempt, toast } from "../base/toast.js";

/** What the programs are called. */
export const PROGRAMS = { komga: "Komga", kavita: "Kavita" };

/** How progress is kept, as it can be chosen. @type {[mode: MediaServer["progress"], words: string][]} */
const MODES = [
  ["carried", t("Carry it over when files change")],
  ["ordered", t("In order: Komga sees new tags before new names")],
  ["off", t("Leave it alone")],
];

/**
 * Read a folder map, one pair in a line: "here = there".
 * @param {HTMLTextAreaElement} area
 */
function pairsIn(area) {
  return area.value
    .split("\n")
    .filter((line) => line.trim())
    .map((line) => {
      const [here, ...there] = line.split("=");
      if (!there.length) throw new InputError(t("Write each line as: folder here = folder there"), area);
      return { here: here.trim(), there: there.join("=").trim() };
    });
}

/**
 * Open the sheet for a new server or, with `found`, for that one; then `done()`.
 * @param {() => Promise<void>} done
 * @param {MediaServer} [found]
 */
export function serverSheet(done, found) {
  const kind = h(
    "select",
    {},
    Object.entries(PROGRAMS).map(([value, name]) => h("option", { value }, name)),
  );
  const name = h("input", { type: "text", value: found?.name ?? "", maxLength: 100, autocomplete: "off" });
  const url = h("input", {
    type: "text",
    inputMode: "url",
    value: found?.url ?? "",
    maxLength: 2000,
    placeholder: "http://komga:25600",
    autocomplete: "off",
    spellcheck: false,
  });
  const key = h("input", { type: "password", autocomplete: "off", spellcheck: false, maxLength: 1000 });
  const folders = h("textarea", { rows: 3, spellcheck: false, placeholder: "/comics = /data" });
  folders.value = (found?.path_map ?? []).map(({ here, there }) => `${here} = ${there}`).join("\n");
  const progress = h("select", {});
  /** Only Komga recognises a renamed file by its contents. */
  function offerModes() {
    const chosen = progress.value || found?.progress || "carried";
    const isKomga = (found?.kind ?? kind.value) === "komga";
    const modes = MODES.filter(([mode]) => mode !== "ordered" || isKomga);
    fill(
      progress,
      modes.map(([mode, words]) => h("option", { value: mode }, words)),
    );
    progress.value = modes.some(([mode]) => mode === chosen) ? chosen : "carried";
  }
  kind.addEventListener("change", offerModes);
  offerModes();
  const patience = h("input", { type: "number", min: 0, max: 1440, step: 1 });
  patience.value = String(Math.round((found?.patience_s ?? 600) / 60));
  /** @type {(label: string, input: Element, hint?: string) => HTMLElement} */
  const field = (label, input, hint) =>
    h("label", { class: "field" }, h("span", {}, label), input, hint && h("span", { class: "hint" }, hint));

  const path = `/api/media-servers/${found?.server_id}`;
  async function forget() {
    await remove(path);
    sheet.close();
    toast(t("{name} is removed.", { name: found?.name ?? "" }));
    await done();
  }
  const sheet = openSheet(
    found ? t("Change {name}", { name: found.name }) : t("Add a server"),
    [
      found ? null : field(t("Program"), kind),
      field(t("Name"), name),
      field(t("Address"), url, t("http only within your own network")),
      field(
        t("API key"),
        key,
        found ? t("Empty: the key stays as it is.") : t("Of an administrator; it is made in the settings there."),
      ),
      field(t("Folders"), folders, t("One in a line, if the server has other paths: folder here = folder there")),
      field(
        t("Progress"),
        progress,
        t(
          "Carried over: what the owner of the key has read, read lists, collections and locked fields. In order: everything of all readers, but jobs wait for scans.",
        ),
      ),
      field(
        t("Minutes to wait"),
        patience,
        t("So long changes of files wait if the server is away. After that they go on with what is known."),
      ),
    ],
    {
      inputs: { kind, name, url, api_key: key, path_map: folders, progress, patience_s: patience },
      buttons: found
        ? [h("button", { type: "button", class: "quiet", onclick: () => attempt(forget) }, t("Remove"))]
        : [],
      save: async () => {
        if (!name.value.trim()) throw new InputError(t("Enter a name."), name);
        if (!url.value.trim()) throw new InputError(t("Enter the address of the server."), url);
        if (!found && !key.value.trim()) throw new InputError(t("Enter the API key of an administrator."), key);
        const body = {
          name: name.value.trim(),
          url: url.value.trim(),
          path_map: pairsIn(folders),
          progress: progress.value,
          patience_s: Math.max(0, Number(patience.value)) * 60,
        };
        const newKey = key.value.trim() ? { api_key: key.value.trim() } : {};
        if (found) await api("PATCH", path, { body: { ...body, ...newKey } });
        else await post("/api/media-servers", { kind: kind.value, ...body, ...newKey });
        await done();
      },
    },
  );
}
