"""Rewrites archives without the bytes that appended tags have left behind."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from comicmaintainer.comics.archives.edits.planning import dead_bytes, plan_compact
from comicmaintainer.operations.changes.file_change import compact_change
from comicmaintainer.operations.changes.plan import Plan
from comicmaintainer.operations.context import OperationContext


def plan_compacting(context: OperationContext, path: Path, params: Mapping[str, Any]) -> Plan:
    """Plan to rewrite one comic; touches nothing.

    Raises:
        UnsupportedArchive: it is not a CBZ.
        ArchiveError, FileMissing, StorageError.
    """
    edit = plan_compact(path)
    known = context.catalogue.by_path(path)
    if not edit.is_change:
        return Plan(path, edit.before, known=known)
    dead = dead_bytes(path)
    if dead * 100 < params.get("min_dead_percent", 0) * edit.before.size_bytes:
        return Plan(path, edit.before, facts={"dead_bytes": dead}, known=known)
    return Plan(path, edit.before, (compact_change(dead, edit),), known=known)
