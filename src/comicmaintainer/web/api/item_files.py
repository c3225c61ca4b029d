"""Finds the file of a job's item, which is a path, or the id of a change or a trash entry.

Used when jobs and their results are read; looks up one page at a time, by index.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from comicmaintainer.jobs.model import Job
from comicmaintainer.operations.declared.kinds import is_of_changes, is_rehearsal
from comicmaintainer.services import Services


def paths_of_items(services: Services, items: Sequence[tuple[str, str | None]]) -> list[str | None]:
    """Return the path of each (kind of job, item), or None if it is not known."""
    ids = [_change_id(kind, item) for kind, item in items]
    wanted = {each for each in ids if each is not None}
    paths = services.journal.paths_of(wanted) if wanted else {}
    return [
        _path(item) if change_id is None else paths.get(change_id)
        for change_id, (_, item) in zip(ids, items, strict=True)
    ]


def with_files(
    services: Services, job: Job, results: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return the results with the members `path` and `file_id`."""
    items = paths_of_items(services, [(job.kind, result["item"]) for result in results])
    # The planned path of a preview, and the copy of a rehearsal, are not the item's file.
    after = [None if job.preview or is_rehearsal(job.kind) else _path_after(r) for r in results]
    paths = {path for path in (*items, *after) if path is not None}
    ids = services.catalogue.ids_at(paths) if paths else {}
    return [
        result | {"path": before or now, "file_id": ids.get(now or "") or ids.get(before or "")}
        for result, before, now in zip(results, items, after, strict=True)
    ]


def _path_after(result: dict[str, Any]) -> str | None:
    path = (result["details"] or {}).get("path")
    return path if isinstance(path, str) else None


def _change_id(kind: str, item: str | None) -> int | None:
    if item is None or not is_of_changes(kind):
        return None
    is_number = item.isascii() and item.isdigit() and len(item) < 19
    return int(item) if is_number else None


def _path(item: str | None) -> str | None:
    return item if item is not None and item.startswith("/") else None
