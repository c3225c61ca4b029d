// @ts-check
/** Whether keys are typed as text, so that they are no commands. */

/**
 * Whether `target` takes keys as text; a checkbox does not.
 * @param {EventTarget | null} target
 */
export function isTyping(target) {
  const field = target instanceof Element && target.closest("input, textarea, select, [contenteditable]");
  return Boolean(field) && !(field instanceof HTMLInputElement && field.type === "checkbox");
}
