"""Which comics are the same."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

from comicmaintainer.comics.archives.reader import open_archive, read_metadata_members
from comicmaintainer.comics.pages.fingerprint import page_fingerprint, read_page_facts

PAGES = {"1.jpg": b"one" * 50, "2.jpg": b"two" * 70}


def make_zip(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def fingerprint(path: Path) -> str | None:
    return page_fingerprint(read_metadata_members(path, set()).page_facts)


def test_renamed_and_retagged_copies_have_one_fingerprint(tmp_path: Path) -> None:
    first = make_zip(tmp_path / "a.cbz", PAGES)
    renamed = {f"x/{name}": content for name, content in PAGES.items()}
    second = make_zip(tmp_path / "b.cbz", {**renamed, "ComicInfo.xml": b"<ComicInfo/>"})
    assert fingerprint(first) == fingerprint(second) is not None


def test_other_pages_or_another_order_differ(tmp_path: Path) -> None:
    first = make_zip(tmp_path / "a.cbz", PAGES)
    turned = make_zip(tmp_path / "b.cbz", {"1.jpg": PAGES["2.jpg"], "2.jpg": PAGES["1.jpg"]})
    fewer = make_zip(tmp_path / "c.cbz", {"1.jpg": PAGES["1.jpg"]})
    assert len({fingerprint(first), fingerprint(turned), fingerprint(fewer)}) == 3


def test_tar_agrees_with_the_zip_of_its_pages_once_read(tmp_path: Path) -> None:
    path = tmp_path / "a.cbt"
    with tarfile.open(path, "w") as archive:
        for name, content in PAGES.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    assert fingerprint(path) is None
    with open_archive(path) as opened:
        facts = read_page_facts(opened)
    assert page_fingerprint(facts) == fingerprint(make_zip(tmp_path / "a.cbz", PAGES))


def test_comic_without_pages_has_no_fingerprint() -> None:
    assert page_fingerprint([]) is None
