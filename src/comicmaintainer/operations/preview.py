"""Previews of names: what the items of a job do to each other, shown before anything is done.

Each item of a preview is planned alone, against the disk. The last one is run once more when all
others have their results, and looks at the job as a whole: which files want one place (by
`place_key`: letter case and Unicode form make no other place), whose name is that of a file that
moves away, who stays. `rename_plan` says who gets his name. The results that turn out
otherwise are amended to what will really happen:

    {"duplicate_of": the new name of another file, "wanted": the name that it has,
     "after": the path of that other file now}

Only what is alike by a hash of its places is read, so memory does not grow with a job's strings.
"""

from __future__ import annotations

import hashlib
import os
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from comicmaintainer.comics.rename_plan import RefusedRename, place_key, refused_names
from comicmaintainer.errors import (
    ComicMaintainerError,
    DatabaseError,
    ItemInterrupted,
    TargetExists,
)
from comicmaintainer.jobs.model import ClaimedItem, ItemGuard, Outcome
from comicmaintainer.operations import names
from comicmaintainer.operations.changes import Plan, WantedName
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.process import free_place

AMENDED_AT_ONCE = 200
_NOWHERE = 0
"""The hash of no place."""

PlanOf = Callable[[Path, Mapping[str, Any]], Plan]
"""Plans one comic alone, with the parameters that its item has of its own."""


def preview_item(
    context: OperationContext, claim: ClaimedItem, guard: ItemGuard, plan: PlanOf
) -> Outcome:
    """Plan one item; the last one of its job amends the results of all that collide.

    Raises:
        ItemInterrupted, DatabaseError.
    """
    try:
        planned = plan(Path(claim.item), claim.item_params)
        own = Outcome(True, planned.details(), closes=True)
    except (ItemInterrupted, DatabaseError):
        raise
    except ComicMaintainerError as error:
        own = Outcome(False, None, str(error), error.code, error.retryable, closes=True)
    return _Closing(context, claim, guard, own, plan).close() if claim.closing else own


@dataclass(frozen=True, slots=True)
class _Row:
    """What of an item's result has to do with names.

    `wanted` is None where the file stays, `moved_to` where it goes as a duplicate.
    """

    seq: int
    path: str
    success: bool
    wanted: str | None
    is_renamed: bool
    duplicate_of: str | None
    moved_to: str | None
    after: str | None


class _Closing:
    """The end of one preview."""

    def __init__(
        self,
        context: OperationContext,
        claim: ClaimedItem,
        guard: ItemGuard,
        own: Outcome,
        plan: PlanOf,
    ) -> None:
        self._context = context
        self._guard = guard
        self._job_id = claim.job_id
        self._own_seq = claim.seq
        self._own_item = claim.item
        self._own = own
        self._plan = plan
        self._amended: dict[int, Outcome] = {}

    def close(self) -> Outcome:
        """Amend what collides; returns the outcome of the item that does this."""
        for seqs in _components(self._rows()):
            self._solve([row for row in map(self._row, seqs) if row is not None])
        self._store()
        if self._context.duplicate_dir is not None:
            self._part_duplicates()
            self._store()
        return self._own

    def _solve(self, rows: Sequence[_Row]) -> None:
        """Say of files that meet at some places who gets his name."""
        outcome = _solved(rows, leave=self._context.duplicate_dir is not None)
        by_path = {row.path: row for row in rows}
        coming = {row.wanted: row for row in rows if row.wanted and row.path not in outcome}
        failing = _without_way_out(outcome, by_path)
        for row in rows:
            refused = outcome.get(row.path)
            if refused is None:
                if row.wanted is not None and not row.is_renamed:
                    self._amend(row, lambda wanted: wanted.if_free().details())
                continue
            if refused.blocker is None or row.path in failing:
                text = _why_not(refused, by_path)
                self._put(row.seq, Outcome(False, None, text, TargetExists.code))
                continue
            first = coming.get(refused.blocker)
            self._amend_to_duplicate(row, refused.blocker, None if first is None else first.path)

    def _amend_to_duplicate(self, row: _Row, original: str, after: str | None) -> None:
        if (row.duplicate_of, row.after) != (original, after):
            self._amend(row, lambda wanted: _as_duplicate(row, wanted, original, None, after))

    def _part_duplicates(self) -> None:
        """Give duplicates of one name different places in the folder for duplicates."""
        taken: set[str] = set()
        for row in self._rows():
            place = row.moved_to
            if place is None:
                continue
            if place in taken:
                place = self._part(row, free_place(Path(place).parent, Path(row.path).name, taken))
            taken.add(place)

    def _part(self, row: _Row, place: Path) -> str:
        original = row.duplicate_of or ""
        self._amend(row, lambda wanted: _as_duplicate(row, wanted, original, place, row.after))
        return str(place)

    # --- results ---------------------------------------------------------------------------------

    def _rows(self) -> Iterator[_Row]:
        """All items in the order of their results, this one last."""
        for result in self._context.results.in_order(self._job_id):
            if result.seq is not None:
                yield _row(result.seq, result.item, result.success, result.details)
        yield _row(self._own_seq, self._own_item, self._own.success, self._own.details)

    def _row(self, seq: int) -> _Row | None:
        if seq == self._own_seq:
            return _row(seq, self._own_item, self._own.success, self._own.details)
        result = self._context.results.of_item(self._job_id, seq)
        if result is None:  # reopened by a retry at this moment
            return None
        return _row(seq, result.item, result.success, result.details)

    def _amend(self, row: _Row, details: Callable[[WantedName], dict[str, Any]]) -> None:
        """Plan the item again, since a result has no more than what people are shown."""
        params = self._context.results.params_of_item(self._job_id, row.seq)
        try:
            planned = self._plan(Path(row.path), params)
            if planned.wanted is None:  # a name that was given
                raise TargetExists(f"{row.wanted}: another file of this job gets this name")
            if str(planned.wanted.target) != row.wanted:
                return  # it was changed since; applying the preview will say so
            self._put(row.seq, Outcome(True, details(planned.wanted)))
        except (ItemInterrupted, DatabaseError):
            raise
        except ComicMaintainerError as error:
            self._put(row.seq, Outcome(False, None, str(error), error.code))

    def _put(self, seq: int, outcome: Outcome) -> None:
        if seq == self._own_seq:
            self._own = replace(outcome, closes=True)
            return
        self._amended[seq] = outcome
        if len(self._amended) >= AMENDED_AT_ONCE:
            self._store()

    def _store(self) -> None:
        if self._amended:
            self._guard.check()
            self._context.reached("closing")
            self._context.results.amend(self._job_id, self._amended)
            self._amended = {}
            self._context.reached("closing")


