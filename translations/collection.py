"""All texts of the product, as a gettext template: from Python, templates and page modules."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from jinja2.ext import babel_extract

from translations.python_texts import texts_in

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src/comicmaintainer"
_PAGES = SOURCE / "web/static/js"
_STRING = r"""("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
_CALL = re.compile(rf"(?<![\w.])(t|tn|tc|pieces)\(\s*{_STRING}(?:,\s*{_STRING})?")
_TEMPLATES = ("t", "tc", "tn", "markup", "shown")
_ENGLISH_ONLY = ("cli/", "demo/", "texts/", "processes/")
"""Rooms without texts for pages: what the command line and the log say stays English."""
_PROSE = (
    "audit/actions.py",
    "comics/archives/edits/planning.py",
    "comics/archives/edits/strategy.py",
    "comics/archives/libarchive_reader.py",
    "comics/archives/rar/rar4_headers.py",
    "comics/archives/rar/unar_pass.py",
    "comics/archives/zip/zip_reader.py",
    "comics/metadata/field_forms.py",
    "comics/naming/distinctions.py",
    "comics/naming/name_clashes.py",
    "comics/rules/evidence.py",
    "comics/rules/wanted_path.py",
    "doctor.py",
    "filesystem/os_errors.py",
    "library/catalogue/model.py",
    "library/duplicates/best_copy.py",
    "library/repeated_pages/model.py",
    "library/root_states.py",
    "library/scan/library_scan.py",
    "library/scan/losses.py",
    "library/scan/suspects.py",
    "matching/chosen_series.py",
    "matching/judgement.py",
    "operations/changes/written_file.py",
    "operations/comic.py",
    "operations/identification/identification.py",
    "operations/identification/series_files.py",
    "operations/items/missing_disk.py",
    "operations/items/open_changes.py",
    "operations/names/*.py",
    "operations/planners/*.py",
    "services/builtins.py",
    "services/disks.py",
    "services/first_run.py",
    "services/rehearsals.py",
    "services/requests.py",
    "setting_meanings.py",
    "setting_values.py",
    "sources/desk.py",
    "sources/dump_source.py",
    "sources/failures.py",
    "watcher/coverage.py",
    "web/route_roles.py",
)
"""Modules whose prose is all for people."""


def collected() -> Catalog:
    """Return all texts, with the files in which they stand."""
    template = Catalog(project="ComicMaintainer", fuzzy=False)
    for path, context, forms in _everything():
        text = forms[0] if len(forms) == 1 else forms
        place = path.relative_to(SOURCE).as_posix()
        known = template.get(forms[0], context)
        if known is not None and isinstance(known.id, tuple) and len(forms) == 1:
            text = known.id
        flags = ["python-brace-format"] if re.search(r"\{\w+\}", " ".join(forms)) else []
        template.add(text, locations=[(place, 0)], context=context, flags=flags)
    return template


def _everything() -> Iterator[tuple[Path, str | None, tuple[str, ...]]]:
    for path in sorted(SOURCE.rglob("*.py")):
        if not path.relative_to(SOURCE).as_posix().startswith(_ENGLISH_ONLY):
            place = path.relative_to(SOURCE)
            all_prose = any(place.match(pattern) for pattern in _PROSE)
            for context, forms in texts_in(path.read_text("utf-8"), all_prose=all_prose):
                yield path, context, forms
    for path in sorted((SOURCE / "web/templates").glob("*.html")):
        with path.open("rb") as file:
            for _, function, text, _ in babel_extract(file, _TEMPLATES, (), {}):
                forms = _forms(text)
                if function == "tc" and len(forms) > 1:
                    yield path, forms[0], forms[1:]
                elif function != "tc" and forms:
                    yield path, None, forms[: 2 if function == "tn" else 1]
    for path in sorted(_PAGES.rglob("*.js")):
        for context, forms in _in_module(path.read_text("utf-8")):
            yield path, context, forms


def _in_module(source: str) -> Iterator[tuple[str | None, tuple[str, ...]]]:
    """The texts of a module of the pages, whose literals are all written as the formatter does."""
    for call in _CALL.finditer(source):
        first, second = _literal(call[2]), call[3] and _literal(call[3])
        match call[1]:
            case "tn":
                yield None, (first, second or first)
            case "tc":
                yield first, (second or "",)
            case _:
                yield None, (first,)


def _literal(quoted: str) -> str:
    return str(ast.literal_eval(quoted))


def _forms(text: Any) -> tuple[str, ...]:
    parts = (text,) if isinstance(text, str) or text is None else text
    return tuple(part for part in parts if part)
