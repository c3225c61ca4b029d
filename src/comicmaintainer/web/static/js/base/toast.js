// @ts-check
/** Short messages at the edge of the page, with one button at most. */

import { fill, h } from "./dom.js";

/** @typedef {[label: string, action: () => void]} ToastAction */

const SHOWN_MS = 8000;
const MOST = 3;
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
 * Say something. `action` is [label, function]. A message under the pointer or focus stays, and of
 * more than a few the oldest goes. Returns {say, close}: `say` puts other words in its place.
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
  const say = (words, then = null) => {
    const held = box.contains(document.activeElement);
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
    if (held) button?.focus();
    while (region.children.length > MOST) region.firstElementChild?.remove();
    clearTimeout(timer);
    timer = setTimeout(leave, SHOWN_MS);
  };
  say(text, action);
  return { say, close: () => box.remove() };
}

/**
 * Do something; say what went wrong if it fails, in place of what failed before, and return undefined then.
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
