"""What a selection means, and which are refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from comicmaintainer.errors import ComicMaintainerError, InvalidInput
from comicmaintainer.library.catalogue.model import FileFilter, SeenFile
from comicmaintainer.services import Services
from comicmaintainer.services.selections import KeptSelection, require_kept, require_readable
from comicmaintainer.settings import Settings


@pytest.fixture
def services(tmp_path: Path, library: Path) -> Iterator[Services]:
    settings = {"WATCHED_DIR": str(library), "CONFIG_DIR": str(tmp_path / "config")}
    services = Services.build(Settings.from_environment(settings))
    yield services
    services.database.close()


EMPTY_FILTERS = [
    {},
    {"states": []},
    {"formats": []},
    {"missing": []},
    {"text": "  "},
    {"folder": None},
    {"year_from": None, "series": None},
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
