"""The whole parser against a corpus of real names, where one is at hand."""

from __future__ import annotations

import json
import os
import re
import unicodedata
from pathlib import Path

import pytest

from comicmaintainer.comics.filename.parser import parse_filename

CORPUS = os.environ.get("COMICMAINTAINER_FILENAMES")
LEAST_SHARE = 0.90
"""Of names read whole: every field that the corpus states is right."""


@pytest.mark.skipif(CORPUS is None, reason="COMICMAINTAINER_FILENAMES names no corpus")
def test_nine_in_ten_real_names_are_read_completely() -> None:
    lines = Path(CORPUS or "").read_text("utf-8").splitlines()
    cases = [json.loads(line) for line in lines]
    misses = [case["name"] for case in cases if not _is_whole(case)]
    assert len(misses) <= (1 - LEAST_SHARE) * len(cases), misses


def _is_whole(case: dict) -> bool:
    parsed = parse_filename(case["name"])
    return all(
        _normal(field, wanted) == _normal(field, getattr(parsed, field))
        for field, wanted in case["want"].items()
    )


def _normal(field: str, value: str | None) -> str:
    """Case, punctuation, "the" and leading zeros are no differences."""
    text = unicodedata.normalize("NFC", value or "").strip()
    if field == "series":
        spelled = text.casefold().replace("&", " and ").replace("+", " and ")
        plain = re.sub(r"[\s_:;,.\-–—'’´`!?&+/]+", " ", spelled).strip()
        return plain.removeprefix("the ").removesuffix(" the")
    if field in ("issue", "volume"):
        number = text.strip("#").lstrip("0") or ("0" if text.strip("#") else "")
        return re.sub(r"^\.", "0.", re.sub(r"\.0+$", "", number)).casefold()
    return text
