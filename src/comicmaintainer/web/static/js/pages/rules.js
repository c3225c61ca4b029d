// @ts-check
/** Rules: which folder uses which, what happens to new files, and the rules themselves. */

import { api, get, isAway, messageOf, post, remove } from "../base/api.js";
import { base, fill, h, icon, part, showPage } from "../base/dom.js";
import { shortPath } from "../base/places.js";
import { may } from "../base/role.js";
import { pieces, t, tn } from "../base/texts.js";
import { attempt, toast } from "../base/toast.js";
import { inboxSheet } from "../parts/inbox-sheet.js";
import { parseExample } from "../parts/parse-example.js";
import { protectedSection } from "../parts/protected-folders.js";
import { rulesSheet } from "../parts/rules-sheet.js";

const NEW_FILES = {
  process: t("Tag and name"),
  tag: t("Only tag"),
  catalogue: t("Only catalogue"),
  ask: t("Ask: a preview waits under Jobs"),
};
const OF_INBOX = { ...NEW_FILES, process: t("Tag, name and file") };
/** The choice that opens a sheet instead. */
const TO_INBOX = "inbox";
const IDENTIFY = {
  off: t("Never look them up"),
  decided: t("Look up those of series that were decided"),
  all: t("Look up all of them"),
};
/** @type {Record<string, string>} */
const PRESETS = { comics: t("Comics"), manga: t("Manga chapters") };
const THREE = t("Comics, 3 digits");

const folders = part("#folders", HTMLElement);
const adding = part("#add-folder", HTMLFormElement);
const problem = part("#folder-problem", HTMLElement);
/** @type {RuleChoices} */
let choices;
/** Folders that were added here, and have nothing of their own yet. @type {string[]} */
let added = [];
/** Folders whose rules were changed here: a preview is offered. @type {Set<string>} */
const changed = new Set();

/** @param {string} name */
const titleOf = (name) => PRESETS[name] ?? name;
const library = () => choices.folders.find((entry) => entry.folder === "")?.rules ?? "comics";

/** @param {string} variable */
const setting = (variable) => /** @type {Setting} */ (choices.settings.find((one) => one.variable === variable));

/**
 * The nearest value above a folder.
 * @template {"rules" | "new_files"} K
 * @param {string} folder
 * @param {K} part
 * @returns {string}
 */
function above(folder, part) {
  const found = choices.folders
    .filter((entry) => entry.folder && entry[part] && folder.startsWith(`${entry.folder}/`))
    .toSorted((one, other) => other.folder.length - one.folder.length)[0];
  return found?.[part] ?? (part === "rules" ? library() : setting("NEW_FILES").value);
}

/**
 * @param {string} label
 * @param {[string, string][]} options
 * @param {string} value
 * @param {(value: string) => Promise<void>} choose
 */
function select(label, options, value, choose) {
  const made = h(
    "select",
    { "aria-label": label, disabled: !may("work") },
    options.map(([one, words]) => h("option", { value: one, selected: one === value }, words)),
  );
  made.addEventListener("change", async () => {
    try {
      await choose(made.value);
    } catch (error) {
      made.value = value; // what was not stored must not look as if it were
      toast(messageOf(error));
      if (isAway(error)) return;
    }
    await refresh(label);
  });
  return made;
}

/** @returns {[string, string][]} */
const ruleOptions = () =>
  [...Object.keys(choices.presets), ...Object.keys(choices.own)].map((name) => [name, titleOf(name)]);

/** @param {FolderEntry} entry */
const assign = ({ folder, rules, new_files, target, folders }) =>
  api("PUT", "/api/rules/folders", { body: { folder, rules, new_files, target, folders } });

/**
 * What nobody has set anything for.
 * @param {string} folder
 * @returns {FolderEntry}
 */
const unset = (folder) => ({ folder, rules: null, new_files: null, target: null, folders: null, is_there: true });

