"""The two sources: real kernel events, and rounds by the clock."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from comicmaintainer.watcher.events import EventSource, KernelSource, PollingSource, Rounds


def heard_until(source: EventSource, wanted: Path, *, seconds: float = 20.0) -> set[str]:
    """Everything that is heard until an event of `wanted` comes."""
    stop = threading.Event()
    alarm = threading.Timer(seconds, stop.set)
    alarm.start()
    heard: set[str] = set()
    for signs in source.signs(stop):
        heard |= signs.paths
        if str(wanted) in heard:
            stop.set()
    alarm.cancel()
    return heard


def test_kernel_events_name_the_files_they_are_about(tmp_path: Path) -> None:
    folder = tmp_path / "Batman"
    folder.mkdir()
    writer = threading.Timer(1.0, (folder / "Batman 1.cbz").write_bytes, [b"pages"])
    writer.start()
    heard = heard_until(KernelSource([tmp_path], 60), folder / "Batman 1.cbz")
    assert str(folder / "Batman 1.cbz") in heard


def test_kernel_events_come_from_a_root_that_appears_later(tmp_path: Path) -> None:
    root = tmp_path / "library"

    def appear() -> None:
        root.mkdir()
        threading.Timer(2.0, (root / "a.cbz").write_bytes, [b"pages"]).start()

    threading.Timer(1.0, appear).start()
    assert str(root / "a.cbz") in heard_until(KernelSource([root], 60), root / "a.cbz")


def test_rounds_come_at_once_and_then_by_the_interval() -> None:
    now = [0.0]
    rounds = Rounds({Path("/a"): 10.0, Path("/b"): 30.0}, lambda: now[0])
    due = []
    for now[0] in (0.0, 5.0, 10.0, 20.0, 30.0):
        due.append([path.name for path in rounds.due()])
    assert due == [["a", "b"], [], ["a"], ["a"], ["a", "b"]]


@pytest.mark.parametrize("source_class", [PollingSource, KernelSource])
def test_every_root_is_scanned_first(
    tmp_path: Path, source_class: type[PollingSource | KernelSource]
) -> None:
    stop = threading.Event()
    first = next(iter(source_class([tmp_path], 60.0).signs(stop)))
    stop.set()
    assert first.rounds == (tmp_path,)


def test_what_comes_during_the_first_round_is_heard(tmp_path: Path) -> None:
    stop = threading.Event()
    signs = KernelSource([tmp_path], interval_s=60).signs(stop)
    assert next(signs).rounds == (tmp_path,)
    (tmp_path / "new.cbz").write_bytes(b"x")
    assert any(str(tmp_path / "new.cbz") in next(signs).paths for _ in range(20))
    stop.set()
    list(signs)


def test_kernel_events_tell_what_was_moved_here_from_what_was_there(tmp_path: Path) -> None:
    library, outside = tmp_path / "library", tmp_path / "outside" / "Batman"
    library.mkdir()
    outside.mkdir(parents=True)
    (library / "old.cbz").write_bytes(b"x")
    stop = threading.Event()
    signs = KernelSource([library], interval_s=60).signs(stop)
    next(signs)
    outside.rename(library / "Batman")
    (library / "old.cbz").write_bytes(b"other")
    heard: set[str] = set()
    added: set[str] = set()
    for _ in range(20):
        sign = next(signs)
        heard |= sign.paths
        added |= sign.added
        if {str(library / "Batman"), str(library / "old.cbz")} <= heard:
            break
    assert str(library / "Batman") in added
    assert str(library / "old.cbz") not in added
    stop.set()
    list(signs)


def test_a_name_that_is_not_utf8_ends_no_watching(tmp_path: Path) -> None:
    stop = threading.Event()
    signs = KernelSource([tmp_path], interval_s=3600, pause_s=0.1).signs(stop)
    assert next(signs).rounds == (tmp_path,)
    (tmp_path / os.fsdecode(b"caf\xe9.cbz")).write_bytes(b"x")
    # What was missed is looked for at once, and again when the kernel is listened to again.
    for _ in range(2):
        assert any(next(signs).rounds == (tmp_path,) for _ in range(40))
    (tmp_path / "sound.cbz").write_bytes(b"x")
    assert any(str(tmp_path / "sound.cbz") in next(signs).paths for _ in range(40))
    stop.set()
    list(signs)


def test_where_the_kernel_can_not_be_heard_folders_are_scanned_by_the_interval(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / os.fsdecode(b"d\xe9r")).mkdir()
    stop = threading.Event()
    rounds = 0
    for signs in KernelSource([tmp_path], interval_s=0.2, pause_s=3600).signs(stop):
        # To watch the folder is to open it, of which the kernel tells.
        os.listdir(tmp_path / os.fsdecode(b"d\xe9r"))
        rounds += signs.rounds == (tmp_path,)
        if rounds == 4:
            break
    assert "not valid UTF-8" in caplog.text
