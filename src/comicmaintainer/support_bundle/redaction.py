"""Replaces what a stranger need not know: folders, names of comics, users and hosts, addresses.

What is replaced has the same stand-in wherever it occurs in one bundle, so that a reader can still
follow one file through the log. Secrets are masked as in the log.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from comicmaintainer.logs import without_secrets

_DIGITS = 6
_COMIC = r"\.(?:cb[zrt7]|pdf|zip|rar|7z|tar)\b"
_TO_COMIC = re.compile(rf"/[^\n]*?{_COMIC}", re.IGNORECASE)
_TO_END = re.compile(r"/[^\n]*")
_LEFT_OVER = re.compile(rf"[^\n]*{_COMIC}", re.IGNORECASE)
_ADDRESS = re.compile(
    r"(?<![\w.])(?:\d{1,3}(?:\.\d{1,3}){3}|(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{0,4})(?![\w.])",
    re.IGNORECASE,
)
_LOCAL = ("0.0.0.0", "127.0.0.1", "::1", "::")  # noqa: S104 - compared with, not bound to


class Redaction:
    """Replaces text for one bundle.

    `libraries` are the watched folders, `folders` others by their stand-ins, `names` those of
    users, keys and hosts. With `with_names`, names of comics stay.
    """

    def __init__(
        self,
        libraries: Sequence[Path],
        folders: Mapping[str, Path],
        names: Mapping[str, Iterable[str]],
        *,
        with_names: bool,
    ) -> None:
        stand_ins = {f"<library {n}>": path for n, path in enumerate(libraries, 1)}
        self._libraries = tuple(stand_ins)
        both = {str(path): name for name, path in (*stand_ins.items(), *folders.items())}
        # The longest first: a folder may be inside another.
        self._folders = sorted(both.items(), key=lambda each: -len(each[0]))
        self._names = [
            (re.compile(rf"(?<!\w){re.escape(each)}(?!\w)"), f"<{kind} {n}>")
            for kind, each_of in names.items()
            for n, each in enumerate(sorted(set(each_of)), 1)
        ]
        self._with_names = with_names
        self._salt = secrets.token_bytes(16)

    def text(self, text: str) -> str:
        """Return the text with stand-ins."""
        text = without_secrets(text)
        for folder, name in self._folders:
            text = re.sub(rf"{re.escape(folder)}(?=[/\s'\",;:)]|$)", name, text)
        if not self._with_names:
            text = self._without_comics(text)
        for pattern, name in self._names:
            text = pattern.sub(name, text)
        return _ADDRESS.sub(self._address, text)

    def value(self, value: Any) -> Any:
        """Return a plain value whose texts have stand-ins; the names of members stay."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {name: self.value(each) for name, each in value.items()}
        if isinstance(value, Sequence):
            return [self.value(each) for each in value]
        return value

    def _without_comics(self, text: str) -> str:
        for library in self._libraries:
            head, *parts = text.split(library)
            text = head + "".join(library + self._without_path(part) for part in parts)
        # A name without its folder: where it begins can't be told, so all before it goes.
        return _LEFT_OVER.sub(lambda found: self._stand_in(found.group()), text)

    def _without_path(self, rest: str) -> str:
        """Replace the path that `rest` begins with: up to a comic, otherwise to the line's end."""
        found = _TO_COMIC.match(rest) or _TO_END.match(rest)
        return rest if found is None else f"/{self._stand_in(found.group())}{rest[found.end() :]}"

    def _stand_in(self, name: str) -> str:
        digest = hashlib.sha256(self._salt + name.encode("utf-8", "surrogateescape")).hexdigest()
        return f"<name {digest[:_DIGITS]}>"

    def _address(self, found: re.Match[str]) -> str:
        return found.group() if found.group() in _LOCAL else "<address>"
