"""How the modules of the pages may import each other: pages -> parts -> base."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from comicmaintainer.web.static_files import FOLDER

MODULES = FOLDER / "js"
_IMPORT = re.compile(r'^(?:import|export)\b[^;"]*?"(\.[^"]+)";', re.MULTILINE)
_EXPORT = re.compile(r"^export (?:async )?(?:function|class|const|let) (\w+)", re.MULTILINE)
# The folders that the modules of a folder may import from.
MAY_IMPORT = {"pages": {"parts", "base"}, "parts": {"parts", "base"}, "base": {"base"}}


def _imports(module: Path) -> list[Path]:
    return [(module.parent / name).resolve() for name in _IMPORT.findall(module.read_text())]


def test_every_module_is_a_page_a_part_or_of_the_base() -> None:
    assert {path.parent.relative_to(MODULES).as_posix() for path in MODULES.rglob("*.js")} == set(
        MAY_IMPORT
    )


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_imports_point_from_pages_to_parts_to_the_base(folder: str) -> None:
    imported = {
        (module.name, target.parent.name)
        for module in (MODULES / folder).glob("*.js")
        for target in _imports(module)
    }
    assert {(name, room) for name, room in imported if room not in MAY_IMPORT[folder]} == set()
    assert imported, f"no import was found in {folder}"


def test_every_imported_module_exists() -> None:
    targets = {target for module in MODULES.rglob("*.js") for target in _imports(module)}
    assert {target for target in targets if not target.is_file()} == set()


def test_every_export_is_imported_by_some_module() -> None:
    texts = {path: path.read_text() for path in MODULES.rglob("*.js")}
    imported = {
        name.split(" as ")[0].strip()
        for text in texts.values()
        for names in re.findall(r"^import \{([^}]*)\} from", text, re.MULTILINE)
        for name in names.split(",")
    }
    exported = {(path.name, name) for path, text in texts.items() for name in _EXPORT.findall(text)}
    assert {(module, name) for module, name in exported if name not in imported} == set()
    assert len(exported) > len(texts)
