// @ts-check
/** Who may come in: users and API keys. */

import { api, get, post, remove } from "../base/api.js";
import { fill, h, icon, part, showPage } from "../base/dom.js";
import { ago, moment } from "../base/format.js";
import { listen } from "../base/live.js";
import { may } from "../base/role.js";
import { t } from "../base/texts.js";
import { attempt, toast } from "../base/toast.js";
import { sends } from "../parts/sent-form.js";
import { shownOnce } from "../parts/shown-once.js";

/** @type {(at: number | null, words: (ago: string) => string, never: string) => HTMLElement} */
const when = (at, words, never) =>
  at
    ? h("span", { class: "muted small", title: moment(at) }, words(ago(at)))
    : h("span", { class: "muted small" }, never);

/** @type {[string, string][]} */
const ROLES = [
  ["look", t("Look")],
  ["work", t("Work")],
  ["administer", t("Administer")],
];
/** What a role may do, within a sentence. @type {Record<string, string>} */
const MAY = { look: t("look"), work: t("work"), administer: t("administer") };

/**
 * A key or user with its Remove button; `stays` is the reason why it can't be removed.
 * @param {{name: string}} found
 * @param {string} kind
 * @param {any[]} about
 * @param {string} gone
 * @param {string | null} [stays]
 */
function entry(found, kind, about, gone, stays = null) {
  return h(
    "li",
    {},
    h("div", {}, h("strong", {}, found.name), " ", about, stays && h("div", { class: "muted small" }, stays)),
    h(
      "button",
      {
        type: "button",
        class: "quiet",
        disabled: stays !== null,
        title: stays,
        "aria-label": t("Remove {name}", { name: found.name }),
        onclick: () =>
          attempt(async () => {
            await remove(`/api/${kind}/${encodeURIComponent(found.name)}`);
            toast(gone);
            await draw();
          }),
      },
      icon("trash"),
      t("Remove"),
    ),
  );
}

/**
 * The choice of the role of a user or a key, which takes effect at once.
 * @param {{name: string, role: string}} found
 * @param {string} kind
 * @param {[string, string][]} roles
 * @param {string | null} [stays]
 */
function roleChoice(found, kind, roles, stays = null) {
  const select = h(
    "select",
    { "aria-label": t("What {name} may do", { name: found.name }), disabled: stays !== null, title: stays },
    roles.map(([value, label]) => h("option", { value, selected: value === found.role }, label)),
  );
  select.addEventListener("change", async () => {
    const role = select.value;
    select.value = found.role; // until it is stored
    await attempt(async () => {
      await api("PATCH", `/api/${kind}/${encodeURIComponent(found.name)}`, { body: { role } });
      toast(t("{name} may {role} now.", { name: found.name, role: MAY[role] ?? role }));
    });
    await attempt(draw);
  });
  return select;
}

/**
 * The button that keeps a user from coming in, or lets the user in again.
 * @param {User} user
 * @param {string | null} stays
 */
function disabling(user, stays) {
  const disabled = user.disabled_at === null;
  return h(
    "button",
    {
      type: "button",
      class: "quiet",
      disabled: stays !== null,
      title: stays,
      "aria-label": disabled ? t("Disable {name}", { name: user.name }) : t("Enable {name}", { name: user.name }),
      onclick: () =>
        attempt(async () => {
          await api("PATCH", `/api/users/${encodeURIComponent(user.name)}`, { body: { disabled } });
          toast(
            disabled
              ? t("{name} can't come in any more.", { name: user.name })
              : t("{name} may come in again.", { name: user.name }),
          );
          await draw();
        }),
    },
    disabled ? t("Disable") : t("Enable"),
  );
}

/**
 * The button that ends the link of a user to the sign-in provider.
 * @param {User} user
 */
const unlinking = (user) =>
  h(
    "button",
    {
      type: "button",
      class: "quiet",
      title: user.linked_at === null ? null : t("linked {when}", { when: ago(user.linked_at) }),
      "aria-label": t("Unlink {name} from the sign-in provider", { name: user.name }),
      onclick: () =>
        attempt(async () => {
          await remove(`/api/users/${encodeURIComponent(user.name)}/link`);
          toast(t("{name} can no longer sign in by the provider.", { name: user.name }));
          await draw();
        }),
    },
    t("Unlink"),
  );

