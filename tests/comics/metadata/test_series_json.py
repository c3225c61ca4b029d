"""`series.json` is brought up to date without losing what others wrote into it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from comicmaintainer.comics.metadata.series_json import (
    KEYS,
    NEEDED,
    VERSION,
    brought_up_to_date,
    comicvine_id,
)

VALUES = {"type": "comicSeries", "name": "Rain", "cid": 7, "comicid": 7, "year": 2016}
GUESSES = {
    "publisher": "", "booktype": "Print", "ComicImage": "", "total_issues": 3,
    "publication_run": "2016 - Present", "status": "Continuing",
}  # fmt: skip


def updated(document: Any, values: dict[str, Any] | None = None) -> dict[str, Any] | None:
    content = None if document is None else json.dumps(document).encode()
    new = brought_up_to_date(content, values or VALUES, GUESSES)
    return None if new is None else json.loads(new.content)["metadata"]


def test_a_new_file_has_all_keys_of_mylar_and_a_value_of_each_that_komga_needs() -> None:
    new = brought_up_to_date(None, VALUES, GUESSES)
    assert new is not None
    document = json.loads(new.content)
    assert document["version"] == VERSION
    assert tuple(document["metadata"]) == KEYS
    assert all(document["metadata"][key] is not None for key in NEEDED)
    assert comicvine_id(new.content) == "7"
    assert {change.key for change in new.changes} == VALUES.keys() | GUESSES.keys()


def test_writing_it_again_changes_nothing() -> None:
    new = brought_up_to_date(None, VALUES, GUESSES)
    assert new is not None
    assert brought_up_to_date(new.content, VALUES, GUESSES) is None


def test_a_guess_does_not_replace_a_value() -> None:
    found = updated({"metadata": {"status": "Ended", "booktype": "TPB", "name": "Rayn"}})
    assert found is not None
    assert (found["status"], found["booktype"], found["name"]) == ("Ended", "TPB", "Rain")


def test_an_id_that_is_a_text_stays_as_it_is() -> None:
    found = updated({"metadata": {"cid": "7", "name": "Rayn"}})
    assert found is not None
    assert (found["cid"], found["comicid"]) == ("7", 7)


@pytest.mark.parametrize(("cid", "expected"), [(7, "Mine"), ("7", "Mine"), (8, "Theirs")])
def test_a_description_stays_if_it_is_of_the_same_series(cid: object, expected: str) -> None:
    document = {"metadata": {"cid": cid, "description_text": "Mine"}}
    found = updated(document, VALUES | {"description_text": "Theirs"})
    assert found is not None
    assert found["description_text"] == expected


def test_the_list_of_version_1_0_becomes_an_object() -> None:
    document = {"version": "1.0", "metadata": [{"comicid": 7, "name": "Rayn", "mine": 1}]}
    assert comicvine_id(json.dumps(document).encode()) == "7"
    found = updated(document)
    assert found is not None
    assert (found["name"], found["mine"]) == ("Rain", 1)


@pytest.mark.parametrize("content", [b"", b"\xff", b"5", b'{"metadata": [1, 2]}', b"[" * 9000])
def test_what_is_no_such_file_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError):
        brought_up_to_date(content, VALUES, GUESSES)
