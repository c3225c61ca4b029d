// @ts-check
/** The trash: deleted files, until they are restored or expire. */

import { trashSection } from "../parts/trash.js";

trashSection();
