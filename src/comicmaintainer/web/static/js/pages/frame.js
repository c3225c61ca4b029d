// @ts-check
/** What every page with the frame starts, beside its own module. */

import { startFrame } from "../parts/frame.js";

startFrame();
