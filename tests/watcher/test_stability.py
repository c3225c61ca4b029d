"""When a file is at rest: pure bookkeeping over states and a clock."""

from __future__ import annotations

from comicmaintainer.watcher.stability import AtRest, Sight, Stability

NOTHING = AtRest((), ())


class Disk:
    """The state of files, set by the test."""

    def __init__(self, **files: int) -> None:
        self.files = {name: Sight(size, 1, 1) for name, size in files.items()}

    def __call__(self, path: str) -> Sight | None:
        return self.files.get(path)

    def grow(self, path: str, by: int = 100) -> None:
        old = self.files.get(path, Sight(0, 0, 1))
        self.files[path] = Sight(old.size_bytes + by, old.mtime_ns + 1, old.inode)


def test_a_file_is_at_rest_if_it_did_not_change_for_the_whole_time() -> None:
    disk, stability = Disk(a=1), Stability(5)
    stability.note(["a"], 0, disk)
    assert stability.take_at_rest(4.9, disk) == NOTHING
    assert stability.take_at_rest(5, disk) == AtRest(("a",), ())
    assert len(stability) == 0


def test_a_growing_file_is_left_alone_until_it_rests() -> None:
    disk, stability = Disk(a=1), Stability(5)
    stability.note(["a"], 0, disk)
    for now in (5, 10, 15):
        disk.grow("a")
        assert stability.take_at_rest(now, disk) == NOTHING
    assert stability.take_at_rest(19, disk) == NOTHING
    assert stability.take_at_rest(20, disk) == AtRest(("a",), ())


def test_another_event_restarts_the_wait() -> None:
    disk, stability = Disk(a=1), Stability(5)
    stability.note(["a"], 0, disk)
    stability.note(["a"], 4, disk)
    assert stability.take_at_rest(5, disk) == NOTHING
    assert stability.take_at_rest(9, disk) == AtRest(("a",), ())


def test_a_file_of_the_same_size_and_time_that_was_replaced_waits_again() -> None:
    disk, stability = Disk(a=1), Stability(5)
    stability.note(["a"], 0, disk)
    disk.files["a"] = Sight(1, 1, inode=2)
    assert stability.take_at_rest(5, disk) == NOTHING
    assert stability.take_at_rest(10, disk) == AtRest(("a",), ())


def test_a_missing_file_is_gone_only_after_the_same_wait() -> None:
    disk, stability = Disk(), Stability(5)
    stability.note(["a"], 0, disk)
    assert stability.take_at_rest(4, disk) == NOTHING
    assert stability.take_at_rest(5, disk) == AtRest((), ("a",))


def test_a_file_that_comes_back_is_not_gone() -> None:
    disk, stability = Disk(), Stability(5)
    stability.note(["a"], 0, disk)
    disk.grow("a")
    assert stability.take_at_rest(5, disk) == NOTHING
    assert stability.take_at_rest(10, disk) == AtRest(("a",), ())


def test_files_rest_independently_of_each_other() -> None:
    disk, stability = Disk(a=1, b=1), Stability(5)
    stability.note(["a"], 0, disk)
    stability.note(["b"], 3, disk)
    assert stability.take_at_rest(5, disk) == AtRest(("a",), ())
    assert stability.take_at_rest(8, disk) == AtRest(("b",), ())