def _row(seq: int, path: str, success: bool, details: Mapping[str, Any] | None) -> _Row:
    details = details or {}
    original = details.get("duplicate_of")
    wanted = details.get("wanted") or original
    is_renamed, moved_to = False, None
    for change in details.get("changes", ()):
        if change["type"] == "rename":
            is_renamed, wanted = True, change["to"]
        elif change["type"] == "duplicate":
            moved_to = change.get("to")
    wanted = wanted if success else None
    after = details.get("after")
    return _Row(seq, path, success, wanted, is_renamed, original, moved_to, after)


def _as_duplicate(
    row: _Row, wanted: WantedName, original: str, place: Path | None, after: str | None
) -> dict[str, Any]:
    details = wanted.if_taken(Path(original), place).details()
    return details | {"wanted": row.wanted} | ({"after": after} if after else {})


def _components(rows: Iterator[_Row]) -> Iterator[list[int]]:
    """The seqs of items that meet at places, directly or through others, in the job's order."""
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
    found: dict[int, list[int]] = defaultdict(list)
    for seq, place, target in zip(seqs, places, targets, strict=True):
        if target in hot:
            found[root(target)].append(seq)
        elif place in hot:
            found[root(place)].append(seq)
    for members in found.values():
        yield sorted(members)


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


def _solved(rows: Sequence[_Row], *, leave: bool) -> dict[str, RefusedRename]:
    """The refused, by path. With `leave`, duplicates go elsewhere and free their names."""
    paths = [row.path for row in rows]
    strangers = _strangers(rows)
    gone: dict[str, RefusedRename] = {}
    while True:
        wishes = [(row.path, row.wanted or row.path) for row in rows if row.path not in gone]
        refused = {one.old: one for one in refused_names(wishes, strangers)}
        if not leave:
            return refused
        failed = {row.path for row in rows if not row.success}
        # Those whose names are held by what truly stays; the others follow who is refused himself.
        rooted = {
            path: one
            for path, one in refused.items()
            if one.blocker is not None and one.blocker not in refused and one.blocker not in failed
        }
        if not rooted or len(gone) == len(paths):
            return refused | gone
        gone |= rooted


def _strangers(rows: Sequence[_Row]) -> list[str]:
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
        if not any(_is_same_file(path, wanted) for path in keys[place_key(wanted)]):
            found.append(wanted)
    return found


def _is_same_file(path: str, other: str) -> bool:
    try:
        return Path(path).samefile(other)
    except FileNotFoundError:
        return False


def _why_not(refused: RefusedRename, by_path: Mapping[str, _Row]) -> str:
    if refused.blocker is None:
        return f"{refused.old}: it can't get the name {refused.new}: {refused.reason}"
    holder = by_path.get(refused.blocker)
    if holder is not None and not holder.success:
        return names.held_by_failed(Path(refused.old), Path(refused.new), refused.blocker)
    return f"{refused.old}: {refused.blocker} has its name and does not get its own"


def _without_way_out(
    refused: Mapping[str, RefusedRename], by_path: Mapping[str, _Row]
) -> frozenset[str]:
    """The refused, by path, whose names are held by files that fail, be it through others.

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
