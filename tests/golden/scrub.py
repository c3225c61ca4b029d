"""Values with what differs from run to run replaced by a mark, so that they can be compared.

Times, ids, inodes and the place of the library differ from run to run. Sentences for people may be
reworded. Everything else (members, their order in lists, figures, codes, names) is kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TRASH_ENTRY = re.compile(r"\d{8}T\d{6}-[0-9a-f]{16}")
_KEY = re.compile(r"\bcm_[\w-]{40,}")
_EVENT = re.compile(r"evt_[0-9a-f]{32}")
_BACKUP = re.compile(r"\d{4}-\d\d-\d\d[-T ]\d\d.?\d\d.?\d\d(\.\d+)?")
_REHEARSAL = re.compile(r"rehearsal [0-9a-f]{8}")
_TOKEN = re.compile(r"\b[0-9a-f]{16}\b")
_DIGEST = re.compile(r"\b[0-9a-f]{32,128}\b")
_SENTENCE = re.compile(r"[^/]*\w+\W+\w+\W+\w+\W+\w+.*", re.DOTALL)
_LARGE = 4000
"""Larger numbers are sizes and offsets, which another version of zlib may change."""
_TIMES = ("_at", "_ns", "_s", "_ms")
_MEASURED = frozenset(
    {
        "at", "bucket", "data", "database_bytes", "day", "device", "digest", "driver", "elapsed",
        "free_bytes", "from", "growth_bytes", "host", "hour", "inode", "latency", "modified_dos",
        "months", "next", "now", "pid", "previous", "python", "revision", "sqlite", "total_bytes",
        "until", "verdict", "version", "wal_bytes", "web_process_id",
    }
)  # fmt: skip
_NAMES = frozenset(
    {"cron", "folder", "from", "item", "name", "original_path", "path", "template", "to"}
)
_LABELS = frozenset(
    {"advice", "finding", "title", "label", "hint", "help", "description", "summary", "message"}
)


class Scrub:
    """Replaces what differs between runs; the same id gets the same mark throughout."""

    def __init__(self, base: Path) -> None:
        self._base = str(base)
        self._marks: dict[str, str] = {}

    def __call__(self, value: Any, key: str = "") -> Any:
        match value:
            case Mapping():
                return {self.text(str(name)): self(each, str(name)) for name, each in value.items()}
            case list() | tuple():
                if key in ("identity", "before", "after", "source") and _is_identity(value):
                    return ["<device>", "<inode>", self(value[2]), "<time>"]
                return [self(each, key) for each in value]
            case bool() | None:
                return value
            case str() if key == "filesystem":
                return f"<{key}>"
            case float() | int() if key.endswith(_TIMES) or key in _MEASURED:
                return f"<{key}>"
            case float():
                return "<number>"
            case int() if value > _LARGE:
                return "<large>"
            case str():
                return self._scrubbed(value, key)
        return value

    def text(self, text: str) -> str:
        """The text with paths, ids and digests replaced."""
        text = text.replace(self._base, "<base>")
        marked = {"job": _UUID, "trash": _TRASH_ENTRY, "event": _EVENT, "digest": _DIGEST}
        for word, pattern in marked.items():
            text = pattern.sub(self._marker(word), text)
        text = _KEY.sub("<key>", _BACKUP.sub("<moment>", text))
        return _TOKEN.sub("<token>", _REHEARSAL.sub("rehearsal <id>", text))

    def _scrubbed(self, text: str, key: str) -> str:
        if key in _LABELS and key not in text:
            return f"<{key}>"
        if key in _MEASURED and not text.startswith(self._base):
            return f"<{key}>"
        text = self.text(text)
        is_prose = key not in _NAMES and not text.startswith("<base>")
        return "<sentence>" if is_prose and _SENTENCE.fullmatch(text) else text

    def _marker(self, word: str) -> Callable[[re.Match[str]], str]:
        def mark(found: re.Match[str]) -> str:
            numbers = sum(each.startswith(f"<{word} ") for each in self._marks.values())
            return self._marks.setdefault(found.group(), f"<{word} {numbers + 1}>")

        return mark


def _is_identity(value: Any) -> bool:
    return len(value) == 4 and all(isinstance(each, int) for each in value)
