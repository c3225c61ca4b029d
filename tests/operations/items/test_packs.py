"""Archives of comics: each kind of job says what they are, and none touches them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from comicmaintainer.library.catalogue.model import FileState
from tests.operations.workbench import Workbench, snapshot


def pack(bench: Workbench, name: str = "Pack.cbz") -> Path:
    path = bench.library / name
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(12):
            archive.writestr(f"Mill {number}.cbz", b"PK\x05\x06" + bytes(18))
    return path


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("process", {}),
        ("tag", {"set": {"series": "Mill"}}),
        ("rename", {}),
        ("verify", {}),
        ("remove-pages", {"pages": [0]}),
    ],
)
def test_a_pack_of_comics_is_reported_as_such(
    bench: Workbench, kind: str, params: dict[str, object]
) -> None:
    path = pack(bench)
    before = snapshot(bench.library)
    (result,) = bench.run(kind, [path], params)
    assert (result.success, result.code) == (False, "holds_comics")
    assert "it holds 12 comics, not pages; unpack it" in str(result.error)
    assert snapshot(bench.library) == before


def test_a_pack_in_another_format_is_not_converted(bench: Workbench) -> None:
    path = pack(bench, "Pack.cbr")
    (result,) = bench.run("convert", [path])
    assert (result.success, result.code) == (False, "holds_comics")


@pytest.mark.parametrize("kind", ["scan", "process", "verify"])
def test_a_pack_of_comics_is_shown_as_failed_with_the_reason(bench: Workbench, kind: str) -> None:
    path = pack(bench)
    bench.run("scan", [bench.library])
    if kind != "scan":
        bench.run(kind, [path])
    row = bench.catalogue.by_path(path)
    assert row is not None
    assert row.state is FileState.FAILED
    assert "it holds 12 comics, not pages; unpack it" in str(row.reason)
