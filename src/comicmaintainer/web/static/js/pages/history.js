// @ts-check
/** Summaries of the jobs that cleanup has removed. */

import { get } from "../base/api.js";
import { base, h, part } from "../base/dom.js";
import { kindName } from "../base/format.js";
import { Paged } from "../base/paged.js";
import { Rows } from "../base/rows.js";
import { t } from "../base/texts.js";
import { attempt } from "../base/toast.js";
import { pastJobRow } from "../parts/past-job-row.js";

const body = part("#jobs", HTMLElement);
const kind = part("#kind", HTMLSelectElement);

const list = new Paged(
  body,
  async (after) => {
    /** @type {ListPage & {jobs: Job[]}} */
    const page = await get("/api/history", { kind: kind.value, after, limit: 100 });
    return { rows: page.jobs.map(pastJobRow), next: page.next };
  },
  () =>
    h(
      "tr",
      {},
      h(
        "td",
        { colSpan: 5 },
        h(
          "div",
          { class: "empty" },
          h("p", {}, t("The history is empty. Jobs move here an hour after they end.")),
          h("a", { class: "button", href: `${base()}/jobs` }, t("See the jobs")),
        ),
      ),
    ),
);

new Rows(body, { open: (key) => location.assign(`${base()}/jobs/${key}`) });
kind.value = "";
kind.addEventListener("change", () => attempt(() => list.restart()));
attempt(async () => {
  /** @type {{kinds: Kind[]}} */
  const { kinds } = await get("/api/kinds");
  kind.append(...kinds.map((one) => h("option", { value: one.name }, kindName(one.name))));
});
attempt(() => list.restart());
