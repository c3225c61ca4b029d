"""Decides which items of a preview get their names, from the plans that each got alone.

Used by preview. Places are compared by `place_key`, which ignores letter case and Unicode form.
Unrelated items are separated by hashes of their places, so that only the strings of one group of
colliding items are held at a time.
"""

from __future__ import annotations

import hashlib
import os
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comicmaintainer.comics.naming.name_clashes import RefusedRename, place_key, refused_names
from comicmaintainer.filesystem.identity import is_one_file
from comicmaintainer.operations.names.name_holders import other_file

Leaves = Callable[[str, str], bool]
"""Tells whether the first file moves away as a duplicate of the second, which has the name."""

_NOWHERE = 0
"""Stands for "no place" among the hashes."""


@dataclass(frozen=True, slots=True)
class Row:
    """The parts of an item's result that concern names.

    `wanted` is None if the file stays. `moved_to` is where it goes as a duplicate. `other` is the
    name that another file has or gets, `after` where that file is now.
    """

    seq: int
    path: str
    success: bool
    wanted: str | None
    is_renamed: bool
    other: str | None
    moved_to: str | None
    after: str | None


def row_of(seq: int, path: str, success: bool, details: Mapping[str, Any] | None) -> Row:
    """Return the row of a result, as planned alone or already amended."""
    details = details or {}
    other = other_file(details)
    wanted = details.get("wanted") or other
    is_renamed, moved_to = False, None
    for change in details.get("changes", ()):
        if change["type"] in ("rename", "file"):
            is_renamed, wanted = True, change["to"]
        elif change["type"] == "duplicate":
            moved_to = change.get("to")
    wanted = wanted if success else None
    after = details.get("after")
    return Row(seq, path, success, wanted, is_renamed, other, moved_to, after)


def components(rows: Iterator[Row]) -> list[Sequence[int]]:
    """Return groups of items that share places, directly or through others: their seqs in order."""
    seqs, places, targets = array("q"), array("Q"), array("Q")
    for row in rows:
        seqs.append(row.seq)
        places.append(_hash(row.path))
        targets.append(_NOWHERE if row.wanted is None else _hash(row.wanted))
    shared = _shared_places(places, targets)
    parent: dict[int, int] = {place: place for place in shared}

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    for place, target in zip(places, targets, strict=True):
        if place in shared and target in shared:
            parent[root(place)] = root(target)
    groups: dict[int, array[int]] = defaultdict(lambda: array("q"))
    for seq, place, target in zip(seqs, places, targets, strict=True):
        if target in shared:
            groups[root(target)].append(seq)
        elif place in shared:
            groups[root(place)].append(seq)
    return [array("q", sorted(members)) for members in groups.values()]


def _shared_places(places: Sequence[int], targets: Sequence[int]) -> set[int]:
    """Return the places that two items have or want, and that at least one of them wants."""
    held: dict[int, int] = {}
    for at, place in enumerate(places):
        held[place] = at if place not in held else -1
    shared: set[int] = set()
    wanted: set[int] = set()
    for at, target in enumerate(targets):
        if target == _NOWHERE:
            continue
        if target in wanted or held.get(target, at) != at:
            shared.add(target)
        wanted.add(target)
    return shared


def _hash(path: str) -> int:
    digest = hashlib.blake2b(
        place_key(path).encode("utf-8", "surrogateescape"), digest_size=8
    ).digest()
    return int.from_bytes(digest) or 1


def refused_renames(rows: Sequence[Row], leaves: Leaves | None) -> dict[str, RefusedRename]:
    """Return the refused renames, by path. With `leaves`, duplicates move and free their names.

    If several files want one place, the first gets it. Files that exchange their names come before
    others, because refused, they would block each other.
    """
    outsiders = _files_outside_job(rows)
    cycles = _in_cycles(rows)
    rows = sorted(rows, key=lambda row: row.path not in cycles)
    failed = {row.path for row in rows if not row.success}
    gone: dict[str, RefusedRename] = {}
    staying: set[str] = set()
    while True:
        wishes = [(row.path, row.wanted or row.path) for row in rows if row.path not in gone]
        refused = {one.old: one for one in refused_names(wishes, outsiders)}
        if leaves is None:
            return refused
        coming = new_names(rows, refused | gone)
        # Those whose names are held by files that surely stay; the others depend on other refusals.
        rooted = {
            path: one
            for path, one in refused.items()
            if path not in staying and _is_held(one.blocker, refused, staying, failed)
        }
        if not rooted:
            return refused | gone
        for path, one in rooted.items():
            blocker = one.blocker or ""
            if leaves(path, coming.get(blocker, blocker)):
                gone[path] = one
            else:
                staying.add(path)


def _in_cycles(rows: Sequence[Row]) -> set[str]:
    """Return the paths of files that want each other's places, in cycles of any length."""
    holders: dict[str, Row | None] = {}
    for row in rows:
        key = place_key(row.path)
        holders[key] = None if key in holders else row  # ambiguous if several share a place
    members: set[str] = set()
    seen: set[str] = set()
    for start in rows:
        trail: dict[str, None] = {}
        at: Row | None = start
        while at is not None and at.wanted is not None and at.path not in seen:
            seen.add(at.path)
            trail[at.path] = None
            at = holders.get(place_key(at.wanted))
            if at is not None and at.path in trail:
                paths = list(trail)
                cycle = paths[paths.index(at.path) :]
                members |= set(cycle) if len(cycle) > 1 else set()
                break
    return members


def new_names(rows: Sequence[Row], refused: Mapping[str, object]) -> dict[str, str]:
    """Return the current paths of the files that get their names, by new name."""
    return {row.wanted: row.path for row in rows if row.wanted and row.path not in refused}


def _is_held(
    blocker: str | None, refused: Mapping[str, object], staying: set[str], failed: set[str]
) -> bool:
    """Tell whether the file of a name surely stays, or surely gets there."""
    if blocker is None or blocker in failed:
        return False
    return blocker not in refused or blocker in staying


def _files_outside_job(rows: Sequence[Row]) -> list[str]:
    """Return files at wanted names that are not items of the job."""
    own = {row.path for row in rows}
    keys = defaultdict(list)
    for path in own:
        keys[place_key(path)].append(path)
    outsiders = []
    for row in rows:
        wanted = row.wanted
        if wanted is None or wanted in own or row.is_renamed or not os.path.lexists(wanted):
            continue
        if not any(is_one_file(Path(path), Path(wanted)) for path in keys[place_key(wanted)]):
            outsiders.append(wanted)
    return outsiders


def blocked_by_failures(
    refused: Mapping[str, RefusedRename], by_path: Mapping[str, Row]
) -> frozenset[str]:
    """Return the refused paths whose names are held, directly or indirectly, by failing files.

    Files that differ only in letter case and want each other's names block each other as well.
    """
    fails: dict[str, bool] = {}
    for start in refused:
        trail: dict[str, None] = {}
        at: str | None = start
        while at is not None and at in refused and at not in fails and at not in trail:
            trail[at] = None
            at = refused[at].blocker
        is_failing = False
        if at is not None:
            row = by_path.get(at)
            met_failure = at in trail or (row is not None and not row.success)
            is_failing = fails.get(at, met_failure)
        fails |= dict.fromkeys(trail, is_failing)
    return frozenset(path for path, is_failing in fails.items() if is_failing)
