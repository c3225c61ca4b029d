// @ts-check
/** The settings of sources: on or off, key and address, a test, and how much they may still be asked. */

import { api, get, post } from "../base/api.js";
import { fill, h, parts } from "../base/dom.js";
import { formProblem } from "../base/form-problem.js";
import { allOf, capital, count, moment, plainly } from "../base/format.js";
import { t } from "../base/texts.js";
import { attempt, toast } from "../base/toast.js";

const REFRESH_MS = 15000;
const BY_ENVIRONMENT = t("Set by the environment, so it can't be changed here.");

/**
 * How a source stands: a word, its mark, and a sentence if there is more to say.
 * @param {SourceState} source
 * @returns {[word: string, mark: string, more: string]}
 */
function standing(source) {
  if (!source.enabled) return [t("Off"), "queued", ""];
  if (source.missing) return [t("Not ready"), "warning", source.missing];
  if (source.stop_reason) return [t("Stopped"), "failed", source.stop_reason];
  if (source.resting_until)
    return [
      t("Resting"),
      "paused",
      `${t("Until {time}.", { time: moment(source.resting_until) })} ${source.rest_reason ?? ""}`,
    ];
  return [t("On"), "ok", ""];
}

/** @param {SourceState} source */
function budget(source) {
  const parts = source.resources.map((each) => {
    return [
      t("{resource}: {spent} spent, {left} left of {limit}", {
        resource: plainly(each.resource),
        spent: count(each.spent),
        left: count(each.left),
        limit: each.limit,
      }),
      each.next_at ? t("the next at {time}", { time: moment(each.next_at) }) : "",
      each.waiting ? t("{number} waiting", { number: count(each.waiting) }) : "",
    ]
      .filter(Boolean)
      .join(", ");
  });
  return [t("{number} so far", { number: count(source.requests) }), ...parts].map((text) => h("div", {}, text));
}

/** @param {SourceState} source */
function facts(source) {
  return h(
    "dl",
    { class: "facts small" },
    [
      [t("Sent"), source.sent],
      [t("Limits"), allOf(source.limits) || t("none")],
      [t("Requests"), budget(source)],
      [
        t("Credit"),
        [source.credit, " ", h("a", { href: source.site, rel: "noopener", target: "_blank" }, source.title)],
      ],
    ].map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]),
  );
}

/**
 * The input for one secret, empty: a stored one is never shown.
 * @param {SourceState["secrets"][number]} secret
 */
function secretInput(secret) {
  const title = secret.title.replace(/^(an?|the) /, "");
  const input = h("input", {
    type: "password",
    name: secret.name,
    autocomplete: "off",
    disabled: secret.from_environment,
    placeholder: secret.is_set ? t("set; type a new one to replace it") : t("not set"),
  });
  const label = h(
    "label",
    { class: "field wider" },
    h("span", {}, plainly(title)),
    input,
    secret.from_environment ? h("span", { class: "hint" }, BY_ENVIRONMENT) : null,
  );
  return { label, input };
}

/**
 * @param {SourceState} source
 * @param {(change: Record<string, any>) => Promise<void>} change
 */
function form(source, change) {
  const secrets = source.secrets.map((secret) => ({ ...secretInput(secret), secret }));
  const address = h("input", {
    type: "text",
    name: "address",
    spellcheck: false,
    autocomplete: "off",
    disabled: source.address_from_environment,
    value: source.address === source.usual_address ? "" : (source.address ?? ""),
    placeholder: source.usual_address ?? "",
  });
  const problem = formProblem({
    address,
    ...Object.fromEntries(secrets.map(({ secret, input }) => [`secrets.${secret.name}`, input])),
  });
  const remove = secrets
    .filter(({ secret }) => secret.is_set && !secret.from_environment)
    .map(({ secret }) =>
      h(
        "button",
        { type: "button", class: "quiet", onclick: () => attempt(() => change({ secrets: { [secret.name]: "" } })) },
        t("Remove {name}", { name: secret.title.replace(/^an? /, "") }),
      ),
    );
  const element = h(
    "form",
    { class: "inline" },
    secrets.map(({ label }) => label),
    source.usual_address === null
      ? null
      : h(
          "label",
          { class: "field wider" },
          h("span", {}, t("Another address, of a mirror")),
          address,
          source.address_from_environment ? h("span", { class: "hint" }, BY_ENVIRONMENT) : null,
        ),
    h("button", {}, t("Save")),
    remove,
    problem.element,
  );
  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    problem.clear();
    const typed = secrets.filter(({ input }) => input.value);
    /** @type {Record<string, any>} */
    const body = {};
    if (typed.length) body.secrets = Object.fromEntries(typed.map(({ secret, input }) => [secret.name, input.value]));
    if (!address.disabled && source.usual_address !== null) body.address = address.value;
    try {
      await change(body);
    } catch (error) {
      problem.show(error);
    }
  });
  return element;
}

