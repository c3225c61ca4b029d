"""What the catalogue is told of a comic."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from comicmaintainer.comics.metadata.fields import from_dict
from comicmaintainer.comics.rules.derivation import derive
from comicmaintainer.comics.rules.place import Place
from comicmaintainer.comics.rules.rules import preset
from comicmaintainer.library.catalogue.sort_keys import MAX_KEY_BYTES
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.library.scan.fact_limits import MAX_TAGS_LENGTH
from comicmaintainer.operations.facts import facts_reader, shown_rules
from tests.kit.shared_reader import COMICS


def test_tags_too_long_for_the_catalogue_lose_the_longest(tmp_path: Path) -> None:
    path = tmp_path / "a.cbz"
    names = ",".join(f"hero number {number}" for number in range(9_000))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("1.jpg", b"page")
        archive.writestr(
            "ComicInfo.xml",
            f"<ComicInfo><Series>{'S' * 5_000}</Series><Number>1</Number><Title>Dawn</Title>"
            f"<Characters>{names}</Characters></ComicInfo>",
        )
    facts = facts_reader(COMICS, LibraryRoots([tmp_path]))(path)
    assert facts.title == "Dawn"
    assert facts.series == "S" * MAX_KEY_BYTES
    assert facts.tags["title"] == "Dawn"
    assert "characters" not in facts.tags
    assert len(json.dumps(dict(facts.tags))) <= MAX_TAGS_LENGTH


def test_name_of_the_library_itself_is_no_series(tmp_path: Path) -> None:
    root = tmp_path / "Shelf"
    root.mkdir()
    read = facts_reader(COMICS, LibraryRoots([root]))
    found = []
    for name in ("04 - Low Tide.cbz", "Lantern_Ch.12.cbz"):
        with zipfile.ZipFile(root / name, "w") as archive:
            archive.writestr("1.jpg", b"page")
        facts = read(root / name)
        found.append((facts.series, facts.issue))
    assert found == [("Low Tide", "4"), ("Lantern", "12")]


NAMES = (
    "Amber Tide 003 (of 12) (March 2001) (Digital) (Lantern-Group).cbz",
    "Amber Tide v02 #7.5 - Low Water (Harbour Press, 1999) (de).cbz",
    "[Group] Amber_Tide_Vol.3_Ch.012.cbz",
    "2001-05-14 Amber Tide Annual 4.cbz",
    "Amber Tide.cbz",
)


@pytest.mark.parametrize("own", [{}, {"series": "Amber Tide"}, {"issue": "3", "year": "2001"}])
@pytest.mark.parametrize("name", NAMES)
def test_what_is_shown_is_what_all_rules_derive(name: str, own: dict[str, str]) -> None:
    place = Place(Path("/comics/Harbour Press/Amber Tide (1998)", name), Path("/comics"))
    tags = from_dict(own)
    everything, _ = derive(tags, place, preset("comics"))
    shown, _ = derive(tags, place, shown_rules(preset("comics")))
    for field in ("series", "issue", "title", "volume", "year", "publisher"):
        assert getattr(shown, field) == getattr(everything, field)
