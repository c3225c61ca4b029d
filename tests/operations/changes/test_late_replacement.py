"""A worker is stopped right before it replaces an archive, and goes on when others have done it.

Its last look is over, and over a network no lock keeps others away. What it has written is removed
by whoever finishes its change, so nothing is left that could replace what is newer.
"""

from __future__ import annotations

import fcntl
import threading
from pathlib import Path

import pytest

from comicmaintainer.filesystem.siblings import SiblingFile
from comicmaintainer.settings import TagWrite
from tests.kit.waiting import PATIENCE_S
from tests.operations.workbench import Workbench, sha256, tags


def test_a_late_replacement_does_not_undo_what_others_have_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped, goes_on = threading.Event(), threading.Event()
    replace = SiblingFile.replace_target

    def stop_late(self: SiblingFile) -> None:
        if threading.current_thread().name == "late":
            stopped.set()
            assert goes_on.wait(PATIENCE_S)
        replace(self)

    monkeypatch.setattr(SiblingFile, "replace_target", stop_late)
    monkeypatch.setattr(fcntl, "flock", lambda *_: None)
    bench = Workbench(tmp_path, tag_write=TagWrite.REPLACE)
    late = bench.another(tag_write=TagWrite.REPLACE)
    path = bench.comic("Batman 5.cbz")
    before = sha256(path)
    first = bench.submit("tag", [path], {"set": {"year": 1940}})
    thread = threading.Thread(target=late.work, name="late")
    thread.start()
    assert stopped.wait(PATIENCE_S)

    bench.manager.workers.rescue([late.worker_id], bench.clock())
    bench.recover()
    bench.work()
    (second,) = bench.run("tag", [path], {"set": {"year": 1941}})
    goes_on.set()
    thread.join()

    assert [result.error for result in bench.results(first.job_id)] == [None]
    assert second.error is None
    assert tags(path).year == 1941
    for job_id in (second.job_id, first.job_id):
        changes = [str(change.change_id) for change in bench.journal.changes_of_job(job_id)]
        assert {result.error for result in bench.run("undo", changes)} == {None}
    assert sha256(path) == before
