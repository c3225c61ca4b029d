"""What commands print: tables, JSON, changes as differences, numbers for people.

Results go to standard output, notes and progress to standard error, so that output can be piped.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import click

from comicmaintainer.cli import change_lines
from comicmaintainer.cli.change_lines import count_of
from comicmaintainer.library import unstorable

# Control signs but for tab and newline, signs that turn the direction of writing, half characters.
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def say(text: str = "", *, err: bool = False, bold: bool = False, fg: str | None = None) -> None:
    """Print a text that may hold names of files or tags, which never steer the terminal."""
    click.secho(printable(text), err=err, bold=bold, fg=fg)


def printable(text: str) -> str:
    r"""Return the text with control signs and what is no valid UTF-8 as `\x1b`, lines as lines."""
    return _STEERING.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    sign = found.group()
    if "\udc80" <= sign <= "\udcff":  # a byte of a name that is not UTF-8
        return f"\\x{ord(sign) - 0xDC00:02x}"
    return sign.encode("unicode_escape").decode("ascii")


def as_json(value: Any) -> None:
    """Print a value as one JSON document, which never steers the terminal either."""
    text = json.dumps(value, ensure_ascii=False, indent=2, default=str)
    click.echo(_STEERING.sub(lambda found: f"\\u{ord(found.group()):04x}", text))


def as_table(
    headings: Sequence[str], rows: Sequence[Sequence[Any]], *, empty: str | None = None
) -> None:
    """Print rows in aligned columns, or the remark `empty` where there are none."""
    if not rows and empty is not None:
        note(empty)
        return
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [
        max([_width(heading), *(_width(row[place]) for row in cells)])
        for place, heading in enumerate(headings)
    ]
    for number, row in enumerate([list(headings), *cells]):
        padded = [
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        ]
        say("  ".join(padded).rstrip(), bold=number == 0)


def note(text: str) -> None:
    """Print a remark that is not part of the result."""
    say(text, err=True)


def when(at: float | None) -> str:
    """Return a time in the user's zone, or a dash."""
    if at is None:
        return "-"
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def changes(item: str, details: Mapping[str, Any] | None) -> None:
    """Print what a result says was, or would be, changed about `item`."""
    if not details or not details.get("changes"):
        why = "; ".join((details or {}).get("why", {}).values())
        say(f"{item}: nothing to change{f' ({why})' if why else ''}")
        return
    say(item, bold=True)
    for change in details["changes"]:
        for line in change_lines.lines(change):
            say(f"  {line}")


def failure(item: str, error: str | None, *, err: bool = False) -> None:
    """Print why an item failed, naming it (if it has a name) once: most errors begin with it."""
    told = error or "it failed"
    is_named = not item or told.startswith((f"{item}:", f"'{item}'"))
    say(told if is_named else f"{item}: {told}", fg="red", err=err)


def findings(item: str, details: Mapping[str, Any] | None) -> None:
    """Print what a scan or a search for copies found; nothing where that is nothing."""
    if not details:
        return
    if scan := details.get("scan"):
        _print_scan(scan)
    if details.get("copies"):
        keep, reason = details["keep"], details["reason"]
        what = (
            "the copy to keep" if keep == item else f"has the same pages as {keep}, the one to keep"
        )
        say(f"{item}: {what} ({reason})")
    for near in details.get("near", ()):
        alike = f"{near['alike']} of {near['compared']} pages alike"
        say(f"{item}: looks like {near['path']} ({alike})")


def _print_scan(scan: Mapping[str, Any]) -> None:
    words = {
        "added": "new",
        "changed": "changed",
        "moved": "moved",
        "removed": "gone",
        "unstorable": "left out (names that are no valid UTF-8)",
    }
    counts = [count_of(scan["files"], "comic")]
    counts += [f"{scan[part]:,} {word}" for part, word in words.items() if scan[part]]
    say(f"{scan['root']}: {', '.join(counts)}")
    for name in scan["unstorable_names"]:
        note(f"  {name} is not valid UTF-8")
    if scan["unstorable_names"]:
        note(f"  {unstorable.ADVICE}")
    for folder in scan["unreadable"]:
        note(f"  {folder} can't be listed; what was known of it stays")
    if scan["warning"]:
        note(f"  {scan['warning']}")


def _cell(value: Any) -> str:
    return printable(change_lines.text(value)).replace("\n", "\\n").replace("\t", "\\t")


def _width(text: str) -> int:
    """Columns that a terminal takes for it: two for each wide character, none for a mark."""
    return sum(
        0 if unicodedata.combining(sign) else 1 + (unicodedata.east_asian_width(sign) in "WF")
        for sign in text
    )
