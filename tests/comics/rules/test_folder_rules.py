"""The nearest folder that has rules decides, and a job can keep the whole."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from comicmaintainer.comics.rules.folder_rules import MAX_FOLDERS, FolderRules
from comicmaintainer.comics.rules.rules import PRESETS
from comicmaintainer.errors import InvalidInput

WEEKLY = replace(PRESETS["comics"], template="{series} {issue}", padding=2)
RULES = FolderRules(
    "comics",
    {"/comics/Manga": "manga", "/comics/Manga/Weekly": "Weekly"},
    {**PRESETS, "Weekly": WEEKLY},
)


@pytest.mark.parametrize(
    ("path", "name", "folder"),
    [
        ("/comics/Rain/Rain 1.cbz", "comics", ""),
        ("/comics/Manga/Rain 1.cbz", "manga", "/comics/Manga"),
        ("/comics/Manga/Rain/Deep/Rain 1.cbz", "manga", "/comics/Manga"),
        ("/comics/Manga/Weekly/Rain 1.cbz", "Weekly", "/comics/Manga/Weekly"),
        ("/comics/Manga Weekly/Rain 1.cbz", "comics", ""),
        ("/comics/Manga", "comics", ""),
    ],
)
def test_the_nearest_folder_decides(path: str, name: str, folder: str) -> None:
    found = RULES.of(Path(path))
    assert (found.name, found.folder, found.rules) == (name, folder, RULES.rules[name])


def test_what_a_job_keeps_is_read_back_as_it_was() -> None:
    assert FolderRules.from_dict(json.loads(json.dumps(RULES.to_dict()))) == RULES


def test_copies_elsewhere_get_the_rules_of_the_original() -> None:
    own = RULES.only_for(Path("/comics/Manga/Weekly/Rain 1.cbz"))
    assert own.of(Path("/tmp/copies/Rain 1.cbz")).rules == WEEKLY


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"folder": {}}, "have only"),
        ({"library": 7}, "as text"),
        ({"folders": {"/a": 7}}, "as text"),
        ({"folders": {"/a": "Weekly"}}, "don't say what it is"),
        ({"folders": {f"/{number}": "manga" for number in range(MAX_FOLDERS + 1)}}, "At most"),
        ({"rules": {"Weekly": []}}, "as an object"),
        ({"rules": {"Weekly": {"template": "{nope}"}}}, "no such field"),
    ],
)
def test_what_can_not_be_is_refused(values: dict[str, object], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        FolderRules.from_dict(values)
