"""Selections on the command line: their options, and their description in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from comicmaintainer.cli.change_lines import count_of
from comicmaintainer.cli.json_option import JsonObject
from comicmaintainer.errors import InvalidInput
from comicmaintainer.services.selections import NAMED_PATHS, WITHOUT

FILTER_HELP = 'Files in the catalogue, e.g. \'{"states": ["unprocessed"]}\'.'
_OPTIONS = (
    click.option("--all", "everything", is_flag=True, help="Every comic in the watched folders."),
    click.option("--filter", "wanted", type=JsonObject(), help=FILTER_HELP),
    click.option("--folder", "folders", multiple=True, help="All comics below it (repeat)."),
    click.option("--file", "files", multiple=True, help="This comic (repeat)."),
)
_FILTER_WORDS = {
    "text": "with the words",
    "states": "that are",
    "formats": "of the format",
    "series": "of the series",
    "folder": "below",
    "root": "in",
    "year_from": "from",
    "year_to": "until",
    "missing": "without",
    "publisher": "published by",
    "size_from": "of at least so many bytes:",
    "size_to": "of at most so many bytes:",
    "added_from": "added since",
    "added_to": "added until",
    "gaps": "of series with gaps:",
    "repeated_page": "with the repeated page",
    "not_read": "not read yet on a media server:",
    "any_of_series": "of the series",
    "none_of_series": "not of the series",
    "has_series": "of any series:",
    "series_text": "of series with the words",
}


def selection_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that select files to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def selection_of(
    everything: bool,
    wanted: Mapping[str, Any] | None,
    folders: Sequence[str],
    files: Sequence[str],
) -> dict[str, Any] | None:
    """Return the selection that the options describe, or None if no option is set.

    Raises:
        InvalidInput: several options are set.
    """
    if sum([everything, wanted is not None, bool(folders), bool(files)]) > 1:
        raise InvalidInput("Give only one of --all, --filter, --folder and --file.")
    if wanted is not None:
        return {"filter": dict(wanted)}
    if folders:
        return {"folders": [str(Path(folder).absolute()) for folder in folders]}
    if files:
        return {"paths": [str(Path(file).absolute()) for file in files]}
    return {"all": True} if everything else None


def sample_of(
    paths: Sequence[Path], everything: bool, wanted: Mapping[str, Any] | None
) -> Mapping[str, Any]:
    """Return the selection that a rehearsal takes its files from; paths may be anywhere.

    Raises:
        InvalidInput: no option is set, or several.
    """
    if sum([bool(paths), everything, wanted is not None]) != 1:
        raise InvalidInput("Say which files: PATHS, --all or --filter.")
    if wanted is not None:
        return {"filter": wanted}
    return {NAMED_PATHS: [str(path.resolve()) for path in paths]} if paths else {"all": True}


def in_words(selection: Mapping[str, Any]) -> str:
    """Describe a selection in words."""
    without = selection.get(WITHOUT)
    if without:
        rest = {name: value for name, value in selection.items() if name != WITHOUT}
        return f"{in_words(rest)}, but not {count_of(len(without), 'named file')}"
    match selection:
        case {"folders": folders}:
            return f"comics below {', '.join(folders)}"
        case {"paths": paths}:
            return count_of(len(paths), "named file")
        case {"filter": wanted}:
            named = [name for name in _FILTER_WORDS if wanted.get(name)]
            parts = (f"{_FILTER_WORDS[name]} {_value(wanted[name])}" for name in named)
            return f"comics {', '.join(parts)}"
        case {"copies": _}:
            return "comics that have copies with the same pages"
        case _:
            return "every comic"


def _value(value: Any) -> str:
    return " or ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
