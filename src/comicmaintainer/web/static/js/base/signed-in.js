// @ts-check
/** Tells the tabs of a browser that wait on the sign-in page that somebody is signed in now, in whatever way. */

import { base } from "./dom.js";

const CHANNEL = `comicmaintainer-signed-in${base()}`;

/** Tell the others. Any page but that for signing in shows it by being there. */
export function tellSignedIn() {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage(null);
  channel.close();
}

/**
 * Call `action` when a page of somebody who is signed in opens in another tab.
 * @param {() => void} action
 */
export function whenSignedIn(action) {
  new BroadcastChannel(CHANNEL).addEventListener("message", action);
}
