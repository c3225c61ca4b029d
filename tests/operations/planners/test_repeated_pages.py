"""Adverts in many comics: found by content and by look, marked or removed as one job, undone."""

from __future__ import annotations

from pathlib import Path

import pytest

from comicmaintainer.library.catalogue.file_filter import FileFilter
from comicmaintainer.library.catalogue.listing import Listing
from comicmaintainer.library.repeated_pages.model import Answer, RepeatedPage, RepeatedTab
from comicmaintainer.library.repeated_pages.repeated_pages import RepeatedPages, Scope
from tests.kit.comics import cbz, pages_of, picture
from tests.operations.workbench import Workbench, details, page_bytes, sha256, snapshot, tags

ADVERT = picture("buy this")


def comic(
    bench: Workbench,
    series: str,
    issue: int,
    *,
    pages: int = 8,
    at: int = -1,
    advert: bytes = ADVERT,
) -> Path:
    """A catalogued comic of pages of its own, with the advert before the page `at` from the end."""
    story = list(pages_of(f"{series} {issue}", pages).values())
    story.insert(len(story) + 1 + at, advert)
    members = {f"p{number:02}.png": content for number, content in enumerate(story)}
    xml = f"<Series>{series}</Series><Number>{issue}</Number><PageCount>{pages + 1}</PageCount>"
    path = cbz(bench.library / series / f"{series} {issue}.cbz", members, xml)
    bench.catalogued(path)
    return path


def search(bench: Workbench, *, look: bool = False) -> dict[str, int]:
    (result,) = bench.run("find-pages", [bench.library], {"look": look})
    found: dict[str, int] = details(result)["pages"]
    return found


@pytest.fixture
def repeated(bench: Workbench) -> RepeatedPages:
    return bench.context.repeated_pages


@pytest.fixture
def comics(bench: Workbench) -> list[Path]:
    """Six issues of three series with the advert as the last page but one."""
    return [
        comic(bench, name, issue, at=-2) for name in ("Kelp", "Saga", "Tide") for issue in (1, 2)
    ]


def only(repeated: RepeatedPages, tab: RepeatedTab = RepeatedTab.SUGGESTED) -> RepeatedPage:
    ((page,), _) = repeated.page(tab)
    return page


def test_an_advert_is_found_once_with_its_count_and_place(
    bench: Workbench, repeated: RepeatedPages, comics: list[Path]
) -> None:
    report = search(bench)
    assert (report["files"], report["found"], report["suggested"]) == (6, 1, 1)
    page = only(repeated)
    assert (page.files, page.comics, page.series) == (6, 6, 3)
    assert page.reasons == ("In 6 different comics of 3 series.", "Last page but one in 6 of them.")
    found, _ = repeated.occurrences(page)
    assert [(Path(one.file.path), one.page, one.stays) for one in found] == [
        (path, 7, None) for path in comics
    ]
    assert list(Listing(bench.database).paths(FileFilter(repeated_page=page.repeat_id))) == [
        str(path) for path in comics
    ]


def test_removal_leaves_the_other_pages_and_the_tags_true_and_undo_restores_every_byte(
    bench: Workbench, repeated: RepeatedPages, comics: list[Path]
) -> None:
    before = [sha256(path) for path in comics]
    pages = [list(page_bytes(path).values()) for path in comics]
    search(bench)
    page = only(repeated)
    results = bench.run("remove-pages", comics, {"mode": "remove", "repeated": page.repeat_id})
    assert all(details(result)["changes"][0]["removed"] == ["p07.png"] for result in results)
    for path, all_pages in zip(comics, pages, strict=True):
        assert list(page_bytes(path).values()) == [each for each in all_pages if each != ADVERT]
        assert tags(path).page_count == 8
        assert [each.image for each in tags(path).pages] == list(range(8))
    assert repeated.get(page.repeat_id).files == 0
    changes = bench.journal.changes_of_job(results[0].job_id)
    bench.run("undo", [str(change.change_id) for change in changes])
    assert [sha256(path) for path in comics] == before
    assert repeated.get(page.repeat_id).files == 6


