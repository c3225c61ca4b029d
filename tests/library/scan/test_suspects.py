"""Files at which workers ended are found, tried alone, and set aside."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from comicmaintainer.database import Database, notices
from comicmaintainer.errors import DamagedArchive, SetAside
from comicmaintainer.library.catalogue.model import FileFacts
from comicmaintainer.library.scan.suspects import MAX_ENDINGS, Suspects
from tests.kit.clock import Clock
from tests.kit.crash import run_in_child
from tests.kit.databases import Place


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "reading"


@pytest.fixture
def build(database: Database, folder: Path, clock: Clock) -> Callable[[], Suspects]:
    return lambda: Suspects(database, folder, now=clock)


def comic(tmp_path: Path, name: str = "a.cbz") -> Path:
    path = tmp_path / name
    path.write_bytes(b"poison")
    return path


def die_at(build: Callable[[], Suspects], *paths: Path) -> None:
    """A process ends while its threads are at work on these."""

    def die() -> None:
        suspects = build()
        blocks = [suspects.guarded(path, is_asked=True) for path in paths]
        for block in blocks:
            block.__enter__()
        os._exit(9)

    assert run_in_child(die) == 9


def test_a_file_that_is_read_leaves_no_trace(
    build: Callable[[], Suspects], folder: Path, tmp_path: Path
) -> None:
    suspects = build()
    with suspects.guarded(comic(tmp_path)):
        pass
    with pytest.raises(DamagedArchive), suspects.guarded(comic(tmp_path)):
        raise DamagedArchive("its own fault")
    assert build()._store.all() == []
    suspects.close()


def test_a_file_at_which_workers_ended_repeatedly_is_set_aside_with_a_notice(
    build: Callable[[], Suspects], database: Database, tmp_path: Path
) -> None:
    path = comic(tmp_path)
    for _ in range(MAX_ENDINGS - 1):
        die_at(build, path)
    assert notices.all_notices(database) == []
    die_at(build, path)
    suspects = build()
    (notice,) = notices.all_notices(database)
    assert str(path) in notice.message
    with (
        pytest.raises(SetAside, match=f"{MAX_ENDINGS} worker processes crashed"),
        suspects.guarded(path),
    ):
        pass


def test_files_read_beside_it_are_cleared_by_a_harmless_read(
    build: Callable[[], Suspects], tmp_path: Path
) -> None:
    poison, innocent = comic(tmp_path), comic(tmp_path, "b.cbz")
    die_at(build, poison, innocent)
    suspects = build()
    with suspects.guarded(innocent):
        pass
    assert [each.path for each in suspects._store.all()] == [str(poison)]


def test_suspects_are_read_one_at_a_time(build: Callable[[], Suspects], tmp_path: Path) -> None:
    paths = [comic(tmp_path, f"{number}.cbz") for number in range(3)]
    die_at(build, *paths)
    suspects = build()
    inside: list[int] = []
    most: list[int] = []

    def read(path: Path) -> None:
        with suspects.guarded(path):
            inside.append(1)
            most.append(len(inside))
            inside.pop()

    threads = [threading.Thread(target=read, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1, 1, 1]


def test_it_is_tried_again_when_it_changes_or_when_somebody_asks(
    build: Callable[[], Suspects], database: Database, tmp_path: Path
) -> None:
    path, other = comic(tmp_path), comic(tmp_path, "b.cbz")
    for _ in range(MAX_ENDINGS):
        die_at(build, path)
        die_at(build, other)
    suspects = build()
    path.write_bytes(b"mended by now")
    with suspects.guarded(path):
        pass
    with suspects.guarded(other, is_asked=True):
        pass
    assert suspects._store.all() == []
    assert notices.all_notices(database) == []


def test_files_read_by_running_processes_are_not_suspects(
    build: Callable[[], Suspects], tmp_path: Path
) -> None:
    living = build()
    with living.guarded(comic(tmp_path)):
        assert build()._store.all() == []


def test_a_process_that_runs_finds_out_what_another_died_of(
    build: Callable[[], Suspects], tmp_path: Path
) -> None:
    path, sibling = comic(tmp_path), build()
    die_at(build, path)
    assert not sibling.is_known(path)
    sibling.gather()
    assert sibling.is_known(path)


def test_an_ending_counts_once_for_all_processes(
    build: Callable[[], Suspects], tmp_path: Path
) -> None:
    path, siblings = comic(tmp_path), [build(), build(), build()]
    die_at(build, path)
    for sibling in siblings:
        sibling.gather()
    assert all(sibling.is_known(path) for sibling in siblings)
    assert [suspect.endings for suspect in siblings[0]._store.all()] == [1]


def test_what_one_process_has_counted_or_cleared_another_can_read(
    build: Callable[[], Suspects], tmp_path: Path
) -> None:
    path, other = comic(tmp_path), build()
    for _ in range(MAX_ENDINGS):
        die_at(build, path)
    build()
    other.refresh()
    with pytest.raises(SetAside), other.guarded(path):
        pass
    with build().guarded(path, is_asked=True):
        pass
    other.refresh()
    assert not other.is_known(path)


def test_a_process_that_ends_normally_leaves_no_suspects(
    build: Callable[[], Suspects], folder: Path, tmp_path: Path
) -> None:
    def end() -> None:
        suspects = build()
        suspects.guarded(comic(tmp_path)).__enter__()
        suspects.close()

    assert run_in_child(end) == 0
    assert build()._store.all() == []
    assert len(list(folder.iterdir())) == 1


def test_a_suspect_is_skipped_by_the_quick_reader_and_stays_suspect(
    build: Callable[[], Suspects], tmp_path: Path
) -> None:
    path, other = comic(tmp_path), comic(tmp_path, "b.cbz")
    die_at(build, path)
    suspects = build()
    read = suspects.guarded_quick_reader(lambda found: FileFacts(title=found.name))
    assert read(path) is None
    assert read(other) == FileFacts(title="b.cbz")
    assert [each.path for each in suspects._store.all()] == [str(path)]


def test_a_file_that_is_not_to_be_seen_now_stays_suspect(
    build: Callable[[], Suspects], tmp_path: Path
) -> None:
    path, unmounted = comic(tmp_path), tmp_path / "unmounted"
    for _ in range(MAX_ENDINGS):
        die_at(build, path)
    suspects = build()
    path.rename(unmounted)
    with suspects.guarded(path):
        pass
    unmounted.rename(path)
    with pytest.raises(SetAside), suspects.guarded(path):
        pass


# --- several hosts -------------------------------------------------------------------------------


class Host:
    """A host with its own notes, and perhaps with a mount that shows whole seconds only."""

    def __init__(
        self, name: str, place: Place, clock: Clock, *, shows_ns: int | None = None
    ) -> None:
        self._folder = place.folder / name
        self._place = place
        self._clock = clock
        self._shows_ns = shows_ns

    def see(self, path: Path) -> None:
        """Show the time of a file as the mount of this host does."""
        if self._shows_ns is not None:
            os.utime(path, ns=(self._shows_ns, self._shows_ns))

    def start(self, database: Database) -> Suspects:
        """Return the suspects of a process that has started here."""
        return Suspects(database, self._folder, now=self._clock)

    def die_at(self, path: Path) -> None:
        """A process of this host ends at a file, and nothing starts again here."""
        self.see(path)

        def die() -> None:
            with self.start(self._place.open()).guarded(path, is_asked=True):
                os._exit(9)

        assert run_in_child(die) == 9


WHOLE_NS, PRECISE_NS = 1_700_000_000 * 10**9, 1_700_000_000 * 10**9 + 123_456_789


@pytest.fixture
def hosts(place: Place, clock: Clock) -> list[Host]:
    return [
        Host("nas", place, clock, shows_ns=PRECISE_NS),
        Host("pc", place, clock, shows_ns=WHOLE_NS),
    ]


def die_in_turns(hosts: list[Host], path: Path, count: int) -> None:
    for number in range(count):
        hosts[number % len(hosts)].die_at(path)


@pytest.mark.parametrize("place", ["postgresql"], indirect=True)
@pytest.mark.both_databases
def test_endings_on_all_hosts_count_together_whatever_times_their_mounts_show(
    hosts: list[Host], open_database: Callable[[], Database], tmp_path: Path
) -> None:
    path = comic(tmp_path)
    die_in_turns(hosts, path, MAX_ENDINGS - 1)
    for host in hosts:
        host.see(path)
        suspects = host.start(open_database())
        assert suspects.is_known(path)
        suspects.close()
    assert notices.all_notices(open_database()) == []
    hosts[0].die_at(path)
    for host in hosts:
        host.see(path)
        suspects = host.start(open_database())
        with pytest.raises(SetAside, match=f"{MAX_ENDINGS} worker"), suspects.guarded(path):
            pass
        suspects.close()
    (notice,) = notices.all_notices(open_database())
    assert str(path) in notice.message


@pytest.mark.parametrize("place", ["postgresql"], indirect=True)
@pytest.mark.both_databases
def test_a_file_that_was_mended_is_tried_again_on_all_hosts(
    hosts: list[Host], open_database: Callable[[], Database], tmp_path: Path
) -> None:
    path = comic(tmp_path)
    die_in_turns(hosts, path, MAX_ENDINGS + 1)
    nas, pc = (host.start(open_database()) for host in hosts)
    path.write_bytes(b"mended by now")
    with pc.guarded(path):
        pass
    nas.refresh()
    assert not nas.is_known(path)


@pytest.mark.both_databases
def test_a_process_that_lives_on_is_not_counted_by_other_hosts(
    place: Place, clock: Clock, open_database: Callable[[], Database], tmp_path: Path
) -> None:
    path = comic(tmp_path)
    nas, pc = Host("nas", place, clock), Host("pc", place, clock)
    cut_off = nas.start(open_database())
    with cut_off.guarded(path):
        for host in (pc, nas):  # its items are taken over, and it has come back
            other = host.start(open_database())
            other.gather()
            assert not other.is_known(path)
            other.close()
    cut_off.close()


@pytest.mark.both_databases
def test_an_ending_counts_when_its_host_is_back_and_harmless_work_elsewhere_clears_it(
    place: Place, clock: Clock, open_database: Callable[[], Database], tmp_path: Path
) -> None:
    path = comic(tmp_path)
    nas, pc = Host("nas", place, clock), Host("pc", place, clock)
    nas.die_at(path)
    elsewhere = pc.start(open_database())
    assert not elsewhere.is_known(path)
    nas.start(open_database()).close()
    elsewhere.refresh()
    assert elsewhere.is_known(path)
    with elsewhere.guarded(path):
        pass
    again = nas.start(open_database())
    assert not again.is_known(path)
    for each in (elsewhere, again):
        each.close()
