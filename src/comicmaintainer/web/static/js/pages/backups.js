// @ts-check
/** The backups of the database. */

import { get } from "../base/api.js";
import { attempt } from "../base/toast.js";
import { backupSection } from "../parts/backups.js";

const show = backupSection(draw);

async function draw() {
  /** @type {{backups: Backup[]}} */
  const { backups } = await get("/api/backups");
  show(backups);
}

attempt(draw);
