"""Files the comics of inboxes: tags, and a path in the library by the rules there.

What is not certain stays in the inbox and is not written to: a comic whose name is taken (a
duplicate, or a conflict), one that lacks what its name needs, or one that waits in the review.
Within a disk a comic is renamed; to another disk it is copied, and the original goes to the trash.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from comicmaintainer.comics.archives.model import ArchiveFormat
from comicmaintainer.comics.metadata import ComicMetadata
from comicmaintainer.comics.rules.inboxes import Inbox
from comicmaintainer.comics.rules.rules import MalformedPolicy, Rules
from comicmaintainer.errors import AnswerDelayed, DiskMissing, FileMissing, InvalidInput
from comicmaintainer.filesystem.identity import FileIdentity, device_above, is_one_file
from comicmaintainer.filesystem.mounts import is_one_mount
from comicmaintainer.filesystem.os_errors import storage_errors
from comicmaintainer.library.catalogue.model import CatalogueFile, FileMark, FileState
from comicmaintainer.library.matches.model import MatchState
from comicmaintainer.operations.changes.file_change import FileChange, file_change
from comicmaintainer.operations.changes.plan import Plan, WantedName
from comicmaintainer.operations.comic import Comic, read_comic, require_sound
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.declared.file import AWAITED, inbox_of
from comicmaintainer.operations.declared.identify import KIND as IDENTIFY
from comicmaintainer.operations.declared.rules_parameters import rules_of
from comicmaintainer.operations.derived import Derived, at_place, derived
from comicmaintainer.operations.facts import facts_of
from comicmaintainer.operations.names.rivals import Rivals
from comicmaintainer.operations.names.taken_names import Naming, TakenName, resolve_taken_name

ASKED_AGAIN_S = 15.0
"""How long a comic that is still being identified waits until it is looked at again."""


def plan_file(context: OperationContext, path: Path, params: Mapping[str, Any]) -> Plan:
    """Plan where one comic of an inbox goes, and its tags; touches nothing.

    Raises:
        ArchiveError: the comic can't be read, or must not be written.
        AnswerDelayed: it is still being identified.
        DiskMissing: the disk of the library is not mounted.
        FileMissing, FileChanged, StorageError.
    """
    known = context.catalogue.by_path(path)
    inbox = inbox_of(params, path)
    if inbox is None:
        return _left(path, known, "path", "it lies in no inbox")
    doubt = _doubt(context, path, known, params)
    if doubt is not None:
        return _left(path, known, "path", doubt)
    rules = rules_of(params, Path(inbox.target, "_"))
    desk = _Desk(context, inbox, _root_of(context, inbox, path), rules, params)
    comic = read_comic(context.comics, path)
    if rules.on_malformed is not MalformedPolicy.REPLACE:
        require_sound(comic)
    return desk.plan(comic, known)


def _left(path: Path, known: CatalogueFile | None, topic: str, reason: str) -> Plan:
    return Plan(path, FileIdentity.of(path), why={topic: reason}, known=known)


def _doubt(
    context: OperationContext, path: Path, known: CatalogueFile | None, params: Mapping[str, Any]
) -> str | None:
    """Return why it is not certain what the comic is; None if nobody is asked about it."""
    match = None if known is None else context.matches.of_file(known.file_id)
    if match is not None and match[0].state is MatchState.OPEN:
        return "which series it is waits for an answer in the review"
    if params.get(AWAITED.name) and context.items.is_pending(IDENTIFY.name, str(path)):
        raise AnswerDelayed(
            "It is identified before it is filed.", until=context.now() + ASKED_AGAIN_S
        )
    return None


def _root_of(context: OperationContext, inbox: Inbox, path: Path) -> Path:
    """Return the watched folder of the target.

    Raises:
        InvalidInput: no watched folder holds it (any more).
        DiskMissing: it is not mounted.
    """
    root = context.roots.root_of(Path(inbox.target))
    if root is None:
        raise InvalidInput(
            f"{inbox.target}, where the comics of {inbox.folder} go, lies in no watched folder; "
            "choose another folder for the inbox",
            path=path,
        )
    bare = context.scan.bare_mount_point(Path(inbox.target, "_"))
    if bare is not None:
        raise DiskMissing(
            f"the disk of {bare} is not mounted, so nothing can be filed there. It stays in the "
            "inbox; mount the disk, then try again",
            path=path,
        )
    return root


@dataclass(frozen=True, slots=True)
class _Desk:
    """Files the comics of one inbox.

    `root` is the watched folder of its target, and `rules` are those that hold there.
    """

    context: OperationContext
    inbox: Inbox
    root: Path
    rules: Rules
    params: Mapping[str, Any]

    def plan(self, comic: Comic, known: CatalogueFile | None) -> Plan:
        context, path, writes_tags = self.context, comic.path, self.params.get("tags", True)
        place = self.inbox.place(path)
        found = derived(context, comic, self.rules, writes_tags=writes_tags, place=place)
        named = at_place(
            context, path, comic.format, self.rules, is_kept=found.is_kept, place=place
        )
        wanted = self.inbox.filed_path(named, self.root, found.metadata, found.comic.metadata)
        target = wanted.path
        if target is None:
            return _left(path, known, "name", wanted.why or "")
        if inbox_of(self.params, target) is not None:
            return _left(path, known, "name", f"{target} would lie in an inbox")
        if is_one_file(path, target):
            return _left(path, known, "name", f"{target} is this file, seen through another folder")
        rivals = Rivals(context, path, target, self._wanted_by, known)
        return replace(
            self._as_the_disk_is(comic, found, known, target),
            wanted=WantedName(
                target,
                is_free=not os.path.lexists(target),
                if_free=lambda: self._filed(found, known, target),
                if_taken=lambda name, held_by, _: self._kept(comic, known, name, held_by),
                rivals=rivals,
            ),
        )

    def _as_the_disk_is(
        self, comic: Comic, found: Derived, known: CatalogueFile | None, target: Path
    ) -> Plan:
        if os.path.lexists(target):
            try:
                return self._kept(comic, known, target, target)
            except FileMissing:
                if os.path.lexists(target):
                    raise  # else it has just disappeared
        return self._filed(found, known, target)

    def _filed(self, found: Derived, known: CatalogueFile | None, target: Path) -> Plan:
        comic, context = found.comic, self.context
        tags: Sequence[FileChange] = () if found.new_tags is None else (found.new_tags.change,)
        changed = set() if found.new_tags is None else {f.field for f in found.new_tags.fields}
        why = {name: text for name, text in found.reasons.items() if name in changed}
        if self.params.get("tags", True) and not comic.is_writable:
            why["tags"] = f"{comic.format.upper()} files are not written; convert it to CBZ first"
        return Plan(
            comic.path,
            comic.identity,
            (*tags, self._move(comic.path, target)),
            why=why,
            known=known,
            mark=FileMark(FileState.PROCESSED),
            contents=facts_of(replace(comic, path=target), context.roots, context.rules),
        )

    def _move(self, path: Path, target: Path) -> FileChange:
        with storage_errors(target):
            if is_one_mount(path.parent, target.parent):
                return file_change(path, target)
            device = device_above(target)
        return file_change(path, target, trash=self.context.trash.place_for(path), device=device)

    def _kept(self, comic: Comic, known: CatalogueFile | None, name: Path, held_by: Path) -> Plan:
        """Return the plan of a comic whose name another one has or gets; it stays as it is."""
        context = replace(self.context, duplicate_dir=None)
        naming: Naming = resolve_taken_name(context, comic, known, TakenName(name, held_by))
        mark = naming.mark
        others = {} if mark is None else {
            "duplicate_of": mark.duplicate_of, "conflict_with": mark.conflict_with,
        }  # fmt: skip
        return Plan(
            comic.path,
            comic.identity,
            () if naming.change is None else (naming.change,),
            why={} if naming.why is None else {"name": naming.why},
            facts={topic: other for topic, other in others.items() if other is not None},
            known=known,
            mark=mark,
            contents=facts_of(comic, context.roots, context.rules),
        )

    def _wanted_by(self, path: Path, kind: ArchiveFormat, tags: ComicMetadata) -> Path | None:
        """Return the path that another comic gets, None if this inbox does not file it."""
        if inbox_of(self.params, path) != self.inbox:
            return None
        is_kept = self.params.get("tags", True) and kind.is_taggable
        place = self.inbox.place(path)
        rival = at_place(self.context, path, kind, self.rules, is_kept=is_kept, place=place)
        return self.inbox.filed_path_by_tags(rival, self.root, tags).path
