// @ts-check
/** The sheet that makes a folder an inbox: where its comics go, with examples of the user's own files. */

import { api, messageOf, post } from "../base/api.js";
import { fill, h } from "../base/dom.js";
import { InputError } from "../base/form-problem.js";
import { shortPath } from "../base/places.js";
import { openSheet } from "../base/sheet.js";
import { t } from "../base/texts.js";
import { exampleRow } from "./example-row.js";
import { templateInput } from "./template-input.js";

const WAIT_MS = 300;
const USUAL = "{series}";

/**
 * Open the sheet for the folder of `entry`. `done()` follows once it is stored.
 * @param {RuleChoices} choices
 * @param {FolderEntry} entry
 * @param {() => Promise<void>} done
 */
export function inboxSheet(choices, entry, done) {
  const target = h("input", {
    type: "text",
    name: "target",
    value: entry.target ?? "",
    maxLength: 4096,
    autocomplete: "off",
    spellcheck: false,
  });
  target.setAttribute("list", "known-folders");
  const folders = templateInput(entry.folders ?? USUAL, choices.template_fields, t("Folders in it"));
  const examples = h("ul", { class: "name-examples", "aria-live": "polite" });
  const heading = h("div", { class: "muted" }, t("For example"));

  /** @type {number | undefined} */
  let waiting;
  let turn = 0;
  async function draw() {
    turn += 1;
    const mine = turn;
    if (!target.value.trim()) {
      fill(examples, h("li", { class: "muted" }, t("Examples follow once a folder is chosen.")));
      return;
    }
    try {
      /** @type {{problem: import("./template-input.js").TemplateProblem | null, are_invented: boolean, examples: {from: string, to: string, missing: string[]}[]}} */
      const answer = await post("/api/rules/filing-examples", {
        folder: entry.folder,
        target: target.value.trim(),
        folders: folders.input.value.trim(),
      });
      if (mine !== turn) return;
      const isFolders = answer.problem?.field === "folders";
      folders.show(isFolders ? answer.problem : null);
      heading.textContent = answer.are_invented
        ? t("For example, if comics of the library arrived here")
        : t("For example");
      fill(
        examples,
        answer.problem && !isFolders ? h("li", { class: "bad" }, answer.problem.message) : null,
        answer.examples.map((example) => exampleRow(example, "file")),
        answer.problem || answer.examples.length
          ? null
          : h("li", { class: "muted" }, t("There are no comics here yet.")),
      );
      if (isFolders) fill(examples, h("li", { class: "muted" }, t("Examples follow once the template is right.")));
    } catch (error) {
      if (mine === turn) fill(examples, h("li", { class: "bad" }, messageOf(error)));
    }
  }

  const sheet = openSheet(
    t("Inbox {folder}", { folder: shortPath(entry.folder) }),
    [
      h(
        "p",
        { class: "muted" },
        t(
          "What arrives here is tagged, named and moved to the library. To another disk it is copied and verified first, and the original goes to the trash. What is not certain stays here.",
        ),
      ),
      h(
        "label",
        { class: "field" },
        h("span", {}, t("File in")),
        target,
        h("span", { class: "hint" }, t("A folder of the library. The rules there name the comics.")),
      ),
      folders.element,
      h("div", { class: "field" }, heading, examples),
    ],
    {
      inputs: { target, folders: folders.input },
      save: async () => {
        const into = target.value.trim();
        if (!into) throw new InputError(t("Choose the folder of the library."), target);
        await api("PUT", "/api/rules/folders", {
          body: {
            folder: entry.folder,
            rules: null,
            new_files: entry.new_files,
            target: into,
            folders: folders.input.value.trim(),
          },
        });
        await done();
      },
    },
  );
  sheet.classList.add("roomy");
  sheet.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(draw, WAIT_MS);
  });
  draw();
  return sheet;
}
