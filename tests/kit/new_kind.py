"""A kind of job that the product does not have, added to a copy of the source as a developer would.

Used where a test looks for it: the command line, the API, the worker and the pages.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import comicmaintainer

NAME = "stamp"
FILES = {
    "operations/declared/stamp.py": '''
        """The kind `stamp`: one title for all files."""

        from comicmaintainer.operations.declared.kind import Kind, Words
        from comicmaintainer.operations.declared.parameters import Parameter, ParameterType

        KIND = Kind(
            name="stamp",
            title="Stamp titles",
            description="Give every file the same title.",
            words=Words("Stamp titles", "Stamping", "Stamped"),
            planner="comicmaintainer.operations.planners.stamp:plan_stamp",
            parameters=(
                Parameter(
                    "title", ParameterType.TEXT, "The title.", "Untitled", label="Title of all"
                ),
            ),
        )
        ''',
    "operations/planners/stamp.py": '''
        """One title for all files, whatever their tags say."""

        from dataclasses import replace

        from comicmaintainer.operations.changes.plan import Plan
        from comicmaintainer.operations.comic import read_comic
        from comicmaintainer.operations.new_tags import plan_tags


        def plan_stamp(context, path, params):
            comic = read_comic(context.comics, path)
            wanted = replace(comic.metadata, title=params["title"])
            tags = plan_tags(context, comic, wanted, formats=["comicinfo"])
            return Plan(path, comic.identity, () if tags is None else (tags.change,))
        ''',
}
"""What is added below `comicmaintainer`; a test and a line of the changelog come on top."""


def copy_with_new_kind(folder: Path) -> Path:
    """Copy the source into `folder` with FILES added; return what goes first into PYTHONPATH."""
    package = folder / "comicmaintainer"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(comicmaintainer.__file__).parent, package, ignore=ignored)
    for name, text in FILES.items():
        place = package / name
        assert not place.exists()
        lines = text.strip("\n").split("\n")
        place.write_text("\n".join(line.removeprefix(" " * 8) for line in lines), encoding="utf-8")
    return folder
