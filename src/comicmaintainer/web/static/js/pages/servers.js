// @ts-check
/** Komga and Kavita: which servers show the library, and whether they answer. */

import { api, get, post } from "../base/api.js";
import { fill, h, part } from "../base/dom.js";
import { ago, moment } from "../base/format.js";
import { t, tn } from "../base/texts.js";
import { attempt, toast } from "../base/toast.js";
import { PROGRAMS, serverSheet } from "../parts/server-sheet.js";

const REFRESH_MS = 10000;
const list = part("#servers", HTMLElement);

/** How progress is kept. @type {Record<MediaServer["progress"], string>} */
const KEPT = {
  carried: t("Carried over when files change"),
  ordered: t("Kept in order: new tags are seen before new names"),
  off: t("Left alone"),
};

/** What came of the last trial of each server. @type {Map<number, ServerTrial>} */
const trials = new Map();

/**
 * How a server stands: a word, its mark, and a sentence if there is more to say.
 * @param {MediaServer} server
 * @returns {[word: string, mark: string, more: string]}
 */
function standing(server) {
  if (!server.enabled) return [t("Off"), "queued", ""];
  if (server.problem && server.next_try_at)
    return [
      t("Failing"),
      "warning",
      `${server.problem} ${t("Next try {when}.", { when: moment(server.next_try_at) })}`,
    ];
  return [t("On"), "ok", ""];
}

/** @param {MediaServer} server */
function facts(server) {
  const folders = server.path_map.map(({ here, there }) => h("div", { class: "path" }, `${here} → ${there}`));
  return h(
    "dl",
    { class: "facts small" },
    [
      [t("Program"), PROGRAMS[server.kind]],
      [t("Address"), h("span", { class: "path" }, server.url)],
      [t("Folders"), folders.length ? folders : t("The same paths on both sides")],
      [t("Last answer"), server.answered_at ? ago(server.answered_at) : t("None yet")],
      [t("Progress"), KEPT[server.progress]],
      [t("Read"), server.known_at ? ago(server.known_at) : null],
      [t("To be carried over"), server.carried ? tn("1 comic", "{n} comics", server.carried) : null],
      [t("Waiting"), server.waiting ? tn("1 folder", "{n} folders", server.waiting) : null],
    ]
      .filter(([, value]) => value)
      .map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]),
  );
}

/** @param {ServerTrial} trial */
function outcome(trial) {
  if (!trial.answers) return h("p", { class: "problem" }, trial.problem ?? "");
  if (!trial.libraries.length) return h("p", {}, t("It answers, but shows no library."));
  return h(
    "div",
    {},
    h("p", {}, t("It answers, and shows these libraries:")),
    h(
      "ul",
      {},
      trial.libraries.map((library) =>
        h(
          "li",
          {},
          h("strong", {}, library.name),
          library.folders.map(({ there, here }) =>
            h("div", { class: "path small" }, here === there ? here : `${there} → ${here}`),
          ),
          h(
            "div",
            { class: "small muted" },
            library.is_watched
              ? t("Watched here.")
              : t("Not in a watched folder. If it is the same library, say under “Change” where its folder is here."),
          ),
          library.computes_hashes
            ? null
            : h(
                "div",
                { class: "small muted" },
                t("It computes no hashes of files, so it can't recognise those that are renamed."),
              ),
        ),
      ),
    ),
  );
}

/** @param {MediaServer} server */
async function test(server) {
  trials.set(server.server_id, await post(`/api/media-servers/${server.server_id}/test`));
  await draw();
}

/**
 * @param {MediaServer} server
 * @param {boolean} enabled
 */
async function switchTo(server, enabled) {
  await api("PATCH", `/api/media-servers/${server.server_id}`, { body: { enabled } });
  toast(
    enabled
      ? t("{name} is on.", { name: server.name })
      : t("{name} is off. It is asked for nothing.", { name: server.name }),
  );
  await draw();
}

/** @param {MediaServer} server */
function entry(server) {
  const [word, mark, more] = standing(server);
  const { name, enabled } = server;
  const trial = trials.get(server.server_id);
  /** @type {(text: string, label: string, act: () => any) => HTMLElement} */
  const button = (text, label, act) =>
    h("button", { type: "button", "aria-label": label, onclick: () => attempt(act) }, text);
  return h(
    "li",
    { data: { server: String(server.server_id) } },
    h(
      "div",
      {},
      h("h2", {}, name, " ", h("span", { class: "state small", data: { state: mark } }, word)),
      more ? h("p", { class: "muted" }, more) : null,
      facts(server),
      h("div", { role: "status" }, trial ? outcome(trial) : null),
    ),
    h(
      "div",
      { class: "actions" },
      button(t("Test the connection"), t("Test the connection to {name}", { name }), () => test(server)),
      button(t("Change"), t("Change {name}", { name }), () => serverSheet(changed, server)),
      enabled
        ? button(t("Switch off"), t("Switch off {source}", { source: name }), () => switchTo(server, false))
        : button(t("Switch on"), t("Switch on {source}", { source: name }), () => switchTo(server, true)),
    ),
  );
}

async function changed() {
  trials.clear();
  await draw();
}

async function draw() {
  /** @type {{servers: MediaServer[]}} */
  const { servers } = await get("/api/media-servers");
  fill(
    list,
    servers.length
      ? servers.map(entry)
      : h(
          "li",
          {},
          h("div", { class: "empty" }, t("No server is asked for anything yet. Add your Komga or Kavita to begin.")),
        ),
  );
}

/** Nothing changes under the hands of somebody who is at it. */
function refresh() {
  if (document.visibilityState !== "visible" || document.querySelector("dialog[open]")) return;
  if (!list.contains(document.activeElement)) attempt(draw);
}

part("#add-server", HTMLButtonElement).addEventListener("click", () => serverSheet(changed));
attempt(draw);
setInterval(refresh, REFRESH_MS);
