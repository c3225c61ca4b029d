"""Tags set, cleared and copied by hand."""

from __future__ import annotations

import zipfile

import pytest

from comicmaintainer.errors import FileChangedMeanwhile
from tests.operations.workbench import Guard, Workbench, details, page_bytes, snapshot, tags


def test_fields_are_set_and_cleared(bench: Workbench) -> None:
    path = bench.comic("a.cbz", "<Series>Batman</Series><Year>2011</Year><Writer>Kane</Writer>")
    pages = page_bytes(path)
    bench.run("tag", [path], {"set": {"number": "71.4", "writer": "Finger"}, "clear": ["year"]})
    found = tags(path)
    assert (found.series, found.issue, found.year) == ("Batman", "71.4", None)
    assert found.people("Writer") == ("Finger",)
    assert page_bytes(path) == pages


def test_tags_are_copied_from_another_comic(bench: Workbench) -> None:
    source = bench.comic("a.cbz", "<Series>Batman</Series><Publisher>DC</Publisher>")
    target = bench.comic("b.cbz", "<Series>Robin</Series><Year>1990</Year>")
    bench.run("tag", [target], {"copy_from": "a.cbz", "fields": ["publisher"]})
    assert (tags(target).series, tags(target).publisher) == ("Robin", "DC")
    bench.run("tag", [target], {"copy_from": str(source), "set": {"title": "Begins"}})
    found = tags(target)
    assert (found.series, found.year, found.title) == ("Batman", 1990, "Begins")


def test_copying_from_outside_the_library_is_refused(bench: Workbench) -> None:
    path = bench.comic("a.cbz")
    (result,) = bench.run("tag", [path], {"copy_from": "/etc/passwd.cbz"})
    assert result.code == "outside_library"


def test_a_comic_that_another_program_tags_meanwhile_is_looked_at_again(bench: Workbench) -> None:
    path = bench.comic("a.cbz", "<Series>Batman</Series>")

    def tag() -> None:
        if guard.asked == 1:  # it is planned, and not opened yet
            with zipfile.ZipFile(path) as archive:
                members = {name: archive.read(name) for name in archive.namelist()}
            with zipfile.ZipFile(path, "w") as archive:
                for name, content in members.items():
                    archive.writestr(name, content.replace(b"Batman", b"Robin"))

    guard = Guard(tag)
    (refused,) = bench.run("tag", [path], {"set": {"year": "1990"}}, guard=guard)
    assert refused.code == FileChangedMeanwhile.code
    assert FileChangedMeanwhile.retryable, "a worker does this by itself"
    bench.manager.retry(refused.job_id)
    bench.work()
    assert (tags(path).series, tags(path).year) == ("Robin", 1990)


def test_setting_what_is_set_already_writes_nothing(bench: Workbench) -> None:
    path = bench.comic("a.cbz", "<Series>Batman</Series>")
    before = snapshot(bench.library)
    (result,) = bench.run("tag", [path], {"set": {"series": "Batman"}})
    assert details(result)["unchanged"]
    assert snapshot(bench.library) == before


def test_tagging_keeps_the_state_of_the_file(bench: Workbench) -> None:
    path = bench.comic("Batman 5.cbz")
    bench.catalogued(path)
    bench.run("tag", [path], {"set": {"series": "Batman"}})
    assert bench.state_of(path) == "unprocessed"
    (result,) = bench.run("process", [path])
    target = details(result)["path"]
    bench.run("tag", [target], {"set": {"title": "Begins"}})
    assert bench.state_of(target) == "processed"


def test_unknown_fields_and_wrong_values_are_named(bench: Workbench) -> None:
    path = bench.comic("a.cbz")
    errors = [
        bench.run("tag", [path], params)[0].error or ""
        for params in ({"set": {"colour": "red"}}, {"set": {"year": "soon"}}, {})
    ]
    assert "colour" in errors[0]
    assert "soon" in errors[1]
    assert "'set', 'clear' and 'copy_from'" in errors[2]


