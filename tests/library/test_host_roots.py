"""Which roots a host has, in a library that several hosts share."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from comicmaintainer import __version__
from comicmaintainer.database.postgresql import PostgresDatabase
from comicmaintainer.errors import Conflict, InvalidSetting
from comicmaintainer.filesystem.reliability import FilesystemKind
from comicmaintainer.jobs.engine.delays import Cause
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import JobRequest
from comicmaintainer.library import root_marks
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.host_roots import BELIEVED_FOR_S, FRESH_S, LOOK_EVERY_S, HostRoots
from comicmaintainer.library.hosts import SHOWN_FOR_S, Hosts
from comicmaintainer.library.root_states import (
    DAY_S,
    KEEP_UNWATCHED_S,
    MOUNTED_WITHIN_S,
    RootStates,
)
from comicmaintainer.library.roots import LibraryRoots
from tests.kit.clock import Clock
from tests.kit.hand_worker import KINDS

Opened = Callable[..., PostgresDatabase]
NAS, PC = "nas", "pc"


@pytest.fixture
def opened(postgresql_url: str, tmp_path: Path) -> Iterator[Opened]:
    """Opens the database as the host of that name does."""
    found: list[PostgresDatabase] = []

    def open_as(host: str, *, folder: str = "") -> PostgresDatabase:
        local = tmp_path / "hosts" / (folder or host)
        found.append(PostgresDatabase(postgresql_url, local, host=host))
        return found[-1]

    yield open_as
    for database in found:
        database.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    folder = tmp_path / "archive"
    folder.mkdir()
    (folder / "Owl 1.cbz").touch()
    return folder


def of_host(database: PostgresDatabase, clock: Clock, *roots: Path) -> HostRoots:
    return HostRoots(database, LibraryRoots(roots), now=clock, clock=clock)


def states(database: PostgresDatabase, clock: Clock, *roots: Path) -> RootStates:
    return RootStates(database, Catalogue(database, now=clock), LibraryRoots(roots), now=clock)


def test_a_root_is_marked_once_and_known_by_its_mark(
    opened: Opened, clock: Clock, archive: Path
) -> None:
    nas, pc = of_host(opened(NAS), clock, archive), of_host(opened(PC), clock, archive)
    assert root_marks.read(archive) is None
    (root_id,) = nas.here()
    mark = root_marks.read(archive)
    assert mark
    assert pc.here() == {root_id}
    assert root_marks.read(archive) == mark
    root_marks.place(archive).unlink()
    assert root_marks.give(archive) != mark
    assert root_marks.give(archive) == root_marks.read(archive)


@pytest.mark.parametrize("there", ["nothing", "empty", "another"])
def test_a_folder_without_the_right_mark_is_not_here(
    opened: Opened, clock: Clock, archive: Path, there: str
) -> None:
    nas, pc = of_host(opened(NAS), clock, archive), of_host(opened(PC), clock, archive)
    assert len(nas.here()) == 1
    archive.rename(archive.with_name("away"))
    if there != "nothing":
        archive.mkdir()
    if there == "another":
        (archive / "Elm 1.cbz").touch()
    assert pc.here() == frozenset()
    # It is not marked as what it is not.
    assert root_marks.read(archive) is None
    clock.advance(LOOK_EVERY_S)
    assert nas.here() == frozenset()


def test_an_empty_folder_is_here_but_not_marked_yet(
    opened: Opened, clock: Clock, tmp_path: Path
) -> None:
    folder = tmp_path / "new"
    folder.mkdir()
    nas = of_host(opened(NAS), clock, folder)
    assert len(nas.here()) == 1
    assert root_marks.read(folder) is None
    (folder / "Owl 1.cbz").touch()
    clock.advance(LOOK_EVERY_S)
    assert len(nas.here()) == 1
    assert root_marks.read(folder)


def test_what_was_seen_is_not_believed_for_long(
    opened: Opened, clock: Clock, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nas = of_host(opened(NAS), clock, archive)
    assert len(nas.here()) == 1
    looks: list[float] = []
    monkeypatch.setattr(nas, "look", lambda: looks.append(clock()))  # it comes to no end
    clock.advance(LOOK_EVERY_S)
    assert len(nas.here()) == 1
    clock.advance(BELIEVED_FOR_S - LOOK_EVERY_S)
    assert nas.here() == frozenset()
    assert len(looks) == 2


def test_items_are_given_the_innermost_root(opened: Opened, clock: Clock, archive: Path) -> None:
    database = opened(NAS)
    nas = of_host(database, clock, archive)
    (root_id,) = nas.here()
    inner = Catalogue(database, now=clock).add_root(archive / "inner")
    items = [f"{archive}/a.cbz", f"{archive}/inner/b.cbz", f"{archive}2/c.cbz", "7", str(archive)]
    found = nas.root_ids(items, {"7": f"{archive}/d.cbz"})
    assert found == {items[0]: root_id, items[1]: inner, "7": root_id, items[4]: root_id}


def test_a_file_belongs_to_the_hosts_that_have_its_root(
    opened: Opened, clock: Clock, archive: Path, tmp_path: Path
) -> None:
    nas, pc = of_host(opened(NAS), clock, archive), of_host(opened(PC), clock)
    assert nas.has(archive / "Owl 1.cbz")
    assert not pc.has(archive / "Owl 1.cbz")
    assert pc.has(tmp_path / "elsewhere.cbz")
    assert not pc.has(tmp_path / "missing" / "elsewhere.cbz")


def test_a_host_that_can_only_read_leaves_a_root_to_one_that_can_write(
    opened: Opened, clock: Clock, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nas, pc = of_host(opened(NAS), clock, archive), of_host(opened(PC), clock, archive)
    assert len(nas.here()) == 1
    monkeypatch.setattr("os.access", lambda _path, _mode: False)
    assert pc.here() == frozenset()
    clock.advance(FRESH_S + 1)
    assert len(pc.here()) == 1


def test_two_hosts_of_one_name_are_refused(opened: Opened, clock: Clock) -> None:
    nas = of_host(opened(NAS), clock)
    nas.register()
    nas.register()
    other = of_host(opened(NAS, folder="other"), clock)
    with pytest.raises(InvalidSetting, match="HOST_NAME: another host called nas"):
        other.register()
    clock.advance(FRESH_S + 1)
    other.register()


def test_a_root_at_another_path_is_refused(
    opened: Opened, clock: Clock, archive: Path, tmp_path: Path
) -> None:
    assert len(of_host(opened(NAS), clock, archive).here()) == 1
    # As a second mount of the same share.
    second = tmp_path / "mnt"
    (second / ".comicmaintainer").mkdir(parents=True)
    root_marks.place(second).write_bytes(root_marks.place(archive).read_bytes())
    pc = of_host(opened(PC), clock, second)
    with pytest.raises(InvalidSetting, match=f"other hosts have at {archive}"):
        pc.register()
    assert pc.here() == frozenset()


def test_a_mark_that_can_not_be_read_is_none(archive: Path) -> None:
    mark = root_marks.place(archive)
    mark.parent.mkdir()
    for text in ("", "[]", '{"uid": 1}', json.dumps({"uid": ""}), "{"):
        mark.write_text(text)
        assert root_marks.read(archive) is None


def test_a_root_of_another_host_is_watched_until_that_one_is_away_for_long(
    opened: Opened, clock: Clock, archive: Path, tmp_path: Path
) -> None:
    assert len(of_host(opened(NAS), clock, archive).here()) == 1
    here = states(opened(PC), clock)
    here.note_watched()
    (state,) = here.all()
    assert (state.is_watched, state.forget_at) == (True, None)
    with pytest.raises(Conflict, match="is watched"):
        here.forget(str(archive))
    clock.advance(MOUNTED_WITHIN_S + 1)
    here.note_watched()
    (state,) = here.all()
    assert (state.is_watched, state.forget_at) == (False, clock() + KEEP_UNWATCHED_S)
    clock.advance(KEEP_UNWATCHED_S - DAY_S)
    here.forget_expired()
    assert len(here.all()) == 1
    clock.advance(DAY_S)
    here.forget_expired()
    assert len(here.all()) == 1, "no host has any folder: the setting may just be missing"
    other = tmp_path / "other"
    other.mkdir()
    states(opened(PC), clock, other).forget_expired()
    assert here.all() == []


def test_a_job_tells_which_root_it_waits_for(opened: Opened, clock: Clock, archive: Path) -> None:
    database = opened(NAS)
    nas = of_host(database, clock, archive)
    seen_at = clock()
    items = [f"{archive}/Owl 1.cbz"]
    assert len(nas.here()) == 1
    manager = JobManager(database, KINDS, now=clock)
    job = manager.submit(JobRequest("process", items, root_ids=nas.root_ids(items, {})))
    assert manager.delay_of(job.job_id) is None
    clock.advance(FRESH_S + 1)
    delay = manager.delay_of(job.job_id)
    assert delay is not None
    assert (delay.cause, delay.item, delay.host, delay.seen_at) == (
        Cause.ROOT, str(archive), NAS, seen_at,
    )  # fmt: skip


def test_a_root_is_watched_where_it_is_on_a_disk_of_the_host(
    opened: Opened, clock: Clock, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = {NAS: FilesystemKind.JOURNALING, PC: FilesystemKind.NETWORK}
    hosts = {name: of_host(opened(name), clock, archive) for name in kinds}
    for name, kind in kinds.items():
        monkeypatch.setattr(
            "comicmaintainer.library.host_roots.filesystem_of", lambda _root, kind=kind: ("", kind)
        )
        hosts[name].look()
    assert hosts[NAS].should_watch(archive)
    assert not hosts[PC].should_watch(archive)
    clock.advance(BELIEVED_FOR_S + 1)
    assert hosts[PC].should_watch(archive)  # the other one is gone
    assert not hosts[PC].should_watch(archive.parent)


def test_hosts_are_listed_with_their_roots_release_and_clock(
    opened: Opened, clock: Clock, archive: Path
) -> None:
    database = opened(NAS)
    fast = HostRoots(
        database,
        LibraryRoots((archive,)),
        now=clock,
        clock=clock,
        local_time=lambda: clock() + 300.0,
    )
    fast.look()
    other = of_host(opened(PC), clock)
    other.register()
    nas, pc = Hosts(database, now=clock).all()
    assert (nas.host, nas.version, nas.clock_ahead_s) == (NAS, __version__, 300.0)
    assert [(root.path, root.is_writable) for root in nas.roots] == [(str(archive), True)]
    assert (pc.host, pc.roots) == (PC, ())
    clock.at += SHOWN_FOR_S / 2
    other.look()
    clock.at += SHOWN_FOR_S / 2
    assert [host.host for host in Hosts(database, now=clock).all()] == [PC]
