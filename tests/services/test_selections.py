"""What a selection means, and which are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from comicmaintainer.errors import ComicMaintainerError, FileMissing, InvalidInput
from comicmaintainer.library.catalogue.file_filter import FileFilter
from comicmaintainer.library.catalogue.model import SeenFile
from comicmaintainer.services import Services
from comicmaintainer.services.selections import KeptSelection, require_kept, require_readable

EMPTY_FILTERS = [
    {},
    {"states": []},
    {"formats": []},
    {"missing": []},
    {"text": "  "},
    {"folder": None},
    {"year_from": None, "series": None},
    {"gaps": False, "size_to": None},
]


@pytest.mark.parametrize("parts", EMPTY_FILTERS)
def test_filter_that_matches_every_file_is_refused_as_selection(
    services: Services, parts: dict[str, Any]
) -> None:
    selection = {"filter": parts}
    for refuse in (
        lambda: services.selections.items("delete", selection),
        lambda: services.selections.require_usable("delete", selection),
        lambda: services.templates.create("All gone", "delete", selection),
        lambda: services.rehearsals.request(selection, {"folder": "Try"}),
        lambda: require_readable("delete", selection),
        lambda: require_kept(selection),
    ):
        with pytest.raises(InvalidInput, match="An empty filter means every file; use 'all'"):
            refuse()
    assert services.selections.shown_filter(parts) == FileFilter()


@pytest.fixture
def catalogued(services: Services, library: Path) -> Services:
    services.catalogue.add_root(library)
    services.catalogue.upsert(
        [SeenFile(str(path), 9, 9, 1, 1) for path in sorted(library.rglob("*.cbz"))]
    )
    return services


def test_zero_in_a_search_selects_no_file_if_none_has_it(services: Services, library: Path) -> None:
    services.catalogue.add_root(library)
    services.catalogue.upsert([SeenFile(str(library / "Bone" / "Bone 1.cbz"), 9, 9, 1, 1)])
    assert services.selections.files({"filter": {"text": "0"}}) == []
    assert len(services.selections.files({"filter": {"text": "bon"}})) == 1


def test_folder_of_a_filter_may_be_relative_to_a_watched_folder(
    catalogued: Services, library: Path
) -> None:
    found = catalogued.selections.files({"filter": {"folder": "Saga"}})
    assert found == [str(library / "Saga" / f"Saga {number}.cbz") for number in range(3)]
    assert found == catalogued.selections.files({"filter": {"folder": f"{library}/Saga/"}})
    assert len(catalogued.selections.files({"filter": {"root": str(library)}})) == 6
    catalogued.templates.create("Saga", "verify", {"filter": {"folder": "Saga"}})
    sample = catalogued.rehearsals.request({"filter": {"folder": "Saga"}}, {"folder": "Try"})
    assert sorted(sample.items) == found


def test_a_selection_can_leave_files_out(catalogued: Services, library: Path) -> None:
    first, second, third = (str(library / "Saga" / f"Saga {number}.cbz") for number in range(3))
    wanted = {"filter": {"text": "saga"}, "without": [first, "Saga/Saga 2.cbz", "Saga/gone.cbz"]}
    assert catalogued.selections.files(wanted) == [second]
    assert set(catalogued.selections.files({"all": True, "without": [second]})) >= {first, third}
    assert second not in catalogued.selections.files({"all": True, "without": [second]})
    catalogued.templates.create("All but these", "verify", wanted)
    sample = catalogued.rehearsals.request(wanted, {"folder": "Try"})
    assert list(sample.items) == [second]
    require_kept(wanted)
    require_readable("verify", wanted)


def test_a_selection_can_leave_folders_out(catalogued: Services, library: Path) -> None:
    saga = {str(library / "Saga" / f"Saga {number}.cbz") for number in range(3)}
    every = set(catalogued.selections.files({"all": True}))
    for selection in (
        {"all": True, "without": ["Saga"]},
        {"folders": [str(library)], "without": [f"{library}/Saga/"]},
        {"filter": {"root": str(library)}, "without": ["Saga", "gone.cbz"]},
    ):
        assert set(catalogued.selections.files(selection)) == every - saga, selection
    some = {"folders": ["Saga"], "without": [str(library / "Sag"), "Saga/Saga 1.cbz"]}
    with pytest.raises(FileMissing, match="Sag'"):
        catalogued.selections.files(some)


@pytest.mark.parametrize(
    ("kind", "without", "message"),
    [
        ("verify", "Saga/Saga 1.cbz", "'without' must be a list"),
        ("verify", ["/etc/passwd.cbz"], "/etc/passwd.cbz"),
        ("scan", ["Saga/Saga 1.cbz"], "'scan' can't work on the selection"),
    ],
)
def test_what_is_left_out_must_be_files_of_the_library(
    services: Services, kind: str, without: object, message: str
) -> None:
    with pytest.raises(ComicMaintainerError, match=message):
        services.selections.items(kind, {"all": True, "without": without})


@pytest.mark.parametrize(
    ("parts", "named"),
    [
        ({"folder": "/etc"}, "'folder'"),
        ({"folder": "../x"}, "'folder'"),
        ({"folder": "Nowhere"}, "'folder'"),
        ({"folder": ""}, "'folder'"),
        ({"root": "/etc"}, "'root'"),
        ({"root": ""}, "'root'"),
        ({"formats": ["cbx"]}, "'formats'"),
        ({"year_from": 2000, "year_to": 1990}, "'year_from'"),
        ({"size_from": 2, "size_to": 1}, "'size_from'"),
        ({"added_from": "yesterday"}, "'added_from'"),
        ({"gaps": "yes"}, "'gaps'"),
    ],
)
def test_part_of_a_filter_that_nothing_can_match_is_refused(
    services: Services, parts: dict[str, Any], named: str
) -> None:
    with pytest.raises(ComicMaintainerError, match=named):
        services.selections.files({"filter": parts})
    with pytest.raises(ComicMaintainerError, match=named):
        services.templates.create("Odd", "verify", {"filter": parts})


@pytest.mark.parametrize(
    ("kind", "selection", "message"),
    [
        ("scan", {"filter": {"text": "bone"}}, "'scan' can't work on the selection"),
        ("undo", {"all": True}, "'undo' can't work on the selection"),
        ("undo", {"ids": ["x"]}, "'x' is not the id of a change"),
        ("undo", {"ids": [10**18]}, "is not the id of a change"),
        ("undo", {"ids": "12"}, "'ids' must be a list"),
        ("process", {"ids": [1]}, "A selection has exactly one of"),
        ("scan", {"folders": ["Saga"], "all": True}, "exactly one of .*; got 'folders', 'all'"),
        ("scan", {"all": True, "depth": 1}, "exactly one of .*; got 'all', 'depth'"),
        ("undo", {"ids": [1], "all": True}, "exactly one of .*; got 'ids', 'all'"),
        ("restore", {"ids": ["a"], "paths": ["b"]}, "exactly one of .*; got 'ids', 'paths'"),
        ("scan", {"folders": []}, "A selection has exactly one of"),
    ],
)
def test_kind_accepts_only_selections_of_its_item_type(
    services: Services, kind: str, selection: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidInput, match=message):
        services.selections.items(kind, selection)


def test_kept_selection_survives_a_round_trip() -> None:
    kept = KeptSelection({"folders": ["/c"]}, 7, is_capped=True)
    assert KeptSelection.from_json(kept.to_json()) == kept
    assert KeptSelection.from_json(None) == KeptSelection({})
