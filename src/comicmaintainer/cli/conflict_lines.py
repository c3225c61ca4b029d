"""The conflicts of names as the commands `conflicts` and `show` print them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from comicmaintainer.cli import output

if TYPE_CHECKING:
    from comicmaintainer.library.conflicts import ConflictGroup, ConflictingFile


def say(group: ConflictGroup) -> None:
    """Print one conflict: the file with the name, the files that want it, and how they differ."""
    output.say(f"Other comics should have the name of {group.path} too:", bold=True)
    for one in group.files:
        output.say(one.file.path)
        rows = [(each.label, each.own, each.other) for each in one.apart]
        if rows:
            output.as_table(["", "this file", "the file with the name"], rows)
        if one.likeness is not None:
            alike = f"{one.likeness.alike} of {one.likeness.compared} pages"
            output.say(f"They look alike ({alike}): comicmaintainer duplicates --near")
        advice = _advice(one, group)
        if advice is not None:
            output.say(advice)
    if group.count > len(group.files):
        output.say(f"and {group.count - len(group.files):,} more")


def shown(group: ConflictGroup) -> dict[str, Any]:
    """Return one conflict as plain values."""
    return {
        "path": group.path,
        "file_count": group.count,
        "files": [
            {
                "path": one.file.path,
                "reason": one.file.reason,
                "apart": [
                    {
                        "field": each.field,
                        "own": each.own,
                        "other": each.other,
                        "advice": each.advice,
                    }
                    for each in one.apart
                ],
                "alike": None if one.likeness is None else one.likeness.alike,
                "compared": None if one.likeness is None else one.likeness.compared,
            }
            for one in group.files
        ],
    }


def _advice(one: ConflictingFile, group: ConflictGroup) -> str | None:
    if group.holder is None:
        return "The file with the name is not in the catalogue. Is it a comic?"
    if not one.apart:
        return "Their names and tags do not differ: compare the pages."
    return next((each.advice for each in one.apart if each.advice is not None), None)