/** @typedef {{name: string, role: string, owner: string | null, used_at: number | null}} Key */
/**
 * @typedef {{name: string, role: string, last_login_at: number | null, disabled_at: number | null,
 *   linked_at: number | null, can_unlink: boolean}} User
 */
/** @typedef {{provider: string | null, linked_at: number | null, linked_as: string | null, can_unlink: boolean}} Link */

/** @param {Key} key */
function keyEntry(key) {
  const own = ROLES.filter(
    ([role]) => role === "look" || role === key.role || may(/** @type {"work" | "administer"} */ (role)),
  );
  return entry(
    key,
    "keys",
    [
      roleChoice(key, "keys", own),
      h("span", { class: "muted small" }, key.owner ? ` ${t("of {name}", { name: key.owner })}, ` : " "),
      when(key.used_at, (ago) => t("used {when}", { when: ago }), t("never used")),
    ],
    t("The key is removed. Programs can no longer use it."),
  );
}

/** @param {User[]} users */
function drawUsers(users) {
  const administrators = users.filter((user) => user.role === "administer" && user.disabled_at === null);
  fill(
    part("#users", HTMLElement),
    users.map((user) => {
      const isLast = administrators.length === 1 && administrators[0] === user;
      const stays = isLast ? t("The only administrator stays one. Make another user an administrator first.") : null;
      return entry(
        user,
        "users",
        [
          roleChoice(user, "users", ROLES, stays),
          disabling(user, stays),
          user.can_unlink ? unlinking(user) : null,
          user.disabled_at === null
            ? when(user.last_login_at, (ago) => t("signed in {when}", { when: ago }), t("never signed in"))
            : when(user.disabled_at, (ago) => t("disabled {when}", { when: ago }), ""),
        ],
        t("{name} and the user's keys can no longer come in.", { name: user.name }),
        stays,
      );
    }),
  );
}

/** The provider is another site, so the page leaves for it. */
async function goToProvider() {
  /** @type {{address: string}} */
  const { address } = await post("/api/me/link");
  location.assign(address);
}

async function unlinkMe() {
  await remove("/api/me/link");
  toast(t("You can no longer sign in by the provider."));
  await draw();
}

/**
 * The reader's own link to the sign-in provider; hidden where there is neither.
 * @param {Link} link
 */
function drawLink({ provider, linked_at, linked_as, can_unlink }) {
  part("#link", HTMLElement).hidden = provider === null && linked_at === null;
  const name = provider ?? t("the sign-in provider");
  const button =
    linked_at === null
      ? h("button", { type: "button", onclick: () => attempt(goToProvider) }, t("Link to {name}", { name }))
      : h(
          "button",
          { type: "button", disabled: !can_unlink, onclick: () => attempt(unlinkMe) },
          t("Unlink from {name}", { name }),
        );
  const state =
    linked_at === null
      ? t("Once you are linked, you can also sign in with {name}.", { name })
      : linked_as
        ? t("You can also sign in with {name}, as {person}.", { name, person: linked_as })
        : t("You can also sign in with {name}.", { name });
  fill(
    part("#link-state", HTMLElement),
    h("p", { title: linked_at === null ? null : moment(linked_at) }, state),
    linked_at !== null && !can_unlink
      ? h("p", { class: "muted small" }, t("You have no password here, so the link stays."))
      : null,
    h("div", { class: "actions" }, button),
  );
}

async function draw() {
  drawLink(await get("/api/me/link"));
  /** @type {{keys: Key[]}} */
  const { keys } = await get("/api/keys");
  fill(part("#keys", HTMLElement), keys.map(keyEntry));
  if (may("administer")) drawUsers((await get("/api/users")).users);
}

sends(part("#add-user", HTMLFormElement), "/api/users", draw);
sends(part("#add-key", HTMLFormElement), "/api/keys", async (made) => {
  fill(part("#new-key", HTMLElement), shownOnce(t("The key for {name}:", { name: made.name }), made.key));
  await draw();
});

attempt(draw).finally(showPage);
listen(({ name }) => {
  if (name === "role") attempt(draw);
});
