// @ts-check
/** Signing in, and creating the first user: the same form, two addresses. */

import { ApiError, messageOf, post } from "../base/api.js";
import { base, part } from "../base/dom.js";
import { whenSignedIn } from "../base/signed-in.js";
import { t } from "../base/texts.js";

const WRONG_LINK = t(
  "This setup link is not valid, or it has been used. Open the newest link in the service's log, or sign in if the service is already set up.",
);
const page = part("#page", HTMLElement);
const form = part("#sign-in", HTMLFormElement);
const problem = part("#problem", HTMLElement);

/** The address to open after signing in, never on another site. */
function next() {
  const wanted = new URLSearchParams(location.search).get("next");
  const target = wanted && new URL(`${base()}${wanted}`, location.origin);
  return target && target.origin === location.origin ? target.href : `${base()}/`;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const values = Object.fromEntries(new FormData(form));
  problem.hidden = true;
  const button = part("button", HTMLButtonElement, form);
  button.disabled = true;
  try {
    if (values.again !== undefined && values.again !== values.password) throw new Error(t("The two passwords differ."));
    delete values.again;
    if (page.dataset.token) await post("/api/setup", { ...values, token: page.dataset.token });
    else await post("/api/login", values);
    location.assign(page.dataset.token ? `${base()}/welcome` : next());
  } catch (error) {
    const isWrong = page.dataset.token && error instanceof ApiError && error.code === "not_found";
    problem.textContent = isWrong ? WRONG_LINK : messageOf(error);
    problem.hidden = false;
    button.disabled = false;
  }
});

// Whoever signs in in another tab is signed in here as well, but a half-typed form is not taken away.
whenSignedIn(() => {
  if (!page.dataset.token && !new FormData(form).get("password")) location.assign(next());
});
