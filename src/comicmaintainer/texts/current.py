"""The current language, and the functions that translate into it.

The English text is the key of its translation. Values have names in braces.
A sentence is always one text, because the order of its parts differs between languages.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

ENGLISH = "en"
_CONTEXT_END = "\x04"
NAMED = re.compile(r"\{(\w+)\}")
"""A name in braces, in whose place a value stands."""


@dataclass(frozen=True, slots=True)
class Language:
    """Translations into one language.

    `texts` has the forms of each text, by the English text in the singular. `plural` returns which
    form stands for a number, `number` writes one, and `recognise` translates a whole English text
    that was made elsewhere, with its values; it returns the text itself if it does not know it.
    """

    code: str
    texts: Mapping[str, tuple[str, ...]]
    plural: Callable[[int], int]
    number: Callable[[int], str]
    recognise: Callable[[str], str]


_current: ContextVar[Language | None] = ContextVar("language", default=None)


@contextmanager
def speaking(language: Language | None) -> Iterator[None]:
    """Translate into that language in the block; None stands for English."""
    token = _current.set(language)
    try:
        yield
    finally:
        _current.reset(token)


def language_code() -> str:
    """Return the code of the current language, such as `de`."""
    language = _current.get()
    return ENGLISH if language is None else language.code


def t(text: str, /, **values: object) -> str:
    """Return the translation of a text, with values in place of their names in braces."""
    return put(_form(text, 0) or text, values)


def tc(context: str, text: str, /) -> str:
    """Return the translation of a text that means different things in different contexts."""
    return _form(key_of(context, text), 0) or text


def tn(one: str, other: str, n: int, /, **values: object) -> str:
    """Return the translation of a text in the form for a number, which stands for `{n}`."""
    language = _current.get()
    if language is None:
        return put(one if n == 1 else other, {"n": f"{n:,}", **values})
    form = _form(one, language.plural(n)) or (one if n == 1 else other)
    return put(form, {"n": language.number(n), **values})


def markup(text: str, /, **values: object) -> Markup:
    """Return the translation of a text with tags in it. Values are escaped, unless they are markup.

    Only for texts that are written in templates.
    """
    safe = {name: escape(value) for name, value in values.items()}
    return Markup(put(_form(text, 0) or text, safe))  # noqa: S704 - the texts are our own


def marked(text: str, _context: str | None = None, /) -> str:
    """Return a text as it is: it is translated by `shown` or `tc` where it is shown."""
    return text


def shown(text: str) -> str:
    """Return the translation of an English text that was made elsewhere, such as a message.

    A text that is not known stays as it is.
    """
    language = _current.get()
    return text if language is None or not text else language.recognise(text)


def number(value: int) -> str:
    """Return a number with its digits grouped."""
    language = _current.get()
    return f"{value:,}" if language is None else language.number(value)


def key_of(context: str | None, text: str) -> str:
    """Return the key of a text in `Language.texts`."""
    return text if context is None else f"{context}{_CONTEXT_END}{text}"


def _form(text: str, index: int) -> str | None:
    language = _current.get()
    forms = None if language is None else language.texts.get(text)
    return None if forms is None else forms[index]


def put(text: str, values: Mapping[str, Any]) -> str:
    """Return a text with values in place of their names in braces; unknown names stay."""
    if not values:
        return text
    return NAMED.sub(lambda found: str(values.get(found[1], found[0])), text)
