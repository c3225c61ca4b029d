/** Short messages at the edge of the page, with one button at most. */

import { h } from "./dom.js";

const SHOWN_MS = 8000;

function place() {
  let region = document.querySelector(".toasts");
  if (!region) {
    region = h("div", { class: "toasts", role: "status", "aria-live": "polite" });
    document.body.append(region);
  }
  return region;
}

/** Say something. `action` is [label, function]. A message under the pointer or focus stays. */
export function toast(text, action = null) {
  const box = h("div", { class: "toast" }, h("span", {}, text));
  if (action) {
    box.append(h("button", { type: "button", onclick: () => { box.remove(); action[1](); } }, action[0]));
  }
  place().append(box);
  const leave = () => { if (box.matches(":hover, :focus-within")) setTimeout(leave, 2000); else box.remove(); };
  setTimeout(leave, SHOWN_MS);
}

/** Do something; say what went wrong if it fails, and return undefined then. */
export async function attempt(action) {
  try {
    return await action();
  } catch (error) {
    if (error.name !== "AbortError") toast(error.message);
    return undefined;
  }
}
