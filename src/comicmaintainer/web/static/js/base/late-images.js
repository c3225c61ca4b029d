// @ts-check
/**
 * Images that the server could not give yet are asked for again: covers, while many are being made (503), and
 * whatever was asked for while it was away. One is asked for at a time, so that a busy server gets no more than
 * one such request from a page, and none before the time that it named. An image that does not come gets the
 * event `lost`, in place of `error`, which tells nothing about why.
 */

import { base } from "./dom.js";
import { isOnline } from "./live.js";

/** Where the server names no time, and while it is away. */
const PAUSE_S = 5;
/** A server that names a longer time is asked again after this one. */
const LONGEST_PAUSE_S = 60;
/** Refusals in a row after which all images are lost: two minutes at the server's 5 s. */
const MOST_REFUSALS = 24;
/** So often an image may come and yet not be shown, as one that can't be decoded. */
const MOST_TRIES = 3;

/** The images that failed, by the address that did. @type {Map<HTMLImageElement, string>} */
const failed = new Map();
/** Whether an image that is not in the page is still wanted. @type {WeakMap<HTMLImageElement, () => boolean>} */
const apart = new WeakMap();
/** How often an image came. @type {WeakMap<HTMLImageElement, number>} */
const tries = new WeakMap();
let isAsking = false;

/** @param {number} seconds */
const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));

/**
 * Ask for an image. Return the seconds to wait if it may come later, 0 if it is there, or null if it does not come.
 * @param {string} address
 */
async function ask(address) {
  /** @type {Response} */
  let answer;
  try {
    answer = await fetch(address, { headers: { Accept: "image/*" } });
    if (answer.ok) await answer.blob(); // now the browser has it
  } catch {
    return PAUSE_S;
  }
  if (answer.ok) return 0;
  if (answer.status !== 503) return null;
  return Math.min(Number(answer.headers.get("Retry-After")) || PAUSE_S, LONGEST_PAUSE_S);
}

/** Whether an image is still wanted, at the address that failed. @param {HTMLImageElement} image */
const isAwaited = (image) => (image.isConnected || apart.get(image)?.()) && image.src === failed.get(image);

/** @param {HTMLImageElement} image */
function show(image) {
  tries.set(image, (tries.get(image) ?? 0) + 1);
  image.src = failed.get(image) ?? "";
}

/** @param {HTMLImageElement} image */
const lose = (image) => isAwaited(image) && image.dispatchEvent(new Event("lost"));

/** Ask for one image after the other until none is left. */
async function askForAll() {
  let refusals = 0;
  while (failed.size && refusals < MOST_REFUSALS) {
    const [[image, address]] = failed;
    if (isAwaited(image) && !isOnline()) {
      await pause(PAUSE_S);
      continue;
    }
    const seconds = isAwaited(image) && (tries.get(image) ?? 0) < MOST_TRIES ? await ask(address) : null;
    if (seconds) {
      refusals += 1;
      await pause(seconds);
      continue;
    }
    if (seconds === 0) {
      refusals = 0;
      if (isAwaited(image)) show(image);
    } else lose(image);
    failed.delete(image);
  }
  for (const image of failed.keys()) lose(image);
  failed.clear();
}

/** @param {EventTarget | null} image */
async function fails(image) {
  if (!(image instanceof HTMLImageElement) || !image.src.startsWith(`${location.origin}${base()}/api/`)) return;
  failed.set(image, image.src);
  if (isAsking) return;
  isAsking = true;
  await askForAll();
  isAsking = false;
}

/** From now on, ask again for images in the page that the server could not give. */
export function askAgainForImages() {
  // This event does not bubble, but passes the document on its way to the image.
  document.addEventListener("error", ({ target }) => fails(target), true);
}

/**
 * Ask again for an image that is not in the page, while it is wanted.
 * @param {HTMLImageElement} image
 * @param {() => boolean} isWanted
 */
export function askAgainFor(image, isWanted) {
  apart.set(image, isWanted);
  image.addEventListener("error", () => fails(image));
}
