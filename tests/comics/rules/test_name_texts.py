"""What a file's name says, beside its tags."""

from __future__ import annotations

from comicmaintainer.comics.rules.name_texts import name_texts


def test_fields_are_told_as_they_would_be_typed() -> None:
    assert name_texts("Tide Warden v2 012 (of 20) (2019) (Digital) (Lantern-Scans).cbz") == {
        "series": "Tide Warden",
        "volume": "2",
        "issue": "12",
        "count": "20",
        "year": "2019",
        "scan_information": "Lantern-Scans",
    }


def test_what_the_field_can_t_have_is_left_out() -> None:
    said = name_texts("Rain v01-03 (2019).cbz")
    assert "volume" not in said
    assert said["series"] == "Rain"
