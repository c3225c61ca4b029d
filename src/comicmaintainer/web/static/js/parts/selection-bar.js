// @ts-check
/** The bar of the library for what is selected: how much it is, and what can be done with it. */

import { post } from "../base/api.js";
import { around, part, setText } from "../base/dom.js";
import { files } from "../base/format.js";
import { openMenu } from "../base/menu.js";
import { t } from "../base/texts.js";
import { attempt } from "../base/toast.js";
import { follow, submitAndFollow, undo } from "./followed-job.js";
import { newJob, selected } from "./new-job.js";
import { openTagSheet } from "./sheet-selection.js";

/**
 * @typedef {object} BarOptions
 * @property {() => import("./chosen-items.js").Chosen} chosen
 * @property {import("../base/choice.js").Choice} choice
 * @property {() => (() => void) | null} open what opens the selected item, if it is one
 */

export class SelectionBar {
  #place = part("#selection", HTMLElement);
  #whole = part("#whole", HTMLButtonElement);
  /** Of the selection that is being counted: answers about older ones are dropped. */
  #turn = 0;
  /** @type {FileTotal | null} */
  #total = null;

  /** @param {BarOptions} options */
  constructor(options) {
    this.on = options;
    this.#whole.addEventListener("click", () => this.on.choice.all());
    this.#place.addEventListener("click", (event) => this.#click(event));
  }

  draw() {
    const { choice } = this.on;
    this.#place.hidden = choice.isEmpty;
    const turn = ++this.#turn;
    if (choice.isEmpty) {
      this.#total = null;
      return;
    }
    const chosen = this.on.chosen();
    const total = chosen.total();
    this.#total = total instanceof Promise ? null : total;
    const draw = () => setText(part("#selected", HTMLElement), chosen.state(this.#total));
    draw();
    this.#whole.hidden = chosen.offer === null;
    setText(this.#whole, chosen.offer ?? "");
    if (!(total instanceof Promise)) return;
    attempt(async () => {
      const counted = await total;
      if (turn !== this.#turn) return;
      this.#total = counted;
      draw();
    });
  }

  /**
   * Open the menu of what can be done.
   * @param {HTMLElement} at
   */
  menu(at) {
    const open = this.on.open();
    openMenu(at, [
      open && [t("Open"), "eye", open],
      [t("Preview"), "eye", () => this.#start("process", { preview: true })],
      [t("Process"), "check", () => this.#start("process")],
      [t("Identify"), "search", () => this.#start("identify")],
      [t("Edit tags"), "edit", () => this.#sheet("tag")],
      [t("Open as a sheet"), "table", () => openTagSheet(this.on.chosen().forSheet)],
      [t("Rename"), "edit", () => this.#sheet("rename")],
      [t("Convert to CBZ"), "retry", () => this.#sheet("convert")],
      [t("Verify"), "search", () => this.#start("verify")],
      [t("Find duplicates"), "duplicates", () => this.#sheet("duplicates")],
      [t("Other"), "more", () => this.#sheet("process")],
      [t("To the trash"), "trash", () => this.#trash(), "danger"],
    ]);
  }

  /** The selection for a form, with its words and, once it is counted, its number of comics. */
  get #forForm() {
    const chosen = this.on.chosen();
    const { forJobs } = chosen;
    if (chosen.isOfFiles) return forJobs;
    const counted = this.#total && { count: this.#total.files, isCapped: this.#total.is_capped };
    return { ...forJobs, ...counted, words: chosen.words(this.#total) };
  }

  /** @param {string} first */
  #sheet(first) {
    newJob(this.#forForm, { first, done: () => this.on.choice.clear() });
  }

  /**
   * @param {string} kind
   * @param {{preview?: boolean}} [more]
   */
  async #start(kind, more = {}) {
    const job = await submitAndFollow({ kind, ...selected(this.on.chosen().forJobs), ...more });
    if (job) this.on.choice.clear();
  }

  async #trash() {
    const job = await attempt(() => post("/api/jobs", { kind: "delete", ...selected(this.on.chosen().forJobs) }));
    if (!job) return;
    this.on.choice.clear();
    follow(job, {
      running: t("Moving {files} to the trash.", { files: files(job.total_items) }),
      action: [t("Undo"), () => attempt(() => undo(job))],
    });
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const button = around(event, "[data-do]");
    switch (button?.dataset.do) {
      case "process":
        this.#start("process");
        break;
      case "identify":
        this.#start("identify");
        break;
      case "preview":
        this.#start("process", { preview: true });
        break;
      case "more":
        this.menu(button);
        break;
      case "clear":
        this.on.choice.clear();
        break;
      default:
    }
  }
}
