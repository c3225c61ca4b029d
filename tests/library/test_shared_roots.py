"""What may be asked for of folders that only other hosts have."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from comicmaintainer.errors import FileMissing, NotAComicPath, OutsideLibrary
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.catalogue.listing import Listing
from comicmaintainer.library.catalogue.model import SeenFile
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.library.shared_roots import SharedRoots
from tests.kit.clock import Clock
from tests.library.test_host_roots import NAS, PC, Opened, archive, clock, of_host, opened

__all__ = ["archive", "clock", "opened"]


def shared(opened: Opened, clock: Clock, *roots: Path) -> SharedRoots:
    """What can be asked for at the PC, which has these roots."""
    database = opened(PC)
    own = LibraryRoots(roots)
    catalogue = Catalogue(database, now=clock)
    hosts = of_host(database, clock, *roots)
    return SharedRoots(own, hosts, catalogue, Listing(database), clock=clock)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """The folder that only the PC has, with one comic."""
    folder = tmp_path / "desk"
    folder.mkdir()
    (folder / "Fox 1.cbz").touch()
    return folder


@pytest.fixture
def _scanned(opened: Opened, clock: Clock, archive: Path) -> None:
    """The NAS has scanned its archive."""
    nas = opened(NAS)
    of_host(nas, clock, archive).look()
    names = ("Owl 1.cbz", "birds/Owl 2.cbz")
    Catalogue(nas, now=clock).upsert(
        [SeenFile(str(archive / name), 1, 1, 1, at) for at, name in enumerate(names)]
    )


@pytest.mark.usefixtures("_scanned")
def test_files_and_folders_of_another_host_are_those_of_the_catalogue(
    opened: Opened, clock: Clock, archive: Path, desk: Path
) -> None:
    roots = shared(opened, clock, desk)
    shutil.rmtree(archive)
    assert roots.paths == (desk,)
    assert roots.everywhere() == (desk, archive)
    owl = archive / "birds" / "Owl 2.cbz"
    assert roots.resolve(str(owl)) == owl
    assert roots.resolve_folder(str(archive)) == archive
    assert roots.resolve_folder(str(archive / "birds")) == archive / "birds"
    assert [path.name for path in roots.walk(archive)] == ["Owl 1.cbz", "Owl 2.cbz"]
    assert list(roots.walk(archive / "birds")) == [owl]
    assert list(roots.walk(desk)) == [desk / "Fox 1.cbz"]
    assert roots.resolve("Fox 1.cbz") == desk / "Fox 1.cbz"


@pytest.mark.usefixtures("_scanned")
@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("Owl 3.cbz", FileMissing),
        ("birds/../Owl 1.cbz", OutsideLibrary),
        ("birds", NotAComicPath),
        (".comicmaintainer/trash/Owl 1.cbz", NotAComicPath),
        ("Owl\0.cbz", NotAComicPath),
    ],
)
def test_other_paths_below_a_folder_of_another_host_are_refused(
    opened: Opened, clock: Clock, archive: Path, name: str, error: type[Exception]
) -> None:
    roots = shared(opened, clock)
    with pytest.raises(error):
        roots.resolve(f"{archive}/{name}")
    if error is not FileMissing and name != "birds":
        with pytest.raises(error):
            roots.resolve_folder(f"{archive}/{name}")
    with pytest.raises(FileMissing):
        roots.resolve_folder(f"{archive}/fish")


@pytest.mark.usefixtures("_scanned")
def test_a_folder_that_is_here_is_looked_at(opened: Opened, clock: Clock, archive: Path) -> None:
    roots = shared(opened, clock, archive)
    assert roots.everywhere() == (archive,)
    with pytest.raises(FileMissing):
        roots.resolve(str(archive / "birds" / "Owl 2.cbz"))  # known, but not on the disk
    (archive / "Owl 9.cbz").touch()
    assert roots.resolve(str(archive / "Owl 9.cbz")).name == "Owl 9.cbz"


@pytest.mark.usefixtures("_scanned")
def test_a_bare_mount_point_does_not_hide_what_another_host_has(
    opened: Opened, clock: Clock, archive: Path
) -> None:
    shutil.rmtree(archive)
    archive.mkdir()
    roots = shared(opened, clock, archive)
    assert roots.everywhere() == (archive,)
    assert roots.resolve(str(archive / "Owl 1.cbz")) == archive / "Owl 1.cbz"


def test_a_folder_that_no_other_host_had_is_not_offered(
    opened: Opened, clock: Clock, archive: Path
) -> None:
    of_host(opened(PC), clock, archive).look()
    roots = shared(opened, clock)
    assert roots.everywhere() == ()
    with pytest.raises(OutsideLibrary):
        roots.resolve(str(archive / "Owl 1.cbz"))
