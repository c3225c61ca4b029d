"""Which metadata speaks for the whole archive: the same for every format."""

from __future__ import annotations

import io
import tarfile
import warnings
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import libarchive
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comicmaintainer.comics.archives.own_members import OwnMembers
from comicmaintainer.comics.archives.page_names import is_junk, is_page
from comicmaintainer.comics.archives.reader import read_metadata_members
from tests.comics.archives.drawn_rar import rar5

USUAL = ("ComicInfo.xml", "MetronInfo.xml")

Members = Sequence[tuple[str, bytes]]


def as_zip(path: Path, members: Members) -> None:
    with zipfile.ZipFile(path, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile's own, about doubled names
        for name, content in members:
            archive.writestr(name, content)


def as_tar(path: Path, members: Members) -> None:
    with tarfile.open(path, "w") as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


def as_seven_zip(path: Path, members: Members) -> None:
    with libarchive.file_writer(str(path), "7zip") as archive:
        for name, content in members:
            archive.add_file_from_memory(name, len(content), content)


def as_rar(path: Path, members: Members) -> None:
    path.write_bytes(rar5(dict(members)))


WRITERS: dict[str, Callable[[Path, Members], None]] = {
    "zip": as_zip,
    "tar": as_tar,
    "7z": as_seven_zip,
    "rar": as_rar,
}

CASES = {
    "at the root": (["ComicInfo.xml", "1.jpg"], "ComicInfo.xml", ()),
    "in small letters": (["comicinfo.xml", "1.jpg"], "comicinfo.xml", ("comicinfo.xml",)),
    "in both spellings": (
        ["comicinfo.xml", "ComicInfo.xml", "COMICINFO.XML", "1.jpg"],
        "ComicInfo.xml",
        ("comicinfo.xml", "COMICINFO.XML"),
    ),
    "the root before a folder": (
        ["a/ComicInfo.xml", "comicinfo.xml", "a/1.jpg"], "comicinfo.xml", ("comicinfo.xml",),
    ),
    "in the folder around all": (
        ["Book/1.jpg", "Book/extra/2.jpg", "Book/ComicInfo.xml", "readme.txt"],
        "Book/ComicInfo.xml",
        ("Book/ComicInfo.xml",),
    ),
    "in two folders around all": (
        ["a/b/1.jpg", "a/b/comicinfo.xml"], "a/b/comicinfo.xml", ("a/b/comicinfo.xml",),
    ),
    "of one chapter": (["c01/1.jpg", "c01/ComicInfo.xml", "c02/1.jpg"], None, ()),
    "beside a page at the root": (["0.jpg", "c01/1.jpg", "c01/ComicInfo.xml"], None, ()),
    "of every chapter": (["c01/ComicInfo.xml", "c01/1.jpg", "c02/ComicInfo.xml"], None, ()),
    "on two levels": (["a/ComicInfo.xml", "a/b/ComicInfo.xml", "a/b/1.jpg"], None, ()),
    "junk": (["__MACOSX/ComicInfo.xml", "@eaDir/ComicInfo.xml", "a/1.jpg"], None, ()),
    "junk beside": (
        ["__MACOSX/ComicInfo.xml", "a/ComicInfo.xml", "a/1.jpg", "__MACOSX/1.jpg"],
        "a/ComicInfo.xml",
        ("a/ComicInfo.xml",),
    ),
    "with a dot": (["./ComicInfo.xml", "./1.jpg"], "./ComicInfo.xml", ("./ComicInfo.xml",)),
}  # fmt: skip


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("case", CASES)
def test_only_the_member_that_describes_the_archive_is_read(
    tmp_path: Path, kind: str, case: str
) -> None:
    names, chosen, misplaced = CASES[case]
    path = tmp_path / "comic"
    WRITERS[kind](path, [(name, name.encode() * 40) for name in names])
    found = read_metadata_members(path, USUAL)
    assert found.members == ({} if chosen is None else {chosen: chosen.encode() * 40})
    assert found.misplaced == misplaced


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_last_of_two_members_with_the_usual_name_counts(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "comic"
    members = [("ComicInfo.xml", b"one"), ("1.jpg", b"page"), ("ComicInfo.xml", b"two")]
    WRITERS[kind](path, members)
    assert read_metadata_members(path, USUAL).members == {"ComicInfo.xml": b"two"}


@given(
    names=st.lists(
        st.builds(
            "{}{}".format,
            st.sampled_from(["", "", "./", "a/", "A/", "a/b/", "c/", "__MACOSX/"]),
            st.sampled_from(["ComicInfo.xml", "comicinfo.xml", "metroninfo.XML", "1.jpg", "2.jpg"]),
        ),
        max_size=8,
    )
)
def test_what_is_chosen_is_alone_or_at_the_root(names: list[str]) -> None:
    own = OwnMembers(USUAL)
    taken: dict[str, int] = {}
    for number, name in enumerate(names):
        usual = own.usual_name(name)
        if usual is not None and own.add(number, name, usual):
            taken[usual] = number
    pages = [name for name in names if is_page(name)]
    chosen = own.chosen(pages)
    for usual in USUAL:
        like = [n for n in names if n.lower().endswith(usual.lower()) and not is_junk(n)]
        at_the_root = [n for n in like if "/" not in n.removeprefix("./")]
        if usual not in chosen:
            assert not at_the_root
            continue
        # What was taken while they came is what is chosen in the end.
        assert taken[usual] == chosen[usual].number
        name = names[chosen[usual].number]
        if at_the_root:
            assert name in at_the_root
            assert (usual in at_the_root) == (name == usual)
        else:
            folder = name.rpartition("/")[0].lower() + "/"
            assert all(n.lower().startswith(folder) for n in [*like, *pages])
        group = at_the_root or like
        assert set(chosen[usual].misplaced) == set(group) - {usual}
