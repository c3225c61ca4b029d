"""From events to jobs: which files become one, and which are left alone."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from comicmaintainer.errors import DatabaseBusy
from comicmaintainer.library.scan.library_scan import Listeners
from comicmaintainer.watcher.leader import LEASE_S, LeaderLock, LeaseLeader
from comicmaintainer.watcher.open_files import is_open_for_writing
from comicmaintainer.watcher.watcher import WatchPolicy
from tests.kit.clock import Clock
from tests.kit.crash import run_in_child
from tests.kit.waiting import wait_until
from tests.watcher.watch_post import WatchPost


class OnFirstQuestion(threading.Event):
    """A stop that is never set; the first check runs an action."""

    def __init__(self, happening: Callable[[], None]) -> None:
        super().__init__()
        self._happening: Callable[[], None] | None = happening

    def is_set(self) -> bool:
        if self._happening is not None:
            happening, self._happening = self._happening, None
            happening()
        return super().is_set()


@pytest.fixture
def post(tmp_path: Path) -> WatchPost:
    """A watcher of a library that was scanned before."""
    post = WatchPost(tmp_path)
    post.comic("Old/old.cbz")
    post.round()
    post.rest()
    assert post.jobs() == []
    return post


def test_a_new_file_becomes_a_job_once_it_is_at_rest(post: WatchPost) -> None:
    path = post.comic("Batman/Batman 1.cbz")
    post.hear(path)
    post.rest(4)
    assert post.jobs() == []
    post.rest(2)
    assert post.jobs() == [["Batman 1.cbz"]]
    assert post.catalogue.by_path(path) is not None


def test_a_file_that_is_still_being_copied_is_left_alone(post: WatchPost) -> None:
    path = post.comic("Batman 1.cbz")
    whole = path.read_bytes()
    path.write_bytes(whole[:500])
    post.hear(path)
    for size in range(600, len(whole), 100):
        post.rest(4)
        with path.open("r+b") as file:
            file.write(whole[:size])
    post.rest(4)
    assert post.jobs() == []
    path.write_bytes(whole)
    post.rest(12)
    assert post.jobs() == [["Batman 1.cbz"]]


def test_a_file_that_is_open_for_writing_waits(post: WatchPost) -> None:
    path = post.comic("Batman 1.cbz")
    with path.open("r+b"):
        if not is_open_for_writing(path):
            pytest.skip("this filesystem gives no leases")
        post.hear(path)
        post.rest(30)
        assert post.jobs() == []
    post.rest(10)
    assert post.jobs() == [["Batman 1.cbz"]]


def test_many_files_become_one_job(post: WatchPost) -> None:
    paths = [post.comic(f"Batman/Batman {n}.cbz") for n in range(30)]
    for path in paths:
        post.hear(path)
        post.rest(1)
    post.rest()
    jobs = post.jobs()
    assert sorted(name for job in jobs for name in job) == sorted(path.name for path in paths)
    assert len(jobs) <= 4


@pytest.mark.parametrize(
    "name",
    [
        ".hidden.cbz",
        "@eaDir/a.cbz",
        ".comicmaintainer/trash/a.cbz",
        "a.cbz.part",
        "._a.cbz",
        "notes.txt",
        "#recycle/a.cbz",
        "_UNPACK_Mill/a.cbz",
        "_FAILED_Mill/a.cbz",
        "Mill.#12/a.cbz",
        "Mill/_unpack/a.cbz",
        "~syncthing~a.cbz.tmp",
    ],
)
def test_hidden_unfinished_and_junk_files_are_left_alone(post: WatchPost, name: str) -> None:
    post.hear(post.comic(name))
    post.rest()
    assert post.jobs() == []


def test_our_own_writes_cause_no_job(post: WatchPost) -> None:
    path = post.library / "Old" / "old.cbz"
    with path.open("ab") as file:
        file.write(b"\0" * 10)
    post.scan.scan_path(path)
    post.hear(path)
    post.rest()
    assert post.jobs() == []


def test_our_own_rename_causes_no_job(post: WatchPost) -> None:
    path = post.library / "Old" / "old.cbz"
    target = path.with_name("new.cbz")
    path.rename(target)
    post.catalogue.move(path, target)
    post.hear(path, target)
    post.rest()
    assert post.jobs() == []
    assert post.catalogue.by_path(target) is not None


def test_a_file_renamed_by_another_program_keeps_its_row_and_causes_no_job(post: WatchPost) -> None:
    path = post.library / "Old" / "old.cbz"
    row = post.catalogue.by_path(path)
    target = post.library / "Elsewhere" / "other.cbz"
    target.parent.mkdir()
    path.rename(target)
    post.hear(path, target.parent, target)
    post.rest()
    moved = post.catalogue.by_path(target)
    assert row is not None
    assert moved is not None
    assert moved.file_id == row.file_id
    assert post.catalogue.by_path(path) is None
    assert post.jobs() == []


def test_a_renamed_folder_is_followed(post: WatchPost) -> None:
    path = post.library / "Old" / "old.cbz"
    row = post.catalogue.by_path(path)
    path.parent.rename(post.library / "New Name")
    post.hear(path.parent, post.library / "New Name")
    post.rest()
    moved = post.catalogue.by_path(post.library / "New Name" / "old.cbz")
    assert row is not None
    assert moved is not None
    assert moved.file_id == row.file_id
    assert post.jobs() == []


def test_files_of_a_folder_that_is_moved_in_become_a_job(post: WatchPost, tmp_path: Path) -> None:
    outside = post.comic("Batman/Batman 1.cbz").parent
    shutil.move(outside, tmp_path / "outside")
    shutil.move(tmp_path / "outside", post.library / "Batman")
    post.hear(post.library / "Batman")
    post.rest()
    assert post.jobs() == [["Batman 1.cbz"]]


def test_files_of_a_folder_that_a_downloader_has_unpacked_become_a_job(post: WatchPost) -> None:
    folder = post.comic("_UNPACK_Batman/Batman 1.cbz").parent
    post.hear(folder, folder / "Batman 1.cbz")
    post.rest()
    assert post.jobs() == []
    folder.rename(post.library / "Batman")
    post.hear(folder, post.library / "Batman")
    post.rest()
    assert post.jobs() == [["Batman 1.cbz"]]


def test_a_deleted_file_leaves_the_catalogue(post: WatchPost) -> None:
    post.comic("Old/stays.cbz")
    path = post.library / "Old" / "old.cbz"
    path.unlink()
    post.hear(path)
    post.rest()
    assert post.catalogue.by_path(path) is None


def test_a_dropped_share_removes_nothing_from_the_catalogue(post: WatchPost) -> None:
    path = post.library / "Old" / "old.cbz"
    shutil.rmtree(path.parent)
    post.hear(path, path.parent)
    post.rest()
    post.round()
    post.rest()
    assert post.catalogue.by_path(path) is not None


def test_new_pages_in_a_known_file_make_a_job(post: WatchPost) -> None:
    path = post.comic("Old/old.cbz", seed="other pages")
    post.hear(path)
    post.rest()
    assert post.jobs() == [["old.cbz"]]


def test_an_unreadable_file_becomes_a_job_once_it_is_complete(post: WatchPost) -> None:
    path = post.comic("Batman 1.cbz")
    whole = path.read_bytes()
    path.write_bytes(whole[:700])
    post.hear(path)
    post.rest()
    assert post.jobs() == []
    path.write_bytes(whole)
    post.hear(path)
    post.rest()
    assert post.jobs() == [["Batman 1.cbz"]]


def test_files_that_arrive_while_nobody_watches_are_found_by_the_next_round(
    post: WatchPost,
) -> None:
    post.comic("Batman 1.cbz")
    post.round()
    post.rest()
    assert post.jobs() == [["Batman 1.cbz"]]


def test_existing_files_are_processed_if_the_setting_says_so(tmp_path: Path) -> None:
    post = WatchPost(tmp_path, existing_too=True)
    post.comic("Batman 1.cbz")
    post.round()
    post.rest()
    assert post.jobs() == [["Batman 1.cbz"]]


def test_files_among_the_duplicates_cause_no_job(tmp_path: Path) -> None:
    place = tmp_path / "library" / "Duplicates"
    post = WatchPost(tmp_path, WatchPolicy(left_alone=(place,)))
    post.round()
    post.hear(post.comic("Duplicates/Batman 1.cbz"))
    post.rest()
    assert post.jobs() == []


def test_a_job_that_could_not_be_stored_is_submitted_later(post: WatchPost) -> None:
    path = post.comic("Batman 1.cbz")
    answers = iter([DatabaseBusy("locked"), None])

    def submit(paths: object) -> None:
        answer = next(answers)
        if answer is not None:
            raise answer
        post.submit(paths)  # type: ignore[arg-type]

    post.watcher._submit = submit
    post.hear(path)
    with pytest.raises(DatabaseBusy):
        post.rest()
    post.rest()
    assert post.jobs() == [["Batman 1.cbz"]]


def test_only_one_process_leads(tmp_path: Path) -> None:
    first, second = (LeaderLock(tmp_path / "watcher.lock") for _ in range(2))
    assert first.try_to_lead()
    assert first.try_to_lead()
    assert not second.try_to_lead()
    first.step_down()
    assert second.try_to_lead()


def test_the_lead_is_released_when_its_holder_is_killed(tmp_path: Path) -> None:
    lock = LeaderLock(tmp_path / "watcher.lock")

    def lead_and_die() -> None:
        assert LeaderLock(tmp_path / "watcher.lock").try_to_lead()
        os.kill(os.getpid(), signal.SIGKILL)

    assert run_in_child(lead_and_die) == -signal.SIGKILL
    assert lock.try_to_lead()


class Held:
    """A lease of a database that may be away, or held by another host."""

    def __init__(self) -> None:
        self.answers: list[bool | Exception] = []
        self.given_up = 0

    def take(self, for_s: float) -> bool:
        assert for_s == LEASE_S
        answer = self.answers.pop(0) if self.answers else True
        if isinstance(answer, Exception):
            raise answer
        return answer

    def give_up(self) -> None:
        self.given_up += 1


def test_the_lead_over_a_root_is_a_lease_that_ends_unless_it_is_renewed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("comicmaintainer.watcher.leader.RENEWED_EVERY_S", 3600.0)
    clock, lease, may_lead = Clock(), Held(), [False]
    leader = LeaseLeader(lease, lambda: may_lead[0], clock=clock)  # type: ignore[arg-type]
    assert not leader.try_to_lead()  # the root is not here
    may_lead[0] = True
    lease.answers = [False, DatabaseBusy("away"), True]
    assert [leader.try_to_lead() for _ in range(4)] == [False, False, True, True]
    clock.advance(LEASE_S)
    assert not leader.try_to_lead()
    assert lease.given_up == 1
    assert leader.try_to_lead()
    leader.step_down()
    leader.step_down()
    assert lease.given_up == 2


def test_a_lease_is_renewed_while_a_scan_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("comicmaintainer.watcher.leader.RENEWED_EVERY_S", 0.001)
    clock, lease = Clock(), Held()
    leader = LeaseLeader(lease, lambda: True, clock=clock)  # type: ignore[arg-type]
    assert leader.try_to_lead()
    clock.advance(LEASE_S - 1)
    before = leader._until
    wait_until(lambda: leader._until > before)
    clock.advance(2)
    assert leader.try_to_lead()
    lease.answers = [False] * 1000
    wait_until(lambda: leader._until == 0)
    assert not leader.try_to_lead()


def test_who_leads_again_forgets_what_it_saw_before(post: WatchPost) -> None:
    path = post.comic("Batman 1.cbz")
    post.hear(path)
    assert post.watcher._stability
    leads = [True, False]
    stop = threading.Event()

    class Turns:
        def try_to_lead(self) -> bool:
            if not leads:
                stop.set()
            return bool(leads) and leads.pop(0)

        def step_down(self) -> None:
            pass

    post.watcher._leader = Turns()
    post.watcher.run(stop)
    assert not post.watcher._stability


def test_files_of_roots_that_others_watch_are_left_to_them(post: WatchPost) -> None:
    post.watcher._is_of_others = lambda path: post.roots.root_of(path) is None
    post.awaited.add(["/elsewhere/Owl 1.cbz"])
    post.rest()
    assert post.jobs() == []
    assert post.awaited.since(0)[0] == ["/elsewhere/Owl 1.cbz"]


def test_run_ends_when_stop_is_set(post: WatchPost) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=post.watcher.run, args=(stop,))
    thread.start()
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


def test_files_catalogued_before_a_crash_still_become_a_job_after_it(tmp_path: Path) -> None:
    before = WatchPost(tmp_path)
    before.round()
    before.comic("Batman 1.cbz")
    before.round()  # catalogued, but the process dies before the file is at rest
    after = WatchPost(tmp_path)
    after.rest()
    assert after.jobs() == [["Batman 1.cbz"]]
    again = WatchPost(tmp_path)
    again.rest()
    assert again.jobs() == [["Batman 1.cbz"]]


def test_files_that_arrive_during_the_first_scan_become_one_job(tmp_path: Path) -> None:
    post = WatchPost(tmp_path)
    there = post.comic("A/there before.cbz")
    (post.library / "B").mkdir()
    post.now.at = there.stat().st_ctime + 0.001

    def comes() -> None:
        # The root is listed by then, B is not. Filesystems tell times in steps.
        while post.comic("B/comes.cbz").stat().st_ctime < post.now.at:
            pass

    post.watcher._stopping = OnFirstQuestion(comes)
    post.round()
    post.hear_of_new(post.library / "B" / "comes.cbz")
    post.rest()
    post.round()
    post.rest()
    assert post.jobs() == [["comes.cbz"]]
    assert post.catalogue.by_path(post.library / "A" / "there before.cbz") is not None


def test_a_folder_moved_in_during_the_first_scan_becomes_a_job(tmp_path: Path) -> None:
    post = WatchPost(tmp_path)
    post.comic("A/there before.cbz")
    post.comic("B/moved in.cbz")
    post.round()  # it took both for there before: their times are old
    post.hear_of_new(post.library / "B")
    post.rest()
    assert post.jobs() == [["moved in.cbz"]]


def test_a_folder_that_was_there_before_the_first_scan_is_only_catalogued(tmp_path: Path) -> None:
    post = WatchPost(tmp_path)
    post.comic("A/there before.cbz")
    post.round()
    post.hear(post.library / "A", post.library / "A" / "there before.cbz")
    post.rest()
    assert post.jobs() == []


def test_a_new_file_that_a_scan_job_finds_first_becomes_one_job(post: WatchPost) -> None:
    post.round()
    path = post.comic("Batman 1.cbz")
    post.scan.scan_root(post.library, Listeners(on_new=post.awaited.note_new))
    post.hear(path)
    post.rest()
    assert post.jobs() == [["Batman 1.cbz"]]
    assert post.awaited.since(0)[0] == []

    post.comic("Batman 2.cbz")
    post.scan.scan_root(post.library, Listeners(on_new=post.awaited.note_new))
    post.rest()
    assert post.jobs() == [["Batman 1.cbz"], ["Batman 2.cbz"]]


def test_files_that_a_scan_job_finds_among_the_duplicates_become_no_job(tmp_path: Path) -> None:
    aside = tmp_path / "library" / "Duplicates"
    post = WatchPost(tmp_path, WatchPolicy(left_alone=(aside,)))
    post.round()
    post.comic("Duplicates/Batman 1.cbz")
    post.scan.scan_root(post.library, Listeners(on_new=post.awaited.note_new))
    post.rest()
    assert (post.jobs(), post.awaited.since(0)[0]) == ([], [])
