// @ts-check
/** The input for a kind's `rules`: where each field comes from. */

import { get } from "../base/api.js";
import { fill, h, icon } from "../base/dom.js";
import { capital } from "../base/format.js";
import { t } from "../base/texts.js";
import { attempt } from "../base/toast.js";

/** @type {Record<string, string>} */
const SOURCES = {
  filename: t("file name"),
  folder: t("folder"),
  identified: t("identified issue"),
  text: t("a text"),
};
const USUAL = [
  "series",
  "issue",
  "title",
  "volume",
  "year",
  "month",
  "day",
  "count",
  "publisher",
  "imprint",
  "genres",
  "language",
  "age_rating",
  "format",
  "manga",
];
const FORMATS = [
  ["comicinfo", "ComicInfo"],
  ["metroninfo", "MetronInfo"],
  ["comicinfo,metroninfo", t("ComicInfo and MetronInfo")],
];
/**
 * The element of the editor, with the functions that its form calls.
 * @typedef {HTMLFieldSetElement & {showPreset: () => void, ruleValue: () => Rules | undefined}} RulesElement
 */

const MANAGED = ["fields", "formats", "page_list", "on_malformed"];

const IDENTIFIED = "identified";

/**
 * The sources that a comic has by itself.
 * @param {string[]} sources
 */
const byItself = (sources) => sources.filter((name) => name !== IDENTIFIED);

/** @param {string[]} sources */
const inWords = (sources) => sources.map((name) => SOURCES[name] || name).join(t(", then "));

/**
 * The possible sources of a field, as choices [value, label]; `kept` is the current one.
 * @param {string[]} sources
 * @param {string[] | undefined} usual
 * @param {string} kept
 */
function choices(sources, usual, kept) {
  const own = byItself(sources);
  const orders = own.length > 1 ? [own, own.toReversed(), ...own.map((one) => [one])] : own.map((one) => [one]);
  if (sources.includes(IDENTIFIED)) {
    if (own.length) orders.push([IDENTIFIED, ...own], [...own, IDENTIFIED]);
    orders.push([IDENTIFIED]);
  }
  const known = orders.map((order) => [order.join(","), inWords(order)]);
  const found = [
    ...(usual ? [["", t("as usual: {sources}", { sources: inWords(usual) })]] : []),
    ...known,
    ["text", t("this text")],
    ...(usual ? [["leave", t("nothing: leave it unchanged")]] : []),
    ["clear", t("nothing: clear it")],
  ];
  if (kept && !found.some(([value]) => value === kept)) found.splice(-2, 0, [kept, inWords(kept.split(","))]);
  return found;
}

/**
 * The choice for a stored rule.
 * @param {Rule} rule
 */
function chosenBy(rule) {
  if (rule === null) return "leave";
  if (rule?.mode === "clear") return "clear";
  return rule?.sources?.join(",") ?? "";
}

/**
 * One field's row: {element, value()}; `value` returns its rule, or undefined if it is as in the preset.
 * @param {RuleField} field
 * @param {string} label
 * @param {string[] | undefined} usual
 * @param {Rule | undefined} rule
 * @param {() => void} removed
 */
function fieldRow(field, label, usual, rule, removed) {
  const chosen = rule === undefined ? (usual ? "" : byItself(field.sources).join(",") || "text") : chosenBy(rule);
  const from = h(
    "select",
    { "aria-label": t("{label} comes from", { label }) },
    choices(field.sources, usual, chosen).map(([value, words]) =>
      h("option", { value, selected: value === chosen }, capital(words)),
    ),
  );
  const text = h("input", {
    type: "text",
    value: rule?.text ?? "",
    placeholder: t("a text, or {series} {issue} …"),
    autocomplete: "off",
    spellcheck: false,
    "aria-label": t("Text of {label}", { label }),
  });
  const over = h("input", { type: "checkbox", checked: rule?.mode === "overwrite" });
  const overwrites = h("label", {}, over, t("Overwrite existing tags"));
  const draw = () => {
    text.hidden = !from.value.split(",").includes("text");
    overwrites.hidden = from.value === "leave" || from.value === "clear";
  };
  from.addEventListener("change", draw);
  draw();
  const remove = h(
    "button",
    { type: "button", class: "quiet", "aria-label": t("Remove the rule of {label}", { label }), onclick: removed },
    icon("close"),
  );
  return {
    field,
    element: h("div", { class: "rule" }, h("span", {}, label), from, remove, text, overwrites),
    /** @param {string[] | undefined} sources */
    showUsual(sources) {
      if (from.options[0].value === "" && sources)
        from.options[0].textContent = capital(t("as usual: {sources}", { sources: inWords(sources) }));
    },
    focus: () => from.focus(),
    /** @returns {Rule | undefined} */
    value() {
      const mode = over.checked ? { mode: "overwrite" } : {};
      if (from.value === "leave") return null;
      if (from.value === "clear") return { mode: "clear" };
      if (from.value === "") return over.checked ? mode : undefined;
      const sources = from.value.split(",");
      if (!sources.includes("text")) return { sources, ...mode };
      if (!text.value.trim()) throw new Error(t("Enter the text for {label}.", { label }));
      return { sources, text: text.value.trim(), ...mode };
    },
  };
}

