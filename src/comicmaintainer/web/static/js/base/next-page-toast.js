// @ts-check
/** A message that is shown on the next page, for actions that leave this one. */

import { toast } from "./toast.js";

const KEY = "next-toast";

/**
 * Show this message on the page that is opened next.
 * @param {string} text
 */
export function toastNext(text) {
  try {
    sessionStorage.setItem(KEY, text);
  } catch {
    /* without storage there is no message */
  }
}

/** Show the message kept for this page, if any. */
export function showKeptToast() {
  try {
    const text = sessionStorage.getItem(KEY);
    sessionStorage.removeItem(KEY);
    if (text) toast(text);
  } catch {
    /* without storage there is no message */
  }
}
