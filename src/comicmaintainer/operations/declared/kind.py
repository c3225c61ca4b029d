"""The declaration of a kind of job: its words, parameters, flags, and the code that runs it.

Used by the modules of this package, one for each kind. A declaration names its code as text
("package.module:function"), so that the web can read it without loading an image or XML library.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from comicmaintainer.operations.declared.parameters import Parameter, validated
from comicmaintainer.texts.current import shown

AT_THE_END = 1000
"""The place of kinds without an order: after all others."""

ParamsCheck = Callable[[Mapping[str, Any]], object]
"""Checks that parameters go together. Raises InvalidInput."""
FilesCheck = Callable[[Mapping[str, Any], Sequence[str]], object]
"""Checks that the parameters (first) fit the items (second) of a job. Raises InvalidInput."""


class ItemOf(StrEnum):
    """What the items of a kind name."""

    FILE = "file"
    FOLDER = "folder"
    CHANGE = "change"
    TRASHED = "trashed"


class Findings(StrEnum):
    """What the command line prints about the files of an ended job."""

    CHANGES = "changes"
    """Only the files that were not changed."""
    HEALTH = "health"
    """Only files with problems."""
    ALL = "all"
    """The findings, file by file: they are what the job was for."""


@dataclass(frozen=True, slots=True)
class Words:
    """What people read about jobs of a kind; about the kind itself, its `title` and `description`.

    `label` names a job that has no title of its own: "Edit tags". `doing` and `done` come before
    the number of its items, or `done` has "…" in its place: "Moved … to the trash". `item` and
    `item_plural` are what is counted.
    """

    label: str
    doing: str
    done: str
    item: str = "file"
    item_plural: str = "files"

    def counted(self, number: int) -> str:
        """Return a count of its items: `1 file`, `1,000 files`."""
        return f"{number:,} {self.item if number == 1 else self.item_plural}"


@dataclass(frozen=True, slots=True)
class Command:
    """The command that starts jobs of a kind.

    `help` is its text, by default the kind's description. The rest is for a generated command; one
    that is written by hand in `cli` has its own options. `everything` is the help of `--all`, None
    if the command has no `--all`; `is_meant` filters the files that `--all` selects.
    """

    help: str | None = None
    everything: str | None = "Every comic in the watched folders."
    is_meant: Callable[[str], bool] = lambda _path: True


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of job.

    `planner`, `steps` or `runner` names its code. A planner returns what would be changed about one
    file: (context, path, params) -> Plan. A kind whose items are not files, or that does more than
    carry out a plan, names a function that builds its runner: (context) -> (claim, guard, params)
    -> Outcome; or, as `steps`, one that returns a coroutine function of that form. Items of kinds
    with a planner or steps run together.
    """

    name: str
    title: str
    description: str
    words: Words
    planner: str | None = None
    steps: str | None = None
    runner: str | None = None
    parameters: tuple[Parameter, ...] = ()
    check: ParamsCheck | None = None
    check_files: FilesCheck | None = None
    items: ItemOf = ItemOf.FILE
    order: int = AT_THE_END
    """The place among the others wherever kinds are listed, the lowest first."""
    limit: int | None = None
    """How many of its items run at a time over all workers; None for no limit."""
    changes_files: bool = True
    has_preview: bool = True
    can_be_rehearsed: bool = False
    never_saved: str | None = None
    """Why a job of this kind can't be saved as a template, None if it can."""
    opens_comics: bool = True
    """Its files are opened, so a file that killed workers before is refused."""
    gives_names: bool = False
    """It may rename files: previews show which of them would get the same name."""
    asks_sources: bool = False
    """It asks those who know comics online, so it is refused while none of them is switched on."""
    marks_failed: bool = False
    """A file that fails is marked as failed in the catalogue."""
    rehearses: bool = False
    """It runs another kind, its parameters `kind` and `params`, on copies."""
    findings: Findings = Findings.CHANGES
    command: Command = field(default_factory=Command)

    @property
    def can_be_saved(self) -> bool:
        """Whether a template can select items of this kind."""
        return self.items in (ItemOf.FILE, ItemOf.FOLDER) and self.never_saved is None

    @property
    def puts_in_order(self) -> bool:
        """Whether it changes comics and does not report on them."""
        return self.changes_files and self.findings is Findings.CHANGES

    @property
    def command_help(self) -> str:
        """The help of the command that starts jobs of it."""
        return self.command.help or self.description

    def validated(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return `params` checked and filled with defaults.

        Raises:
            InvalidInput: it names the parameter, the value and what is allowed.
        """
        checked = validated(self.name, self.parameters, params)
        if self.check is not None:
            self.check(checked)
        return checked

    def validated_apart(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return `params` checked one by one: what files with parameters of their own share.

        Raises:
            InvalidInput: as `validated`.
        """
        return validated(self.name, self.parameters, params)

    def to_json(self) -> dict[str, Any]:
        """Return the declaration as the command line prints it."""
        return {
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "parameters": [parameter.to_json() for parameter in self.parameters],
            "items": str(self.items),
            "changes_files": self.changes_files,
            "has_preview": self.has_preview,
            "can_be_rehearsed": self.can_be_rehearsed,
        }

    def to_form(self) -> dict[str, Any]:
        """Return the declaration with everything that a form needs."""
        return {
            **self.to_json(),
            **self.to_words(),
            "title": shown(self.title),
            "description": shown(self.description),
            "can_be_saved": self.can_be_saved,
            "parameters": [parameter.to_form() for parameter in self.parameters],
        }

    def to_words(self) -> dict[str, Any]:
        """Return the words and flags that pages need about jobs of this kind.

        The words are in the current language, but `item` and `item_plural`, which the pages need to
        find the form for a number.
        """
        return {
            "noun": shown(self.words.label),
            "doing": shown(self.words.doing),
            "done": shown(self.words.done),
            "item": self.words.item,
            "item_plural": self.words.item_plural,
            "items": str(self.items),
            "changes_files": self.changes_files,
            "gives_names": self.gives_names,
            "rehearses": self.rehearses,
            "reports": self.findings is not Findings.CHANGES,
        }
