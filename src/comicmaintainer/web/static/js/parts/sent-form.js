// @ts-check
/** A form whose values are sent to the API as they are. */

import { post } from "../base/api.js";
import { parts } from "../base/dom.js";
import { t } from "../base/texts.js";
import { attempt } from "../base/toast.js";

/**
 * Send a form's values on submit, without the repeated password; then reset the form and call `done` with
 * the answer.
 * @param {HTMLFormElement | null} form
 * @param {string} path
 * @param {(answer: any) => unknown} done
 */
export function sends(form, path, done) {
  if (!form) return;
  const [fresh, again] = parts("[name=new], [name=again]", HTMLInputElement, form);
  form.addEventListener("input", () =>
    again?.setCustomValidity(again.value && again.value !== fresh.value ? t("The two new passwords differ.") : ""),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(async () => {
      const { again: _, ...values } = Object.fromEntries(new FormData(form));
      const answer = await post(path, values);
      form.reset();
      await done(answer);
    });
  });
}
