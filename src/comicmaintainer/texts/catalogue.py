"""Reads the translations: one gettext catalogue for each language, `locale/{language}.po`.

Used by the web. A catalogue is read when its language is first asked for, and kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from gettext import c2py
from pathlib import Path

from babel.core import Locale, negotiate_locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from comicmaintainer.texts.current import ENGLISH, Language, key_of
from comicmaintainer.texts.recognition import Recogniser

FOLDER = Path(__file__).parents[1] / "locale"
_PLURAL_FORM = re.compile(r"[n\d\s%=!<>&|?:()]+")
_MOST_ASKED = 20
"""So many languages of an Accept-Language header are looked at."""


@cache
def languages() -> tuple[str, ...]:
    """Return the codes of all languages, English first."""
    return (ENGLISH, *sorted(path.stem for path in FOLDER.glob("*.po")))


@cache
def names_of_languages() -> dict[str, str]:
    """Return each language's own name by its code: `{"de": "Deutsch"}`."""
    return {
        code: (Locale.parse(code).get_display_name(code) or code).title() for code in languages()
    }


def language_of(code: str) -> Language | None:
    """Return the translations into a language; None for English and for unknown languages."""
    return _read(code) if code != ENGLISH and code in languages() else None


def negotiated(accepted: str) -> str:
    """Return the language that fits an Accept-Language header best, English if none does."""
    asked = []
    for part in accepted.split(",")[:_MOST_ASKED]:
        code, _, quality = part.strip().partition(";q=")
        try:
            asked.append((float(quality or 1), code.strip().replace("-", "_")))
        except ValueError:
            continue
    asked.sort(key=lambda each: -each[0])
    wanted = [code for weight, code in asked if weight > 0]
    return negotiate_locale(wanted, languages(), sep="_") or ENGLISH


@cache
def page_script(code: str) -> str:
    """Return the script that gives the pages of a language their texts; see js/base/texts.js."""
    catalogue = _catalogue(code)
    texts = {
        key: forms[0] if len(forms) == 1 else list(forms)
        for key, forms in _texts(catalogue, is_for_pages).items()
    }
    form = catalogue.plural_expr
    if _PLURAL_FORM.fullmatch(form) is None:
        raise ValueError(f"{code}.po: the rule for plurals is not understood: {form}")
    body = json.dumps(texts, ensure_ascii=False, separators=(",", ":"))
    return f"globalThis.comicmaintainerTexts={{plural:(n)=>Number({form}),texts:{body}}};\n"


def is_for_pages(files: Iterable[str]) -> bool:
    """Return whether a text that stands in these files is needed by the modules of the pages."""
    return any(file.endswith(".js") or "/operations/declared/" in file for file in files)


def _is_made_here(files: Iterable[str]) -> bool:
    """Return whether a text that stands in these files may be made by Python, as messages are."""
    return any(file.endswith(".py") for file in files)


@cache
def _catalogue(code: str) -> Catalog:
    with (FOLDER / f"{code}.po").open("rb") as file:
        return read_po(file, locale=code)


@cache
def _read(code: str) -> Language:
    catalogue = _catalogue(code)
    texts = _texts(catalogue, lambda _files: True)
    locale = Locale.parse(code)

    def number(value: int) -> str:
        return format_decimal(value, locale=locale)

    return Language(
        code=code,
        texts=texts,
        plural=c2py(catalogue.plural_expr),
        number=number,
        recognise=Recogniser(
            {key: forms[0] for key, forms in _texts(catalogue, _is_made_here).items()}, number
        ),
    )


def _texts(
    catalogue: Catalog, is_wanted: Callable[[Iterable[str]], bool]
) -> Mapping[str, tuple[str, ...]]:
    """Return the forms of all translated texts that stand in wanted files, by key."""
    found = {}
    for message in catalogue:
        files = [file for file, _ in message.locations]
        if not message.id or message.fuzzy or not is_wanted(files):
            continue
        forms = message.string if isinstance(message.string, tuple) else (message.string,)
        one = message.id if isinstance(message.id, str) else message.id[0]
        if all(forms):
            found[key_of(message.context, one)] = tuple(map(str, forms))
    return found
