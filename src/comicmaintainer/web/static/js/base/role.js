// @ts-check
/**
 * What the person may do, so that pages offer nothing else. The service decides by itself: it refuses every
 * request that the role does not allow.
 *
 * An element with `data-needs` is hidden from lesser roles, one with `data-below` from those that have the role
 * (css/components/roles.css); so both follow when the role changes while the page is open.
 */

const ORDER = ["look", "work", "administer"];

/** @param {"work" | "administer"} role */
export const may = (role) => ORDER.indexOf(document.body.dataset.role ?? "") >= ORDER.indexOf(role);

/**
 * Follow a change of the role. Returns whether it is another one than before.
 * @param {string} role
 */
export function setRole(role) {
  const before = document.body.dataset.role;
  document.body.dataset.role = role;
  return before !== role;
}
