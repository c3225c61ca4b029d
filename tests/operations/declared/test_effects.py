"""What a job comes to, in words."""

from __future__ import annotations

from comicmaintainer.operations.changes.file_change import ChangeType
from comicmaintainer.operations.declared.effects import WORDS, effects_with, outcome_sentence, told


def test_a_preview_says_how_many_files_would_change_and_how_many_stay() -> None:
    effects = {"trash": 12, "": 830}
    assert (
        outcome_sentence(effects, failed=0, preview=True)
        == "12 would go to the trash, 830 stay as they are."
    )
    assert outcome_sentence({"": 1}, failed=1, preview=True) == "1 stays as it is, 1 refused."
    assert outcome_sentence({}, failed=0, preview=True) == "Nothing to do."


def test_a_job_says_what_it_did() -> None:
    effects = {"tags rename": 1000, "tags": 1, "": 3}
    assert (
        outcome_sentence(effects, failed=2, preview=False)
        == "1,000 were renamed, 1,001 got other tags, 3 needed no change, 2 failed."
    )


def test_an_archive_that_is_converted_does_not_count_as_thrown_away() -> None:
    effects = {"convert trash rename": 4, "trash": 1}
    assert [(one.type, one.files) for one in told(effects, preview=True)] == [
        ("trash", 1),
        ("convert", 4),
    ]
    assert effects_with(effects, "trash") == ["trash"]


def test_every_type_of_change_has_its_words() -> None:
    assert set(ChangeType) | {"undo"} == set(WORDS)
