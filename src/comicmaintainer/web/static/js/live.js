/**
 * What happens to jobs, live. One stream per browser: the tab that gets the lock reads it and passes
 * every event on to the others; when that tab closes, the next one takes over where it was.
 */

import { base } from "./dom.js";

const CHANNEL = "comicmaintainer-jobs";
const LOCK = "comicmaintainer-stream";
const listeners = new Set();
let revision = null;
let started = false;

function deliver(message) {
  if (message.revision) revision = message.revision;
  for (const listener of listeners) listener(message);
}

function stream(pass) {
  return new Promise(() => {
    const open = () => {
      const source = new EventSource(`${base()}/api/events${revision === null ? "" : `?since=${revision}`}`);
      for (const name of ["hello", "reset", "job"]) {
        source.addEventListener(name, (event) => pass({ name, data: JSON.parse(event.data), revision: Number(event.lastEventId) || null }));
      }
      source.addEventListener("error", () => {
        pass({ name: "offline", data: null, revision: null });
        if (source.readyState === EventSource.CLOSED) setTimeout(open, 5000);
      });
    };
    open();
  });
}

/** Call `listener({name, data})` for each event: `hello`, `reset`, `job`, `offline`. Returns how to stop. */
export function listen(listener) {
  listeners.add(listener);
  if (!started) {
    started = true;
    const channel = new BroadcastChannel(CHANNEL);
    channel.addEventListener("message", (event) => deliver(event.data));
    const pass = (message) => { deliver(message); channel.postMessage(message); };
    if (navigator.locks) navigator.locks.request(LOCK, () => stream(pass));
    else stream(pass);
  }
  return () => listeners.delete(listener);
}