def test_what_a_source_that_is_only_read_would_bring_back_is_not_called_cleared(
    bench: Workbench,
) -> None:
    path = bench.comic("a.cbz", "<Title>New</Title>")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("CoMet.xml", "<comet><title>Old</title></comet>")
    before = snapshot(bench.library)
    (result,) = bench.run("tag", [path], {"clear": ["title"]})
    assert result.code == "invalid_input"
    assert result.error is not None
    assert "'title' can't be cleared: its CoMet.xml" in result.error
    assert snapshot(bench.library) == before


@pytest.mark.parametrize(
    ("values", "advice"),
    [
        ({"age_rating": "Weird"}, "Teen"),
        ({"upc": "123"}, "write the format 'metroninfo' too"),
        ({"credits": "Ann"}, "'Name (Role)'"),
    ],
)
def test_what_no_format_has_a_place_for_is_refused(
    bench: Workbench, values: dict[str, str], advice: str
) -> None:
    path = bench.comic("a.cbz", "<Title>New</Title><AgeRating>Teen</AgeRating>")
    before = snapshot(bench.library)
    (result,) = bench.run("tag", [path], {"set": values})
    assert result.code == "invalid_input"
    assert result.error is not None
    assert advice in result.error
    assert snapshot(bench.library) == before


def test_the_upc_finds_its_place_in_metroninfo(bench: Workbench) -> None:
    path = bench.comic("a.cbz", "<Series>New</Series>")
    formats = ["comicinfo", "metroninfo"]
    (result,) = bench.run("tag", [path], {"set": {"upc": "123"}, "formats": formats})
    assert details(result)["changes"]
    assert tags(path).upc == "123"


@pytest.mark.parametrize(
    ("formats", "advice"),
    [
        (["comicinfo"], "write the format 'metroninfo-1.1' too"),
        (["comicinfo", "metroninfo"], "write the format 'metroninfo-1.1' instead of 'metroninfo'"),
    ],
)
def test_a_newer_version_that_has_a_place_is_named(
    bench: Workbench, formats: list[str], advice: str
) -> None:
    path = bench.comic("a.cbz", "<Series>New</Series><CommunityRating>4</CommunityRating>")
    wanted = {"set": {"rating_count": 12}, "formats": formats}
    (refused,) = bench.run("tag", [path], wanted)
    assert refused.error is not None
    assert advice in refused.error
    formats = ["comicinfo", "metroninfo-1.1"]
    (result,) = bench.run("tag", [path], {**wanted, "formats": formats})
    assert details(result)["changes"]
    (again,) = bench.run("tag", [path], {"set": {"rating_count": 13}})
    assert details(again)["changes"]
    assert (tags(path).community_rating, tags(path).rating_count) == (4.0, 13)


def test_pages_that_the_archive_does_not_count_stay(bench: Workbench) -> None:
    path = bench.comic("a.cbz", pages=10)
    content = path.read_bytes()
    path.write_bytes(content[:-14] + b"\x03\0\x03\0" + content[-10:])
    before, pages = path.read_bytes(), page_bytes(path)
    (result,) = bench.run("tag", [path], {"set": {"series": "Mill"}})
    assert details(result)
    assert len(pages) == 10
    assert page_bytes(path) == pages
    changes = bench.journal.changes_of_job(result.job_id)
    (undone,) = bench.run("undo", [str(change.change_id) for change in changes])
    assert undone.success, undone.error
    assert path.read_bytes() == before


def test_each_file_of_one_job_gets_its_own_title(bench: Workbench) -> None:
    paths = [bench.comic(f"Tide {number}.cbz") for number in range(3)]
    own = {
        str(path): {"set": {"title": title}}
        for path, title in zip(paths, ("Low", "Slack", "High"), strict=True)
    }
    before = snapshot(bench.library)
    shown = bench.run("tag", paths, {"formats": ["comicinfo"]}, item_params=own, preview=True)
    assert [details(result)["changes"][0]["fields"][-1]["after"] for result in shown] == [
        "Low",
        "Slack",
        "High",
    ]
    assert snapshot(bench.library) == before
    bench.run("tag", paths, {"formats": ["comicinfo"]}, item_params=own)
    assert [tags(path).title for path in paths] == ["Low", "Slack", "High"]
