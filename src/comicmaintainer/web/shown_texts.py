"""The answers of the API in the language of the request: texts for people, by their names.

What rooms below say is English. Values with one of these names are sentences, or parts of them,
that this product made; they are translated as an answer leaves. A value that is not known, such as
one from before an upgrade, stays as it is.
"""

from __future__ import annotations

from typing import Any

from pydantic_core import to_json
from starlette.responses import JSONResponse

from comicmaintainer.texts.current import ENGLISH, language_code, shown

_NAMES = frozenset(
    {
        *("actions", "advice", "allowed", "brief", "credit", "error", "example_error", "finding"),
        *("heading", "hint", "in_words", "label", "last_error", "limit", "limits", "meaning"),
        *("missing", "note", "obstacle", "place", "problem", "reason", "reasons", "resource"),
        *("rest_reason", "section", "sent", "stays", "stop_reason", "warning", "why", "words"),
    }
)
"""The names of values that are texts, or lists or objects of texts."""


class TranslatedJSON(JSONResponse):
    """JSON in which texts for people are in the current language."""

    def render(self, content: Any) -> bytes:
        """Return the body."""
        return to_json(in_words(content))


def in_words(content: Any) -> Any:
    """Return a JSON value with its texts in the current language."""
    return content if language_code() == ENGLISH else _translated(content)


def _translated(content: Any) -> Any:
    match content:
        case dict():
            return {
                name: _text(value) if name in _NAMES else _translated(value)
                for name, value in content.items()
            }
        case list():
            return [_translated(value) for value in content]
        case _:
            return content


def _text(value: Any) -> Any:
    match value:
        case str():
            return shown(value)
        case list():
            return [_text(each) for each in value]
        case dict():
            return {name: _translated(_text(each)) for name, each in value.items()}
        case _:
            return value
