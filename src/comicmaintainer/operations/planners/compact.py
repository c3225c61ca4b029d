"""Rewrites archives without the bytes that appended tags have left behind."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from comicmaintainer.comics.archives.edits.planning import dead_bytes, plan_compact
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.operations.changes.file_change import compact_change
from comicmaintainer.operations.changes.plan import Plan
from comicmaintainer.operations.context import OperationContext


def plan_compacting(context: OperationContext, path: Path, params: Mapping[str, Any]) -> Plan:
    """Plan to rewrite one comic; touches nothing.

    Raises:
        UnsupportedArchive: it is not a CBZ, or has other names (hard links) and HARDLINKS=skip.
        ArchiveError, FileMissing, StorageError.
    """
    identity = FileIdentity.of(path)
    dead = dead_bytes(path)
    known = context.catalogue.by_path(path)
    if not dead:
        return Plan(path, identity, known=known)
    if dead * 100 < params.get("min_dead_percent", 0) * identity.size_bytes:
        return Plan(path, identity, facts={"dead_bytes": dead}, known=known)
    edit = plan_compact(path, hard_links=context.hard_links)
    return Plan(path, edit.before, (compact_change(dead, edit),), known=known)
