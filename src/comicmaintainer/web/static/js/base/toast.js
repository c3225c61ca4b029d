// @ts-check
/** Short messages at the edge of the page, with one button at most. */

import { fill, h } from "./dom.js";

/** @typedef {[label: string, action: () => void]} ToastAction */

const SHOWN_MS = 8000;
const MAX_SHOWN = 3;
/** @type {{close: () => void} | null} */
let failure = null;

function place() {
  let region = document.querySelector(".toasts");
  if (!region) {
    region = h("div", { class: "toasts", role: "status", "aria-live": "polite" });
    document.body.append(region);
  }
  return region;
}

/**
 * Show a message. `action` is [label, function]. A message stays while it has the pointer or focus; if
 * there are too many, the oldest is removed. Returns {update, close}: `update` replaces the message.
 * @param {string} text
 * @param {ToastAction | null} [action]
 */
export function toast(text, action = null) {
  const box = h("div", { class: "toast" });
  let timer = 0;
  const leave = () => {
    if (box.matches(":hover, :focus-within")) timer = setTimeout(leave, 2000);
    else box.remove();
  };
  /** @type {(words: string, then?: ToastAction | null) => void} */
  const update = (words, then = null) => {
    const hadFocus = box.contains(document.activeElement);
    const button =
      then &&
      h(
        "button",
        {
          type: "button",
          onclick: () => {
            box.remove();
            then[1]();
          },
        },
        then[0],
      );
    fill(box, h("span", {}, words), button);
    const region = place();
    if (!box.isConnected) region.append(box);
    if (hadFocus) button?.focus();
    while (region.children.length > MAX_SHOWN) region.firstElementChild?.remove();
    clearTimeout(timer);
    timer = setTimeout(leave, SHOWN_MS);
  };
  update(text, action);
  return { update, close: () => box.remove() };
}

/**
 * Run an action. If it fails, show the error in place of the previous one and return undefined.
 * @template T
 * @param {() => T | Promise<T>} action
 * @returns {Promise<T | undefined>}
 */
export async function attempt(action) {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (error.name !== "AbortError") {
      failure?.close();
      failure = toast(error.message);
    }
    return undefined;
  }
}
