"""The text that the command line prints for a change and for the value of a tag.

Used by output. A change has its stored JSON form; a value is one that comics.metadata.to_dict
returns.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

_UNITS = ("B", "KB", "MB", "GB", "TB")


def lines(change: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines that describe one change, without the file's own name."""
    match change:
        case {"type": "duplicate", "of": of}:
            yield f"duplicate of {of}{_moved(change)}"
        case {"type": "conflict", "with": other, "compared": is_compared}:
            what = "another comic" if is_compared else "a file that can't be compared"
            yield f"in conflict with {other}, {what}"
        case {"type": "convert", "from": old, "to": new, "pages": pages}:
            yield f"convert: {_name(old)} → {_name(new)}, {count_of(pages, 'page')}"
            if change.get("tags_from"):
                yield f"  tags of {', '.join(change['tags_from'])} go into its ComicInfo"
            if change.get("left_out"):
                yield f"  left out: {', '.join(change['left_out'])}"
        case {"type": str(verb), "from": old, "to": new}:
            yield f"{verb}: {_between(old, new)}"
        case {"type": "trash", "reason": reason}:
            yield f"to the trash{f' ({reason})' if reason else ''}"
        case {"type": "undo", "of": of}:
            yield from (f"undo {line}" for line in lines(of))
        case _:
            yield from _content_lines(change)


def unidentified(details: Mapping[str, Any]) -> str | None:
    """Say why a file was not identified; None if it was, or was not to be."""
    match details.get("identified"):
        case {"level": "likely", "match_id": match_id, "reason": reason}:
            return f"in review as {match_id}: {reason}"
        case {"level": "likely" | "unknown", "reason": reason}:
            return f"not identified: {reason}"
    return None


def _content_lines(change: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines for a change to the content of the archive."""
    match change:
        case {"type": "series-json" | "sidecar", "file": file, "fields": fields}:
            yield f"{_verb(fields)} {file}"
            yield from (f"  {line}" for line in _field_lines(fields))
        case {"type": "tags", "fields": fields}:
            yield from _field_lines(fields)
            if change.get("replaced"):
                yield f"moved to the root, with its usual name: {', '.join(change['replaced'])}"
        case {"type": "pages", "left": left}:
            marking = f"mark as {change.get('marked_as', 'deleted')}"
            for key, verb in (("marked", marking), ("removed", "remove")):
                if change.get(key):
                    yield f"{verb}: {', '.join(change[key])}; {count_of(left, 'page')} left"
        case {"type": "compact", "dead_bytes": dead_bytes}:
            yield f"compact: {size(dead_bytes)} of dead bytes"
        case {"type": "heal", "pages": pages, "copy": copy}:
            yield f"heal from {copy}: {', '.join(pages)}"
        case {"type": "rebuild", "saved": saved}:
            yield f"rebuilt from {count_of(saved, 'intact file')} inside"
            yield from _rebuild_lines(change)
        case _:
            rest = {name: value for name, value in change.items() if name != "type"}
            yield f"{change['type']}: {json.dumps(rest, ensure_ascii=False, default=str)}"


def _verb(fields: Sequence[Mapping[str, Any]]) -> str:
    """Return what is done to the file with these fields."""
    if all(entry["before"] is None for entry in fields):
        return "write"
    return "remove" if all(entry["after"] is None for entry in fields) else "change"


def _field_lines(fields: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for entry in fields:
        yield f"{entry['field']}: {text(entry['before'])} → {text(entry['after'])}"


def _rebuild_lines(change: Mapping[str, Any]) -> Iterator[str]:
    if change["added"]:
        yield f"  from {change['copy']}: {', '.join(change['added'])}"
    if change.get("again"):
        yield f"  no longer sharing data with another name: {', '.join(change['again'])}"
    if change["lost"]:
        yield f"  lost: {', '.join(change['lost'])}"
    if change["whole"] is None:
        yield "  pages may be missing; nothing records how many there were"


def text(value: Any) -> str:
    """Return a value for people: a credit as `Ann One (Writer)`, an empty value as a dash."""
    match value:
        case None | "" | [] | ():
            return "-"
        case bool():
            return "yes" if value else "no"
        case list() | tuple():
            return ", ".join(map(text, value))
        case {"person": person, "roles": roles}:
            return f"{person} ({text(roles)})"
        case Mapping():
            parts = (part for part in value.values() if not isinstance(part, bool))
            return " ".join(text(part) for part in parts if part not in (None, "", [], {}))
        case _:
            return str(value)


def count_of(number: int, noun: str) -> str:
    """Return `1 file` or `1,000 files`, for a noun whose plural ends in s."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def size(count: float) -> str:
    """Return a number of bytes in the units that the web pages use."""
    for unit in _UNITS:
        if count < 1000 or unit == _UNITS[-1]:
            break
        count /= 1000
    digits = 1 if count < 10 and unit != "B" else 0
    return f"{count:,.{digits}f} {unit}"


def _between(old: str, new: str) -> str:
    """Return both names if the folder stays the same, otherwise both paths."""
    before, after = PurePosixPath(old), PurePosixPath(new)
    return f"{before.name} → {after.name}" if before.parent == after.parent else f"{old} → {new}"


def _moved(change: Mapping[str, Any]) -> str:
    return f", moved to {change['to']}" if change.get("to") else ""


def _name(path: str) -> str:
    return PurePosixPath(path).name