/** @param {string} folder */
async function preview(folder) {
  const files = folder ? { folders: [folder] } : { all: true };
  const isInbox = choices.folders.some((entry) => entry.folder === folder && entry.target !== null);
  const kind = isInbox ? "file" : "process";
  const job = await post("/api/jobs", { kind, preview: true, refuse_empty: true, ...files });
  location.assign(`${base()}/jobs/${job.job_id}`);
}

/** @param {string} folder */
function offerPreview(folder) {
  if (!changed.has(folder)) return null;
  return h(
    "div",
    { class: "offer" },
    h("span", { class: "muted" }, t("The next jobs use these rules; no file has changed yet."), " "),
    h(
      "button",
      { type: "button", data: { needs: "work" }, onclick: () => attempt(() => preview(folder)) },
      t("Preview the changes"),
    ),
  );
}

/** @param {Setting} found */
const fromEnvironment = (found) =>
  found.origin === "environment"
    ? h(
        "span",
        { class: "hint" },
        pieces("Set by the environment variable {variable}.", { variable: h("code", {}, found.variable) }),
      )
    : null;

function libraryRow() {
  const found = setting("NEW_FILES");
  const rules = select(t("Rules of the whole library"), ruleOptions(), library(), async (name) => {
    await assign({ ...unset(""), rules: name === "comics" ? null : name });
    changed.add("");
  });
  const newFiles = select(
    t("New files in the whole library"),
    Object.entries(NEW_FILES),
    found.value,
    async (value) => {
      await api("PUT", "/api/settings/NEW_FILES", { body: { value } });
    },
  );
  newFiles.disabled = found.origin === "environment" || !may("administer");
  return h(
    "li",
    {},
    h("div", { class: "folder" }, h("strong", {}, t("Whole library"))),
    h("label", { class: "field" }, h("span", { class: "small" }, t("Rules")), rules),
    h("label", { class: "field" }, h("span", { class: "small" }, t("New files")), newFiles, fromEnvironment(found)),
    h("span", {}),
    offerPreview(""),
  );
}

/** @param {FolderEntry} entry */
function folderRow(entry) {
  const { folder } = entry;
  const title = shortPath(folder);
  const isInbox = entry.target !== null;
  const isSet = entry.rules !== null || entry.new_files !== null || isInbox;
  const openInbox = () =>
    inboxSheet(choices, entry, async () => {
      changed.add(folder);
      await refresh();
      toast(t("{folder} is an inbox now.", { folder: title }));
    });
  const rules = select(
    t("Rules of {title}", { title }),
    [["", t("As above: {name}", { name: titleOf(above(folder, "rules")) })], ...ruleOptions()],
    entry.rules ?? "",
    async (name) => {
      await assign({ ...entry, rules: name || null });
      changed.add(folder);
    },
  );
  const words = /** @type {Record<string, string>} */ (NEW_FILES);
  /** @type {[string, string][]} */
  const options = isInbox
    ? Object.entries(OF_INBOX)
    : [
        ["", t("As above: {name}", { name: words[above(folder, "new_files")] })],
        ...Object.entries(NEW_FILES),
        [TO_INBOX, t("File in another folder…")],
      ];
  const newFiles = select(
    t("New files in {title}", { title }),
    options,
    entry.new_files ?? (isInbox ? "process" : ""),
    async (value) => {
      if (value === TO_INBOX) openInbox();
      else await assign({ ...entry, new_files: value || null });
    },
  );
  return h(
    "li",
    { data: { folder } },
    h(
      "div",
      { class: "folder" },
      h("span", { class: "path", title: folder }, title),
      entry.is_there
        ? null
        : h("span", { class: "state small", data: { state: "warning" } }, t("This folder is not there")),
    ),
    isInbox
      ? h(
          "div",
          { class: "field" },
          h("span", { class: "small" }, t("Inbox: filed in")),
          h(
            "button",
            {
              type: "button",
              class: "path",
              data: { needs: "work" },
              title: entry.target,
              "aria-label": t("Inbox {folder}: filed in {target}", {
                folder: title,
                target: shortPath(String(entry.target)),
              }),
              onclick: openInbox,
            },
            h("span", {}, shortPath(String(entry.target))),
          ),
        )
      : h("label", { class: "field" }, h("span", { class: "small" }, t("Rules")), rules),
    h("label", { class: "field" }, h("span", { class: "small" }, t("New files")), newFiles),
    isSet
      ? h(
          "button",
          {
            type: "button",
            class: "quiet",
            data: { needs: "work" },
            "aria-label": t("Remove the rules of {title}", { title }),
            title: t("As above"),
            onclick: () => attempt(() => clear(entry)),
          },
          icon("close"),
        )
      : h("span", {}),
    offerPreview(folder),
  );
}