def test_marking_writes_the_type_of_the_schema(
    bench: Workbench, repeated: RepeatedPages, comics: list[Path]
) -> None:
    search(bench)
    params = {"repeated": only(repeated).repeat_id, "type": "Advertisement"}
    for _ in range(2):
        results = bench.run("remove-pages", comics, params)
    assert [each.type for each in tags(comics[0]).pages][6:] == ["Story", "Advertisement", "Story"]
    assert "already" in details(results[0])["why"]["pages"]


def test_a_first_page_and_a_page_in_the_middle_stay_unless_asked_for(
    bench: Workbench, repeated: RepeatedPages
) -> None:
    paths = [comic(bench, f"Series {number}", 1, pages=20) for number in range(12)]
    cover = comic(bench, "Cover", 1, pages=20, at=-21)
    story = comic(bench, "Story", 1, pages=20, at=-10)
    search(bench)
    page = only(repeated)
    assert (page.firsts, page.elsewhere) == (1, 1)
    params = {"mode": "remove", "repeated": page.repeat_id}
    results = bench.run("remove-pages", [*paths, cover, story], params)
    assert ["changes" in details(each) and bool(details(each)["changes"]) for each in results] == [
        *[True] * 12, False, False,
    ]  # fmt: skip
    assert "first page" in details(results[-2])["why"]["pages"]
    assert "middle" in details(results[-1])["why"]["pages"]
    results = bench.run("remove-pages", [cover, story], params | {"anywhere": True})
    assert all(details(each)["changes"] for each in results)


def test_the_last_page_that_a_comic_has_stays(bench: Workbench, repeated: RepeatedPages) -> None:
    for number in range(3):
        comic(bench, f"Series {number}", 1)
    alone = cbz(bench.library / "alone.cbz", {"1.png": ADVERT, "2.png": ADVERT})
    bench.catalogued(alone)
    search(bench)
    params = {"mode": "remove", "repeated": only(repeated).repeat_id, "anywhere": True}
    before = snapshot(bench.library)
    (result,) = bench.run("remove-pages", [alone], params)
    assert result.code == "invalid_input"
    assert "no page would be left" in (result.error or "")
    assert snapshot(bench.library) == before


def test_pages_that_copies_of_one_comic_share_are_no_adverts(
    bench: Workbench, repeated: RepeatedPages
) -> None:
    story = pages_of("one story", 8)
    for number in range(4):
        extra = {f"z{number}.png": picture(f"scanner {number}")}
        bench.catalogued(cbz(bench.library / f"copy {number}" / f"C{number} 1.cbz", story | extra))
    search(bench)
    assert repeated.page(RepeatedTab.SUGGESTED) == ((), None)
    others, _ = repeated.page(RepeatedTab.OTHERS)
    assert others
    assert all("copies" in " ".join(page.reasons) for page in others)


def test_covers_and_what_only_one_series_has_are_not_suggested(
    bench: Workbench, repeated: RepeatedPages
) -> None:
    for number in range(6):
        comic(bench, f"Series {number}", 1, at=-9)
        comic(bench, "One", number, pages=20, at=-19, advert=picture("recap"))
    search(bench)
    assert repeated.counts() == {
        RepeatedTab.SUGGESTED: 0, RepeatedTab.OTHERS: 2,
        RepeatedTab.ADVERTS: 0, RepeatedTab.KEPT: 0,
    }  # fmt: skip
    reasons = " ".join(" ".join(page.reasons) for page in repeated.page(RepeatedTab.OTHERS)[0])
    assert "it is a first page, so a cover" in reasons
    assert "all are of one series" in reasons


