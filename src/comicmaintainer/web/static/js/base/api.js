// @ts-check
/** Calls to the API. Every failure is an ApiError with a message to show. */

import { base } from "./dom.js";
import { t } from "./texts.js";

export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {{error?: {message?: string, code?: string, field?: string, path?: string}} | null} body
   */
  constructor(status, body) {
    const error = body?.error || {};
    super(error.message || t("The server answered {status} without a reason.", { status }));
    this.status = status;
    this.code = error.code || "error";
    this.field = error.field || null;
  }
}

/**
 * The message to show for anything thrown.
 * @param {unknown} error
 */
export const messageOf = (error) => (error instanceof Error ? error.message : String(error));

/**
 * Whether a call failed because the server can't be reached.
 * @param {unknown} error
 */
export const isAway = (error) => error instanceof ApiError && error.code === "offline";

/** After this time whoever was led to the sign-in page has left, or has chosen to stay. */
const STAYED_MS = 2000;
let isLed = false;

/**
 * Lead whoever is not signed in any more to the sign-in page, once: the browser asks whether to leave unsaved work, and
 * whoever stays is not asked again, but told (`signed-out`).
 */
function leadToSignIn() {
  if (isLed) return;
  isLed = true;
  const here = location.pathname.slice(base().length) + location.search;
  location.assign(`${base()}/login?next=${encodeURIComponent(here)}`);
  setTimeout(() => document.dispatchEvent(new Event("signed-out")), STAYED_MS);
}

/** @typedef {Record<string, string | number | boolean | null | undefined | string[]>} Query */

/**
 * Call the API, sending `body` as JSON or `file` as it is. Values of `query` that are null, empty or empty
 * lists are left out; a list repeats its name.
 * @param {string} method
 * @param {string} path
 * @param {{query?: Query, body?: any, file?: Blob, signal?: AbortSignal}} [options]
 * @returns {Promise<any>}
 */
export async function api(method, path, { query = {}, body = undefined, file = undefined, signal = undefined } = {}) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null && one !== undefined && one !== "") search.append(name, String(one));
    }
  }
  const text = search.toString();
  /** @type {Response} */
  let response;
  try {
    response = await fetch(`${base()}${path}${text ? `?${text}` : ""}`, {
      method,
      signal,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? file : JSON.stringify(body),
    });
  } catch (error) {
    if (error instanceof Error && error.name === "AbortError") throw error;
    throw new ApiError(0, {
      error: { code: "offline", message: t("The server can't be reached. Nothing was changed; try again.") },
    });
  }
  if (response.status !== 401) isLed = false;
  else if (!path.startsWith("/api/login")) leadToSignIn();
  const answer = response.headers.get("Content-Type")?.includes("json") ? await response.json() : null;
  if (!response.ok) throw new ApiError(response.status, answer);
  return answer;
}

/**
 * @param {string} path
 * @param {Query} [query]
 * @param {AbortSignal} [signal]
 */
export const get = (path, query, signal) => api("GET", path, { query, signal });
/**
 * @param {string} path
 * @param {any} [body]
 */
export const post = (path, body) => api("POST", path, { body: body ?? {} });
/** @param {string} path */
export const remove = (path) => api("DELETE", path);
