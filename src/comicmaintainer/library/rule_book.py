"""The rules that people made, which folder uses which, and what happens to new files there (SQL).

Used by the pages, the API and the command line to set them, by JobManager's kinds to record in a
job the rules that hold when it is submitted, and for the watcher. Times are UTC epoch seconds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comicmaintainer.audit import Action
from comicmaintainer.audit.audit_log import record
from comicmaintainer.comics.rules.folder_rules import (
    MAX_FOLDERS,
    USUAL,
    FolderRules,
    NamedRules,
    nearest,
)
from comicmaintainer.comics.rules.inboxes import FOLDERS, Inbox, Inboxes
from comicmaintainer.comics.rules.rules import PRESETS, Rules
from comicmaintainer.database import Database, Row, Transaction, Turn
from comicmaintainer.database.stored_values import stored_object
from comicmaintainer.errors import Conflict, InvalidInput, NotFound
from comicmaintainer.library.protected_folders import ProtectedFolders
from comicmaintainer.settings import NewFiles

LIBRARY = ""
"""The folder of the entry for the whole library."""
MAX_SETS = 100
LONGEST_NAME = 60
LONGEST_RULES = 20_000
_ENTRY = "folder, rules, new_files, target, folders"


@dataclass(frozen=True, slots=True)
class FolderChoice:
    """What was set for a folder, LIBRARY for all; None is what holds above it.

    A folder with a `target` is an inbox: its comics are filed below that folder, in folders by the
    template `folders`.
    """

    folder: str
    rules: str | None = None
    new_files: NewFiles | None = None
    target: str | None = None
    folders: str | None = None

    @property
    def is_set(self) -> bool:
        """Whether anything was set."""
        return (self.rules, self.new_files, self.target) != (None, None, None)

    @property
    def inbox(self) -> Inbox | None:
        """The inbox that it is, if any.

        Raises: InvalidInput, InvalidTemplate.
        """
        if self.target is None:
            return None
        return Inbox(self.folder, self.target, FOLDERS if self.folders is None else self.folders)


class RuleBook:
    """All rules and the folders that use them. Thread-safe."""

    def __init__(self, database: Database, *, now: Callable[[], float]) -> None:
        self._database = database
        self._now = now

    # --- rules -----------------------------------------------------------------------------------

    def own(self) -> Mapping[str, Rules]:
        """Return the rules that people made, by name."""
        return _own(self._database)

    def get(self, name: str) -> NamedRules:
        """Return the preset, or the own rules, of that name.

        Raises:
            NotFound: there are none.
        """
        return _named(self._database, name)

    def save(self, name: str, values: Mapping[str, Any], *, before: str | None = None) -> None:
        """Store rules under a name; `before` is the name that they had, if it changes.

        Raises:
            InvalidInput: the rules or the name can't be accepted.
            Conflict: the name is that of a preset or, for new ones, is taken.
            NotFound: there are no rules called `before`.
        """
        rules = Rules.from_dict(values)
        text = json.dumps(rules.to_dict(), ensure_ascii=False)
        if len(text) > LONGEST_RULES:
            raise InvalidInput(f"Rules have at most {LONGEST_RULES:,} characters.", field="rules")
        name = _checked_name(name)
        with self._database.transaction(Turn.LIBRARY) as transaction:
            taken = _stored_name(transaction, name)
            old = taken if before is None else _require_own(transaction, before)
            if taken is not None and taken != old:
                raise Conflict(f"There are rules called {taken} already.", field="name")
            count = transaction.value("SELECT count(*) FROM rule_sets")
            if old is None and count >= MAX_SETS:
                raise Conflict(f"There can be {MAX_SETS} own rules; remove some first.")
            if old is not None:
                _delete(transaction, old)
                transaction.execute(
                    "UPDATE folder_rules SET rules = ? WHERE rules = ?", (name, old)
                )
            transaction.execute(
                "INSERT INTO rule_sets (name_key, name, rules, changed_at) VALUES (?, ?, ?, ?)",
                (name.casefold(), name, text, self._now()),
            )
            record(transaction, Action.RULES_SAVED, name, now=self._now())

    def remove(self, name: str) -> None:
        """Remove own rules that no folder uses.

        Raises:
            NotFound: there are no own rules of that name.
            Conflict: a folder uses them.
        """
        with self._database.transaction(Turn.LIBRARY) as transaction:
            own = _require_own(transaction, name)
            users = transaction.rows(
                "SELECT folder FROM folder_rules WHERE rules = ? ORDER BY folder", (own,)
            )
            if users:
                folder = users[0]["folder"] or "the whole library"
                more = f" and {len(users) - 1} more" if len(users) > 1 else ""
                raise Conflict(f"{own} can't be removed: {folder}{more} uses them.")
            _delete(transaction, own)
            record(transaction, Action.RULES_REMOVED, own, now=self._now())

    # --- folders ---------------------------------------------------------------------------------

    def entries(self) -> Sequence[FolderChoice]:
        """Return what was set, for the library first, then by folder."""
        rows = self._database.rows(f"SELECT {_ENTRY} FROM folder_rules ORDER BY folder")
        return [_entry(row) for row in rows]

    def entry(self, folder: str) -> FolderChoice:
        """Return what was set for a folder; an entry with nothing if nothing was."""
        return _stored_entry(self._database, folder)

    def assign(self, entry: FolderChoice) -> None:
        """Store what holds in a folder; an entry with nothing is removed.

        Raises:
            InvalidInput: new files of the whole library are the setting NEW_FILES; or the inbox
                can't be one.
            NotFound: there are no such rules.
            Conflict: too many folders have an entry.
        """
        if entry.folder == LIBRARY and entry.new_files is not None:
            raise InvalidInput(
                "NEW_FILES says what happens to new files of the whole library.", field="new_files"
            )
        with self._database.transaction(Turn.LIBRARY) as transaction:
            _require_inbox(transaction, entry)
            record(
                transaction,
                Action.FOLDER_RULES_SET,
                entry.folder or "the whole library",
                now=self._now(),
                details={
                    "rules": entry.rules,
                    "new_files": entry.new_files,
                    **({} if entry.target is None else {"target": entry.target}),
                },
            )
            if not entry.is_set:
                transaction.execute("DELETE FROM folder_rules WHERE folder = ?", (entry.folder,))
                return
            name = None if entry.rules is None else _named(transaction, entry.rules).name
            count = transaction.value("SELECT count(*) FROM folder_rules")
            is_new = not _stored_entry(transaction, entry.folder).is_set
            if is_new and count >= MAX_FOLDERS:
                raise Conflict(f"{MAX_FOLDERS} folders have rules already; remove some first.")
            transaction.execute(
                "INSERT INTO folder_rules (folder, rules, new_files, target, folders, changed_at)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (folder) DO UPDATE SET"
                " rules = excluded.rules, new_files = excluded.new_files,"
                " target = excluded.target, folders = excluded.folders,"
                " changed_at = excluded.changed_at",
                (
                    entry.folder,
                    name,
                    entry.new_files,
                    entry.target,
                    entry.folders,
                    self._now(),
                ),
            )

    # --- what holds ------------------------------------------------------------------------------

    def folder_rules(self) -> FolderRules | None:
        """Return the rules of all folders as they are now; None if nobody set any."""
        used = {entry.folder: entry.rules for entry in self.entries() if entry.rules is not None}
        if not used:
            return None
        own = self.own()
        known = {**PRESETS, **own}
        found = {folder: name for folder, name in used.items() if name in known}
        library = found.pop(LIBRARY, USUAL)
        names = dict.fromkeys((library, *found.values()))
        return FolderRules(library, found, {name: known[name] for name in names})

    def current(self) -> FolderRules:
        """Return the rules of all folders as they are now, also if nobody set any."""
        return self.folder_rules() or FolderRules()

    def rules_at(self, path: Path) -> NamedRules:
        """Return the rules that hold now for a comic at `path`."""
        return self.current().of(path)

    def inboxes(self) -> Inboxes:
        """Return the folders whose comics are filed elsewhere."""
        return _inboxes(self._database)

    def new_files(self, otherwise: NewFiles) -> NewFilesPlan:
        """Return what happens to new files; `otherwise` where no folder says.

        An inbox that does not say so itself is there to file them.
        """
        entries = {
            entry.folder: entry.new_files or (NewFiles.PROCESS if entry.target else None)
            for entry in self.entries()
        }
        chosen = {folder: one for folder, one in entries.items() if one is not None}
        protecting = ProtectedFolders(self._database).now().protecting
        return NewFilesPlan(otherwise, chosen, protecting)


@dataclass(frozen=True, slots=True)
class NewFilesPlan:
    """What happens to new files: in the whole library, and in folders where it differs.

    `protecting` returns the protected folder that a path is in: new files there are only
    catalogued, whatever folders in it say.
    """

    library: NewFiles
    folders: Mapping[str, NewFiles]
    protecting: Callable[[Path], str | None] = lambda _path: None

    def of(self, path: Path) -> NewFiles:
        """Return what happens to the new file at `path`: what the nearest folder says."""
        if self.protecting(path) is not None:
            return NewFiles.CATALOGUE
        return nearest(self.folders, path) or self.library


def _own(source: Database | Transaction) -> dict[str, Rules]:
    found: dict[str, Rules] = {}
    for row in source.rows("SELECT name, rules FROM rule_sets ORDER BY name_key"):
        try:
            found[row["name"]] = Rules.from_dict(stored_object(row["rules"]))
        except InvalidInput:
            continue  # stored by a release with other rules
    return found


def _named(source: Database | Transaction, name: str) -> NamedRules:
    known = {**PRESETS, **_own(source)}
    for each, rules in known.items():
        if each.casefold() == name.casefold():
            return NamedRules(each, rules)
    names = ", ".join(known)
    raise NotFound(f"There are no rules called {name!r}; known are {names}.", field="rules")


def _stored_name(source: Transaction, name: str) -> str | None:
    row = source.row("SELECT name FROM rule_sets WHERE name_key = ?", (name.casefold(),))
    return None if row is None else row["name"]


def _delete(transaction: Transaction, name: str) -> None:
    transaction.execute("DELETE FROM rule_sets WHERE name_key = ?", (name.casefold(),))


def _require_own(source: Transaction, name: str) -> str:
    stored = _stored_name(source, name)
    if stored is not None:
        return stored
    if name.casefold() in PRESETS:
        raise Conflict(
            f"{name} come with the product and stay as they are; save a copy under another name.",
            field="name",
        )
    raise NotFound(f"There are no own rules called {name!r}.")


def _stored_entry(source: Database | Transaction, folder: str) -> FolderChoice:
    row = source.row(f"SELECT {_ENTRY} FROM folder_rules WHERE folder = ?", (folder,))
    return FolderChoice(folder) if row is None else _entry(row)


def _inboxes(source: Database | Transaction) -> Inboxes:
    found: dict[str, Inbox] = {}
    for row in source.rows(f"SELECT {_ENTRY} FROM folder_rules WHERE target IS NOT NULL"):
        try:
            inbox = _entry(row).inbox
        except InvalidInput:
            continue  # stored by a release with other templates
        if inbox is not None:
            found[inbox.folder] = inbox
    return Inboxes(found)


def _require_inbox(source: Transaction, entry: FolderChoice) -> None:
    """Check that the folder can be the inbox that it shall be, or the target that it is.

    Raises:
        InvalidInput.
    """
    if entry.target is not None and entry.folder == LIBRARY:
        raise InvalidInput("The whole library can't be an inbox.", field="target")
    inbox, others = entry.inbox, _inboxes(source)
    if inbox is None:
        return
    if entry.rules is not None:
        raise InvalidInput(
            "An inbox files by the rules of its target; it has none of its own.", field="rules"
        )
    below = Path(inbox.target, "_")
    above = others.of(below)
    if above is not None and above.folder != entry.folder:
        raise InvalidInput(
            f"The target lies in {above.folder}, which is an inbox itself.", field="target"
        )
    for other in others.by_folder.values():
        if Path(other.target).is_relative_to(entry.folder):
            raise InvalidInput(
                f"The comics of {other.folder} go to {other.target}, so it can't be an inbox.",
                field="target",
            )


def _entry(row: Row) -> FolderChoice:
    new_files = row["new_files"]
    is_known = new_files in set(NewFiles)
    return FolderChoice(
        row["folder"],
        row["rules"],
        NewFiles(new_files) if is_known else None,
        row["target"],
        row["folders"],
    )


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable() or "/" in name:
        raise InvalidInput(
            f"The name of rules has 1 to {LONGEST_NAME} characters and no '/'.", field="name"
        )
    if name.casefold() in PRESETS:
        raise Conflict(
            f"{name} come with the product and stay as they are; choose another name.", field="name"
        )
    return name
