"""Renaming by hand, marking and removing pages, compacting."""

from __future__ import annotations

import os

import pytest

from tests.operations.workbench import Workbench, details, page_bytes, sha256, snapshot, tags


def test_rename_leaves_the_tags_alone(bench: Workbench) -> None:
    path = bench.comic("Batman/Batman 5.cbz")
    content = path.read_bytes()
    bench.catalogued(path)
    (result,) = bench.run("rename", [path], {"preset": "manga"})
    target = path.with_name("Batman - Chapter 0005.cbz")
    assert details(result)["path"] == str(target)
    assert target.read_bytes() == content
    assert bench.state_of(target) == "unprocessed"


def test_a_given_name_is_taken_as_it_is(bench: Workbench) -> None:
    path = bench.comic("a.cbz")
    (result,) = bench.run("rename", [path], {"to": "My Comic.cbz"})
    assert details(result)["path"] == str(path.with_name("My Comic.cbz"))


@pytest.mark.parametrize("name", ["../b.cbz", "b.txt", ".b.cbz", "b:c.cbz", "CON.cbz", "b/c.cbz"])
def test_a_given_name_must_be_a_plain_one(bench: Workbench, name: str) -> None:
    path = bench.comic("a.cbz")
    (result,) = bench.run("rename", [path], {"to": name})
    assert result.code == "invalid_input"
    assert path.exists()


def test_a_given_name_has_the_suffix_of_what_the_file_is(bench: Workbench) -> None:
    path = bench.comic("a.cbz")
    (result,) = bench.run("rename", [path], {"to": "b.pdf"})
    assert (result.code, result.error) == (
        "invalid_input", f"{path}: it is not a PDF, so it can't be called 'b.pdf'",
    )  # fmt: skip
    liar = path.rename(path.with_suffix(".cbr"))
    (result,) = bench.run("rename", [liar], {"to": "b.cbz"})
    assert details(result)["path"] == str(path.with_name("b.cbz"))


def test_a_given_name_that_is_too_long_is_refused(bench: Workbench) -> None:
    path = bench.comic("a.cbz")
    (result,) = bench.run("rename", [path], {"to": f"{'é' * 126}.cbz"})
    assert result.error is not None
    assert "at most 255 bytes" in result.error


def test_a_given_name_that_is_taken_overwrites_nothing(bench: Workbench) -> None:
    path, other = bench.comic("a.cbz"), bench.comic("b.cbz")
    before = snapshot(bench.library)
    (result,) = bench.run("rename", [path], {"to": other.name})
    assert result.code == "target_exists"
    assert snapshot(bench.library) == before


def test_pages_are_marked_first_and_then_removed(bench: Workbench) -> None:
    path = bench.comic("a.cbz", "<Series>Batman</Series>", pages=4)
    pages = page_bytes(path)
    (marked,) = bench.run("remove-pages", [path], {"pages": [3]})
    assert details(marked)["changes"][0]["marked"] == ["page-004.png"]
    assert page_bytes(path) == pages
    assert [page.type for page in tags(path).pages][3] == "Deleted"
    (removed,) = bench.run("remove-pages", [path], {"mode": "remove"})
    assert details(removed)["changes"][0]["removed"] == ["page-004.png"]
    assert page_bytes(path) == {name: pages[name] for name in list(pages)[:3]}
    found = tags(path)
    assert (found.series, found.page_count, len(found.pages)) == ("Batman", 3, 3)
    (again,) = bench.run("remove-pages", [path], {"mode": "remove"})
    assert details(again)["unchanged"]


def test_removed_pages_come_back_with_an_undo(bench: Workbench) -> None:
    path = bench.comic("a.cbz", pages=4)
    bench.run("remove-pages", [path], {"pages": [0, 2]})
    marked = sha256(path)
    (removed,) = bench.run("remove-pages", [path], {"mode": "remove"})
    (change,) = bench.journal.changes_of_job(removed.job_id)
    bench.run("undo", [str(change.change_id)])
    assert sha256(path) == marked


def test_not_all_pages_can_be_removed(bench: Workbench) -> None:
    path = bench.comic("a.cbz", pages=2)
    bench.run("remove-pages", [path], {"pages": [0, 1]})
    (result,) = bench.run("remove-pages", [path], {"mode": "remove"})
    assert result.code == "invalid_input"
    assert len(page_bytes(path)) == 2


def test_compact_removes_dead_bytes_and_can_be_undone(bench: Workbench) -> None:
    path = bench.comic("a.cbz", "<Series>Batman</Series>")
    bench.run("tag", [path], {"set": {"series": "Robin"}})
    before, pages = path.read_bytes(), page_bytes(path)
    (result,) = bench.run("compact", [path])
    assert path.stat().st_size < len(before)
    assert page_bytes(path) == pages
    assert tags(path).series == "Robin"
    (again,) = bench.run("compact", [path])
    assert details(again)["unchanged"]
    (change,) = bench.journal.changes_of_job(result.job_id)
    bench.run("undo", [str(change.change_id)])
    assert path.read_bytes() == before


def test_compact_leaves_archives_with_few_dead_bytes(bench: Workbench) -> None:
    path = bench.comic("a.cbz", "<Series>Batman</Series>")
    bench.run("tag", [path], {"set": {"series": "Robin"}})
    (result,) = bench.run("compact", [path], {"min_dead_percent": 90})
    assert details(result)["unchanged"]


def test_a_hard_link_keeps_its_name_from_a_rename(bench: Workbench) -> None:
    path, link = bench.comic("a.cbz"), bench.library / "b.cbz"
    os.link(path, link)
    (shown,) = bench.run("rename", [path], {"to": "b.cbz"}, preview=True)
    assert shown.code == "target_exists"
    assert path.exists()
