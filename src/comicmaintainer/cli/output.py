"""What commands print: tables, JSON, changes as differences, numbers for people.

Results go to standard output, notes and progress to standard error, so that output can be piped.
Everything is written by `_write`, and `_styled` alone decides on colours: only a terminal gets any.
Texts may hold names of files and tags; what could steer a terminal is escaped.
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
from comicmaintainer.errors import StorageError
from comicmaintainer.library import invalid_names
from comicmaintainer.settings import terminal_wishes

# Control signs, signs that end a line or turn the direction of writing, half characters.
_STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def say(text: str = "", *, err: bool = False, bold: bool = False, fg: str | None = None) -> None:
    """Print a line that may hold names of files or tags, which never steer the terminal."""
    _write(_styled(printable(text), err=err, bold=bold, fg=fg), err=err)


def marked(mark: str, text: str, *, fg: str) -> None:
    """Print a text behind a mark, which alone is coloured."""
    _write(f"{_styled(mark, fg=fg)} {printable(text)}")


def is_terminal(*, err: bool = False) -> bool:
    """Tell whether people see the output on a terminal that can move its cursor."""
    stream = sys.stderr if err else sys.stdout
    is_shown = stream is not None and stream.isatty()
    return is_shown and terminal_wishes(os.environ).can_move


def printable(text: str) -> str:
    r"""Return the text as one line, control signs and what is no valid UTF-8 as `\x1b`."""
    return _STEERING.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    sign = found.group()
    if "\udc80" <= sign <= "\udcff":  # a byte of a name that is not UTF-8
        return f"\\x{ord(sign) - 0xDC00:02x}"
    return sign.encode("unicode_escape").decode("ascii")


def _as_json(found: re.Match[str]) -> str:
    return f"\\u{ord(found.group()):04x}"


def as_json(value: Any) -> None:
    """Print a value as one JSON document, which never steers the terminal either."""
    is_utf8 = sys.stdout is not None and sys.stdout.encoding.lower() == "utf-8"
    text = json.dumps(value, ensure_ascii=not is_utf8, indent=2, default=str)
    _write("\n".join(_STEERING.sub(_as_json, line) for line in text.split("\n")))


def as_bytes(chunks: Iterable[bytes]) -> None:
    """Write bytes as they are to standard output."""
    with watched(sys.stdout):
        sys.stdout.buffer.writelines(chunks)
        sys.stdout.buffer.flush()


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
        note(f"  {invalid_names.ADVICE}")
    for folder in scan["unreadable"]:
        note(f"  {folder} can't be listed; what was known of it stays")
    if scan["warning"]:
        note(f"  {scan['warning']}")


def _styled(text: str, *, err: bool = False, bold: bool = False, fg: str | None = None) -> str:
    """Return the text in bold or a colour, if the output is to show that."""
    wish = terminal_wishes(os.environ).colours
    is_wanted = is_terminal(err=err) if wish is None else wish
    if not is_wanted or not (bold or fg):
        return text
    return click.style(text, bold=bold or None, fg=fg)


def _write(text: str, *, err: bool = False) -> None:
    """Write a line.

    Nobody has to read what goes to standard error. Where nobody reads standard output any more
    (`| head`), the command ends as other programs do.
    """
    stream = sys.stderr if err else sys.stdout
    if stream is None:
        return
    encoding = stream.encoding or "utf-8"
    with watched(stream):
        # Some terminals know few signs; that is no reason to fail.
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
        stream.flush()


@contextmanager
def watched(stream: TextIO) -> Iterator[None]:
    """Handle an output that can't be written.

    Raises:
        StorageError: standard output goes to a disk that is full, say.
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
    """Let nothing come of what is left in the buffer of a stream, or is written to it later."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _cell(value: Any) -> str:
    return printable(change_lines.text(value))


def _width(text: str) -> int:
    """Columns that a terminal takes for it: two for each wide character, none for a mark."""
    return sum(
        0 if unicodedata.combining(sign) else 1 + (unicodedata.east_asian_width(sign) in "WF")
        for sign in text
    )
