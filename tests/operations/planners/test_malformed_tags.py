"""Tags that can't be read: left alone with an error that names the way out, or replaced."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tests.operations.workbench import Workbench, details, page_bytes, sha256, snapshot, tags

BROKEN = b"<ComicInfo><Series>Mill</Series><Number>1"


def broken(
    bench: Workbench, name: str = "Mill 4 (1991).cbz", member: str = "ComicInfo.xml"
) -> Path:
    path = bench.comic(name)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(member, BROKEN)
    return path


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("process", {}),
        ("process", {"on_malformed": "fail", "rules": {"on_malformed": "replace"}}),
        ("rename", {}),
        ("tag", {"set": {"series": "Mill"}}),
        ("tag", {"set": {"series": "Mill"}, "on_malformed": "fail"}),
        ("remove-pages", {"pages": [0]}),
    ],
)
def test_a_file_with_unreadable_tags_is_left_alone_and_the_error_names_the_option(
    bench: Workbench, kind: str, params: dict[str, object]
) -> None:
    path = broken(bench)
    before = snapshot(bench.library)
    (result,) = bench.run(kind, [path], params)
    assert result.code == "malformed_metadata"
    assert "ComicInfo.xml, line 1" in str(result.error)
    assert "on_malformed=replace" in str(result.error)
    assert "--on-malformed replace" in str(result.error)
    assert snapshot(bench.library) == before


@pytest.mark.parametrize(
    "params", [{"on_malformed": "replace"}, {"rules": {"on_malformed": "replace"}}]
)
def test_processing_writes_new_tags_where_asked(
    bench: Workbench, params: dict[str, object]
) -> None:
    path = broken(bench)
    pages, original = page_bytes(path), sha256(path)
    (result,) = bench.run("process", [path], {**params, "rename": False})
    found = tags(path)
    assert (found.series, found.issue, found.year) == ("Mill", "4", 1991)
    assert page_bytes(path) == pages
    ids = [str(change.change_id) for change in bench.journal.changes_of_job(result.job_id)]
    bench.run("undo", ids)
    assert sha256(path) == original


def test_tagging_writes_new_tags_where_asked(bench: Workbench) -> None:
    path = broken(bench)
    bench.run("tag", [path], {"set": {"series": "Storm"}, "on_malformed": "replace"})
    assert (tags(path).series, tags(path).issue) == ("Storm", None)
    (again,) = bench.run("tag", [path], {"set": {"series": "Storm"}})
    assert details(again)["unchanged"]


def test_tags_that_can_be_read_stay_beside_those_that_cannot(bench: Workbench) -> None:
    path = bench.comic("Mill 4.cbz", "<Series>Mill</Series><Publisher>Own Press</Publisher>")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("MetronInfo.xml", b"<MetronInfo><Series>")
    bench.run("tag", [path], {"set": {"title": "Grain"}, "on_malformed": "replace"})
    found = tags(path)
    assert (found.series, found.publisher, found.title) == ("Mill", "Own Press", "Grain")
    (again,) = bench.run("tag", [path], {"set": {"title": "Grain"}})
    assert details(again)["unchanged"]


def test_tags_that_cannot_be_read_are_not_copied(bench: Workbench) -> None:
    source, path = broken(bench), bench.comic("a.cbz", "<Series>Storm</Series>")
    (result,) = bench.run("tag", [path], {"copy_from": str(source), "on_malformed": "replace"})
    assert result.code == "malformed_metadata"
    assert str(source) in str(result.error)
    assert tags(path).series == "Storm"
