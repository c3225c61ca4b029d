// @ts-check
/** Webhooks: who hears of events, and what was delivered. */

import { api, get, post } from "../base/api.js";
import { fill, h, part, showPage } from "../base/dom.js";
import { ago, moment } from "../base/format.js";
import { Paged } from "../base/paged.js";
import { openSheet } from "../base/sheet.js";
import { t, tn } from "../base/texts.js";
import { attempt, toast } from "../base/toast.js";
import { shownOnce } from "../parts/shown-once.js";
import { webhookSheet } from "../parts/webhook-sheet.js";

const REFRESH_MS = 10000;
const PAGE = 50;
const list = part("#webhooks", HTMLElement);
const rows = part("#deliveries", HTMLElement);
const filter = part("#filter", HTMLFormElement);
const ofWebhook = part("#of-webhook", HTMLSelectElement);
const inState = part("#in-state", HTMLSelectElement);

/** What events are called in lists. @type {Record<string, string>} */
const EVENTS = {
  "job.ended": t("Job ended"),
  "job.failed": t("Job failed"),
  "conflict.found": t("Conflict found"),
  "damage.found": t("Damage found"),
  "review.needed": t("Review needed"),
  "disk.missing": t("Disk missing"),
  "webhook.test": t("Test"),
};
/** The word and the mark of the state of a delivery. @type {Record<string, [string, string]>} */
const STATES = {
  waiting: [t("Waiting"), "queued"],
  sending: [t("Being sent"), "processing"],
  delivered: [t("Delivered"), "ok"],
  failed: [t("Given up"), "failed"],
  skipped: [t("Skipped"), "cancelled"],
};

/** @type {Webhook[]} */
let known = [];
/** What can be chosen, with what it means. @type {Record<string, string>} */
let events = {};

/**
 * How a webhook stands: a word, its mark, and a sentence if there is more to say.
 * @param {Webhook} webhook
 * @returns {[word: string, mark: string, more: string]}
 */
function standing(webhook) {
  if (!webhook.enabled)
    return webhook.stop_reason ? [t("Stopped"), "failed", webhook.stop_reason] : [t("Off"), "queued", ""];
  if (webhook.failures && webhook.next_try_at)
    return [
      t("Failing"),
      "warning",
      tn(
        "The last attempt failed. Next try {when}.",
        "The last {n} attempts failed. Next try {when}.",
        webhook.failures,
        {
          when: moment(webhook.next_try_at),
        },
      ),
    ];
  return [t("On"), "ok", ""];
}

/** @param {Webhook} webhook */
function facts(webhook) {
  const all = webhook.events.length === Object.keys(events).length;
  const names = webhook.events.map((each) => EVENTS[each] ?? each).join(", ");
  const figures = [
    webhook.waiting ? tn("1 waiting", "{n} waiting", webhook.waiting) : "",
    webhook.failed ? tn("1 given up", "{n} given up", webhook.failed) : "",
    tn("1 delivered", "{n} delivered", webhook.delivered),
  ];
  return h(
    "dl",
    { class: "facts small" },
    [
      [t("Hosts"), webhook.hosts.join(", ")],
      [t("Address"), webhook.url ? h("span", { class: "path" }, webhook.url) : null],
      [t("Events"), all ? t("All events") : names],
      [t("Deliveries"), figures.filter(Boolean).join(", ")],
    ]
      .filter(([, value]) => value)
      .map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]),
  );
}

/** @param {Webhook} webhook */
async function test(webhook) {
  try {
    /** @type {Delivery} */
    const sent = await post(`/api/webhooks/${webhook.webhook_id}/test`);
    if (sent.state === "delivered") toast(t("{name} has taken the test.", { name: webhook.name }));
    else if (sent.state === "waiting") toast(t("A worker process sends the test to {name}.", { name: webhook.name }));
    else throw new Error(t("The test did not arrive. {answer}", { answer: sent.answer ?? "" }));
  } finally {
    await draw();
  }
}

/**
 * @param {Webhook} webhook
 * @param {boolean} enabled
 */
async function switchTo(webhook, enabled) {
  await api("PATCH", `/api/webhooks/${webhook.webhook_id}`, { body: { enabled } });
  toast(
    enabled
      ? t("{name} is on.", { name: webhook.name })
      : t("{name} is off. It hears of no more events.", { name: webhook.name }),
  );
  await draw();
}

/** @param {Webhook} webhook */
function entry(webhook) {
  const [word, mark, more] = standing(webhook);
  const { name, enabled, from_environment: given } = webhook;
  const toggle = h(
    "button",
    {
      type: "button",
      "aria-label": enabled ? t("Switch off {source}", { source: name }) : t("Switch on {source}", { source: name }),
      onclick: () => attempt(() => switchTo(webhook, !enabled)),
    },
    enabled ? t("Switch off") : t("Switch on"),
  );
  return h(
    "li",
    { data: { webhook: String(webhook.webhook_id) } },
    h(
      "div",
      {},
      h("h2", {}, name, " ", h("span", { class: "state small", data: { state: mark } }, word)),
      more ? h("p", { class: "muted" }, more) : null,
      given ? h("p", { class: "hint" }, t("Set by the environment, so it can't be changed here.")) : null,
      facts(webhook),
    ),
    h(
      "div",
      { class: "actions" },
      given && !enabled
        ? null
        : h(
            "button",
            {
              type: "button",
              "aria-label": t("Send a test to {name}", { name }),
              onclick: () => attempt(() => test(webhook)),
            },
            t("Send a test"),
          ),
      given
        ? null
        : h(
            "button",
            {
              type: "button",
              "aria-label": t("Change {name}", { name }),
              onclick: () => webhookSheet(events, changed, webhook),
            },
            t("Change"),
          ),
      given ? null : toggle,
    ),
  );
}

