"""The script that compiles pysqlite3 for processors without a ready wheel, up to the compiler."""

from __future__ import annotations

import hashlib
import importlib.util
import re
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from comicmaintainer.database.sqlite_version import OLDEST_SOUND

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    path = REPOSITORY / "docker/build_pysqlite3.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_version_and_hashes_are_those_of_the_lock(script: ModuleType) -> None:
    text = (REPOSITORY / "requirements/runtime.lock").read_text("utf-8")
    lines = script.locked(text).splitlines()
    assert lines[0].startswith("pysqlite3==")
    hashes = lines[1:]
    assert all(re.fullmatch(r" +--hash=sha256:[0-9a-f]{64}( \\)?", line) for line in hashes)
    assert not hashes[-1].endswith("\\")


def test_sqlite_is_new_enough(script: ModuleType) -> None:
    number = re.search(r"-(\d)(\d\d)(\d\d)00\.zip$", script.SQLITE)
    assert number is not None
    assert tuple(map(int, number.groups())) >= OLDEST_SOUND


def test_sources_are_taken_only_with_the_right_hash(script: ModuleType, tmp_path: Path) -> None:
    archive, copy = tmp_path / "sqlite.zip", tmp_path / "copy.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        for name in ("sqlite3.c", "sqlite3.h", "shell.c"):
            zipped.writestr(f"sqlite-amalgamation/{name}", name)
    with pytest.raises(SystemExit, match="has the hash"):
        script.fetch(archive.as_uri(), "0" * 64, copy)
    assert not copy.exists()
    script.fetch(archive.as_uri(), hashlib.sha3_256(archive.read_bytes()).hexdigest(), copy)
    source = tmp_path / "source"
    source.mkdir()
    script.add_sqlite(copy, source)
    assert {path.name: path.read_text() for path in source.iterdir()} == {
        "sqlite3.c": "sqlite3.c",
        "sqlite3.h": "sqlite3.h",
    }


@pytest.mark.parametrize("page", ["Dockerfile", "deploy/README.md"])
def test_image_and_page_call_it_with_the_lock_after_its_tools(page: str) -> None:
    text = (REPOSITORY / page).read_text("utf-8")
    call = "docker/build_pysqlite3.py requirements/runtime.lock "
    assert text.index("-r requirements/build.lock") < text.index(call)
    tools = (REPOSITORY / "requirements/build.lock").read_text("utf-8")
    assert re.search(r"^setuptools==", tools, re.MULTILINE)
