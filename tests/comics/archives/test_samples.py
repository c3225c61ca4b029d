"""Archives of other projects' test suites: each gives its pages or a clear error.

Their folder comes from COMICMAINTAINER_SAMPLES; none of them is part of this project.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from comicmaintainer.comics.archives.rar.unar_pass import is_available
from comicmaintainer.comics.archives.reader import open_archive, read_metadata_members
from comicmaintainer.comics.metadata.members import METADATA_MEMBERS
from comicmaintainer.comics.metadata.sources import read_metadata
from comicmaintainer.errors import ArchiveError

SAMPLES = os.environ.get("COMICMAINTAINER_SAMPLES")
pytestmark = pytest.mark.skipif(not SAMPLES, reason="COMICMAINTAINER_SAMPLES is not set")

ERRORS = {
    "22-byte-empty.cbz": "empty_archive",
    "bad-crc-page.cbz": "damaged_archive",
    "no-central-directory.cbz": "damaged_archive",
    "truncated-half.cbz": "damaged_archive",
    "zero-byte.cbz": "empty_archive",
    "Captain Science #001 (1950) The Beginning - nothing.cbz": "empty_archive",
    "empty.cbz": "empty_archive",
    "7zip-encrypted.7z": "encrypted_archive",
    "rar4-encrypted.rar": "encrypted_archive",
    "rar5-encrypted.rar": "encrypted_archive",
    "zip-encrypted.zip": "encrypted_archive",
    **({} if is_available() else {"rar4-solid.rar": "unsupported_archive"}),
}


SOURCES = {
    "Captain Science #001-cbi.cbr": ["comicbookinfo"],
    "Captain Science #001-cix-cbi.cbr": ["comicinfo", "comicbookinfo"],
    "Captain Science #001-cix.cbt": ["comicinfo", "metroninfo"],
    "Captain Science #001-cix.cbz": ["comicinfo"],
    "Captain Science #001-comet.cbz": ["comet"],
    "Captain Science #001-metron.cbz": ["metroninfo"],
    "Captain Science #001.cb7": ["comicinfo", "metroninfo"],
    "Captain Science #001.cbz": ["comicinfo", "metroninfo"],
    "duplicate-entry.cbz": ["comicinfo"],
    "test_cix.pdf": ["comicinfo", "pdf"],
    "test_pdf.pdf": ["pdf"],
    "test_pdf_legacy_keywords.pdf": ["pdf"],
}
"""What the tags of a sample come from; those that are not named have none."""


def samples() -> list[Path]:
    folder = Path(SAMPLES or ".")
    return sorted(p for p in folder.rglob("*.*") if p.suffix not in {".xml", ".json"})


@pytest.mark.parametrize("path", samples() if SAMPLES else [], ids=lambda path: path.name)
def test_sample_gives_its_members_or_a_clear_error(path: Path) -> None:
    expected = ERRORS.get(path.name)
    if expected is None:
        read_all(path)
        return
    with pytest.raises(ArchiveError) as caught:
        read_all(path)
    assert caught.value.code == expected


def read_all(path: Path) -> None:
    with open_archive(path) as archive:
        for entry, chunks in archive.walk():
            content = b"".join(chunks)
            assert entry.size_bytes in (None, len(content))
        found = read_metadata_members(path, {"comicinfo.xml"})
        assert found.pages == tuple(page.name for page in archive.pages)


@pytest.mark.parametrize("path", samples() if SAMPLES else [], ids=lambda path: path.name)
def test_tags_of_a_sample_are_read_from_their_sources(path: Path) -> None:
    if path.name not in SOURCES:
        pytest.skip("it holds no tags, or is broken")
    names = {name.lower() for name in METADATA_MEMBERS.values()}
    found = read_metadata_members(path, names)
    sources = read_metadata(found.members, found.comment, found.information)
    assert list(sources.by_format) == SOURCES[path.name]
    assert sources.problems == ()
