/** Signing in, and making the first user: the same form, two addresses. */

import { post } from "../base/api.js";
import { base } from "../base/dom.js";

const WRONG_LINK =
  "This is not the setup link that works, or it was used already. Open the link that the service " +
  "printed last, in its log; if someone has set it up, sign in.";
const page = document.querySelector("#page");
const form = document.querySelector("#sign-in");
const problem = document.querySelector("#problem");

/** Where to go afterwards: a place of ours, never another site's. */
function next() {
  const wanted = new URLSearchParams(location.search).get("next");
  const target = wanted && new URL(wanted, location.origin);
  return target && target.origin === location.origin ? target.href : `${base()}/`;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const values = Object.fromEntries(new FormData(form));
  problem.hidden = true;
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    if (values.again !== undefined && values.again !== values.password) throw new Error("The two passwords differ.");
    delete values.again;
    if (page.dataset.token) await post("/api/setup", { ...values, token: page.dataset.token });
    else await post("/api/login", values);
    location.assign(next());
  } catch (error) {
    problem.textContent = page.dataset.token && error.code === "not_found" ? WRONG_LINK : error.message;
    problem.hidden = false;
    button.disabled = false;
  }
});