def test_answers_are_remembered_and_new_comics_count_at_once(
    bench: Workbench, repeated: RepeatedPages, comics: list[Path]
) -> None:
    search(bench)
    page = only(repeated)
    repeated.answer(page.repeat_id, Answer.KEEP)
    comic(bench, "Wave", 1)
    assert repeated.get(page.repeat_id).files == 7
    search(bench)
    assert repeated.page(RepeatedTab.SUGGESTED) == ((), None)
    kept = only(repeated, RepeatedTab.KEPT)
    assert (kept.repeat_id, kept.comics) == (page.repeat_id, 7)
    repeated.answer(page.repeat_id, None)
    assert only(repeated).repeat_id == page.repeat_id


def test_a_series_and_a_folder_have_lists_of_their_own(
    bench: Workbench, repeated: RepeatedPages, comics: list[Path]
) -> None:
    search(bench)
    for scope in (Scope(series="saga"), Scope(folder=str(bench.library / "Saga"))):
        ((page,), _) = repeated.page(RepeatedTab.SUGGESTED, scope)
        assert (page.files, page.in_scope) == (6, 2)
        assert repeated.get(page.repeat_id, scope).in_scope == 2
        assert len(repeated.occurrences(page, scope)[0]) == 2
    assert repeated.counts(Scope(series="nothing"))[RepeatedTab.SUGGESTED] == 0


def test_a_page_that_was_saved_anew_is_the_same_page_by_its_look(
    bench: Workbench, repeated: RepeatedPages
) -> None:
    for number in range(4):
        comic(bench, f"A{number}", 1)
        comic(bench, f"B{number}", 1, advert=picture("buy this", kind="JPEG", quality=60))
    alone = comic(bench, "C", 1, advert=picture("buy this", side=90))
    search(bench)
    assert only(repeated).files == 8, "two contents with one look are one page"
    report = search(bench, look=True)
    assert report["looked_at"] == 9
    page = only(repeated)
    assert page.files == 9, "the look of single pages is compared too"
    params = {"mode": "remove", "repeated": page.repeat_id}
    (result,) = bench.run("remove-pages", [alone], params)
    assert details(result)["changes"][0]["removed"] == ["p08.png"]
    assert search(bench, look=True)["looked_at"] == 1, "only what has changed is read again"


def test_what_only_looks_alike_in_every_comic_is_found_by_look(
    bench: Workbench, repeated: RepeatedPages
) -> None:
    for number in range(4):
        comic(bench, f"A{number}", 1, advert=picture("buy this", side=64 + 16 * number))
    search(bench)
    assert repeated.counts()[RepeatedTab.SUGGESTED] == 0
    search(bench, look=True)
    assert only(repeated).files == 4


def test_a_search_lists_files_of_an_earlier_release_and_only_once(
    bench: Workbench, repeated: RepeatedPages, comics: list[Path]
) -> None:
    with bench.database.transaction() as transaction:
        transaction.execute("DELETE FROM file_pages")
    assert search(bench)["listed"] == 6
    assert only(repeated).files == 6
    assert search(bench)["listed"] == 0


def test_a_repeated_page_that_is_not_known_is_refused(bench: Workbench, comics: list[Path]) -> None:
    (result,) = bench.run("remove-pages", comics[:1], {"mode": "remove", "repeated": 4711})
    assert result.code == "not_found"


@pytest.mark.parametrize("point", ["planned", "applied pages", "confirmed", "catalogued"])
def test_a_removal_that_died_is_finished_once(
    bench: Workbench, repeated: RepeatedPages, comics: list[Path], point: str
) -> None:
    search(bench)
    params = {"mode": "remove", "repeated": only(repeated).repeat_id}
    job = bench.submit("remove-pages", comics[:1], params)
    bench.die_at(point)
    bench.work()
    (result,) = bench.results(job.job_id)
    assert details(result)["changes"][0]["removed"] == ["p07.png"]
    assert len(page_bytes(comics[0])) == 8
