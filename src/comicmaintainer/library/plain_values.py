"""Files and changes as plain values, by the names that the API and --json use."""

from __future__ import annotations

import os
from typing import Any

from comicmaintainer.library.catalogue.model import CatalogueFile
from comicmaintainer.library.journal import Change


def file_of(file: CatalogueFile) -> dict[str, Any]:
    """Return a file as plain values, by the names of the API; times in epoch seconds."""
    return {
        "file_id": file.file_id,
        "path": file.path,
        "name": file.name,
        "folder": os.path.dirname(file.path),  # noqa: PTH120 - one of a thousand per answer
        "size_bytes": file.size_bytes,
        "modified_at": file.mtime_ns / 1e9,
        "state": str(file.state),
        "reason": file.reason,
        "duplicate_of": file.duplicate_of,
        "conflict_with": file.conflict_with,
        "format": file.format,
        "page_count": file.page_count,
        "series": file.series,
        "issue": file.issue,
        "title": file.title,
        "volume": file.volume,
        "year": file.year,
        "publisher": file.publisher,
        "added_at": file.added_at,
        "changed_at": file.changed_at,
        "verified_at": file.verified_at,
    }


def change_of(change: Change) -> dict[str, Any]:
    """Return a change as plain values, by the names of the API; times in epoch seconds."""
    return {
        "change_id": change.change_id,
        "job_id": change.job_id,
        "kind": change.kind,
        "path_before": change.path_before,
        "path_after": change.path_after,
        "state": str(change.state),
        "summary": dict(change.summary),
        "reason": change.reason,
        "planned_at": change.planned_at,
        "applied_at": change.applied_at,
        "undone_at": change.undone_at,
        "undone_by": change.undone_by,
    }
