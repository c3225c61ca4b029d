"""Reads the lines of an export file in batches, parses them, and checks the first one.

The length and depth of lines are limited, because a file may come from anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from comicmaintainer import json_input
from comicmaintainer.errors import InvalidInput
from comicmaintainer.jobs.transfer import format as form

LONGEST_LINE_BYTES = 16 << 20
_BATCH_LINES = 2000
_BATCH_BYTES = 8 << 20


def lines_of(file: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of a file.

    Raises:
        InvalidInput: a line is too long.
    """
    number = 0
    while text := file.readline(LONGEST_LINE_BYTES + 1):
        number += 1
        if len(text) > LONGEST_LINE_BYTES:
            raise InvalidInput(f"Line {number} is longer than a line of an export can be.")
        yield text


def batch_of(lines: Iterator[bytes]) -> list[bytes]:
    """Return the next lines: up to `_BATCH_LINES`, fewer if they are long."""
    batch: list[bytes] = []
    size = 0
    while len(batch) < _BATCH_LINES and size < _BATCH_BYTES:
        text = next(lines, None)
        if text is None:
            break
        batch.append(text)
        size += len(text)
    return batch


def parsed(text: bytes) -> dict[str, Any]:
    """Return a line as a record.

    Raises:
        InvalidInput: it is not a JSON object.
    """
    try:
        record = json_input.parse(text)
    except ValueError as error:
        raise InvalidInput(str(error)) from error
    if not isinstance(record, dict):
        raise InvalidInput("it is not a JSON object")
    return record


def require_head(text: bytes) -> None:
    """Check that this is the first line of an export that this release can read.

    Raises:
        InvalidInput: it is not.
    """
    try:
        head = parsed(text)
    except InvalidInput:
        head = {}
    if head.get("format") != form.FORMAT:
        raise InvalidInput("This is not an export of jobs: its first line does not say so.")
    if head.get("version") != form.VERSION:
        raise InvalidInput(
            f"The export has version {head.get('version')!r}; this release reads "
            f"{form.VERSION}. Upgrade first."
        )