/**
 * The editor. The element's `ruleValue()` returns the rules, or undefined if nothing differs from the preset;
 * it throws an Error if something is missing. `nameOf` returns a field's name for people. Parts of `before`
 * that the editor can't show are kept.
 * @param {Rules | undefined} before
 * @param {(name: string) => string} nameOf
 */
export function rulesEditor(before, nameOf) {
  /** @type {ReturnType<typeof fieldRow>[]} */
  const rows = [];
  const list = h("div", { class: "rules" });
  const add = h("select", { "aria-label": t("Add a rule for a field") });
  const formats = h(
    "select",
    {},
    FORMATS.map(([value, label]) => h("option", { value }, label)),
  );
  const pages = h("input", { type: "checkbox", checked: before?.page_list === true });
  const malformed = h(
    "select",
    {},
    h("option", { value: "fail" }, capital(t("leave the file alone"))),
    h("option", { value: "replace", selected: before?.on_malformed === "replace" }, capital(t("write new ones"))),
  );
  const element = /** @type {RulesElement} */ (
    h(
      "fieldset",
      { class: "field", data: { type: "rules", name: "rules" } },
      h("legend", { class: "muted" }, t("Sources of single fields")),
      list,
      add,
      h(
        "div",
        { class: "pair" },
        h("label", { class: "field" }, h("span", {}, t("Write tags as")), formats),
        h("label", { class: "field" }, h("span", {}, t("Tags that can't be read")), malformed),
      ),
      h("label", { class: "field check" }, pages, h("span", {}, t("List the pages in the tags"))),
    )
  );
  /** @type {RuleChoices | null} */
  let rules = null;

  const presetOf = () =>
    /** @type {HTMLSelectElement | null | undefined} */ (element.closest("form")?.querySelector("[name=preset]"))
      ?.value ||
    before?.preset ||
    "comics";
  /** Whether no preset is chosen, so that the folder of each file decides. */
  const follows = () =>
    /** @type {HTMLSelectElement | null | undefined} */ (element.closest("form")?.querySelector("[name=preset]"))
      ?.value === "";
  /** The rules that hold where nothing is changed. */
  const usualRules = () => rules?.own[presetOf()] ?? rules?.presets[presetOf()];
  /** @param {string} name */
  const usualOf = (name) => usualRules()?.fields?.[name]?.sources;
  const changed = () => element.dispatchEvent(new Event("input", { bubbles: true }));

  function drawAdd() {
    const there = new Set(rows.map((row) => row.field.name));
    const free = (rules?.fields ?? []).filter((field) => !there.has(field.name));
    /** @param {RuleField} field */
    const option = (field) => h("option", { value: field.name }, nameOf(field.name));
    fill(
      add,
      h("option", { value: "" }, rows.length ? t("Another field") : t("All as usual; choose a field to change")),
      USUAL.map((name) => free.find((field) => field.name === name))
        .filter((field) => !!field)
        .map(option),
      h("optgroup", { label: t("Others") }, free.filter((field) => !USUAL.includes(field.name)).map(option)),
    );
  }

  /**
   * @param {RuleField} field
   * @param {Rule} [rule]
   */
  function addRow(field, rule) {
    const row = fieldRow(field, nameOf(field.name), usualOf(field.name), rule, () => {
      rows.splice(rows.indexOf(row), 1);
      row.element.remove();
      drawAdd();
      add.focus();
      changed();
    });
    rows.push(row);
    list.append(row.element);
    return row;
  }

  add.addEventListener("change", () => {
    const field = rules?.fields.find((one) => one.name === add.value);
    if (!field) return;
    const row = addRow(field);
    drawAdd();
    row.focus();
    changed();
  });

  attempt(async () => {
    /** @type {RuleChoices} */
    const choices = await get("/api/rules");
    rules = choices;
    const known = new Map(choices.fields.map((field) => [field.name, field]));
    for (const [name, rule] of Object.entries(before?.fields || {}))
      addRow(known.get(name) || { name, sources: [] }, rule);
    const written = before?.formats?.join(",");
    if (written && !FORMATS.some(([value]) => value === written))
      formats.append(h("option", { value: written }, written.replaceAll(",", ", ")));
    if (written) formats.value = written;
    drawAdd();
    showTemplate();
  });

  /** Show the values of the chosen rules wherever they apply. */
  function showTemplate() {
    if (!rules) return;
    const chosen = usualRules();
    for (const [name, usual] of Object.entries({ template: chosen?.template, padding: chosen?.padding })) {
      const input = element.closest("form")?.querySelector(`[name=${name}]`);
      if (input instanceof HTMLInputElement) input.placeholder = follows() ? "" : String(usual ?? "");
    }
    for (const row of rows) row.showUsual(usualOf(row.field.name));
  }

  element.showPreset = showTemplate;
  element.ruleValue = () => {
    if (!rules) return before;
    /** @type {Rules} */
    const value = Object.fromEntries(Object.entries(before || {}).filter(([name]) => !MANAGED.includes(name)));
    const fields = rows.map((row) => [row.field.name, row.value()]).filter(([, rule]) => rule !== undefined);
    if (fields.length) value.fields = Object.fromEntries(fields);
    if (formats.value !== "comicinfo") value.formats = formats.value.split(",");
    if (pages.checked) value.page_list = true;
    if (malformed.value === "replace") value.on_malformed = "replace";
    return Object.keys(value).length ? value : undefined;
  };
  return element;
}
