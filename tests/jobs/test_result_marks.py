"""The marks of results: what was done, and which results are alike."""

from __future__ import annotations

from collections.abc import Mapping

from comicmaintainer.jobs.model import Outcome
from comicmaintainer.jobs.result_marks import marks_of

YEAR = {"type": "tags", "fields": [{"field": "year", "before": None, "after": 2021}]}


def _done(*changes: Mapping[str, object], **details: object) -> Outcome:
    return Outcome(True, {"changes": list(changes), "path": "/c/1.cbz", **details})


def test_the_effect_is_the_types_of_the_changes_each_once() -> None:
    rename = {"type": "rename", "from": "/c/1.cbz", "to": "/c/2.cbz"}
    assert marks_of(_done(YEAR, YEAR, rename), "/c/1.cbz")[0] == "tags rename"
    assert marks_of(_done(), "/c/1.cbz") == ("", None)
    assert marks_of(Outcome(True), "/c/1.cbz") == ("", None)


def test_equal_changes_of_two_files_are_alike_and_others_are_not() -> None:
    one, other = marks_of(_done(YEAR), "/c/1.cbz"), marks_of(_done(YEAR), "/c/2.cbz")
    assert one == other
    assert one[1] is not None
    sooner = {**YEAR, "fields": [{"field": "year", "before": None, "after": 2020}]}
    assert marks_of(_done(sooner), "/c/1.cbz")[1] != one[1]


def test_files_on_their_way_to_the_trash_for_one_reason_are_alike() -> None:
    keys = {
        marks_of(_done({"type": "trash", "from": path, "reason": "by request"}), path)[1]
        for path in ("/c/1.cbz", "/c/2.cbz")
    }
    assert len(keys) == 1
    assert None not in keys


def test_what_names_another_file_or_reports_something_is_like_no_other() -> None:
    rename = {"type": "rename", "from": "/c/1.cbz", "to": "/c/2.cbz"}
    assert marks_of(_done(YEAR, rename), "/c/1.cbz")[1] is None
    assert marks_of(_done(YEAR, identified={"level": "certain"}), "/c/1.cbz")[1] is None


def test_failures_are_alike_whatever_names_and_numbers_their_texts_have() -> None:
    def key(item: str, error: str, code: str = "damaged_archive") -> str | None:
        return marks_of(Outcome(False, None, error, code), item)[1]

    assert key("/c/Tide 1.cbz", "/c/Tide 1.cbz: page 3 (003.jpg) is cut off at byte 77") == key(
        "/c/Old Owl 12.cbz", "/c/Old Owl 12.cbz: page 10 (p-010.png) is cut off at byte 9"
    )
    assert key("/c/1.cbz", "it is cut off") != key("/c/1.cbz", "it needs a password")
    assert key("/c/1.cbz", "it is cut off") != key("/c/1.cbz", "it is cut off", "file_changed")
