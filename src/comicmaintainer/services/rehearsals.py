"""Rehearsals as people ask for them: a few copies first, then the rest, then the copies away.

Used by the web API and the command line. Like requests.py it stores nothing: what comes back is
handed to JobManager.submit.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from comicmaintainer.errors import InvalidInput, JobStateConflict
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

_READ_WHOLE = 1000
"""So many files of a filter are looked at one by one; of more, only the places chosen."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What there is to go on with after a rehearsal.

    `files` is how many files it was of, `is_capped` says that there are more. `copies` are those
    that are still there. `ended` says why no rest can be asked for, None where it can.
    """

    kind: str
    folder: str
    copies: int
    files: int | None
    is_capped: bool
    ended: str | None


class Rehearsals:
    """Chooses the files to rehearse on, and turns a rehearsal into the job that it was of."""

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
        `named`, and the folder for the copies may lie anywhere.

        Raises:
            InvalidInput: a parameter, or a file that is a rehearsal's copy itself.
            OutsideLibrary, NotAComicPath, FileMissing: a path that can't be accepted.
        """
        checked = validated_params(REHEARSE.name, params)
        folder = checked["folder"]
        if expand is None:
            checked["folder"] = str(self._roots.resolve_new_folder(folder))
        else:
            checked["folder"] = os.path.realpath(folder)
        if top_of_copy(Path(checked["folder"]) / "x") is not None:
            raise InvalidInput(f"{folder!r} holds the copies of a rehearsal; name another folder.")
        items, counted = self._sample(selection, checked["count"], expand)
        for item in items:
            if top_of_copy(Path(item)) is not None:
                raise InvalidInput(
                    f"{item} is the copy that a rehearsal made. A rehearsal can't be rehearsed: "
                    "name the originals."
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

        The selection is evaluated now; the rehearsed originals are among its files.

        Raises:
            JobNotFound: no such job.
            JobStateConflict: it is no rehearsal, has not ended well, or was cleaned up.
        """
        job = self._manager.get(job_id)
        why = self._why_no_rest(job)
        if why is not None:
            raise JobStateConflict(why)
        kept = KeptSelection.from_json(self._manager.jobs.selection(job_id))
        return JobRequest(
            kind=job.params["kind"],
            items=self._selections.kept_files(kept, expand),
            params=job.params["params"],
            trigger=trigger,
            preview=preview,
            priority=job.priority,
            source_job_id=job_id,
        )

    def removal(self, job_id: str, trigger: Trigger = Trigger.API) -> JobRequest:
        """Return the request that moves the copies which a rehearsal made into the trash.

        Raises:
            JobNotFound: no such job.
            JobStateConflict: it is no rehearsal, still runs, or has no copy left.
        """
        job = self._manager.get(job_id)
        if not is_rehearsal(job.kind):
            raise JobStateConflict(f"Job {job_id} is not a rehearsal, so it has no copies.")
        if not job.archived and job.status in (JobStatus.QUEUED, JobStatus.PROCESSING):
            raise JobStateConflict(f"Rehearsal {job_id} still makes copies: it is {job.status}.")
        copies = self._copies(job)
        if not copies and job.archived and _top(job).exists():
            raise JobStateConflict(
                f"Rehearsal {job_id} was cleaned up, and with it which copies it made. Delete the "
                f"folder {_top(job)} yourself."
            )
        if not copies:
            raise JobStateConflict(f"No copy of rehearsal {job_id} is left in {_top(job)}.")
        return JobRequest(
            kind=DELETE.name,
            items=copies,
            params=validated_params(DELETE.name, {"reason": "It was the copy of a rehearsal."}),
            trigger=trigger,
            source_job_id=job_id,
        )

    def describe(self, job_id: str) -> Rehearsal:
        """Return what there is to go on with after a rehearsal.

        Raises:
            JobNotFound: no such job.
            JobStateConflict: it is no rehearsal.
        """
        job = self._manager.get(job_id)
        if not is_rehearsal(job.kind):
            raise JobStateConflict(f"Job {job_id} is not a rehearsal.")
        kept = KeptSelection.from_json(self._manager.jobs.selection(job_id))
        return Rehearsal(
            kind=job.params["kind"],
            folder=str(_top(job)),
            copies=len(self._copies(job)),
            files=kept.files,
            is_capped=kept.is_capped,
            ended=self._why_no_rest(job),
        )

    # --- how it is done --------------------------------------------------------------------------

    def _why_no_rest(self, job: Job) -> str | None:
        if not is_rehearsal(job.kind):
            return f"Job {job.job_id} is not a rehearsal, so it has no rest to do."
        again = f"Start {job.params['kind']!r} over these files anew"
        if job.archived:
            return (
                f"Rehearsal {job.job_id} was cleaned up, and with it which files it was of. "
                f"{again}."
            )
        if job.status is not JobStatus.COMPLETED:
            return f"Rehearsal {job.job_id} has not ended well: it is {job.status}."
        if self._manager.jobs.selection(job.job_id) is None:
            return f"Which files rehearsal {job.job_id} was of was not kept. {again}."
        return None

    def _sample(
        self, selection: Mapping[str, Any], count: int, expand: Expand | None
    ) -> tuple[list[str], CappedCount]:
        """Choose files of a selection; return them and how many files it has."""
        if "filter" not in selection:
            # From the disk, as `rest` will.
            paths = self._selections.kept_files(KeptSelection(selection), expand)
            return spread(paths, count), CappedCount(len(paths), is_capped=False)
        wanted = self._selections.filter_of(selection["filter"])
        paths = list(islice(self._listing.paths(wanted), _READ_WHOLE + 1))
        if len(paths) > _READ_WHOLE:
            chosen = self._listing.spread(wanted, count)
            if self._are_watched(chosen):
                return chosen, self._listing.count(wanted)
        if not self._are_watched(paths):
            paths = []  # a folder that is watched no more is still in the catalogue
        return spread(paths, count), CappedCount(len(paths), is_capped=False)

    def _are_watched(self, paths: Sequence[str]) -> bool:
        return all(self._roots.root_of(Path(path)) is not None for path in paths)

    def _copies(self, job: Job) -> list[str]:
        """The copies of a rehearsal that are where it left them."""
        top = _top(job)
        found: dict[str, None] = {}
        for path in self._paths_of_copies(job, top):
            if path.is_relative_to(top) and path.is_file() and not path.is_symlink():
                found[str(path)] = None
        return list(found)

    def _paths_of_copies(self, job: Job, top: Path) -> Iterator[Path]:
        for result in self._manager.results.in_order(job.job_id):
            for name in ("path", "copy"):
                if result.details and result.details.get(name):
                    yield Path(result.details[name])
        # Of items without a result, and of a job that was cleaned up.
        for change in self._journal.changes_of_job(job.job_id, limit=1000):
            yield Path(change.path_before)
            if change.state is ChangeState.APPLIED:
                yield Path(change.path_now)
        for _, item, _ in self._manager.results.items(job.job_id):
            yield place_of_copy(top, self._roots, Path(item))


def _top(job: Job) -> Path:
    return copies_folder(Path(job.params["folder"]), job.job_id)
