from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from comicmaintainer.errors import FileMissing, InvalidSetting, NotAComicPath, OutsideLibrary
from comicmaintainer.library.ignored import is_comic_name, is_ignored
from comicmaintainer.library.roots import LibraryRoots


@pytest.fixture
def library(tmp_path: Path) -> Path:
    library = tmp_path / "library"
    for name in ("A/one.cbz", "B/two.CBR", "B/notes.txt", ".hidden/three.cbz", "@eaDir/four.cbz"):
        path = library / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    (tmp_path / "secret.cbz").write_bytes(b"x")
    return library


@pytest.fixture
def roots(library: Path) -> LibraryRoots:
    return LibraryRoots([library])


def test_resolve_takes_absolute_and_relative_paths(roots: LibraryRoots, library: Path) -> None:
    assert roots.resolve("A/one.cbz") == library / "A/one.cbz"
    assert roots.resolve(str(library / "B/two.CBR")) == library / "B/two.CBR"


def test_resolve_looks_in_every_root(tmp_path: Path, library: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    assert LibraryRoots([other, library]).resolve("A/one.cbz") == library / "A/one.cbz"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", NotAComicPath),
        ("A/one.cbz\0", NotAComicPath),
        ("A/\udcff.cbz", NotAComicPath),
        ("A", NotAComicPath),
        ("A/one.cbz/", NotAComicPath),
        ("B/notes.txt", NotAComicPath),
        (".hidden/three.cbz", NotAComicPath),
        ("@eaDir/four.cbz", NotAComicPath),
        ("A/.one.cbz", NotAComicPath),
        ("x" * 5000 + ".cbz", NotAComicPath),
        ("../secret.cbz", OutsideLibrary),
        ("A/../../secret.cbz", OutsideLibrary),
        ("/etc/passwd.cbz", OutsideLibrary),
        ("A/none.cbz", FileMissing),
        ("A/one.cbz/two.cbz", FileMissing),
        ("n" * 300 + ".cbz", FileMissing),
    ],
)
def test_resolve_refuses_paths_that_are_not_comics_in_the_library(
    roots: LibraryRoots, text: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        roots.resolve(text)


def test_resolve_refuses_a_path_beside_the_root_with_the_same_beginning(
    roots: LibraryRoots, library: Path
) -> None:
    beside = library.with_name("library2")
    beside.mkdir()
    (beside / "a.cbz").write_bytes(b"x")
    with pytest.raises(OutsideLibrary):
        roots.resolve(str(beside / "a.cbz"))


def test_resolve_refuses_links_that_lead_out(roots: LibraryRoots, library: Path) -> None:
    (library / "link.cbz").symlink_to(library.parent / "secret.cbz")
    (library / "out").symlink_to(library.parent)
    for text in ("link.cbz", "out/secret.cbz"):
        with pytest.raises(OutsideLibrary):
            roots.resolve(text)


def test_resolve_returns_the_real_path_of_a_link_inside(roots: LibraryRoots, library: Path) -> None:
    (library / "same.cbz").symlink_to(library / "A/one.cbz")
    (library / "trap.cbz").symlink_to(library / "B/notes.txt")
    assert roots.resolve("same.cbz") == library / "A/one.cbz"
    with pytest.raises(NotAComicPath):
        roots.resolve("trap.cbz")


def test_resolve_refuses_a_folder_or_pipe_with_a_comics_name(
    roots: LibraryRoots, library: Path
) -> None:
    (library / "folder.cbz").mkdir()
    os.mkfifo(library / "pipe.cbz")
    for text in ("folder.cbz", "pipe.cbz"):
        with pytest.raises(NotAComicPath):
            roots.resolve(text)


def test_resolve_folder_finds_folders_inside_only(roots: LibraryRoots, library: Path) -> None:
    assert roots.resolve_folder("A") == library / "A"
    assert roots.resolve_folder(str(library)) == library
    with pytest.raises(OutsideLibrary):
        roots.resolve_folder(str(library.parent))
    with pytest.raises(FileMissing):
        roots.resolve_folder("A/one.cbz")


def test_a_root_behind_a_link_is_known_by_both_paths(tmp_path: Path, library: Path) -> None:
    (tmp_path / "comics").symlink_to(library)
    roots = LibraryRoots([tmp_path / "comics"])
    assert roots.paths == (library,)
    assert roots.resolve(str(tmp_path / "comics/A/one.cbz")) == library / "A/one.cbz"


def test_nested_roots_are_refused(library: Path) -> None:
    with pytest.raises(InvalidSetting):
        LibraryRoots([library, library / "A"])
    with pytest.raises(InvalidSetting):
        LibraryRoots([Path("/")])
    assert LibraryRoots([library, library]).paths == (library,)


def test_walk_yields_comics_in_order_without_links_hidden_and_junk(
    roots: LibraryRoots, library: Path
) -> None:
    (library / "link.cbz").symlink_to(library / "A/one.cbz")
    (library / "loop").symlink_to(library)
    (library / "B/five.cbz.part").write_bytes(b"x")
    (library / ".comicmaintainer/trash").mkdir(parents=True)
    (library / ".comicmaintainer/trash/gone.cbz").write_bytes(b"x")
    (library / os.fsdecode(b"bad\xff.cbz")).write_bytes(b"x")
    assert list(roots.walk(library)) == [library / "A/one.cbz", library / "B/two.CBR"]


@pytest.mark.parametrize(
    "name",
    [
        ".comicmaintainer", ".x.cbz.cm-0123456789abcdef.tmp", "@eaDir", "#recycle", "$RECYCLE.BIN",
        ".DS_Store", "Thumbs.db", "lost+found", "a.cbz.part", "a.cbz.crdownload", "a.cbz.!qB",
        "._a.cbz", "~$a.cbz", "a.cm-0123456789abcdef.moving.cbz", "System Volume Information",
        "_UNPACK_Mill", "_FAILED_Mill", "_unpack_a.cbz", "_Failed_a.cbz", "_unpack", "__ADMIN__",
        "_ADMIN_Mill", "Mill 1.#12", "~syncthing~a.cbz", "~syncthing~a.cbz.tmp",
        ".syncthing.a.cbz.tmp", ".stfolder", ".stversions", ".sync", "a.cbz.!sync", ".fuse_hidden0",
        ".nfs0001", ".Trash-1000", ".Trashes", "found.000", "~snapshot", "a.cbz.filepart",
        "a.cbz.123.partial", "a.cbz_tmp", "Chapter 1_tmp", "a.cbz.sb-0a1b2c3d-AbC123",
    ],
)  # fmt: skip
def test_junk_is_ignored(name: str) -> None:
    assert is_ignored(name)
    assert not is_comic_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "a.cbz", "A.CBR", "x.cb7", "x.CbT", "b.pdf", "part.cbz", "tmp.cbz", "_Failed.cbz",
        "Incomplete 1.cbz", "Inc #1.cbz", "~1.cbz", "_a.cbz", "a.#1.cbz", "I.cbz", "Unpack_.cbz",
    ],
)  # fmt: skip
def test_comics_are_not_ignored(name: str) -> None:
    assert is_comic_name(name)
    assert not is_ignored(name)


@pytest.mark.parametrize("name", ["Failed", "Unpack", "_Failed Heroes", "Incomplete", "Mill #12"])
def test_folders_of_comics_are_not_ignored(name: str) -> None:
    assert not is_ignored(name)


@pytest.mark.parametrize("name", ["a.zip", "a.txt", "cbz", ".cbz", "a.cbz.bak"])
def test_other_files_are_not_comics(name: str) -> None:
    assert not is_comic_name(name)


def test_folder_that_cannot_be_listed_leaves_out_only_itself(tmp_path: Path) -> None:
    (tmp_path / "good.cbz").touch()
    parent = os.open(tmp_path, os.O_RDONLY)
    for _ in range(25):  # deeper than a path may be long
        os.mkdir("d" * 200, dir_fd=parent)
        folder = os.open("d" * 200, os.O_RDONLY, dir_fd=parent)
        os.close(parent)
        parent = folder
    os.close(parent)
    try:
        assert list(LibraryRoots([tmp_path]).walk(tmp_path)) == [tmp_path / "good.cbz"]
    finally:
        subprocess.run(["rm", "-rf", str(tmp_path / ("d" * 200))], check=True)
