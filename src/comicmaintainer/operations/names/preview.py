"""Previews of names: how the items of a job affect each other, before anything is done.

Each item of a preview is planned alone, against the disk. The last one runs once more when all
others have their results, and looks at the whole job: which files want one place (by `place_key`,
which ignores letter case and Unicode form), whose name is held by a file that moves away, and which
files stay. Results that will be different are amended to what will really happen:

    {"duplicate_of" or "conflict_with": the new name of another file,
     "wanted": the name that this one would have, "after": the path of that other file now}
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from comicmaintainer.comics.naming.name_clashes import RefusedRename
from comicmaintainer.errors import (
    ArchiveError,
    ComicMaintainerError,
    DatabaseError,
    FileMissing,
    ItemInterrupted,
    NotAComicPath,
    StorageError,
    TargetExists,
)
from comicmaintainer.jobs.model import ClaimedItem, ItemGuard, Outcome
from comicmaintainer.operations.changes.file_change import written_by
from comicmaintainer.operations.changes.plan import Plan, WantedName
from comicmaintainer.operations.changes.plan_batches import changes_of
from comicmaintainer.operations.comic import read_comic
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.names import name_holders
from comicmaintainer.operations.names.collisions import (
    Row,
    blocked_by_failures,
    components,
    new_names,
    refused_renames,
    row_of,
)
from comicmaintainer.operations.names.following_files import with_sidecar
from comicmaintainer.operations.names.page_comparison import PageComparison, compare_pages
from comicmaintainer.operations.names.taken_names import free_place

AMENDED_AT_ONCE = 200

PlanOf = Callable[[Path, Mapping[str, Any]], Plan]
"""Plans one comic alone, with the parameters of its item."""


def preview_item(
    context: OperationContext, claim: ClaimedItem, guard: ItemGuard, plan: PlanOf
) -> Outcome:
    """Plan one item; the last item of a job amends the results of all that collide.

    Raises:
        ItemInterrupted, DatabaseError.
    """
    try:
        planned = with_sidecar(plan(Path(claim.item), claim.item_params))
        context.protected.require(written_by(changes_of(planned)))
        own = Outcome(True, planned.details(), closes=True)
    except (ItemInterrupted, DatabaseError):
        raise
    except ComicMaintainerError as error:
        own = Outcome(False, None, str(error), error.code, error.retryable, closes=True)
    return _Closing(context, claim, guard, own, plan).close() if claim.closing else own


class _Closing:
    """Closes one preview: amends the results of items that collide."""

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
        """Amend results that collide, and return the outcome of the closing item."""
        for seqs in components(self._rows()):
            self._solve([row for row in map(self._row, seqs) if row is not None])
        self._store()
        if self._context.duplicate_dir is not None:
            self._separate_duplicates()
            self._store()
        return self._own

    def _solve(self, rows: Sequence[Row]) -> None:
        """Decide which files of a colliding group get their names."""
        leaves = None if self._context.duplicate_dir is None else self._leaves
        outcome = refused_renames(rows, leaves)
        by_path = {row.path: row for row in rows}
        coming = new_names(rows, outcome)
        failing = blocked_by_failures(outcome, by_path)
        for row in rows:
            refused = outcome.get(row.path)
            if refused is None:
                if row.wanted is not None and not row.is_renamed:
                    self._amend(row, lambda wanted: with_sidecar(wanted.if_free()).details())
                continue
            if refused.blocker is None or row.path in failing:
                error = _error_of(refused, by_path)
                self._put(row.seq, Outcome(False, None, str(error), error.code))
                continue
            self._amend_to_taken(row, refused.blocker, coming.get(refused.blocker))

    def _leaves(self, path: str, holder: str) -> bool:
        """Tell whether the file at `path` has the same pages as the one whose name it wants."""
        comics = self._context.comics
        try:
            pages = compare_pages(comics, read_comic(comics, Path(path)), Path(holder))
        except (ArchiveError, StorageError, FileMissing, NotAComicPath):
            return False  # planning it again will report why
        return pages is PageComparison.SAME

    def _amend_to_taken(self, row: Row, name: str, after: str | None) -> None:
        if (row.other, row.after) != (name, after):
            self._amend(row, lambda wanted: _as_taken(row, wanted, name, None, after))

    def _separate_duplicates(self) -> None:
        """Give duplicates with the same target different places in the folder for duplicates."""
        taken: set[str] = set()
        for row in self._rows():
            place = row.moved_to
            if place is None:
                continue
            if place in taken:
                place = self._separate(
                    row, free_place(Path(place).parent, Path(row.path).name, taken)
                )
            taken.add(place)

    def _separate(self, row: Row, place: Path) -> str:
        name = row.other or ""
        self._amend(row, lambda wanted: _as_taken(row, wanted, name, place, row.after))
        return str(place)

    # --- results ---------------------------------------------------------------------------------

    def _rows(self) -> Iterator[Row]:
        """Yield all items in the order of their results, the closing one last."""
        for result in self._context.results.in_order(self._job_id):
            if result.seq is not None:
                yield row_of(result.seq, result.item, result.success, result.details)
        yield row_of(self._own_seq, self._own_item, self._own.success, self._own.details)

    def _row(self, seq: int) -> Row | None:
        if seq == self._own_seq:
            return row_of(seq, self._own_item, self._own.success, self._own.details)
        result = self._context.results.of_item(self._job_id, seq)
        if result is None:  # reopened by a retry at this moment
            return None
        return row_of(seq, result.item, result.success, result.details)

    def _amend(self, row: Row, details: Callable[[WantedName], dict[str, Any]]) -> None:
        """Plan the item again, because a result holds only what people are shown."""
        params = self._context.results.params_of_item(self._job_id, row.seq)
        try:
            planned = self._plan(Path(row.path), params)
            if planned.wanted is None:  # the name is a parameter
                raise TargetExists("another file of this job gets this name", path=row.wanted)
            if str(planned.wanted.target) != row.wanted:
                return  # it was changed meanwhile; applying the preview will report it
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


def _as_taken(
    row: Row, wanted: WantedName, name: str, place: Path | None, after: str | None
) -> dict[str, Any]:
    plan = wanted.if_taken(Path(name), Path(after or name), place)
    details = plan.details() | {"wanted": row.wanted}
    if after is not None:
        details["after"] = after
        details["why"] = {**details.get("why", {}), "name": f"{name} is given to {after}"}
    return details


def _error_of(refused: RefusedRename, by_path: Mapping[str, Row]) -> TargetExists:
    if refused.blocker is None:
        return TargetExists(
            f"it can't get the name {refused.new}: {refused.reason}", path=refused.old
        )
    holder = by_path.get(refused.blocker)
    if holder is not None and not holder.success:
        return name_holders.failed_holder_error(
            Path(refused.old), Path(refused.new), refused.blocker
        )
    return TargetExists(
        f"{refused.blocker} has its name and does not get a new one", path=refused.old
    )
