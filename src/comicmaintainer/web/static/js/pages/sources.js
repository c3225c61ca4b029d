// @ts-check
/** The sources: who is asked, with which keys, and what else is written of what they say. */

import { part, showPage } from "../base/dom.js";
import { may } from "../base/role.js";
import { seriesJsonSetting } from "../parts/series-json-setting.js";
import { sourceSettings } from "../parts/source-settings.js";

Promise.all([
  sourceSettings(part("#source-list", HTMLElement)),
  may("administer") && seriesJsonSetting(part("#series-json", HTMLElement)),
]).finally(showPage);
