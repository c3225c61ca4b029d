"""The two sources: real kernel events, and rounds by the clock."""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path

import pytest

from comicmaintainer.watcher.events import EventSource, KernelSource, PollingSource, Rounds
from comicmaintainer.watcher.folder_watches import FolderWatches
from tests.kit.few_watches import needs_limits, set_limit
from tests.kit.waiting import wait_until
from tests.watcher.listener import NOBODY, Listener


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A folder that other users can reach."""
    found = tmp_path / "library"
    found.mkdir()
    for each in (found, *found.parents):
        if each.stat().st_uid == os.geteuid() and each != Path("/"):
            each.chmod(each.stat().st_mode | 0o005)
    return found


def heard_until(source: EventSource, wanted: Path, *, seconds: float = 20.0) -> set[str]:
    """Return all events until one of `wanted` arrives."""
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


def test_rounds_are_due_at_once_and_then_by_the_interval() -> None:
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


def test_events_during_the_first_round_are_noticed(tmp_path: Path) -> None:
    stop = threading.Event()
    signs = KernelSource([tmp_path], interval_s=60).signs(stop)
    assert next(signs).rounds == (tmp_path,)
    (tmp_path / "new.cbz").write_bytes(b"x")
    assert any(str(tmp_path / "new.cbz") in next(signs).paths for _ in range(20))
    stop.set()
    list(signs)


def test_kernel_events_distinguish_moved_files_from_existing_ones(tmp_path: Path) -> None:
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


def test_a_name_that_is_not_utf8_causes_a_scan_and_watching_continues(tmp_path: Path) -> None:
    stop = threading.Event()
    signs = KernelSource([tmp_path], interval_s=3600).signs(stop)
    assert next(signs).rounds == (tmp_path,)
    (tmp_path / os.fsdecode(b"caf\xe9.cbz")).write_bytes(b"x")
    (tmp_path / os.fsdecode(b"d\xe9r")).mkdir()
    assert any(next(signs).rounds == (tmp_path,) for _ in range(40))
    (tmp_path / "sound.cbz").write_bytes(b"x")
    assert any(str(tmp_path / "sound.cbz") in next(signs).paths for _ in range(40))
    stop.set()
    list(signs)


def test_folder_that_replaces_a_root_is_scanned_and_watched(tmp_path: Path) -> None:
    root = tmp_path / "library"
    root.mkdir()
    stop = threading.Event()
    signs = KernelSource([root], interval_s=3600).signs(stop)
    assert next(signs).rounds == (root,)
    root.rename(tmp_path / "old")
    root.mkdir()
    assert any(next(signs).rounds == (root,) for _ in range(40))
    (root / "new.cbz").write_bytes(b"x")
    assert any(str(root / "new.cbz") in next(signs).paths for _ in range(40))
    stop.set()
    list(signs)


def test_folder_that_may_not_be_read_leaves_all_others_watched(library: Path) -> None:
    names = "abcdefgh"
    for name in names:
        (library / name).mkdir()
        (library / name).chmod(0 if name in "bdf" else 0o777)
    others = [library / name / "new.cbz" for name in names if name not in "bdf"]
    user = NOBODY if os.geteuid() == 0 else 0
    with Listener(library, user=user) as listener:
        for each in others:
            each.write_bytes(b"x")
        listener.hears(*others)
        (library / "b").chmod(0o777)
        listener.hears(library / "b")
        (library / "b" / "new.cbz").write_bytes(b"x")
        listener.hears(library / "b" / "new.cbz")


@needs_limits
def test_folders_beyond_the_limit_of_watches_are_scanned_and_reported(library: Path) -> None:
    for number in range(20):
        (library / f"d{number:02}").mkdir()
    with Listener(library, interval_s=1, limits={"max_inotify_watches": 3}) as listener:
        told = listener.until(lambda sign: sign["shortfall"] is not None)["shortfall"]
        assert (told["limit"], told["watched"], told["scanned"]) == ("max_user_watches", 3, 18)
        assert (
            "fs.inotify.max_user_watches is used up (user.max_inotify_watches: 3)"
            in (told["finding"])
        )
        assert "sudo sysctl -w user.max_inotify_watches=524288" in told["advice"]
        assert str(library) not in told["brief"]
        for _ in range(3):
            listener.until(lambda sign: sign["rounds"] == [str(library)])
        # New folders tell of themselves although they get no watch.
        (library / "new").mkdir()
        listener.hears(library / "new")
        listener.until(lambda sign: (sign["shortfall"] or {}).get("scanned") == 19)
        set_limit(listener.pid_file, "max_inotify_watches", 1000)
        listener.until(lambda sign: sign["shortfall"] is None)
        (library / "d17" / "new.cbz").write_bytes(b"x")
        listener.hears(library / "d17" / "new.cbz")


@needs_limits
def test_without_an_instance_of_inotify_everything_is_scanned(library: Path) -> None:
    with Listener(library, interval_s=1, limits={"max_inotify_instances": 0}) as listener:
        told = listener.until(lambda sign: sign["shortfall"] is not None)["shortfall"]
        assert told["limit"] == "max_user_instances"
        assert "fs.inotify.max_user_instances" in told["finding"]
        for _ in range(3):
            listener.until(lambda sign: sign["rounds"] == [str(library)])
        set_limit(listener.pid_file, "max_inotify_instances", 10)
        listener.until(lambda sign: sign["shortfall"] is None)
        (library / "new.cbz").write_bytes(b"x")
        listener.hears(library / "new.cbz")


def test_without_a_free_descriptor_everything_is_scanned(library: Path) -> None:
    with Listener(library, interval_s=1, files=3) as listener:
        told = listener.until(lambda sign: sign["shortfall"] is not None)["shortfall"]
        assert told["limit"] == "open_files"
        assert "ulimit -n" in told["advice"]
        for _ in range(3):
            listener.until(lambda sign: sign["rounds"] == [str(library)])


def test_moved_folder_is_watched_only_under_its_new_name(tmp_path: Path) -> None:
    (tmp_path / "old" / "below").mkdir(parents=True)
    stop = threading.Event()
    signs = KernelSource([tmp_path], interval_s=3600).signs(stop)
    next(signs)
    (tmp_path / "old").rename(tmp_path / "new")
    assert any(str(tmp_path / "new") in next(signs).added for _ in range(40))
    (tmp_path / "new" / "below" / "1.cbz").write_bytes(b"x")
    heard: set[str] = set()
    for _ in range(40):
        heard |= next(signs).paths
        if str(tmp_path / "new" / "below" / "1.cbz") in heard:
            break
    assert str(tmp_path / "new" / "below" / "1.cbz") in heard
    assert str(tmp_path / "old" / "below" / "1.cbz") not in heard
    stop.set()
    list(signs)


def test_links_and_ignored_folders_are_not_watched(tmp_path: Path) -> None:
    root, outside = tmp_path / "library", tmp_path / "outside"
    for folder in (root / "Owl", root / "@eaDir", root / ".comicmaintainer", outside / "deep"):
        folder.mkdir(parents=True)
    (root / "loop").symlink_to(root)
    (root / "away").symlink_to(outside)
    watches = FolderWatches([root])
    watches.begin(lambda: False)
    assert watches.count == 2  # the root and one folder
    watches.close()


def test_lost_events_cause_a_scan(library: Path) -> None:
    queue_length = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text("ascii"))
    watches = FolderWatches([library])
    watches._watch_tree(str(library))  # nobody reads
    for number in range(queue_length // 2 + 1):
        (library / f"{number}.cbz").touch()
    watches._reader.start()
    wait_until(lambda: watches.heard(1.0).is_lost, "the sign of lost events")
    watches.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a disk")
def test_disk_that_is_mounted_inside_a_root_is_scanned_and_watched(library: Path) -> None:
    (library / "disk here").mkdir()
    stop = threading.Event()
    signs = KernelSource([library], interval_s=3600).signs(stop)
    assert next(signs).rounds == (library,)
    mount = ["mount", "-t", "tmpfs", "none", str(library / "disk here")]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        assert any(next(signs).rounds == (library,) for _ in range(40))
        (library / "disk here" / "new.cbz").write_bytes(b"x")
        wanted = str(library / "disk here" / "new.cbz")
        assert any(wanted in next(signs).paths for _ in range(40))
    finally:
        stop.set()
        list(signs)
        subprocess.run(["umount", str(library / "disk here")], check=True)
