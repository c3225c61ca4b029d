"""The kind `file`: moves the comics of inboxes to the library, tagged and named."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from comicmaintainer.comics.rules.inboxes import Inbox, Inboxes
from comicmaintainer.operations.declared.kind import Command, Kind, Words
from comicmaintainer.operations.declared.parameters import (
    Control,
    Parameter,
    ParameterType,
)
from comicmaintainer.operations.declared.rules_parameters import (
    RULES,
    WRITES_TAGS,
    require_rules,
)

INBOXES = Parameter(
    "inboxes",
    ParameterType.OBJECT,
    "The inboxes and where their comics go, as they were when the job was submitted; filled in by "
    "the service.",
    check=Inboxes.from_dict,
    is_rare=True,
    control=Control.NONE,
    option=None,
)
AWAITED = Parameter(
    "await_identify",
    ParameterType.YES_NO,
    "Wait for a job that identifies the comic, if there is one.",
    default=False,
    is_rare=True,
    control=Control.NONE,
    option=None,
)

KIND = Kind(
    name="file",
    title="File away",
    description=(
        "Move the comics of an inbox to the library, tagged and named by the rules there. What "
        "can't be filed for certain stays."
    ),
    words=Words("File away", "Filing", "Filed"),
    planner="comicmaintainer.operations.planners.file:plan_file",
    order=15,
    parameters=(
        *RULES,
        WRITES_TAGS,
        INBOXES,
        AWAITED,
    ),
    check=require_rules,
    gives_names=True,
    marks_failed=True,
    command=Command(
        "Move the comics of inboxes to the library, tagged and named by the rules there.",
        everything=None,
    ),
)


def inbox_of(params: Mapping[str, Any], path: Path) -> Inbox | None:
    """Return the inbox that the comic at `path` lies in, by the job's parameters."""
    given = params.get(INBOXES.name) or {}
    return _read(tuple((f, v["target"], v["folders"]) for f, v in given.items())).of(path)


@lru_cache(maxsize=16)
def _read(inboxes: tuple[tuple[str, str, str], ...]) -> Inboxes:
    """Read once for all items of a job."""
    return Inboxes({folder: Inbox(folder, target, into) for folder, target, into in inboxes})
