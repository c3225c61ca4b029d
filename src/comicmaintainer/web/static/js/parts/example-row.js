// @ts-check
/** One row of examples: the path that rules give a comic, or why it stays. */

import { h } from "../base/dom.js";
import { fieldName } from "../base/fields.js";
import { allOf } from "../base/format.js";
import { shortPath } from "../base/places.js";
import { t } from "../base/texts.js";
import { diff } from "./diff.js";

/**
 * @param {{from: string, to: string, missing: string[]}} example
 * @param {"rename" | "file"} type
 */
export function exampleRow(example, type) {
  const name = shortPath(example.from);
  const lacking = allOf(example.missing.map(fieldName));
  return h(
    "li",
    {},
    diff({
      changes: example.from === example.to ? [] : [{ type, from: name, to: shortPath(example.to) }],
      note: lacking
        ? t("{name} stays: it lacks {fields}.", { name, fields: lacking })
        : t("{name} stays as it is.", { name }),
    }),
  );
}
