"""The kind `rename`: names files by the template, or gives one file a certain name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any

from comicmaintainer.comics.naming.safe_names import MAX_NAME_BYTES, safe_name
from comicmaintainer.errors import InvalidInput, TargetExists
from comicmaintainer.library.ignored import is_comic_name
from comicmaintainer.operations.declared.kind import Command, Kind, Words
from comicmaintainer.operations.declared.parameters import Option, Parameter, ParameterType
from comicmaintainer.operations.declared.rules_parameters import RULES, require_rules


def check_comic_name(name: str) -> None:
    """Check that this is a plain file name for a comic, valid on every filesystem.

    Raises:
        InvalidInput: it is not.
    """
    suffix = PurePath(name).suffix
    if len(name.encode("utf-8", "surrogatepass")) > MAX_NAME_BYTES:
        raise InvalidInput(
            f"{name!r} is too long: a file name has at most {MAX_NAME_BYTES} bytes as UTF-8."
        )
    if not is_comic_name(name) or safe_name(name.removesuffix(suffix), suffix) != name:
        raise InvalidInput(
            f"{name!r} is not a name for a comic: give a plain file name with a comic's suffix "
            "(such as 'Saga 1.cbz'), without folders and without \\ / : * ? \" < > |."
        )


def _require_no_link(params: Mapping[str, Any], files: Sequence[str]) -> None:
    # A file with this name may be gone by the time the job runs; a link is never an item of a job.
    if params.get("to") is None or len(files) != 1:
        return
    target = Path(files[0]).with_name(params["to"])
    if target.is_symlink():
        raise TargetExists(
            "a symbolic link has this name; remove it, or choose another name", path=target
        )


KIND = Kind(
    name="rename",
    title="Rename",
    description="Rename files by the template, from their tags, and by the rules if tags are "
    "missing.",
    words=Words("Rename", "Renaming", "Renamed"),
    planner="comicmaintainer.operations.planners.rename:plan_rename",
    order=30,
    parameters=(
        *RULES,
        Parameter(
            "to",
            ParameterType.TEXT,
            "Exactly this name instead, for a single file.",
            check=check_comic_name,
            label="Exactly this name",
            hint="Only for a single file",
            option=Option(help="Exactly this name, for a single file."),
            is_for_one_file=True,
        ),
    ),
    check=require_rules,
    check_files=_require_no_link,
    can_be_rehearsed=True,
    gives_names=True,
    command=Command("Rename files by the naming template."),
)
