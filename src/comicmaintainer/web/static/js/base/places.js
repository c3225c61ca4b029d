// @ts-check
/** Paths as people read them: relative to the watched folder that they are in. */

/** @type {string[] | null} */
let known = null;

/** The watched folders, as the server declares them on every page. */
function roots() {
  known ??= JSON.parse(document.querySelector("#declared-roots")?.textContent || "[]");
  return known ?? [];
}

/** The watched folder, if there is just one. */
export const onlyRoot = () => (roots().length === 1 ? roots()[0] : null);

/**
 * A path below its watched folder; with several of these, the name of the folder comes first.
 * @param {string} path
 */
export function shortPath(path) {
  const root = roots().find((one) => path === one || path.startsWith(`${one}/`));
  if (!root) return path;
  const name = root.slice(root.lastIndexOf("/") + 1);
  const below = path.slice(root.length + 1);
  if (!below) return name;
  return roots().length > 1 ? `${name}/${below}` : below;
}
