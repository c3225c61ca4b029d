"""A member is decoded from its record alone: the directory is not read again for each of them."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

from comicmaintainer.comics.archives.model import Limits
from comicmaintainer.comics.archives.reader import stream_zip_member
from comicmaintainer.comics.archives.zip.zip_reader import ZipReader
from tests.kit.shared_reader import COMICS

CONTENTS = {f"page-{n}.png": bytes([n]) * 5000 for n in range(4)}


def archive_in_xz(path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        for name, content in CONTENTS.items():
            archive.writestr(name, content)
    return path


def test_a_helper_decodes_members_of_a_comic_whose_directory_is_gone(tmp_path: Path) -> None:
    path = archive_in_xz(tmp_path / "a.cbz")
    with COMICS.open(path) as archive:
        assert isinstance(archive, ZipReader)
        os.truncate(path, archive.directory.offset)
        read = {entry.name: archive.read(entry) for entry in archive.entries}
    assert read == CONTENTS


def test_a_stored_member_is_read_from_its_record(tmp_path: Path) -> None:
    path = tmp_path / "a.cbz"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("page.png", b"content")
    with ZipReader(path, Limits()) as archive:
        (record,) = archive.records
    assert b"".join(stream_zip_member(path, record)) == b"content"
