"""What is stored: intents and receipts in the journal, results of jobs, exports."""

from __future__ import annotations

import json
from typing import Any

import pysqlite3  # the file as it is, not as the product reads it

from comicmaintainer.jobs.transfer.exporter import Exporter
from comicmaintainer.operations.declared.kinds import KINDS
from tests.golden.recorded import new_kinds, require_as_recorded
from tests.golden.scene import Scene
from tests.golden.scrub import Scrub
from tests.golden.work_of_each_kind import do_each_kind

JSON_COLUMNS = ("intent", "receipt", "summary", "details", "params")
ITEMS = "SELECT i.* FROM job_items AS i JOIN jobs AS j USING (job_id) ORDER BY j.rowid, seq"


def test_journal_and_results_are_stored_as_recorded(scene: Scene, scrub: Scrub) -> None:
    ids = do_each_kind(scene)
    assert set(ids) == KINDS.keys() - new_kinds()
    stored = {
        "changes": rows(scene, "SELECT * FROM changes ORDER BY change_id"),
        "results": rows(scene, "SELECT * FROM job_results ORDER BY id"),
        "jobs": rows(scene, "SELECT * FROM jobs ORDER BY rowid"),
        "items": rows(scene, ITEMS),
        "files": rows(scene, "SELECT * FROM files ORDER BY path"),
    }
    require_as_recorded("stored", scrub(stored))


def test_export_is_as_recorded(scene: Scene, scrub: Scrub) -> None:
    ids = do_each_kind(scene)
    exporter = Exporter(scene.services.database)
    jobs = {kind: [json.loads(line) for line in exporter.lines([ids[kind]])] for kind in ids}
    whole = {json.loads(line).get("record", "head") for line in exporter.lines()}
    require_as_recorded("export", scrub({"jobs": jobs, "records": sorted(whole)}))


def rows(scene: Scene, query: str) -> list[dict[str, Any]]:
    """The rows of a query, their JSON read."""
    connection = pysqlite3.connect(scene.settings.database_path)
    try:
        cursor = connection.execute(query)
        names = [column[0] for column in cursor.description]
        return [
            {name: _value(name, value) for name, value in zip(names, row, strict=True)}
            for row in cursor.fetchall()
        ]
    finally:
        connection.close()


def _value(name: str, value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    return json.loads(value) if name in JSON_COLUMNS and value is not None else value
