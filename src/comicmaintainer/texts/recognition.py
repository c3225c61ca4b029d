"""Recognises English texts that were made elsewhere, and translates them with their values.

Messages are made where an error happens, and go to the log, to the command line and into stored
results as well, so they are English. A page shows them in its language: the catalogue has each
message with names for its values, which is a pattern that finds the message and its values again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from comicmaintainer.texts.current import NAMED, put

_GROUPED = re.compile(r"[0-9]{1,3}(,[0-9]{3})+")
_WHOLE_TEXTS = frozenset({"advice", "again", "error", "problem", "reason", "why"})
"""Values of these names are texts of their own."""
_MOST_PREFIXES = 3
_LONGEST = 2000
_FEWEST_FIXED = 4
_MOST_KEPT = 1024


class Recogniser:
    """Translates English texts by `texts`: translations by English text.

    `number` writes a whole number; messages have those of four digits and more as "5,000".
    """

    def __init__(
        self, texts: Mapping[str, str], number: Callable[[int], str] = "{:,}".format
    ) -> None:
        self._texts = texts
        self._number = number
        patterns = [_Pattern(*each) for each in texts.items() if NAMED.search(each[0])]
        patterns.sort(key=lambda pattern: -pattern.weight)
        self._patterns = [each for each in patterns if each.weight >= _FEWEST_FIXED]
        self._kept: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        """Return the translation of a text; the text itself if it is not known."""
        if len(text) > _LONGEST:
            return text
        found = self._kept.get(text)
        if found is None:
            found = self._whole(text) or self._after_prefix(text) or text
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[text] = found
        return found

    def _whole(self, text: str) -> str | None:
        known = self._texts.get(text)
        if known is not None:
            return known
        for pattern in self._patterns:
            values = pattern.values_in(text)
            if values is not None:
                shown = {name: self._value(name, value) for name, value in values.items()}
                return pattern.translated(shown)
        return None

    def _value(self, name: str, value: str) -> str:
        if _is_whole(name):
            return self(value)
        is_number = _GROUPED.fullmatch(value) is not None
        return self._number(int(value.replace(",", ""))) if is_number else value

    def _after_prefix(self, text: str) -> str | None:
        """A message may stand after the path that it is about."""
        at = -2
        for _ in range(_MOST_PREFIXES):
            at = text.find(": ", at + 2)
            if at < 0:
                return None
            found = self._whole(text[at + 2 :])
            if found is not None:
                return f"{text[: at + 2]}{found}"
        return None


class _Pattern:
    """A text with named values. `weight` is the number of its fixed characters."""

    def __init__(self, text: str, translation: str) -> None:
        self._translation = translation
        parts = NAMED.split(text)
        fixed = parts[::2]
        self.weight = sum(map(len, fixed))
        self._longest = max(fixed, key=len)
        seen: set[str] = set()
        expression = [re.escape(fixed[0])]
        for name, after in zip(parts[1::2], fixed[1:], strict=True):
            expression.append(f"(?P={name})" if name in seen else f"(?P<{name}>.+?)")
            expression.append(re.escape(after))
            seen.add(name)
        self._expression = re.compile("".join(expression), re.DOTALL)

    def values_in(self, text: str) -> dict[str, str] | None:
        """Return the values by name if this is such a text."""
        if self._longest not in text:
            return None
        found = self._expression.fullmatch(text)
        return None if found is None else found.groupdict()

    def translated(self, values: Mapping[str, str]) -> str:
        """Return the translation with these values."""
        return put(self._translation, values)


def _is_whole(name: str) -> bool:
    return name.rstrip("0123456789") in _WHOLE_TEXTS