/** @param {FolderEntry} entry */
async function clear(entry) {
  await assign(unset(entry.folder));
  added = added.filter((folder) => folder !== entry.folder);
  changed.delete(entry.folder);
  await refresh();
  toast(t("{folder} has the rules above it again.", { folder: shortPath(entry.folder) }), [
    t("Undo"),
    () =>
      attempt(async () => {
        await assign(entry);
        await refresh();
      }),
  ]);
}

/** @param {string} name */
function setEntry(name) {
  const isPreset = name in choices.presets;
  const rules = isPreset ? choices.presets[name] : choices.own[name];
  const users = choices.folders
    .filter((entry) => entry.rules === name)
    .map((entry) => (entry.folder ? shortPath(entry.folder) : t("the whole library")));
  if (name === "comics" && library() === "comics" && !users.length) users.push(t("the whole library"));
  const digits = tn("1 digit", "{n} digits", rules.padding);
  /** @param {string | null} own */
  const open = (own) =>
    rulesSheet(
      choices,
      { name: own, rules, folder: choices.folders.find((entry) => entry.rules === name && entry.folder)?.folder },
      saved,
    );
  return h(
    "li",
    {},
    h(
      "div",
      {},
      h("strong", {}, titleOf(name)),
      h("div", {}, h("code", {}, rules.template), h("span", { class: "muted small" }, ` ${digits}`)),
      h(
        "div",
        { class: "muted small" },
        users.length ? t("Used by {folders}", { folders: users.join(", ") }) : t("Not used by any folder"),
      ),
    ),
    h(
      "div",
      { class: "actions" },
      isPreset
        ? null
        : h(
            "button",
            {
              type: "button",
              class: "quiet",
              data: { needs: "work" },
              "aria-label": t("Edit {name}", { name }),
              onclick: () => open(name),
            },
            t("Edit"),
          ),
      h(
        "button",
        {
          type: "button",
          class: "quiet",
          data: { needs: "work" },
          "aria-label": t("Copy {name}", { name: titleOf(name) }),
          onclick: () => open(null),
        },
        t("Copy"),
      ),
      isPreset || users.length
        ? null
        : h(
            "button",
            {
              type: "button",
              class: "quiet",
              data: { needs: "work" },
              "aria-label": t("Remove {name}", { name }),
              onclick: () => attempt(() => removeSet(name, rules)),
            },
            icon("trash"),
            t("Remove"),
          ),
    ),
  );
}

/** @param {string} name */
async function saved(name) {
  for (const entry of choices.folders) if (entry.rules === name) changed.add(entry.folder);
  await refresh();
  toast(t("{name} is stored.", { name }));
}

/**
 * @param {string} name
 * @param {Rules} rules
 */
async function removeSet(name, rules) {
  await remove(`/api/rules/own/${encodeURIComponent(name)}`);
  await refresh();
  toast(t("{name} is removed.", { name }), [
    t("Undo"),
    () =>
      attempt(async () => {
        await api("PUT", `/api/rules/own/${encodeURIComponent(name)}`, { body: { rules } });
        await refresh();
      }),
  ]);
}

