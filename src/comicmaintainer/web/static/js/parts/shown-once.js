// @ts-check
/** A secret that was just made: shown once, to be copied. */

import { h } from "../base/dom.js";
import { t } from "../base/texts.js";
import { attempt, toast } from "../base/toast.js";

/** @param {string} text */
async function copy(text) {
  await navigator.clipboard.writeText(text);
  toast(t("Copied."));
}

/**
 * The notice with the secret, which `label` says what it is for.
 * @param {string} label
 * @param {string} secret
 */
export function shownOnce(label, secret) {
  return h(
    "div",
    { class: "notice good" },
    h(
      "div",
      { class: "secret" },
      label,
      " ",
      h("code", {}, secret),
      h("span", {}, t("Copy it now; it is not shown again.")),
    ),
    navigator.clipboard
      ? h(
          "div",
          { class: "actions" },
          h("button", { type: "button", onclick: () => attempt(() => copy(secret)) }, t("Copy")),
        )
      : null,
  );
}
