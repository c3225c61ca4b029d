"""Requests around a rehearsal: try a kind on a few copies, do the rest, remove the copies.

Used by the web API and the command line. Nothing is stored here: the caller hands the request to
JobManager.submit.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from comicmaintainer.errors import InvalidInput, JobStateConflict
from comicmaintainer.jobs.about import about_selection
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import Job, JobRequest, JobStatus, Trigger
from comicmaintainer.library.catalogue.listing import Listing
from comicmaintainer.library.catalogue.model import CappedCount
from comicmaintainer.library.journal import ChangeState, Journal
from comicmaintainer.library.rehearsal_copies import (
    copies_folder,
    place_of_copy,
    spread,
    top_of_copy,
)
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.operations.declared.delete import KIND as DELETE
from comicmaintainer.operations.declared.kinds import is_rehearsal, validated_params
from comicmaintainer.operations.declared.rehearse import KIND as REHEARSE
from comicmaintainer.services.selections import Expand, KeptSelection, Selections

_MOST_READ = 1000
"""Filters with more files are sampled in SQL instead of being read as a whole."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """How to go on after a rehearsal.

    `files` is how many files its selection had (or more, if `is_capped`). `copies` is how many
    copies still exist. `ended` says why the rest can't be done, None if it can.
    """

    kind: str
    folder: str
    copies: int
    files: int | None
    is_capped: bool
    ended: str | None


class Rehearsals:
    """Chooses the files to rehearse on, and builds the job that a rehearsal tried out."""

    def __init__(
        self,
        manager: JobManager,
        roots: LibraryRoots,
        listing: Listing,
        journal: Journal,
        selections: Selections,
    ) -> None:
        self._manager = manager
        self._roots = roots
        self._listing = listing
        self._journal = journal
        self._selections = selections

    def request(
        self,
        selection: Mapping[str, Any],
        params: Mapping[str, Any],
        trigger: Trigger = Trigger.API,
        *,
        expand: Expand | None = None,
    ) -> JobRequest:
        """Return the request to try a kind on copies of a few files, spread over the selection.

        `params` are those of the kind REHEARSE. With `expand` the selection may have the part
        `named`, and the folder for the copies may be anywhere.

        Raises:
            InvalidInput: a bad parameter, or a file that is itself a rehearsal's copy.
            OutsideLibrary, NotAComicPath, FileMissing: a path that can't be accepted.
        """
        checked = validated_params(REHEARSE.name, params)
        folder = checked["folder"]
        if expand is None:
            checked["folder"] = str(self._roots.resolve_new_folder(folder))
        else:
            checked["folder"] = os.path.realpath(folder)
        if top_of_copy(Path(checked["folder"]) / "x") is not None:
            raise InvalidInput(f"{folder!r} holds copies of a rehearsal; choose another folder.")
        items, counted = self._sample(selection, checked["count"], expand)
        for item in items:
            if top_of_copy(Path(item)) is not None:
                raise InvalidInput(
                    f"{item} is a rehearsal's copy, which can't be rehearsed again. Select the "
                    "originals."
                )
        kept = KeptSelection(selection, counted.files, counted.is_capped)
        return JobRequest(
            kind=REHEARSE.name,
            items=items,
            params=checked,
            trigger=trigger,
            selection=kept.to_json(),
        )

    def rest(
        self,
        job_id: str,
        trigger: Trigger = Trigger.API,
        *,
        preview: bool = False,
        expand: Expand | None = None,
    ) -> JobRequest:
        """Return the request that does to all files what a rehearsal tried on copies of a few.

        The selection is evaluated now and includes the rehearsed originals.

        Raises:
            JobNotFound: no such job.
            JobStateConflict: the job is not a rehearsal, did not complete, or was cleaned up.
        """
        job = self._manager.get(job_id)
        reason = self._why_no_rest(job)
        if reason is not None:
            raise JobStateConflict(reason)
        kept = KeptSelection.from_json(self._manager.jobs.selection(job_id))
        return JobRequest(
            kind=job.params["kind"],
            items=self._selections.kept_files(kept, expand),
            params=job.params["params"],
            trigger=trigger,
            preview=preview,
            priority=job.priority,
            source_job_id=job_id,
            about=about_selection(kept.selection) or None,
        )

    def removal(self, job_id: str, trigger: Trigger = Trigger.API) -> JobRequest:
        """Return the request that moves a rehearsal's copies to the trash.

        Raises:
            JobNotFound: no such job.
            JobStateConflict: the job is not a rehearsal, is still running, or has no copies left.
        """
        job = self._manager.get(job_id)
        if not is_rehearsal(job.kind):
            raise JobStateConflict(f"Job {job_id} is not a rehearsal, so it has no copies.")
        if not job.archived and job.status in (JobStatus.QUEUED, JobStatus.PROCESSING):
            raise JobStateConflict(
                f"Rehearsal {job_id} is still making copies: it is {job.status}."
            )
        copies = self._copies(job)
        if not copies and job.archived and _top(job).exists():
            raise JobStateConflict(
                f"Rehearsal {job_id} was cleaned up, and so was its list of copies. Delete the "
                f"folder {_top(job)} yourself."
            )
        if not copies:
            raise JobStateConflict(f"No copies of rehearsal {job_id} are left in {_top(job)}.")
        return JobRequest(
            kind=DELETE.name,
            items=copies,
            params=validated_params(DELETE.name, {"reason": "It was the copy of a rehearsal."}),
            trigger=trigger,
            source_job_id=job_id,
        )

    def describe(self, job_id: str) -> Rehearsal:
        """Return how to go on after a rehearsal.

        Raises:
            JobNotFound: no such job.
            JobStateConflict: the job is not a rehearsal.
        """
        job = self._manager.get(job_id)
        if not is_rehearsal(job.kind):
            raise JobStateConflict(f"Job {job_id} is not a rehearsal.")
        kept = KeptSelection.from_json(self._manager.jobs.selection(job_id))
        return Rehearsal(
            kind=job.params["kind"],
            folder=str(_top(job)),
            copies=len(self._copies(job)),
            files=kept.count,
            is_capped=kept.is_capped,
            ended=self._why_no_rest(job),
        )

    # --- how it is done --------------------------------------------------------------------------

    def _why_no_rest(self, job: Job) -> str | None:
        if not is_rehearsal(job.kind):
            return f"Job {job.job_id} is not a rehearsal, so it has no rest to do."
        advice = f"Start a new {job.params['kind']!r} job over these files."
        if job.archived:
            return (
                f"Rehearsal {job.job_id} was cleaned up, and so was its selection of files. "
                f"{advice}"
            )
        if job.status is not JobStatus.COMPLETED:
            return f"Rehearsal {job.job_id} did not complete: it is {job.status}."
        if self._manager.jobs.selection(job.job_id) is None:
            return f"The selection of rehearsal {job.job_id} was not kept. {advice}"
        return None

    def _sample(
        self, selection: Mapping[str, Any], count: int, expand: Expand | None
    ) -> tuple[list[str], CappedCount]:
        """Choose files of a selection; return them and how many files it has."""
        if "filter" not in selection:
            # Read from the disk, as `rest` will.
            paths = self._selections.kept_files(KeptSelection(selection), expand)
            return spread(paths, count), CappedCount(len(paths), is_capped=False)
        query = self._selections.filter_of(selection["filter"])
        left_out = self._selections.left_out(selection)
        matching = (path for path in self._listing.paths(query) if path not in left_out)
        paths = list(islice(matching, _MOST_READ + 1))
        if len(paths) > _MOST_READ:
            sample = self._listing.spread(query, count + len(left_out.paths))
            sample = [path for path in sample if path not in left_out][:count]
            if len(sample) < count:  # whole folders are left out
                sample = spread(paths, count)
            if self._are_watched(sample):
                return sample, self._listing.count(query)
        if not self._are_watched(paths):
            paths = []  # the catalogue still has folders that are no longer watched
        return spread(paths, count), CappedCount(len(paths), is_capped=False)

    def _are_watched(self, paths: Sequence[str]) -> bool:
        return all(self._roots.root_of(Path(path)) is not None for path in paths)

    def _copies(self, job: Job) -> list[str]:
        """Return the copies of a rehearsal that are still where it left them."""
        top = _top(job)
        copies: dict[str, None] = {}
        for path in self._paths_of_copies(job, top):
            if path.is_relative_to(top) and path.is_file() and not path.is_symlink():
                copies[str(path)] = None
        return list(copies)

    def _paths_of_copies(self, job: Job, top: Path) -> Iterator[Path]:
        for result in self._manager.results.in_order(job.job_id):
            for name in ("path", "copy"):
                if result.details and result.details.get(name):
                    yield Path(result.details[name])
        # For items without a result, and for a job that was cleaned up.
        for change in self._journal.changes_of_job(job.job_id, limit=1000):
            yield Path(change.path_before)
            if change.state is ChangeState.APPLIED:
                yield Path(change.path_now)
        for _, item, _ in self._manager.results.items(job.job_id):
            yield place_of_copy(top, self._roots, Path(item))


def _top(job: Job) -> Path:
    return copies_folder(Path(job.params["folder"]), job.job_id)
