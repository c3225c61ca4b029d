"""What commands print: tables, JSON, changes and remarks.

Results go to standard output, notes and progress to standard error, so that output can be piped.
Everything is written by `_write`, and only `_styled` decides on colours.
Text may contain file names and tags, so characters that could control a terminal are escaped.
"""

from __future__ import annotations

import json
import os
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TextIO

import click

from comicmaintainer.cli import change_lines
from comicmaintainer.cli.change_lines import count_of
from comicmaintainer.cli.exit_codes import ExitCode
from comicmaintainer.cli.terminal_wishes import terminal_wishes
from comicmaintainer.errors import StorageError
from comicmaintainer.library import invalid_names

SHORT = 40

# Control characters, line ends, changes of the writing direction, lone surrogates.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def say(text: str = "", *, err: bool = False, bold: bool = False, fg: str | None = None) -> None:
    """Print a line. File names and tags in it can't control the terminal."""
    _write(_styled(printable(text), err=err, bold=bold, fg=fg), err=err)


def marked(mark: str, text: str, *, fg: str) -> None:
    """Print a text after a mark; only the mark is coloured."""
    _write(f"{_styled(mark, fg=fg)} {printable(text)}")


def is_terminal(*, err: bool = False) -> bool:
    """Return whether the output is a terminal that can move its cursor."""
    stream = sys.stderr if err else sys.stdout
    is_shown = stream is not None and stream.isatty()
    return is_shown and terminal_wishes(os.environ).can_move


def printable(text: str) -> str:
    r"""Return the text as one line; control characters and invalid UTF-8 become `\x1b`."""
    return _CONTROLS.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    character = match.group()
    if "\udc80" <= character <= "\udcff":  # a byte of a name that is not UTF-8
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")


def _escaped_json(match: re.Match[str]) -> str:
    return f"\\u{ord(match.group()):04x}"


def as_json(value: Any) -> None:
    """Print a value as one JSON document. It can't control the terminal either."""
    is_utf8 = sys.stdout is not None and sys.stdout.encoding.lower() == "utf-8"
    text = json.dumps(value, ensure_ascii=not is_utf8, indent=2, default=str)
    _write("\n".join(_CONTROLS.sub(_escaped_json, line) for line in text.split("\n")))


def as_bytes(chunks: Iterable[bytes]) -> None:
    """Write bytes unchanged to standard output."""
    with watched(sys.stdout):
        sys.stdout.buffer.writelines(chunks)
        sys.stdout.buffer.flush()


def as_table(
    headings: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    empty: str | None = None,
    shortened: str | None = None,
) -> None:
    """Print rows in aligned columns, or the remark `empty` if there are no rows.

    On a terminal the column `shortened` has at most `SHORT` columns: one long text would move those
    after it out of view.
    """
    if not rows and empty is not None:
        note(empty)
        return
    cells = [[_cell(value) for value in row] for row in rows]
    if shortened is not None and is_terminal():
        place = headings.index(shortened)
        for row in cells:
            row[place] = _shortened(row[place])
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
    """Print what was changed, or would be changed, in `item` according to a result."""
    if not details or not details.get("changes"):
        if unidentified := change_lines.unidentified(details or {}):
            say(f"{item}: {unidentified}")
            return
        why = "; ".join((details or {}).get("why", {}).values())
        say(f"{item}: nothing to change{f' ({why})' if why else ''}")
        return
    say(item, bold=True)
    for change in details["changes"]:
        for line in change_lines.lines(change):
            say(f"  {line}")


def failure(item: str, error: str | None, *, err: bool = False) -> None:
    """Print why an item failed. Its name is printed once: most errors begin with it."""
    reason = error or "it failed"
    is_named = not item or reason.startswith((f"{item}:", f"'{item}'"))
    say(reason if is_named else f"{item}: {reason}", fg="red", err=err)


def findings(item: str, details: Mapping[str, Any] | None) -> None:
    """Print what a scan or a search for copies found, if anything."""
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
        "unstorable": "left out (names that are not valid UTF-8)",
    }
    counts = [count_of(scan["files"], "comic")]
    counts += [f"{scan[part]:,} {word}" for part, word in words.items() if scan[part]]
    say(f"{scan['root']}: {', '.join(counts)}")
    for name in scan["unstorable_names"]:
        note(f"  {name} is not valid UTF-8")
    if scan["unstorable_names"]:
        note(f"  {invalid_names.ADVICE}")
    for folder in scan["unreadable"]:
        note(f"  {folder} can't be listed; its entries in the catalogue stay")
    if scan["warning"]:
        note(f"  {scan['warning']}")


def _styled(text: str, *, err: bool = False, bold: bool = False, fg: str | None = None) -> str:
    """Return the text in bold or a colour, if the output gets colours."""
    wish = terminal_wishes(os.environ).colours
    has_colours = is_terminal(err=err) if wish is None else wish
    if not has_colours or not (bold or fg):
        return text
    return click.style(text, bold=bold or None, fg=fg)


def _write(text: str, *, err: bool = False) -> None:
    """Write a line.

    A closed standard error is ignored. If standard output was closed (`| head`), the command ends
    as other programs do.
    """
    stream = sys.stderr if err else sys.stdout
    if stream is None:
        return
    encoding = stream.encoding or "utf-8"
    with watched(stream):
        # Some terminals can't show every character; that is no reason to fail.
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
        stream.flush()


@contextmanager
def watched(stream: TextIO) -> Iterator[None]:
    """Handle an output that can't be written.

    Raises:
        StorageError: standard output can't be written, for example because the disk is full.
    """
    try:
        yield
    except OSError as error:
        _turn_off(stream)
        if stream is sys.stderr:
            return
        if isinstance(error, BrokenPipeError):
            raise SystemExit(ExitCode.NOT_READ) from error
        raise StorageError(f"Standard output can't be written: {error.strerror}.") from error


def _turn_off(stream: TextIO) -> None:
    """Discard the rest of a stream's buffer and everything written to it later."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _cell(value: Any) -> str:
    return printable(change_lines.text(value))


def _shortened(text: str) -> str:
    """Return the text, cut to `SHORT` terminal columns."""
    if _width(text) <= SHORT:
        return text
    while _width(text) >= SHORT:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _width(text: str) -> int:
    """Return its width in terminal columns: two per wide character, none per combining mark."""
    return sum(
        0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF")
        for char in text
    )