/** @param {{name: string, secret: string}} [made] */
async function changed(made) {
  fill(
    part("#new-secret", HTMLElement),
    made ? shownOnce(t("The secret of {name}:", { name: made.name }), made.secret) : null,
  );
  await draw();
}

/** @param {number} id */
const nameOf = (id) => known.find((each) => each.webhook_id === id)?.name ?? "";

/** @param {Delivery} delivery */
async function show(delivery) {
  const { body } = await get(`/api/webhooks/deliveries/${delivery.delivery_id}`);
  const text = JSON.stringify(JSON.parse(body), null, 2);
  openSheet(
    EVENTS[delivery.type] ?? delivery.type,
    [
      delivery.answer ? h("p", {}, t("Last answer: {answer}", { answer: delivery.answer })) : null,
      h("pre", { class: "body-text", tabIndex: 0, "aria-label": t("What is sent") }, h("code", {}, text)),
    ],
    { label: t("OK"), save: async () => {} },
  );
}

/** @type {(delivery: Delivery, what: "retry" | "skip") => Promise<void>} */
async function act(delivery, what) {
  await post(`/api/webhooks/deliveries/${delivery.delivery_id}/${what}`);
  toast(what === "retry" ? t("It is sent again as soon as a worker process gets to it.") : t("It is skipped."));
  await draw();
}

/** @param {Delivery} delivery */
function row(delivery) {
  const [word, mark] = STATES[delivery.state] ?? [delivery.state, "queued"];
  const tries = delivery.attempts > 1 ? tn("1 try", "{n} tries", delivery.attempts) : "";
  const event = EVENTS[delivery.type] ?? delivery.type;
  const webhook = nameOf(delivery.webhook_id);
  const name = `${event}, ${webhook}, ${moment(delivery.created_at)}`;
  /** @type {(text: string, what: "retry" | "skip") => HTMLElement} */
  const button = (text, what) =>
    h(
      "button",
      {
        type: "button",
        class: "quiet",
        "aria-label": `${text}: ${name}`,
        onclick: () => attempt(() => act(delivery, what)),
      },
      text,
    );
  const isWaiting = delivery.state === "waiting";
  const isRetried = isWaiting || delivery.state === "failed" || delivery.state === "skipped";
  const opener = h(
    "button",
    {
      type: "button",
      class: "quiet opener",
      "aria-label": t("Show {name}", { name }),
      onclick: () => attempt(() => show(delivery)),
    },
    event,
  );
  return h(
    "tr",
    { data: { key: String(delivery.delivery_id) } },
    h("td", { class: "shrink muted wide", title: moment(delivery.created_at) }, ago(delivery.created_at)),
    h("td", {}, opener, h("div", { class: "under" }, webhook), h("div", { class: "under" }, ago(delivery.created_at))),
    h("td", { class: "wide" }, webhook),
    h(
      "td",
      {},
      h("span", { class: "state", data: { state: mark } }, word),
      tries ? h("div", { class: "muted small" }, tries) : null,
    ),
    h("td", { class: "wide muted" }, h("span", { class: "clip", title: delivery.answer }, delivery.answer ?? "")),
    h(
      "td",
      {},
      h(
        "div",
        { class: "acts" },
        isRetried ? button(isWaiting ? t("Try now") : t("Retry"), "retry") : null,
        isWaiting ? button(t("Skip"), "skip") : null,
      ),
    ),
  );
}

const deliveries = new Paged(
  rows,
  async (before) => {
    /** @type {{deliveries: Delivery[], next: number | null}} */
    const page = await get("/api/webhooks/deliveries", {
      webhook: ofWebhook.value,
      state: inState.value,
      limit: PAGE,
      before,
    });
    return { rows: page.deliveries.map(row), next: page.next };
  },
  () =>
    h("tr", {}, h("td", { colSpan: 6 }, h("div", { class: "empty" }, t("Nothing was sent in the last two weeks.")))),
);

function offer() {
  const { value } = ofWebhook;
  ofWebhook.replaceChildren(
    ofWebhook.options[0],
    ...known.map((each) => h("option", { value: String(each.webhook_id) }, each.name)),
  );
  ofWebhook.value = known.some((each) => String(each.webhook_id) === value) ? value : "";
}

async function drawWebhooks() {
  ({ webhooks: known, events } = await get("/api/webhooks"));
  offer();
  fill(
    list,
    known.length
      ? known.map(entry)
      : h("li", {}, h("div", { class: "empty" }, t("No program hears of events yet. Add a webhook to begin."))),
  );
}

async function draw() {
  await drawWebhooks();
  await deliveries.restart();
}

/** Nothing changes under the hands of somebody who is at it, or who has gone further down the list. */
function refresh() {
  if (document.visibilityState !== "visible" || document.querySelector("dialog[open]")) return;
  if (!list.contains(document.activeElement)) attempt(drawWebhooks);
  if (!rows.contains(document.activeElement) && rows.children.length <= PAGE) attempt(() => deliveries.restart());
}

inState.append(...Object.entries(STATES).map(([value, [word]]) => h("option", { value }, word)));
part("#add-webhook", HTMLButtonElement).addEventListener("click", () => webhookSheet(events, changed));
filter.addEventListener("submit", (event) => event.preventDefault());
filter.addEventListener("change", () => attempt(() => deliveries.restart()));
attempt(draw).finally(showPage);
setInterval(refresh, REFRESH_MS);
