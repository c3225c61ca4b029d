// @ts-check
/** Settings and their variables; appearance, password, keys and users. */

import { get, post, remove } from "../base/api.js";
import { around, fill, h, icon, part, parts } from "../base/dom.js";
import { ago, moment } from "../base/format.js";
import { attempt, toast } from "../base/toast.js";
import { parseExample } from "../parts/parse-example.js";
import { sourceSettings } from "../parts/source-settings.js";

const theme = part("#theme", HTMLElement);

function drawTheme() {
  const chosen = localStorage.getItem("theme") || "";
  for (const button of parts("button", HTMLElement, theme)) {
    button.setAttribute("aria-pressed", String(button.dataset.theme === chosen));
  }
}

theme.addEventListener("click", (event) => {
  const chosen = around(event, "[data-theme]")?.dataset.theme;
  if (chosen === undefined) return;
  if (chosen) {
    localStorage.setItem("theme", chosen);
    document.documentElement.dataset.theme = chosen;
  } else {
    localStorage.removeItem("theme");
    delete document.documentElement.dataset.theme;
  }
  drawTheme();
});

/**
 * Send a form's values on submit, without the repeated password; then reset the form and call `done` with
 * the answer.
 * @param {HTMLFormElement | null} form
 * @param {string} path
 * @param {(answer: any) => unknown} done
 */
function sends(form, path, done) {
  if (!form) return;
  const [fresh, again] = parts("[name=new], [name=again]", HTMLInputElement, form);
  form.addEventListener("input", () =>
    again?.setCustomValidity(again.value && again.value !== fresh.value ? "The two new passwords differ." : ""),
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

/** @type {(at: number | null, before: string, never: string) => HTMLElement} */
const when = (at, before, never) =>
  at
    ? h("span", { class: "muted small", title: moment(at) }, `${before} ${ago(at)}`)
    : h("span", { class: "muted small" }, never);

/**
 * A key or user with its Remove button; `stays` is the reason why it can't be removed.
 * @param {{name: string}} found
 * @param {string} kind
 * @param {Element} seen
 * @param {string} gone
 * @param {string | null} [stays]
 */
function entry(found, kind, seen, gone, stays = null) {
  return h(
    "li",
    {},
    h("div", {}, h("strong", {}, found.name), " ", seen, stays && h("div", { class: "muted small" }, stays)),
    h(
      "button",
      {
        type: "button",
        class: "quiet",
        disabled: stays !== null,
        title: stays,
        "aria-label": `Remove ${found.name}`,
        onclick: () =>
          attempt(async () => {
            await remove(`/api/${kind}/${encodeURIComponent(found.name)}`);
            toast(gone);
            await draw();
          }),
      },
      icon("trash"),
      "Remove",
    ),
  );
}

async function draw() {
  /** @type {[{keys: {name: string, used_at: number | null}[]}, {users: {name: string, last_login_at: number | null}[]}]} */
  const [{ keys }, { users }] = await Promise.all([get("/api/keys"), get("/api/users")]);
  fill(
    part("#keys", HTMLElement),
    keys.map((key) =>
      entry(key, "keys", when(key.used_at, "used", "never used"), "The key is removed. Programs can no longer use it."),
    ),
  );
  fill(
    part("#users", HTMLElement),
    users.map((user) =>
      entry(
        user,
        "users",
        when(user.last_login_at, "signed in", "never signed in"),
        `${user.name} can no longer sign in.`,
        users.length === 1 ? "The only user can't be removed. Add another one first." : null,
      ),
    ),
  );
}

/** @param {string} text */
async function copy(text) {
  await navigator.clipboard.writeText(text);
  toast("Copied.");
}

sends(document.querySelector("#password"), "/api/me/password", () =>
  toast("The password is changed; all other sessions have ended."),
);
sends(part("#add-user", HTMLFormElement), "/api/users", draw);
sends(part("#add-key", HTMLFormElement), "/api/keys", async (made) => {
  fill(
    part("#new-key", HTMLElement),
    h(
      "div",
      { class: "notice good" },
      h(
        "div",
        { class: "secret" },
        `The key for ${made.name}: `,
        h("code", {}, made.key),
        h("span", {}, "Copy it now; it is not shown again."),
      ),
      navigator.clipboard
        ? h(
            "div",
            { class: "actions" },
            h("button", { type: "button", onclick: () => attempt(() => copy(made.key)) }, "Copy"),
          )
        : null,
    ),
  );
  await draw();
});

drawTheme();
parseExample();
sourceSettings(part("#source-list", HTMLElement));
attempt(draw);
attempt(async () => {
  /** @type {{settings: Setting[]}} */
  const { settings } = await get("/api/settings");
  fill(
    part("#settings", HTMLElement),
    settings.map((setting) =>
      h(
        "tr",
        {},
        h("td", {}, h("code", {}, setting.variable), h("div", { class: "muted small" }, setting.meaning)),
        h(
          "td",
          {},
          setting.value === "" ? h("span", { class: "muted" }, "not set") : h("span", { class: "path" }, setting.value),
          setting.value !== "" && setting.value === setting.default
            ? h("span", { class: "muted small" }, " (default)")
            : null,
        ),
        h("td", { class: "wide muted small" }, setting.allowed),
      ),
    ),
  );
});
