// @ts-check
/**
 * The service worker: keeps the offline page with its styles, and shows it for a page that can't be
 * loaded. It keeps nothing else, so nothing of the library stays on the device.
 */

/** The worker's own scope, of which the types for pages know nothing. */
const scope = /** @type {any} */ (self);
const ASKED = new URL(scope.location.href).searchParams;
const LANGUAGE = ASKED.get("language") ?? "en";
const PAGE = new URL(`offline?language=${LANGUAGE}`, scope.registration.scope).href;
const PREFIX = `comicmaintainer-offline ${scope.registration.scope}`;
const CACHE = `${PREFIX} ${ASKED.get("version") ?? ""} ${LANGUAGE}`;

async function keep() {
  const page = await fetch(PAGE, { credentials: "omit" });
  if (!page.ok) throw new Error(`The offline page was answered with ${page.status}.`);
  const styles = [...(await page.clone().text()).matchAll(/<link rel="stylesheet" href="([^"]+)"/g)];
  const cache = await caches.open(CACHE);
  await cache.addAll(styles.map((found) => new URL(found[1], PAGE).href));
  await cache.put(PAGE, page);
  await scope.skipWaiting();
}

/** Remove what older versions kept, and let pages load while the worker starts. */
async function tidy() {
  for (const name of await caches.keys()) {
    if (name.startsWith(PREFIX) && name !== CACHE) await caches.delete(name);
  }
  await scope.registration.navigationPreload?.enable();
}

/**
 * What the network answers; if it does not, what is kept.
 * @param {any} event
 * @param {string} kept
 */
async function answer(event, kept) {
  try {
    return (await event.preloadResponse) ?? (await fetch(event.request));
  } catch (error) {
    const found = await caches.match(kept);
    if (!found) throw error;
    return found;
  }
}

scope.addEventListener("install", (/** @type {any} */ event) => event.waitUntil(keep()));
scope.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(tidy()));
scope.addEventListener("fetch", (/** @type {any} */ event) => {
  const { mode, destination, url } = event.request;
  if (mode === "navigate") event.respondWith(answer(event, PAGE));
  else if (destination === "style") event.respondWith(answer(event, url));
});
