// @ts-check
/**
 * Live events of jobs. There is one stream per browser: one tab reads it and passes every event on to
 * the others; when that tab closes, another continues. A lock decides which tab reads, or, if the
 * browser has no locks (plain http), a lease in its storage.
 */

import { get } from "./api.js";
import { base } from "./dom.js";

const CHANNEL = `comicmaintainer-jobs${base()}`;
const LEASE = `comicmaintainer-stream${base()}`;
const LEASE_MS = 12000; // a busy computer may hold up a tab's timers for seconds
const RENEW_MS = 1000;
const AGAIN_MS = 5000;
/** @type {Set<(message: JobEvent) => void>} */
const listeners = new Set();
/** @type {number | null} */
let revision = null;
let started = false;
let online = true;

/** Whether the server could be reached when it was last heard of; what looks by itself waits until it is back. */
export const isOnline = () => online;

/** Whoever is not signed in any more is led to the sign-in page by this question. */
async function askWhoIsHere() {
  try {
    await get("/api/me");
  } catch {
    // The page says already that it is not connected.
  }
}

/** @param {JobEvent} message */
function deliver(message) {
  online = message.name !== "offline";
  if (message.name === "offline" && message.data.isRefused) askWhoIsHere();
  if (message.revision) revision = message.revision;
  for (const listener of listeners) listener(message);
}

/** @param {(message: JobEvent) => void} pass */
function stream(pass) {
  const open = () => {
    const source = new EventSource(`${base()}/api/events${revision === null ? "" : `?since=${revision}`}`);
    for (const name of /** @type {const} */ (["hello", "reset", "job", "role"])) {
      source.addEventListener(name, (event) =>
        pass({ name, data: JSON.parse(event.data), revision: Number(event.lastEventId) || null }),
      );
    }
    source.addEventListener("open", () => pass({ name: "online", data: null, revision: null }));
    source.addEventListener("error", () => {
      const isRefused = source.readyState === EventSource.CLOSED;
      pass({ name: "offline", data: { isRefused }, revision: null });
      if (isRefused) setTimeout(open, AGAIN_MS);
    });
  };
  open();
}

/**
 * Call `lead` once this tab holds the lease. The lease of a closed tab expires.
 * @param {(() => void) | null} lead
 */
function leaseOr(lead) {
  const own = String(Math.random());
  const look = () => {
    const [holder, until] = (localStorage.getItem(LEASE) || " 0").split(" ");
    const now = Date.now();
    if (holder !== own && Number(until) > now) return;
    localStorage.setItem(LEASE, `${own} ${now + LEASE_MS}`);
    if (holder === own && lead) {
      lead();
      lead = null;
    }
  };
  look();
  setTimeout(look, 50);
  setInterval(look, RENEW_MS);
  addEventListener("pagehide", () => {
    if (localStorage.getItem(LEASE)?.startsWith(`${own} `)) localStorage.removeItem(LEASE);
  });
}

/**
 * Call `listener({name, data})` for `hello`, `reset`, `job`, `role`, `online`, `offline`. Returns how to stop.
 * @param {(message: JobEvent) => void} listener
 */
export function listen(listener) {
  listeners.add(listener);
  if (!started) {
    started = true;
    const channel = new BroadcastChannel(CHANNEL);
    channel.addEventListener("message", (event) => deliver(event.data));
    /** @param {JobEvent} message */
    const pass = (message) => {
      deliver(message);
      channel.postMessage(message);
    };
    // The lock is held for as long as the tab is open.
    if (navigator.locks)
      navigator.locks.request(LEASE, () => {
        stream(pass);
        return new Promise(() => {});
      });
    else leaseOr(() => stream(pass));
  }
  return () => listeners.delete(listener);
}

/**
 * Call `action` once, when the server is back.
 * @param {() => void} action
 */
export function onceBack(action) {
  const stop = listen(({ name }) => {
    if (name !== "online") return;
    stop();
    action();
  });
}
