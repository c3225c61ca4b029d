// @ts-check
/** The sheet to add or change a webhook. */

import { api, post, remove } from "../base/api.js";
import { h, parts } from "../base/dom.js";
import { InputError } from "../base/form-problem.js";
import { openSheet } from "../base/sheet.js";
import { t } from "../base/texts.js";
import { attempt, toast } from "../base/toast.js";

/**
 * Open the sheet for a new webhook or, with `found`, for that one; then `done(secret)` with the secret that was made,
 * if one was.
 * @param {Record<string, string>} events the meanings of events by their types
 * @param {(made?: {name: string, secret: string}) => Promise<void>} done
 * @param {Webhook} [found]
 */
export function webhookSheet(events, done, found) {
  const name = h("input", { type: "text", value: found?.name ?? "", maxLength: 100, autocomplete: "off" });
  const url = h("input", {
    type: "text",
    inputMode: "url",
    value: found?.url ?? "",
    maxLength: 2000,
    placeholder: "https://",
    autocomplete: "off",
    spellcheck: false,
  });
  const secret = h("input", {
    type: "password",
    autocomplete: "off",
    spellcheck: false,
    placeholder: "whsec_",
  });
  const chosen = new Set(found?.events ?? Object.keys(events));
  const choice = h(
    "fieldset",
    { class: "field" },
    h("legend", { class: "muted" }, t("Events")),
    h(
      "div",
      { class: "choices" },
      Object.entries(events).map(([type, meaning]) =>
        h("label", {}, h("input", { type: "checkbox", value: type, checked: chosen.has(type) }), meaning),
      ),
    ),
  );
  /** @type {(label: string, input: Element, hint?: string) => HTMLElement} */
  const field = (label, input, hint) =>
    h("label", { class: "field" }, h("span", {}, label), input, hint && h("span", { class: "hint" }, hint));
  const ownSecret = h(
    "details",
    { class: "small" },
    h("summary", {}, t("Use a secret that the receiver gave you")),
    field(t("Secret"), secret, t("Without one, a secret is made and shown once.")),
  );

  const path = `/api/webhooks/${found?.webhook_id}`;
  async function renew() {
    const made = await post(`${path}/secret`, {});
    sheet.close();
    await done({ name: found?.name ?? "", secret: made.secret });
  }
  async function forget() {
    await remove(path);
    sheet.close();
    toast(t("{name} is removed, with its deliveries.", { name: found?.name ?? "" }));
    await done();
  }
  const buttons = found
    ? [
        h("button", { type: "button", class: "quiet", onclick: () => attempt(forget) }, t("Remove")),
        h(
          "button",
          {
            type: "button",
            class: "quiet",
            title: t("The one before signs too for a day, so that you can change the receiver meanwhile."),
            onclick: () => attempt(renew),
          },
          t("New secret"),
        ),
      ]
    : [];
  const sheet = openSheet(
    found ? t("Change {name}", { name: found.name }) : t("Add a webhook"),
    [
      field(t("Name"), name),
      field(t("Address"), url, t("http only within your own network")),
      choice,
      found ? null : ownSecret,
    ],
    {
      inputs: { name, url, secret, events: choice },
      buttons,
      save: async () => {
        if (!name.value.trim()) throw new InputError(t("Enter a name."), name);
        if (!url.value.trim()) throw new InputError(t("Enter the address that events go to."), url);
        const wanted = parts("input:checked", HTMLInputElement, choice).map((input) => input.value);
        if (!wanted.length) throw new InputError(t("Choose at least one event."), choice);
        const body = { name: name.value.trim(), url: url.value.trim(), events: wanted };
        if (found) {
          await api("PATCH", path, { body });
          await done();
        } else {
          const made = await post("/api/webhooks", { ...body, secret: secret.value.trim() || null });
          await done(secret.value.trim() ? undefined : { name: made.name, secret: made.secret });
        }
      },
    },
  );
}
