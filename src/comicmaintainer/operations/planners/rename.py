"""Renames comics by the template, or to a given name; tags stay as they are."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from comicmaintainer.comics.archives.identification import identify
from comicmaintainer.errors import InvalidInput, TargetExists
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.operations.changes.file_change import rename_change
from comicmaintainer.operations.changes.moves import is_alias
from comicmaintainer.operations.changes.plan import Plan
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.declared.rename import check_comic_name
from comicmaintainer.operations.planners.process import plan_process


def plan_rename(context: OperationContext, path: Path, params: Mapping[str, Any]) -> Plan:
    """Plan the name of one comic; touches nothing.

    Raises:
        InvalidInput: `to` is not a valid comic name, or has the suffix of another format.
        TargetExists: `to` is taken.
        ArchiveError, FileMissing, StorageError.
    """
    if params.get("to"):
        return _given(context, path, params["to"])
    return plan_process(context, path, {**params, "tags": False, "sets_state": False})


def _given(context: OperationContext, path: Path, name: str) -> Plan:
    check_comic_name(name)
    target = path.with_name(name)
    suffix = target.suffix.lower()
    if suffix != path.suffix.lower() and suffix != f".{identify(path)}":
        raise InvalidInput(
            f"it is not a {suffix[1:].upper()}, so it can't be called {name!r}", path=path
        )
    identity = FileIdentity.of(path)
    known = context.catalogue.by_path(path)
    if target == path:
        return Plan(path, identity, known=known)
    if os.path.lexists(target) and not is_alias(path, target):
        raise TargetExists("the name is already taken", path=target)
    return Plan(path, identity, (rename_change(path, target),), known=known)
