// @ts-check
/** The audit list: who did what, filtered by person and by kind. */

import { get } from "../base/api.js";
import { base, h, part } from "../base/dom.js";
import { ago, count, kindName, moment } from "../base/format.js";
import { Paged } from "../base/paged.js";
import { t } from "../base/texts.js";
import { attempt } from "../base/toast.js";

const body = part("#entries", HTMLElement);
const form = part("#filter", HTMLFormElement);
const actor = part("input", HTMLInputElement, form);
const action = part("select", HTMLSelectElement, form);

/** What may act beside a user. @type {Record<string, string>} */
const BY = {
  key: t("key"),
  schedule: t("schedule"),
  watcher: t("the watcher"),
  "command line": t("the command line"),
  service: t("the service"),
};

/** Who acted: a name, and what it is the name of unless that is a user. @param {AuditEntry} entry */
function who(entry) {
  if (!entry.actor)
    return entry.by === "anybody" ? h("span", { class: "muted" }, t("somebody")) : (BY[entry.by] ?? entry.by);
  return [
    entry.actor,
    entry.by === "user" ? null : h("span", { class: "muted small" }, ` ${BY[entry.by] ?? entry.by}`),
  ];
}

/** What details are called. @type {Record<string, string>} */
const DETAILS = {
  changed: t("changed"),
  cron: t("times"),
  enabled: t("switched on"),
  event: t("event"),
  events: t("events"),
  files: t("files"),
  items: t("items"),
  jobs: t("jobs"),
  name: t("as"),
  new_files: t("new files"),
  of_job: t("of job"),
  preview: t("preview"),
  provider: t("at"),
  reason: t("reason"),
  role: t("role"),
  rules: t("rules"),
  run_at: t("once at"),
  stored: t("stored"),
  title: t("title"),
  value: t("value"),
};
/** Values of details that are words of ours. @type {Record<string, string>} */
const VALUES = {
  administer: t("administer"),
  all: t("all"),
  look: t("look"),
  provider: t("the sign-in provider"),
  proxy: t("a proxy"),
  work: t("work"),
};

/**
 * @param {string} name
 * @param {any} value
 * @returns {string}
 */
function detail(name, value) {
  if (name === "kind") return kindName(value);
  if (name === "by") return t("by {name}", { name: VALUES[value] ?? value });
  const words = DETAILS[name] ?? name.replaceAll("_", " ");
  if (value === true) return words;
  if (name === "run_at") return `${words} ${moment(value)}`;
  if (Array.isArray(value)) return value.length ? `${words} ${value.join(", ")}` : "";
  if (typeof value === "number") return `${words} ${count(value)}`;
  return `${words} ${typeof value === "object" ? JSON.stringify(value) : (VALUES[value] ?? value)}`;
}

/** The details that say more than the sentence does. @param {AuditEntry} entry */
function more(entry) {
  const texts = Object.entries(entry.details)
    .filter(([, value]) => value !== null && value !== false && value !== "")
    .map(([name, value]) => detail(name, value))
    .filter(Boolean);
  return texts.length ? h("div", { class: "muted small" }, texts.join(", ")) : null;
}

/** @param {AuditEntry} entry */
function what(entry) {
  const { subject } = entry;
  const isJob = entry.action.startsWith("job_");
  const thing = isJob ? h("a", { href: `${base()}/jobs/${subject}` }, subject.slice(0, 8)) : h("strong", {}, subject);
  return [entry.words, " ", subject ? thing : null, more(entry)];
}

/** @param {AuditEntry} entry */
const row = (entry) =>
  h(
    "tr",
    { data: { key: String(entry.entry_id) } },
    h("td", { class: "shrink muted wide", title: moment(entry.at) }, ago(entry.at)),
    h("td", { class: "shrink wide" }, who(entry)),
    h("td", { class: "audit-what" }, what(entry), h("span", { class: "under" }, who(entry), ` · ${ago(entry.at)}`)),
    h("td", { class: "shrink muted wide" }, entry.address),
  );

/** @param {Record<string, string>} actions */
function offer(actions) {
  if (action.options.length > 1) return;
  action.append(...Object.entries(actions).map(([value, words]) => h("option", { value }, words)));
}

const list = new Paged(
  body,
  async (before) => {
    /** @type {{entries: AuditEntry[], next: number | null, actions: Record<string, string>}} */
    const page = await get("/api/audit", { actor: actor.value.trim(), action: action.value, before });
    offer(page.actions);
    return { rows: page.entries.map(row), next: page.next };
  },
  () => h("tr", {}, h("td", { colSpan: 4 }, h("div", { class: "empty" }, t("Nothing of this kind was recorded.")))),
);

form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("change", () => attempt(() => list.restart()));
attempt(() => list.restart());
