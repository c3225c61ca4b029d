// @ts-check
/** A message that is said on the next page, for what ends with leaving this one. */

import { toast } from "./toast.js";

const KEPT = "said";

/**
 * Say this on the page that is opened next.
 * @param {string} text
 */
export function toastNext(text) {
  try {
    sessionStorage.setItem(KEPT, text);
  } catch {
    /* a browser that keeps nothing stays silent */
  }
}

/** Say what was kept for this page, if anything. */
export function showKeptToast() {
  try {
    const text = sessionStorage.getItem(KEPT);
    sessionStorage.removeItem(KEPT);
    if (text) toast(text);
  } catch {
    /* nothing was kept */
  }
}
