// @ts-check
/** The log, newest record first: filtered, followed as it grows, and back to its beginning. */

import { get } from "../base/api.js";
import { fill, h, part, setText } from "../base/dom.js";
import { moment } from "../base/format.js";
import { isOnline } from "../base/live.js";
import { t, tn } from "../base/texts.js";
import { attempt } from "../base/toast.js";

const FOLLOW_MS = 2000;
const TYPING_MS = 250;
const PAGE = 100;
const MOST_SHOWN = 1000;
/** @type {Record<string, [mark: string, word: string]>} */
const LEVELS = {
  debug: ["queued", t("Debug")],
  info: ["queued", t("Information")],
  warning: ["warning", t("Warning")],
  error: ["failed", t("Error")],
  critical: ["failed", t("Critical")],
};
const address = new URLSearchParams(location.search);
const filters = part("#filters", HTMLFormElement);
const list = part("#records", HTMLElement);
const news = part("#news", HTMLButtonElement);
const olderButton = part("#older", HTMLButtonElement);
/** @type {string | null} Where the log ended when it was last read. */
let end = null;
/** @type {string | null} */
let older = null;
/** @type {LogRecord[]} Records that came while somebody was reading, newest first. */
let waiting = [];
let turn = 0;
let typing = 0;

const query = () => Object.fromEntries([...new FormData(filters)].map(([name, value]) => [name, String(value)]));

/** @param {LogRecord} record */
function entry(record) {
  const [mark, word] = LEVELS[record.level];
  return h(
    "li",
    { data: { place: record.place } },
    h("time", { class: "muted", dateTime: new Date(record.at * 1000).toISOString() }, moment(record.at)),
    h(
      "span",
      {},
      h("span", { class: "state", data: { state: mark } }, word),
      h("span", { class: "muted small", title: record.logger }, ` ${record.process} ${record.process_id}`),
    ),
    h(
      "div",
      { class: "text" },
      record.message,
      record.more && h("details", {}, h("summary", {}, t("Details")), h("pre", { tabIndex: 0 }, record.more)),
    ),
  );
}

/** Say how many records are shown, and whether there may be older ones. */
function summarise() {
  const shown = list.querySelectorAll("li[data-place]").length;
  olderButton.hidden = older === null;
  setText(part("#shown", HTMLElement), shown ? tn("1 record", "{n} records", shown) : "");
  if (!shown && older === null) fill(list, h("li", { class: "empty" }, t("Nothing in the log matches.")));
  else list.querySelector("li.empty")?.remove();
  news.hidden = waiting.length === 0;
  setText(news, tn("Show 1 new record", "Show {n} new records", waiting.length));
}

/** @param {LogRecord[]} records newest first */
function prepend(records) {
  list.querySelector("li.empty")?.remove();
  list.prepend(...records.map(entry));
  const rows = [...list.children];
  for (const row of rows.slice(MOST_SHOWN)) row.remove();
  if (rows.length > MOST_SHOWN) {
    const last = /** @type {HTMLElement} */ (rows[MOST_SHOWN - 1]);
    older = last.dataset.place ?? null;
  }
}

/** Whether rows may move: nobody has scrolled down, points at one or is on one. */
const mayMove = () => scrollY === 0 && !list.matches(":hover, :focus-within");

async function restart() {
  turn += 1;
  const asked = turn;
  waiting = [];
  /** @type {LogPage} */
  const page = await get("/api/system/log", { ...query(), limit: PAGE });
  if (asked !== turn) return;
  end = page.end;
  older = page.older;
  fill(list, page.records.toReversed().map(entry));
  summarise();
}

async function showOlder() {
  const asked = turn;
  olderButton.disabled = true;
  /** @type {LogPage} */
  const page = await get("/api/system/log", { ...query(), limit: PAGE, before: older });
  olderButton.disabled = false;
  if (asked !== turn) return;
  older = page.older;
  list.append(...page.records.toReversed().map(entry));
  summarise();
}

async function follow() {
  if (end === null || document.visibilityState !== "visible" || !isOnline()) return;
  const asked = turn;
  /** @type {LogPage} */
  const page = await get("/api/system/log", { ...query(), limit: PAGE, after: end });
  if (asked !== turn) return;
  end = page.end;
  if (page.records.length) waiting = [...page.records.toReversed(), ...waiting].slice(0, MOST_SHOWN);
  if (waiting.length && mayMove()) showNews();
  else if (page.records.length) summarise();
}

function showNews() {
  prepend(waiting);
  waiting = [];
  summarise();
}

/** Keep the filters in the address. */
function changed() {
  const kept = new URLSearchParams(Object.entries(query()).filter(([, value]) => value && value !== "debug"));
  history.replaceState(null, "", kept.size ? `?${kept}` : location.pathname);
  attempt(restart);
}

for (const input of filters.elements) {
  if (input instanceof HTMLInputElement || input instanceof HTMLSelectElement)
    input.value = address.get(input.name) ?? (input.name === "level" ? "debug" : "");
}
filters.addEventListener("submit", (event) => event.preventDefault());
filters.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(changed, TYPING_MS);
});
olderButton.addEventListener("click", () => attempt(showOlder));
news.addEventListener("click", () => {
  showNews();
  scrollTo(0, 0);
});
attempt(restart);
/** Look again a while after the last answer, so that a slow server is not asked twice at a time. */
const goOn = () =>
  setTimeout(async () => {
    await attempt(follow);
    goOn();
  }, FOLLOW_MS);
goOn();
