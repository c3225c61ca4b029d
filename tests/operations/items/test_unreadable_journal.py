"""Journal entries that this version cannot read: neither lists nor the recovery stop at them."""

from __future__ import annotations

from pathlib import Path

from comicmaintainer.library.journal import ChangeState
from tests.operations.workbench import Workbench


def test_unreadable_intent_is_listed_refused_and_abandoned(tmp_path: Path) -> None:
    bench = Workbench(tmp_path)
    comic = bench.comic("Saga 001 (2012).cbz")
    bench.catalogued(comic)
    bench.run("process", [comic])
    [renamed] = bench.library.glob("*.cbz")
    with bench.database.transaction() as transaction:
        transaction.execute("UPDATE changes SET intent = 'plain text' WHERE kind = 'rename'")
    changes = bench.journal.history(renamed)
    assert {change.kind for change in changes} == {"rename", "tags"}
    rename = next(change for change in changes if change.kind == "rename")
    [result] = bench.run("undo", [str(rename.change_id)])
    assert (result.success, result.code) == (False, "undo_refused")
    assert "can't be read" in (result.error or "")

    with bench.database.transaction() as transaction:
        transaction.execute("UPDATE changes SET state = 'planned' WHERE kind = 'rename'")
    bench.recover()
    assert bench.journal.get(rename.change_id).state is ChangeState.ABANDONED
    assert renamed.exists()
