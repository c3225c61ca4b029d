"""Where parts of replaced archives go, and which of them are deleted."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from comicmaintainer.library.kept_parts import KeptParts
from comicmaintainer.library.roots import LibraryRoots

OLD_AT, EXPIRED_AT = 1000.0, 2000.0


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "root"
    made.mkdir()
    return made


def part(folder: Path, name: str = "0123456789abcdef.kept", *, at: float = OLD_AT) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(b"part")
    os.utime(path, (at, at))
    return path


def test_a_part_lies_in_the_root_of_its_archive_or_else_beside_the_database(
    root: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "config" / "keep"
    parts = KeptParts(LibraryRoots([root]), elsewhere)
    own = root / ".comicmaintainer" / "keep"
    assert parts.folders_for(root / "Series" / "a.cbz") == (own, elsewhere)
    assert parts.folders_for(tmp_path / "other.cbz") == (elsewhere,)
    assert list(root.iterdir()) == []


@pytest.mark.parametrize("link", [".comicmaintainer", ".comicmaintainer/keep"])
def test_a_symbolic_link_leads_nothing_out_of_the_root(
    root: Path, tmp_path: Path, link: str
) -> None:
    foreign = part(tmp_path / "foreign" / "keep")
    (root / link).parent.mkdir(exist_ok=True)
    (root / link).symlink_to(foreign.parents[1 if link == ".comicmaintainer" else 0])
    elsewhere = tmp_path / "config" / "keep"
    parts = KeptParts(LibraryRoots([root]), elsewhere)
    assert parts.folders_for(root / "a.cbz") == (elsewhere,)
    parts.expire(EXPIRED_AT)
    assert foreign.exists()


def test_only_parts_that_are_old_enough_are_deleted_and_nothing_else(
    root: Path, tmp_path: Path
) -> None:
    own, elsewhere = root / ".comicmaintainer" / "keep", tmp_path / "config" / "keep"
    old = [part(own), part(elsewhere)]
    new = part(own, f"{1:016x}.kept", at=EXPIRED_AT)
    foreign = part(own, "Comic 001.cbz")
    (own / f"{2:016x}.kept").mkdir()
    outside = part(tmp_path / "outside")
    link = own / f"{3:016x}.kept"
    link.symlink_to(outside)
    KeptParts(LibraryRoots([root, tmp_path / "gone"]), elsewhere).expire(EXPIRED_AT)
    assert [path for path in old if path.exists()] == []
    assert all(path.exists() for path in (new, foreign, link, outside))


def test_nothing_is_deleted_in_a_protected_root(root: Path, tmp_path: Path) -> None:
    kept = part(root / ".comicmaintainer" / "keep")
    roots = LibraryRoots([root])
    KeptParts(roots, tmp_path / "keep", protecting=lambda _path: str(root)).expire(EXPIRED_AT)
    assert kept.exists()
