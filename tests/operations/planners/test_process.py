"""Processing: tags filled, names made, clashes marked, nothing changed twice or by a preview."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from comicmaintainer.comics.rules.folder_rules import FolderRules
from comicmaintainer.comics.rules.rules import PRESETS
from comicmaintainer.jobs.model import Trigger
from tests.operations.workbench import Guard, Workbench, details, page_bytes, snapshot, tags

COMICS = {"preset": "comics"}
MANGA = {"preset": "manga"}


def test_process_fills_tags_and_renames_by_the_template(bench: Workbench) -> None:
    path = bench.comic("Batman/Batman 5 (2011).cbz")
    pages = page_bytes(path)
    bench.catalogued(path)
    (result,) = bench.run("process", [path], COMICS)
    target = path.with_name("Batman #0005 (2011).cbz")
    assert details(result)["path"] == str(target)
    assert [change["type"] for change in details(result)["changes"]] == ["tags", "rename"]
    assert not path.exists()
    found = tags(target)
    assert (found.series, found.issue, found.year) == ("Batman", "5", 2011)
    assert page_bytes(target) == pages
    row = bench.catalogue.by_path(target)
    assert row is not None
    assert (row.state, row.series, row.size_bytes) == (
        "processed",
        "Batman",
        target.stat().st_size,
    )
    assert bench.catalogue.by_path(path) is None


def test_the_manga_preset_takes_the_series_from_the_folder(bench: Workbench) -> None:
    path = bench.comic("One Piece/c0071.4.cbz")
    (result,) = bench.run("process", [path], MANGA)
    target = path.with_name("One Piece - Chapter 0071.4.cbz")
    assert details(result)["path"] == str(target)
    found = tags(target)
    assert (found.series, found.issue, found.title) == ("One Piece", "71.4", "Chapter 71.4")


def test_a_comic_of_which_nothing_is_known_gets_no_empty_tags(bench: Workbench) -> None:
    path = bench.comic("!!!.cbz")
    before = path.read_bytes()
    for preview in (True, False):
        (result,) = bench.run("process", [path], COMICS, preview=preview)
        assert details(result)["unchanged"]
    assert path.read_bytes() == before


def test_each_file_is_named_by_the_rules_of_its_folder(bench: Workbench) -> None:
    comic, chapter = bench.comic("Comics/Rain 5.cbz"), bench.comic("Manga/Rain/c005.cbz")
    bench.catalogued(comic, chapter)
    rules = FolderRules("comics", {str(bench.library / "Manga"): "manga"}, PRESETS)
    params = {"folder_rules": rules.to_dict()}
    for preview in (True, False):
        results = bench.run("process", [comic, chapter], params, preview=preview)
        assert [(Path(details(one)["path"]).name, details(one)["rules"]) for one in results] == [
            ("Rain #0005.cbz", "comics"),
            ("Rain - Chapter 0005.cbz", "manga"),
        ]


def test_farther_folders_name_the_series_of_a_downloaded_chapter(bench: Workbench) -> None:
    path = bench.comic("Sugar Town/Volume 3/Moth Scans_Ch.12.cbz")
    (result,) = bench.run("process", [path], COMICS)
    assert Path(details(result)["path"]).name == "Sugar Town v03 #0012.cbz"


def test_the_manga_preset_tells_chapters_of_several_volumes_apart(bench: Workbench) -> None:
    names = ["Vol.1 Ch.1.cbz", "Vol.11 Ch.1.cbz", "S2 - Chapter 1.cbz", "Chapter 9.cbz"]
    paths = [bench.comic(f"Sugar Town/{name}") for name in names]
    bench.catalogued(*paths)
    results = bench.run("process", paths, MANGA)
    assert [Path(details(result)["path"]).name for result in results] == [
        "Sugar Town v01 - Chapter 0001.cbz",
        "Sugar Town v11 - Chapter 0001.cbz",
        "Sugar Town v02 - Chapter 0001.cbz",
        "Sugar Town - Chapter 0009.cbz",
    ]
    again = bench.run("process", [details(result)["path"] for result in results], MANGA)
    assert [details(result)["unchanged"] for result in again] == [True] * 4


def test_existing_tags_are_kept_unless_they_are_to_be_overwritten(bench: Workbench) -> None:
    path = bench.comic("Batman 5.cbz", "<Series>Detective Comics</Series><Writer>Kane</Writer>")
    bench.run("process", [path], {"rename": False})
    assert tags(path).series == "Detective Comics"
    bench.run("process", [path], {"rename": False, "overwrite": ["series"]})
    assert tags(path).series == "Batman"
    assert tags(path).people("Writer") == ("Kane",)


def test_details_show_the_changed_fields_and_where_they_come_from(bench: Workbench) -> None:
    path = bench.comic("Batman/Batman 5.cbz", "<Series>Batman</Series><Year>2011</Year>")
    (result,) = bench.run("process", [path], {"rename": False})
    assert details(result)["changes"] == [
        {
            "type": "tags",
            "fields": [{"field": "issue", "before": None, "after": "5"}],
            "unchanged": 2,
        }
    ]
    assert details(result)["why"] == {"issue": "filename"}


def test_processing_twice_changes_nothing_the_second_time(bench: Workbench) -> None:
    paths = [bench.comic(f"Batman/Batman {n}.cbz") for n in (1, 2)]
    bench.catalogued(*paths)
    first = bench.run("process", paths, COMICS)
    before = snapshot(bench.library)
    again = bench.run("process", [details(result)["path"] for result in first], COMICS)
    assert snapshot(bench.library) == before
    assert [details(result)["unchanged"] for result in again] == [True, True]
    assert [details(result)["changes"] for result in again] == [[], []]


def test_a_preview_shows_what_processing_does_and_changes_nothing(bench: Workbench) -> None:
    path = bench.comic("Batman/Batman 5.cbz")
    bench.catalogued(path)
    before = snapshot(bench.library)
    folder_mtime = path.parent.stat().st_mtime_ns
    (shown,) = bench.run("process", [path], COMICS, preview=True)
    assert snapshot(bench.library) == before
    assert path.parent.stat().st_mtime_ns == folder_mtime
    assert bench.state_of(path) == "unprocessed"
    assert bench.journal.history(path) == []
    (done,) = bench.run("process", [path], COMICS)
    assert details(shown)["changes"] == details(done)["changes"]
    assert details(shown)["path"] == details(done)["path"]


def applied(bench: Workbench, path: Path) -> dict[str, dict[str, object]]:
    (shown,) = bench.run("process", [path], COMICS, preview=True)
    return {str(path): {"plan": details(shown)}}


def test_applying_a_preview_does_what_it_showed(bench: Workbench) -> None:
    path = bench.comic("Batman/Batman 5.cbz")
    (result,) = bench.run("process", [path], COMICS, item_params=applied(bench, path))
    assert details(result)["path"].endswith("Batman #0005.cbz")


def test_applying_a_preview_refuses_a_file_that_has_changed_since(bench: Workbench) -> None:
    path = bench.comic("Batman/Batman 5.cbz")
    plans = applied(bench, path)
    os.utime(path, ns=(1, 1))
    before = snapshot(bench.library)
    (result,) = bench.run("process", [path], COMICS, item_params=plans)
    assert (result.success, result.code) == (False, "file_changed")
    assert snapshot(bench.library) == before


def test_a_half_applied_preview_does_nothing_more_to_another_file(bench: Workbench) -> None:
    path = bench.comic("Batman/Batman 5 (1990).cbz")
    (shown,) = bench.run("process", [path], COMICS, preview=True)
    (taken,) = [Path(c["to"]) for c in details(shown)["changes"] if c["type"] == "rename"]

    def take_the_name() -> None:
        if guard.asked == 2:  # right before the tags; the name comes after them
            taken.write_bytes(b"of others")

    guard = Guard(take_the_name)
    plan = {str(path): {"plan": details(shown)}}
    (half,) = bench.run("process", [path], COMICS, guard=guard, item_params=plan)
    assert (half.success, half.code) == (False, "target_exists")
    assert tags(path).series == "Batman"
    taken.unlink()
    bench.comic("Batman/Batman 5 (1990).cbz", pages=7, seed="another comic")
    before = snapshot(bench.library)

    bench.manager.retry(half.job_id)
    bench.work()

    (again,) = bench.results(half.job_id)
    assert (again.success, again.code) == (False, "file_changed")
    assert snapshot(bench.library) == before


def test_applying_a_preview_refuses_a_name_that_was_taken_since(bench: Workbench) -> None:
    path = bench.comic("Batman/Batman 5.cbz")
    plans = applied(bench, path)
    bench.comic("Batman/Batman #0005.cbz")
    before = snapshot(bench.library)
    (result,) = bench.run("process", [path], COMICS, item_params=plans)
    assert (result.success, result.code) == (False, "file_changed")
    assert snapshot(bench.library) == before


def test_a_name_clash_is_marked_as_a_duplicate_and_overwrites_nothing(bench: Workbench) -> None:
    xml = "<Series>Batman</Series><Number>5</Number>"
    first = bench.comic("Batman/Batman #0005.cbz", xml, seed="one")
    second = bench.comic("Batman/batman 05.cbz", xml, seed="one")
    bench.catalogued(first, second)
    before = snapshot(bench.library)
    (result,) = bench.run("process", [second], {"tags": True})
    assert details(result)["duplicate_of"] == str(first)
    assert [change["type"] for change in details(result)["changes"]] == ["duplicate"]
    row = bench.catalogue.by_path(second)
    assert row is not None
    assert (row.state, row.duplicate_of) == ("duplicate", str(first))
    assert snapshot(bench.library) == before
    (again,) = bench.run("process", [second])
    assert details(again)["unchanged"]
    assert bench.state_of(second) == "duplicate"


def test_a_duplicate_moves_with_its_parent_folder_if_duplicate_dir_is_set(tmp_path: Path) -> None:
    bench = Workbench(tmp_path, duplicate_dir=tmp_path / "duplicates")
    tagged = "<Series>Batman</Series><Number>5</Number>"
    first = bench.comic("Batman/Batman #0005.cbz", tagged, seed="one")
    second = bench.comic("Batman/batman 05.cbz", tagged, seed="one")
    third = bench.comic("Old/Batman/batman 05.cbz", tagged, seed="two")
    bench.comic("Old/Batman/Batman #0005.cbz", tagged, seed="two")
    bench.catalogued(first, second, third)
    pages = [page_bytes(second), page_bytes(third)]
    results = bench.run("process", [second, third])
    places = [tmp_path / "duplicates" / "Batman" / name for name in NUMBERED]
    assert [details(result)["path"] for result in results] == [str(place) for place in places]
    assert [page_bytes(place) for place in places] == pages
    assert bench.catalogue.by_path(second) is None
    assert first.exists()


@pytest.mark.parametrize("kind", ["duplicate", "conflict"])
def test_a_name_that_another_item_takes_first_makes_a_duplicate_or_a_conflict(
    bench: Workbench, kind: str
) -> None:
    first = bench.comic("Batman/Batman 5.cbz", seed="one")
    second = bench.comic("Batman/Batman 05.cbz", seed="one" if kind == "duplicate" else "two")
    bench.catalogued(first, second)
    target = first.with_name("Batman #0005.cbz")

    def take_the_name(point: str) -> None:
        if point == "planned" and first.exists():
            first.rename(target)

    racing = bench.another(reached=take_the_name)
    (result,) = racing.run("process", [second], COMICS)
    other = "duplicate_of" if kind == "duplicate" else "conflict_with"
    assert details(result)[other] == str(target)
    assert [change["type"] for change in details(result)["changes"]] == ["tags", kind]
    assert bench.state_of(second) == kind
    assert second.exists()


NUMBERED = ("batman 05.cbz", "batman 05 (2).cbz")


def test_a_file_that_is_no_archive_fails_and_is_left_alone(bench: Workbench) -> None:
    path = bench.comic("Batman 5.cbz")
    path.write_bytes(b"this is no archive at all" * 100)
    bench.catalogued(path)
    before = snapshot(bench.library)
    (result,) = bench.run("process", [path])
    assert (result.success, result.code) == (False, "not_an_archive")
    assert snapshot(bench.library) == before
    row = bench.catalogue.by_path(path)
    assert row is not None
    assert row.state == "failed"
    assert result.error == f"{path}: {row.reason}"


def test_a_comic_whose_number_is_unknown_keeps_its_name(bench: Workbench) -> None:
    path = bench.comic("One Piece/Special.cbz", "<Series>One Piece</Series>")
    (result,) = bench.run("process", [path], {"preset": "manga", "rules": {"fields": {}}})
    assert details(result)["path"] == str(path)
    assert "its name needs issue" in details(result)["why"]["name"]


def test_a_template_with_folders_counts_from_the_root(bench: Workbench) -> None:
    path = bench.comic("new/Batman 5 (2011).cbz")
    (result,) = bench.run("process", [path], {"template": "{series}/{year}/{issue}"})
    assert details(result)["path"] == str(bench.library / "Batman" / "2011" / "0005.cbz")


def test_a_file_outside_the_library_is_processed_for_the_command_line_and_not_catalogued(
    bench: Workbench, tmp_path: Path
) -> None:
    path = bench.comic("Batman 5.cbz").rename(tmp_path / "Batman 5.cbz")
    (result,) = bench.run("process", [path], COMICS, trigger=Trigger.CLI)
    assert details(result)["path"] == str(tmp_path / "Batman #0005.cbz")
    assert bench.catalogue.by_path(tmp_path / "Batman #0005.cbz") is None


def test_a_hard_linked_file_leaves_the_other_name_as_it_was(bench: Workbench) -> None:
    path = bench.comic("Batman/Batman 5.cbz")
    other = bench.folder / "seeded.cbz"
    os.link(path, other)
    before = other.read_bytes()
    (result,) = bench.run("process", [path], COMICS)
    assert details(result)["path"].endswith("#0005.cbz")
    assert other.read_bytes() == before
    assert tags(Path(details(result)["path"])).series == "Batman"


def test_a_tag_write_touches_the_folder_for_readers_that_look_there(bench: Workbench) -> None:
    path = bench.comic("Batman/Batman 5.cbz")
    os.utime(path.parent, ns=(1, 1))
    bench.run("process", [path], {"rename": False})
    assert path.parent.stat().st_mtime_ns > 1


@pytest.mark.parametrize(
    ("params", "named"),
    [
        ({"presets": "comics"}, "presets"),
        ({"preset": "books"}, "preset"),
        ({"template": "{nothing}"}, "template"),
        ({"padding": 0}, "padding"),
        ({"tags": "yes"}, "tags"),
        ({"rules": {"fields": {"series": {"sources": ["thin air"]}}}}, "series"),
    ],
)
def test_wrong_parameters_are_named(
    bench: Workbench, params: dict[str, object], named: str
) -> None:
    path = bench.comic("Batman 5.cbz")
    (result,) = bench.run("process", [path], params)
    assert not result.success
    assert named in (result.error or "").casefold()


def test_a_series_is_spelled_as_its_folder_or_the_files_beside_it_do(bench: Workbench) -> None:
    in_folder = bench.comic("Harbour Lights/harbour_lights_002.cbz")
    tagged = bench.comic("New/a 1.cbz", "<Series>Night Trains</Series><Number>1</Number>")
    beside = bench.comic("New/night_trains_002.cbz")
    bench.catalogued(in_folder, tagged, beside)
    results = bench.run("process", [in_folder, beside], COMICS)
    for result, series in zip(results, ("Harbour Lights", "Night Trains"), strict=True):
        found = details(result)
        assert found["why"]["series"] == "filename, spelled as in the folder"
        assert tags(Path(found["path"])).series == series


@pytest.mark.parametrize(
    ("tag", "name"),
    [("1/2", "#½"), ("1,5", "#0001.5"), ("#7", "#0007"), ("1 of 5", "#0001"), ("7.0", "#0007")],
)
def test_a_number_is_shown_as_it_is_meant_and_its_tag_stays(
    bench: Workbench, tag: str, name: str
) -> None:
    path = bench.comic("Mill/a.cbz", f"<Series>Mill</Series><Number>{tag}</Number>")
    (result,) = bench.run("process", [path], COMICS)
    assert details(result)["path"] == str(path.with_name(f"Mill {name}.cbz"))
    assert tags(Path(details(result)["path"])).issue == tag