/** Offer three digits while the library has four by default. */
function offerThree() {
  if (library() !== "comics") return null;
  return h(
    "div",
    { class: "notice", data: { needs: "work" } },
    h(
      "div",
      {},
      pieces("Numbers get four digits: {four}. Most collectors use three: {three}.", {
        four: h("code", {}, "Saga #0007"),
        three: h("code", {}, "Saga #007"),
      }),
    ),
    h(
      "div",
      { class: "actions" },
      h("button", { type: "button", onclick: () => attempt(useThree) }, t("Use three digits")),
    ),
  );
}

async function useThree() {
  if (!(THREE in choices.own))
    await api("PUT", `/api/rules/own/${encodeURIComponent(THREE)}`, {
      body: { rules: { preset: "comics", padding: 3 } },
    });
  await assign({ ...unset(""), rules: THREE });
  changed.add("");
  await refresh();
}

function draw() {
  const own = choices.folders.filter((entry) => entry.folder);
  const known = new Set(own.map((entry) => entry.folder));
  const more = [...(choices.suggested.length <= MOST_SHOWN ? choices.suggested : []), ...added].filter(
    (folder) => !known.has(folder),
  );
  const entries = [...own, ...new Set(more)].map((one) => (typeof one === "string" ? unset(one) : one));
  fill(part("#offer", HTMLElement), offerThree());
  fill(folders, libraryRow(), entries.toSorted((one, other) => one.folder.localeCompare(other.folder)).map(folderRow));
  fill(
    part("#known-folders", HTMLDataListElement),
    choices.suggested.map((folder) => h("option", { value: folder })),
  );
  const identify = setting("IDENTIFY_NEW");
  const online = select(
    t("New files are looked up online"),
    Object.entries(IDENTIFY),
    identify.value,
    async (value) => {
      await api("PUT", "/api/settings/IDENTIFY_NEW", { body: { value } });
    },
  );
  online.disabled = identify.origin === "environment" || !may("administer");
  fill(
    part("#identify", HTMLElement),
    online,
    fromEnvironment(identify),
    h(
      "span",
      { class: "hint" },
      pieces("At the {sources} that are switched on, before they are named. Not where you are asked first.", {
        sources: h("a", { href: `${base()}/settings/sources` }, t("sources")),
      }),
    ),
  );
  fill(part("#sets", HTMLElement), [...Object.keys(choices.presets), ...Object.keys(choices.own)].map(setEntry));
}
const MOST_SHOWN = 15;

/**
 * Draw what holds now; the focus stays on the input with that label.
 * @param {string} [label]
 */
async function refresh(label) {
  const found = await attempt(() => get("/api/rules"));
  if (!found) return;
  choices = found;
  draw();
  const input = label && document.querySelector(`[aria-label="${CSS.escape(label)}"]`);
  if (input instanceof HTMLElement) input.focus();
}

/** @param {string} folder */
async function add(folder) {
  problem.hidden = true;
  try {
    // An address that leads here, or a person, may name a folder relative to the library.
    const found = await api("GET", "/api/rules/of", { query: { path: folder } });
    if (!added.includes(found.path)) added.push(found.path);
    draw();
    const row = folders.querySelector(`[data-folder="${CSS.escape(found.path)}"]`);
    row?.scrollIntoView({ block: "center" });
    row?.querySelector("select")?.focus();
    adding.reset();
  } catch (error) {
    problem.textContent = messageOf(error);
    problem.hidden = false;
  }
}

adding.addEventListener("submit", (event) => {
  event.preventDefault();
  const folder = String(new FormData(adding).get("folder")).trim();
  if (folder) add(folder);
});
parseExample();
Promise.all([attempt(refresh), attempt(protectedSection)]).finally(() => {
  showPage();
  const wanted = new URLSearchParams(location.search).get("folder");
  if (wanted && choices) add(wanted);
});
