"""Every text in use is in the catalogues, German is complete, and no text stands bare in a page."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from translations.collection import SOURCE, collected

from comicmaintainer.texts.catalogue import FOLDER, page_script
from comicmaintainer.texts.recognition import Recogniser

LANGUAGES = sorted(FOLDER.glob("*.po"))
PAGES = SOURCE / "web" / "static" / "js"
TEMPLATES = SOURCE / "web" / "templates"
NAMED = re.compile(r"\{\w+\}")
COMMENT = re.compile(r"/\*\*.*?\*/|^\s*//[^\n]*$", re.DOTALL | re.MULTILINE)
TAG_TEXT = re.compile(r">([^<>{}]*[A-Za-z]{2}[^<>{}]*)<")
SHOWN_ATTRIBUTE = re.compile(
    r'\s(?:title|aria-label|placeholder|alt|label)="([^"{]*[A-Za-z]{3}[^"]*)"'
)
NOT_TRANSLATED = {
    "ComicMaintainer",
    "Series: ${name}",
    "Saga (2012)",
    "Saga #0007",
    "Saga #007",
    "Saga v2 #007 (2012).cbz",
    "/comics/Manga",
}
BARE_TEXT = re.compile(
    r"""(?:
        \bh\("\w+",\s\{[^{}]*\},\s          # the first child of an element
      | \b(?:title|placeholder|alt|label|"aria-label"):\s
      | \b(?:toast|toastNext)\(
      | \bsetText\([^,()]+,\s
    )(?:`|")([A-Z][a-z]+[ .,a-z][^"`]*)(?:`|")""",
    re.VERBOSE,
)


@pytest.fixture(scope="module")
def template() -> Catalog:
    return collected()


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.stem)


def _forms(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _named(message: Message) -> str:
    return f"{message.context or ''}|{_forms(message.id)[0]}"


@pytest.mark.parametrize("path", LANGUAGES, ids=lambda path: path.stem)
def test_a_catalogue_has_exactly_the_texts_in_use(path: Path, template: Catalog) -> None:
    wanted = {_named(message): sorted(message.locations) for message in template if message.id}
    found = {
        _named(message): sorted((file, 0) for file, _ in message.locations)
        for message in _read(path)
        if message.id
    }
    assert found == wanted, "run: python -m translations"


def test_german_is_complete() -> None:
    lacking = [
        _named(message)
        for message in _read(FOLDER / "de.po")
        if message.id and not all(_forms(message.string))
    ]
    assert lacking == []


@pytest.mark.parametrize("path", LANGUAGES, ids=lambda path: path.stem)
def test_translations_have_the_values_of_their_texts(path: Path) -> None:
    wrong = []
    for message in _read(path):
        if not message.id or not all(_forms(message.string)):
            continue
        used = [set(NAMED.findall(form)) for form in _forms(message.id)]
        needed, allowed = set.intersection(*used), set.union(*used)
        wrong += [
            (_named(message), form)
            for form in _forms(message.string)
            if not needed <= set(NAMED.findall(form)) <= allowed
        ]
    assert wrong == []


def test_every_message_is_recognised_as_itself(template: Catalog) -> None:
    ids = {
        text: text.upper()
        for message in template
        if message.id and not message.context
        for text in _forms(message.id)[:1]
    }
    recognise = Recogniser({text: f"<{number}>" for number, text in enumerate(ids)})
    numbers = {text: f"<{number}>" for number, text in enumerate(ids)}
    mistaken = []
    for text in ids:
        values = Counter(NAMED.findall(text))
        letters = len(NAMED.sub("", text))
        if not values or letters < 12:
            continue
        made = NAMED.sub(lambda found: f"'{found[0][1:-1]} 7'", text)
        if recognise(made) != numbers[text]:
            mistaken.append(text)
    assert len(mistaken) <= len(ids) // 100, mistaken


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.stem)
def test_no_text_stands_bare_in_a_template(path: Path) -> None:
    source = re.sub(r"\{%.*?%\}|\{#.*?#\}", "", path.read_text("utf-8"))
    source = re.sub(r"<(script|code|kbd)\b.*?</\1>", "", source, flags=re.DOTALL)
    found = [text.strip() for text in TAG_TEXT.findall(source) + SHOWN_ATTRIBUTE.findall(source)]
    bare = [
        text for text in found if text not in NOT_TRANSLATED and not text.startswith(("&", "·"))
    ]
    assert bare == []


@pytest.mark.parametrize(
    "path", sorted(PAGES.rglob("*.js")), ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_no_text_stands_bare_in_a_module(path: Path) -> None:
    source = re.sub(
        r"/\*\*.*?\*/|^\s*//.*?$", "", path.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE
    )
    assert [text for text in BARE_TEXT.findall(source) if text not in NOT_TRANSLATED] == []
    if path.name != "texts.js":
        calls = re.findall(r"(?<![\w.])(?:t|tn|tc|pieces)\(\s*([^\s\"'`][^,)]*)", source)
        assert calls == [], "the first argument has to be a text"


def test_the_script_of_a_language_has_only_the_texts_of_pages() -> None:
    script = page_script("de")
    assert script.startswith(
        "globalThis.comicmaintainerTexts={plural:(n)=>Number((n != 1)),texts:{"
    )
    assert '"Undo all":"Alles rückgängig machen"' in script
    assert '["1 Datei","{n} Dateien"]' in script
    assert "The database {path}" not in script
