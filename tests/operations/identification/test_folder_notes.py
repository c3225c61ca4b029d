"""Ids of series that other programs note beside comics, and files that look like such notes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from comicmaintainer.operations.identification.folder_notes import noted_series_ids


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cvinfo", "https://comicvine.gamespot.com/harbour-lights/4050-90055/"),
        ("cvinfo", "http://www.comicvine.com/harbour-lights/49-90055/"),
        ("series.json", '{"metadata": {"comicid": 90055}}'),
        ("series.json", '{"metadata": {"comicid": "90055"}}'),
        ("series.json", '{"version": "1.0.1", "metadata": {"cid": 90055}}'),
        ("series.json", '{"metadata": {"comicid": null, "cid": "90055"}}'),
    ],
)
def test_a_noted_id_is_found(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    assert noted_series_ids(tmp_path) == {"comicvine": "90055"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cvinfo", "https://comicvine.gamespot.com/harbour-lights/4050-١٢٣/"),
        ("cvinfo", "/4050-" + "1" * 5000),
        ("series.json", '{"metadata": {"comicid": "' + "1" * 5000 + '"}}'),
        ("series.json", '{"metadata": {"comicid": ' + "1" * 5000 + "}}"),
        ("series.json", '{"metadata": {"comicid": "' + "1" * 40 + '"}}'),
        ("series.json", '{"metadata": {"comicid": "١٢٣"}}'),
        ("series.json", '{"metadata": {"comicid": true}}'),
        ("series.json", '{"metadata": {"comicid": 0}}'),
        ("series.json", '{"metadata": [-5]}'),
        ("series.json", "[" * 5000),
    ],
)
def test_what_is_no_id_says_nothing(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    assert noted_series_ids(tmp_path) == {}


def test_links_pipes_and_folders_of_these_names_are_not_read(tmp_path: Path) -> None:
    other = tmp_path / "elsewhere"
    other.write_text("/4050-90055/")
    (tmp_path / "cvinfo").symlink_to(other)
    os.mkfifo(tmp_path / "series.json")
    assert noted_series_ids(tmp_path) == {}
    (tmp_path / "cvinfo").unlink()
    (tmp_path / "cvinfo").mkdir()
    assert noted_series_ids(tmp_path) == {}
