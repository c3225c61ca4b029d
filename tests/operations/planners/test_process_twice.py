"""Running a job twice changes nothing the second time: real files, the real engine, any rules."""

from __future__ import annotations

import json
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comicmaintainer.comics.metadata import ComicMetadata
from comicmaintainer.comics.metadata.sources import updated_members, with_changes
from tests.comics.comic_strategies import FILE_NAMES, FOLDERS, TAGS, all_rules
from tests.operations.workbench import PNG, Workbench, details, snapshot, tags

PRESETS = ("comics", "manga")
FOLDER_TEMPLATE = "{series}/{series} #{issue}[ ({year})]"


def put(bench: Workbench, name: Path, metadata: ComicMetadata, formats: tuple[str, ...]) -> None:
    """Put a comic with these tags at `name` in the library, unless one is there."""
    path = bench.library / name
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("1.png", PNG + str(name).encode())
        for member, data in with_changes({}, updated_members({}, metadata, formats)).items():
            archive.writestr(member, data)


def comics_of(bench: Workbench) -> list[Path]:
    return sorted(path for path in bench.library.rglob("*.cbz") if path.is_file())


def process(bench: Workbench, params: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    """Process the whole library and return the details of those that were changed."""
    results = [details(result) for result in bench.run("process", comics_of(bench), params, **more)]
    return [dict(each) for each in results if not each["unchanged"]]


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("template", [None, FOLDER_TEMPLATE, "{series} {issue_no_pad} - {title}"])
@pytest.mark.parametrize(
    ("series", "number"),
    [
        ("X-Mill (1991)", "1"),
        ("Mill vol. 2", "1"),
        ("Mill (English)", "1"),
        ("Mill Annual 2013", "1"),
        ("Mill", "1 of 5"),
        ("Mill: The End?", "1/2"),
        ("S.H.E.L.F.", "007.0"),
        ("Mill" * 90 + " (1991)", "3"),
        ("...", "#4"),
    ],
)
def test_names_that_the_product_gave_are_no_news(
    bench: Workbench, series: str, number: str, preset: str, template: str | None
) -> None:
    given_tags = ComicMetadata(series=series, issue=number, title="Part 2 (2001)")
    put(bench, Path("Some Folder/a.cbz"), given_tags, ("comicinfo",))
    params = {"preset": preset} | ({"template": template} if template else {})
    process(bench, params)
    (path,) = comics_of(bench)
    before = snapshot(bench.library)
    assert (tags(path).series, tags(path).issue) == (series, number)
    for _ in range(2):
        assert process(bench, params) == []
        assert process(bench, params, preview=True) == []
    assert snapshot(bench.library) == before


@pytest.mark.parametrize("series", ["X-Mill (1991)", "Mill vol. 2", "Mill Annual 2013"])
def test_names_given_under_other_rules_are_no_news(bench: Workbench, series: str) -> None:
    put(bench, Path("a.cbz"), ComicMetadata(series=series, issue="1"), ("comicinfo",))
    templates = ("{series} #{issue}", "{series} - Chapter {issue:3}", FOLDER_TEMPLATE, "{series}")
    for template in templates:
        process(bench, {"template": template})
        (path,) = comics_of(bench)
        assert tags(path) == ComicMetadata(series=series, issue="1")


def test_processing_again_after_an_undo_gives_the_same_result(bench: Workbench) -> None:
    put(bench, Path("Mill v2/x 5 (1999).cbz"), ComicMetadata(series="Mill (1991)"), ("comicinfo",))
    before = {path: path.read_bytes() for path in comics_of(bench)}
    process(bench, {})
    after = {path: tags(path) for path in comics_of(bench)}
    changes = bench.database.rows("SELECT change_id FROM changes ORDER BY change_id DESC")
    bench.run("undo", [str(row["change_id"]) for row in changes])
    assert {path: path.read_bytes() for path in comics_of(bench)} == before
    process(bench, {})
    assert {path: tags(path) for path in comics_of(bench)} == after
    assert process(bench, {}) == []


def test_a_page_list_is_counted_in_the_first_name(bench: Workbench) -> None:
    put(bench, Path("a.cbz"), ComicMetadata(series="Mill", issue="1"), ("comicinfo",))
    params = {"rules": {"template": "{series} {issue}[ {page_count}p]", "page_list": True}}
    process(bench, params)
    assert [path.name for path in comics_of(bench)] == ["Mill 0001 1p.cbz"]
    assert process(bench, params) == []


def test_both_formats_are_written_in_one_run(bench: Workbench) -> None:
    metadata = ComicMetadata(series="Mill", issue="1", year=1991, month=5)
    put(bench, Path("a.cbz"), metadata, ("comicinfo",))
    params = {"rules": {"formats": ["comicinfo", "metroninfo"]}}
    process(bench, params)
    (path,) = comics_of(bench)
    assert tags(path) == metadata  # MetronInfo has to say a day, which is not the comic's
    assert process(bench, params) == []


COMICS = st.lists(
    st.tuples(
        FOLDERS,
        FILE_NAMES,
        TAGS,
        st.sampled_from([(), ("comicinfo",), ("metroninfo",), ("comicinfo", "metroninfo")]),
    ),
    min_size=1,
    max_size=8,
)


@pytest.mark.slow
@given(COMICS, all_rules(), st.booleans())
@settings(max_examples=60, deadline=None)
def test_a_second_run_over_any_library_changes_nothing(
    comics: list[Any], rules: Any, has_rename: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        bench = Workbench(Path(folder))
        for folders, name, metadata, formats in comics:
            put(bench, Path(*folders, name), metadata, formats)
        bench.catalogued(*comics_of(bench))
        params = {"rules": json.loads(json.dumps(rules.to_dict())), "rename": has_rename}
        process(bench, params)
        before = snapshot(bench.library)
        assert process(bench, params, preview=True) == []
        assert process(bench, params) == []
        assert snapshot(bench.library) == before
        bench.database.close()
