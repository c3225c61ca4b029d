"""From what people ask for (files, a filter, "do what the preview showed") to job requests.

Used by the web API, the command line, templates and the watcher. Nothing is stored here: what comes
back is handed to JobManager.submit.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

from comicmaintainer.errors import (
    FileMissing,
    InvalidInput,
    JobStateConflict,
    OutsideLibrary,
    TargetExists,
)
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import ACTIVE, Job, JobRequest, JobStatus, Trigger
from comicmaintainer.library.catalogue.listing import Listing
from comicmaintainer.library.catalogue.model import FileFilter
from comicmaintainer.library.journal import Change, ChangeState, Journal
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.operations.declared.kinds import ItemOf, kind_named

SELECTIONS = ("paths", "folders", "filter", "all")
_PAGE = 500


class Requests:
    """Turns selections, previews and undo into job requests."""

    def __init__(
        self, manager: JobManager, roots: LibraryRoots, listing: Listing, journal: Journal
    ) -> None:
        self._manager = manager
        self._roots = roots
        self._listing = listing
        self._journal = journal

    def select(self, selection: Mapping[str, Any]) -> list[str]:
        """Return the absolute paths that a selection means, evaluated now, each once.

        A selection has one of these parts: `paths` (files inside the watched folders), `folders`
        (all comics below them), `filter` (of the catalogue, see FileFilter), `all` (every comic in
        the watched folders, also before the first scan has ended).

        Raises:
            InvalidInput: an unknown or malformed part.
            OutsideLibrary, NotAComicPath, FileMissing: a path that can't be accepted; nothing of
                the selection is.
        """
        part = _part_of(selection)
        return list(dict.fromkeys(self._paths(part, selection[part])))

    def select_for(self, kind: str, selection: Mapping[str, Any]) -> list[str]:
        """Return the items that a selection means for a job of that kind: files, or folders.

        Raises:
            UnknownKind: there is no such kind.
            InvalidInput: the kind can't work on such a selection; and as `select`.
        """
        items = kind_named(kind).items
        if items is ItemOf.FILE:
            return self.select(selection)
        if items is ItemOf.FOLDER and selection.get("folders"):
            folders = _texts("folders", selection["folders"])
            return [str(self._roots.resolve_folder(text)) for text in folders]
        if items is ItemOf.FOLDER and selection.get("all"):
            return [str(root) for root in self._roots.paths]
        raise InvalidInput(f"{kind!r} can't work on the selection {dict(selection)}.")

    def require_selection(self, kind: str, selection: Mapping[str, Any]) -> None:
        """Return if a job of that kind can work on a selection, however many files it means.

        Raises:
            As `select_for`.
        """
        part = _part_of(selection)
        if kind_named(kind).items is not ItemOf.FILE:
            self.select_for(kind, selection)
        elif part == "filter":
            self.filter_of(selection[part])
        elif part == "folders":
            for text in _texts(part, selection[part]):
                self._roots.resolve_folder(text)
        elif part == "paths":
            self.select(selection)

    def shown_filter(self, value: Mapping[str, Any]) -> FileFilter:
        """Return a filter to look at files by: it may be empty, and name folders that are gone.

        Raises:
            InvalidInput, FileMissing: as `filter_of`, of a folder that is not absolute.
        """
        wanted = FileFilter.from_dict(value)
        if wanted.folder is not None and not Path(wanted.folder).is_absolute():
            return replace(wanted, folder=self._folder_of(wanted.folder))
        return wanted

    def filter_of(self, value: Any) -> FileFilter:
        """Return the filter that a selection spells, with its places as the catalogue has them.

        Raises:
            InvalidInput: it can't be read, or would mean every file.
            OutsideLibrary, NotAComicPath, FileMissing: its folder or root can't be accepted.
        """
        wanted = readable_filter(value)
        if wanted.folder is not None:
            wanted = replace(wanted, folder=self._folder_of(wanted.folder))
        if wanted.root is not None:
            root = Path(os.path.realpath(wanted.root))
            if root not in self._roots.paths:
                watched = ", ".join(map(str, self._roots.paths)) or "none"
                raise OutsideLibrary(
                    f"The filter's 'root': {wanted.root!r} is no watched folder. Those are: "
                    f"{watched}."
                )
            wanted = replace(wanted, root=str(root))
        return wanted

    def all_files(self, *, on_unreadable: Callable[[str], None] | None = None) -> Iterator[str]:
        """Yield every comic that is in the watched folders now.

        A folder that can't be listed is left out; `on_unreadable` is given its path.
        """
        for root in self._roots.paths:
            for path in self._roots.walk(root, on_unreadable=on_unreadable):
                yield str(path)

    def apply(self, preview_id: str, trigger: Trigger = Trigger.API) -> JobRequest:
        """Return the request that does exactly what a preview showed, item by item.

        Items that an earlier job has done so, and that were not undone since, are left out.

        Raises:
            JobNotFound: no such job.
            JobStateConflict: it is no preview, has not ended well, changes nothing, or is wholly
                applied already.
        """
        preview = self._manager.get(preview_id)
        if not preview.preview:
            raise JobStateConflict(f"Job {preview_id} is no preview; it can't be applied.")
        if preview.status is not JobStatus.COMPLETED or preview.archived:
            state = "cleaned up" if preview.archived else preview.status
            raise JobStateConflict(f"Can't apply preview {preview_id}: it is {state}.")
        planned = {
            result.item: {"plan": result.details}
            for result in self._manager.results.in_order(preview_id, successful_only=True)
            if result.details and result.details.get("changes")
        }
        if not planned:
            raise JobStateConflict(
                f"Nothing of preview {preview_id} can be applied: {_why_nothing(preview)}."
            )
        followers = self._manager.jobs.following(preview_id, preview.kind)
        if not any(status in ACTIVE for status in followers.values()):
            for job_id in followers:
                for path in self._paths_changed_by(job_id):
                    planned.pop(path, None)
            if not planned:
                raise JobStateConflict(
                    f"Preview {preview_id} is applied already, by job {', '.join(followers)}; to "
                    "see what is left to do, make a new preview."
                )
        return JobRequest(
            kind=preview.kind,
            items=list(planned),
            params=preview.params,
            trigger=trigger,
            priority=preview.priority,
            title=preview.title,
            source_job_id=preview_id,
            item_params=planned,
        )

    def undo_job(self, job_id: str, trigger: Trigger = Trigger.API) -> JobRequest:
        """Return the request that takes back every change of a job, newest first.

        The job itself may have been cleaned up: its changes are in the journal.

        Raises:
            JobNotFound: no such job, and nothing in the journal is by it.
            JobStateConflict: the job is not over yet, or nothing of it is left to undo.
        """
        self.require_known(job_id)
        job = self._manager.jobs.get(job_id)
        if job is not None and job.status in ACTIVE:
            raise JobStateConflict(f"Job {job_id} still runs: cancel it first, then undo it.")
        if self._manager.is_at_work(job_id):
            raise JobStateConflict(
                f"Job {job_id} was stopped, but is still at work on a file: undo it when that is "
                "done."
            )
        changes = [str(change.change_id) for change in self._applied_changes(job_id)]
        if not changes:
            raise JobStateConflict(
                f"Nothing to undo in job {job_id}: it changed no file, was undone before, or its "
                "journal has expired."
            )
        return self.undo_changes(changes, trigger, source_job_id=job_id)

    def require_known(self, job_id: str) -> None:
        """Return if there is such a job, its summary, or anything in the journal by it.

        Raises:
            JobNotFound: there is not.
        """
        if not self._journal.count_of_job(job_id):
            self._manager.get(job_id)

    def undo_changes(
        self,
        change_ids: Sequence[str],
        trigger: Trigger = Trigger.API,
        *,
        source_job_id: str | None = None,
    ) -> JobRequest:
        """Return the request that takes back the given changes, in the given order."""
        return JobRequest(
            kind="undo", items=change_ids, trigger=trigger, source_job_id=source_job_id
        )

    def _folder_of(self, text: str) -> str:
        try:
            return str(self._roots.resolve_folder(text))
        except (InvalidInput, FileMissing) as error:
            raise type(error)(f"The filter's 'folder': {error}") from error

    def _applied_changes(self, job_id: str) -> Iterator[Change]:
        before: int | None = None
        while page := self._journal.changes_of_job(job_id, before_id=before, limit=_PAGE):
            for change in page:
                if change.state is ChangeState.APPLIED:
                    yield change
            before = page[-1].change_id

    def _paths_changed_by(self, job_id: str) -> set[str]:
        """Where the files lay that a job has changed, and whose changes were not undone."""
        return {change.path_before for change in self._applied_changes(job_id)}

    def _paths(self, part: str, value: Any) -> Iterable[str]:
        match part:
            case "paths":
                return [str(self._roots.resolve(text)) for text in _texts(part, value)]
            case "folders":
                folders = [self._roots.resolve_folder(text) for text in _texts(part, value)]
                return chain.from_iterable(self._walk(folder) for folder in folders)
            case "filter":
                return self._listing.paths(self.filter_of(value))
            case _:
                return self.all_files()

    def _walk(self, folder: Path) -> Iterator[str]:
        for path in self._roots.walk(folder):
            yield str(path)


def require_runnable(request: JobRequest) -> None:
    """Return if a job can be as it is asked for.

    Raises:
        InvalidInput: it has a preview of what has none, or one name for several files.
        TargetExists: the name it gives to a file is that of a symbolic link.
    """
    require_previewable(request.kind, request.preview)
    kind, params, files = request.kind, request.params, len(request.items)
    if kind == "rehearse":
        kind, params = params.get("kind", ""), params.get("params") or {}
        files = max(files, (request.selection or {}).get("count", 0))
    require_single_name(kind, params, files)
    name = request.params.get("to") if request.kind == "rename" else None
    if name is not None and len(request.items) == 1:
        _require_no_link(Path(request.items[0]).with_name(name))


def _require_no_link(target: Path) -> None:
    # Another file may have moved away when the job's turn comes; a link is no item of any job.
    if target.is_symlink():
        raise TargetExists(
            f"{target}: a symbolic link has this name; remove it, or choose another name"
        )


def require_previewable(kind: str, preview: bool) -> None:
    """Return if no preview is asked for, or the kind has one.

    Raises:
        InvalidInput: it has none.
    """
    if preview and not kind_named(kind).has_preview:
        raise InvalidInput(f"There is no preview of {kind!r}.", field="preview")


def require_single_name(kind: str, params: Mapping[str, Any], files: int) -> None:
    """Return if the parameters name no file, or there is but one; more could not all be called so.

    Raises:
        InvalidInput: there are more files.
    """
    if kind == "rename" and params.get("to") is not None and files > 1:
        raise InvalidInput(
            f"Parameter 'to' names a single file; these are {files}.", field="params.to"
        )


def require_readable(kind: str, selection: Mapping[str, Any]) -> None:
    """Return if a job of that kind can work on a selection as it is spelled.

    Whether its files and folders are there is not asked: they may come with the next disk.

    Raises:
        UnknownKind: there is no such kind.
        InvalidInput: an unknown or malformed part, or one that the kind can't work on.
    """
    part = _part_of(selection)
    items = kind_named(kind).items
    if items is not ItemOf.FILE and (items is not ItemOf.FOLDER or part not in ("folders", "all")):
        raise InvalidInput(f"{kind!r} can't work on the selection {dict(selection)}.")
    if part == "filter":
        readable_filter(selection[part])
    elif part in ("paths", "folders"):
        _texts(part, selection[part])


def _part_of(selection: Mapping[str, Any]) -> str:
    # An empty filter is given, and refused for what it is; nothing else that is empty is given.
    is_given = {part: bool(selection.get(part)) for part in SELECTIONS}
    is_given["filter"] = selection.get("filter") is not None
    parts = [part for part in SELECTIONS if is_given[part]]
    unknown = set(selection) - set(SELECTIONS)
    if unknown or len(parts) != 1:
        raise InvalidInput(
            f"A selection has exactly one of {', '.join(SELECTIONS)}; got "
            f"{', '.join(map(repr, selection)) or 'nothing'}."
        )
    return parts[0]


def readable_filter(value: Any) -> FileFilter:
    """Return the filter that a selection spells; one that leaves nothing out is refused.

    Raises:
        InvalidInput: it can't be read, or would mean every file.
    """
    if not isinstance(value, Mapping):
        raise InvalidInput("The selection's 'filter' must be an object.", field="filter")
    try:
        wanted = FileFilter.from_dict(value)
    except InvalidInput as error:
        part = "filter" if error.field is None else f"filter.{error.field}"
        raise InvalidInput(str(error), field=part) from error
    if wanted == FileFilter():
        raise InvalidInput("An empty filter means every file; say 'all' instead.", field="filter")
    # A search takes noughts at the end for a number whose other digits are still to be typed, and
    # finds what has any. Here nothing more is typed.
    return replace(wanted, text=f"{wanted.text} ") if wanted.text else wanted


def _texts(part: str, value: Any) -> Sequence[str]:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise InvalidInput(f"The selection's {part!r} must be a list of texts.", field=part)
    return value


def _why_nothing(preview: Job) -> str:
    if preview.total_items == 0:
        return "it has no files"
    if preview.failed_items == preview.total_items:
        return "each of its files failed"
    if preview.failed_items:
        return "its files failed, or are right as they are"
    return "its files are right as they are"