/**
 * @param {SourceState} source
 * @param {(found: SourceState) => void} show
 */
function entry(source, show) {
  const path = `/api/sources/${source.name}`;
  /** @param {Record<string, any>} body */
  async function change(body) {
    /** @type {SourceState} */
    const found = await api("PATCH", path, { body });
    show(found);
    toast(
      body.enabled === undefined ? t("The settings of {title} are stored.", { title: found.title }) : changed(found),
    );
  }
  async function test() {
    try {
      show(await post(`${path}/test`));
      toast(t("{title} answers.", { title: source.title }));
    } finally {
      await refresh(path, show);
    }
  }
  const [word, mark, more] = standing(source);
  const needsCare = source.enabled && (source.missing !== null || source.stop_reason !== null);
  return h(
    "li",
    { data: { source: source.name } },
    h(
      "div",
      {},
      h("h2", {}, capital(source.title), " ", h("span", { class: "state small", data: { state: mark } }, word)),
      more ? h("p", { class: source.stop_reason && source.enabled ? "bad" : "muted" }, plainly(more)) : null,
      source.enabled_by_environment ? h("p", { class: "hint" }, t("Switched on by the variable SOURCES.")) : null,
      facts(source),
      h(
        "details",
        { class: "small", open: needsCare, data: { needs: "administer" } },
        h("summary", {}, source.secrets.length ? t("Key and address") : t("Address")),
        form(source, change),
      ),
    ),
    h(
      "div",
      { class: "actions", data: { needs: "administer" } },
      source.enabled && !source.missing
        ? h(
            "button",
            { type: "button", title: t("Makes one small request, which counts"), onclick: () => attempt(test) },
            t("Test the connection"),
          )
        : null,
      h(
        "button",
        {
          type: "button",
          disabled: source.enabled_by_environment,
          title: source.enabled_by_environment ? BY_ENVIRONMENT : null,
          "aria-label": source.enabled
            ? t("Switch off {source}", { source: source.title })
            : t("Switch on {source}", { source: source.title }),
          onclick: () => attempt(() => change({ enabled: !source.enabled })),
        },
        source.enabled ? t("Switch off") : t("Switch on"),
      ),
    ),
  );
}

/** @param {SourceState} source */
function changed(source) {
  if (!source.enabled) return t("{title} is off. Nothing is sent to it any more.", { title: source.title });
  return source.missing ?? t("{title} is on.", { title: source.title });
}

/**
 * @param {string} path
 * @param {(found: SourceState) => void} show
 */
async function refresh(path, show) {
  /** @type {{sources: SourceState[]}} */
  const { sources } = await get("/api/sources");
  const found = sources.find((each) => path.endsWith(`/${each.name}`));
  if (found) show(found);
}

/**
 * Show the settings of all sources, and keep their figures current while nobody types. Returns when they are there.
 * @param {HTMLElement} place
 */
export function sourceSettings(place) {
  /** @type {SourceState[]} */
  let known = [];
  function draw() {
    const open = new Set([...place.querySelectorAll("details[open]")].map((each) => sourceOf(each)));
    const wasFocused = sourceOf(document.activeElement);
    fill(
      place,
      known.map((source) => entry(source, show)),
    );
    for (const details of place.querySelectorAll("details")) if (open.has(sourceOf(details))) details.open = true;
    if (wasFocused) parts(`[data-source="${wasFocused}"] .actions button`, HTMLElement, place).at(-1)?.focus();
  }
  /** @param {Element | null} element */
  const sourceOf = (element) =>
    element && place.contains(element) ? element.closest("[data-source]")?.getAttribute("data-source") : null;
  /** @param {SourceState} found */
  function show(found) {
    known = known.map((each) => (each.name === found.name ? found : each));
    draw();
  }
  async function load() {
    ({ sources: known } = await get("/api/sources"));
    draw();
  }
  const loaded = attempt(load);
  setInterval(() => {
    const isTouched = place.contains(document.activeElement) || place.querySelector("details[open]");
    if (document.visibilityState === "visible" && !isTouched) attempt(load);
  }, REFRESH_MS);
  return loaded;
}
