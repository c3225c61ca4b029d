"""Pages that are removed by their numbers, and page lists that agree with what is left."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tests.kit.comics import cbz, pages_of
from tests.operations.workbench import Workbench, details, page_bytes, sha256, snapshot, tags

LISTED = """<Pages><Page Image="0" Type="FrontCover" ImageSize="1"/><Page Image="1" ImageSize="1"/>
<Page Image="2" Bookmark="Two" ImageSize="1" ImageWidth="9" ImageHeight="9"/>
<Page Image="3" Type="Deleted" ImageSize="1"/></Pages>"""


def numbers_left(path: Path) -> list[str]:
    return [name[5:8] for name in page_bytes(path)]


def sizes(path: Path) -> list[int]:
    return [len(content) for content in page_bytes(path).values()]


def test_removing_takes_the_pages_that_are_named_and_no_others(bench: Workbench) -> None:
    path = bench.comic("a.cbz", LISTED, pages=4)
    before = sha256(path)
    (result,) = bench.run("remove-pages", [path], {"mode": "remove", "pages": [1, 0, 1]})
    (change,) = details(result)["changes"]
    assert change["removed"] == ["page-001.png", "page-002.png"]
    assert numbers_left(path) == ["003", "004"]
    assert [page.type for page in tags(path).pages] == ["Story", "Deleted"]
    assert tags(path).pages[0].bookmark == "Two"
    (row,) = bench.journal.changes_of_job(result.job_id)
    bench.run("undo", [str(row.change_id)])
    assert sha256(path) == before


def test_page_numbers_in_another_job_mean_the_present_pages(
    bench: Workbench,
) -> None:
    path = bench.comic("a.cbz", pages=4)
    for left in (["002", "003", "004"], ["003", "004"]):
        bench.run("remove-pages", [path], {"mode": "remove", "pages": [0]})
        assert numbers_left(path) == left


@pytest.mark.parametrize("named", [[4], [-1, 0], [0, 1, 2, 3]])
def test_numbers_that_no_page_has_and_all_pages_are_refused(
    bench: Workbench, named: list[int]
) -> None:
    path = bench.comic("a.cbz", pages=4)
    before = snapshot(bench.library)
    (result,) = bench.run("remove-pages", [path], {"mode": "remove", "pages": named})
    assert result.code == "invalid_input"
    assert snapshot(bench.library) == before


def test_removing_nothing_says_why(bench: Workbench) -> None:
    path = bench.comic("a.cbz", pages=4)
    (result,) = bench.run("remove-pages", [path], {"mode": "remove"})
    assert details(result)["unchanged"]
    assert "marked" in details(result)["why"]["pages"]
    for _ in range(2):
        (result,) = bench.run("remove-pages", [path], {"pages": [1]})
    assert details(result)["unchanged"]
    assert "already" in details(result)["why"]["pages"]


@pytest.mark.parametrize("recover_first", [True, False])
@pytest.mark.parametrize("point", ["planned", "applied pages", "confirmed", "catalogued"])
def test_a_removal_that_died_removes_the_named_pages_once(
    bench: Workbench, point: str, recover_first: bool
) -> None:
    path = bench.comic("a.cbz", pages=6)
    bench.catalogued(path)
    job = bench.submit("remove-pages", [path], {"mode": "remove", "pages": [0, 3]})
    bench.die_at(point)
    if recover_first:
        bench.recover()
    bench.work()
    (result,) = bench.results(job.job_id)
    assert details(result)["changes"][0]["removed"] == ["page-001.png", "page-004.png"]
    assert numbers_left(path) == ["002", "003", "005", "006"]
    bench.run("remove-pages", [path], {"mode": "remove", "pages": [0, 3]})
    assert numbers_left(path) == ["003", "005"]


@pytest.mark.parametrize("params", [{"mode": "remove"}, {"mode": "remove", "pages": [1]}])
def test_the_page_list_has_the_sizes_of_the_pages_that_are_left(
    bench: Workbench, params: dict[str, object]
) -> None:
    path = cbz(bench.library / "a.cbz", pages_of("one", 4), LISTED)
    bench.run("remove-pages", [path], params)
    found = tags(path)
    assert [page.image_size for page in found.pages] == sizes(path)
    assert [page.image for page in found.pages] == [0, 1, 2]
    assert found.page_count == 3
    assert [page.width for page in found.pages] == [None] * 3


def test_a_mark_follows_its_page_if_another_program_has_removed_others(bench: Workbench) -> None:
    pages = {f"p{number}.png": bytes([137]) * (100 + number) for number in range(4)}
    listed = "".join(f'<Page Image="{number}" ImageSize="{100 + number}"/>' for number in range(3))
    xml = f'<Pages>{listed}<Page Image="3" ImageSize="103" Type="Deleted"/></Pages>'
    del pages["p1.png"]
    path = cbz(bench.library / "a.cbz", pages, xml)
    (result,) = bench.run("remove-pages", [path], {"mode": "remove"})
    assert details(result)["changes"][0]["removed"] == ["p3.png"]
    assert list(page_bytes(path)) == ["p0.png", "p2.png"]


@pytest.mark.parametrize("counted", ["<PageCount>4</PageCount>", ""])
def test_metroninfo_counts_the_pages_that_are_left(bench: Workbench, counted: str) -> None:
    path = bench.comic("a.cbz", "<Title>Comic</Title>", pages=4)
    metron = f"<MetronInfo><Series><Name>Batman</Name></Series>{counted}</MetronInfo>"
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("MetronInfo.xml", metron)
    bench.run("remove-pages", [path], {"mode": "remove", "pages": [2]})
    with zipfile.ZipFile(path) as archive:
        after = archive.read("MetronInfo.xml").decode()
    assert ("<PageCount>3</PageCount>" in after) is bool(counted)
    assert "Comic" not in after
    assert bool(counted) or after == metron
