"""Who of the items of a preview gets his name, seen from what each came to when planned alone.

Used by preview. Places are compared by `place_key`: letter case and Unicode form make no other one.
Items that have nothing to do with each other are told apart by hashes of their places, so that only
the strings of those that meet are held, one group after the other.
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
from comicmaintainer.operations.names.holders import other_file

Leaves = Callable[[str, str], bool]
"""Whether the first file is moved away as a duplicate of the second, which has the wanted name."""

_NOWHERE = 0
"""The hash of no place."""


@dataclass(frozen=True, slots=True)
class Row:
    """What of an item's result has to do with names.

    `wanted` is None where the file stays, `moved_to` where it goes as a duplicate. `other` is the
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
    """Read what a result's details say of names, as planned alone or amended before."""
    details = details or {}
    other = other_file(details)
    wanted = details.get("wanted") or other
    is_renamed, moved_to = False, None
    for change in details.get("changes", ()):
        if change["type"] == "rename":
            is_renamed, wanted = True, change["to"]
        elif change["type"] == "duplicate":
            moved_to = change.get("to")
    wanted = wanted if success else None
    after = details.get("after")
    return Row(seq, path, success, wanted, is_renamed, other, moved_to, after)


def components(rows: Iterator[Row]) -> list[Sequence[int]]:
    """Return the seqs of items that meet at places, directly or through others, in their order."""
    seqs, places, targets = array("q"), array("Q"), array("Q")
    for row in rows:
        seqs.append(row.seq)
        places.append(_hash(row.path))
        targets.append(_NOWHERE if row.wanted is None else _hash(row.wanted))
    hot = _met(places, targets)
    parent: dict[int, int] = {place: place for place in hot}

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    for place, target in zip(places, targets, strict=True):
        if place in hot and target in hot:
            parent[root(place)] = root(target)
    found: dict[int, array[int]] = defaultdict(lambda: array("q"))
    for seq, place, target in zip(seqs, places, targets, strict=True):
        if target in hot:
            found[root(target)].append(seq)
        elif place in hot:
            found[root(place)].append(seq)
    return [array("q", sorted(members)) for members in found.values()]


def _met(places: Sequence[int], targets: Sequence[int]) -> set[int]:
    """The places that two items have to do with, at least one of which wants to go there."""
    held: dict[int, int] = {}
    for at, place in enumerate(places):
        held[place] = at if place not in held else -1
    hot: set[int] = set()
    wanted: set[int] = set()
    for at, target in enumerate(targets):
        if target == _NOWHERE:
            continue
        if target in wanted or held.get(target, at) != at:
            hot.add(target)
        wanted.add(target)
    return hot


def _hash(path: str) -> int:
    digest = hashlib.blake2b(
        place_key(path).encode("utf-8", "surrogateescape"), digest_size=8
    ).digest()
    return int.from_bytes(digest) or 1


def refused_of(rows: Sequence[Row], leaves: Leaves | None) -> dict[str, RefusedRename]:
    """Return the refused, by path. With `leaves`, duplicates go elsewhere and free their names.

    Of files that want one place the first gets it, but files that exchange their names come before
    others: refused, they would hold up each other.
    """
    strangers = _strangers(rows)
    circles = _in_circles(rows)
    rows = sorted(rows, key=lambda row: row.path not in circles)
    failed = {row.path for row in rows if not row.success}
    gone: dict[str, RefusedRename] = {}
    staying: set[str] = set()
    while True:
        wishes = [(row.path, row.wanted or row.path) for row in rows if row.path not in gone]
        refused = {one.old: one for one in refused_names(wishes, strangers)}
        if leaves is None:
            return refused
        coming = coming_to(rows, refused | gone)
        # Those whose names are held by what truly stays; the others follow who is refused himself.
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


def _in_circles(rows: Sequence[Row]) -> set[str]:
    """The paths of files that want each other's places, in circles of any length."""
    holders: dict[str, Row | None] = {}
    for row in rows:
        key = place_key(row.path)
        holders[key] = None if key in holders else row  # of several in one place nobody is sure
    found: set[str] = set()
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
                circle = paths[paths.index(at.path) :]
                found |= set(circle) if len(circle) > 1 else set()
                break
    return found


def coming_to(rows: Sequence[Row], refused: Mapping[str, object]) -> dict[str, str]:
    """Return where the files are now that get their names, by these."""
    return {row.wanted: row.path for row in rows if row.wanted and row.path not in refused}


def _is_held(
    blocker: str | None, refused: Mapping[str, object], staying: set[str], failed: set[str]
) -> bool:
    """True for a name whose file stays there, or is sure to get there."""
    if blocker is None or blocker in failed:
        return False
    return blocker not in refused or blocker in staying


def _strangers(rows: Sequence[Row]) -> list[str]:
    """Files at wanted names that are no items: the disk had them when the items were planned."""
    own = {row.path for row in rows}
    keys = defaultdict(list)
    for path in own:
        keys[place_key(path)].append(path)
    found = []
    for row in rows:
        wanted = row.wanted
        if wanted is None or wanted in own or row.is_renamed or not os.path.lexists(wanted):
            continue
        if not any(is_one_file(Path(path), Path(wanted)) for path in keys[place_key(wanted)]):
            found.append(wanted)
    return found


def without_way_out(
    refused: Mapping[str, RefusedRename], by_path: Mapping[str, Row]
) -> frozenset[str]:
    """Return the refused, by path, whose names are held by files that fail, or through others.

    Files that differ in letter case only and want each other's names hold each other up as well.
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
