"""Export and import: whole, byte for byte, into an empty or a living database."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from comicmaintainer.database import Database
from comicmaintainer.errors import Conflict, InvalidInput, JobStateConflict
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import JobRequest, JobStatus, Outcome, Priority, Trigger
from comicmaintainer.jobs.saved.schedule_store import ScheduleStore
from comicmaintainer.jobs.saved.scheduler import Scheduler
from comicmaintainer.jobs.saved.schedules import Schedules
from comicmaintainer.jobs.saved.template_store import JobTemplate, TemplateStore
from comicmaintainer.jobs.saved.templates import Templates
from comicmaintainer.jobs.transfer.exporter import Exporter
from comicmaintainer.jobs.transfer.importer import Clash
from tests.kit.clock import Clock
from tests.kit.databases import Place
from tests.kit.hand_worker import DISK_FULL, FAILED, KINDS, HandWorker, importer, names


@pytest.fixture
def other(other_place: Place) -> Iterator[Database]:
    """An empty database elsewhere."""
    opened = other_place.open()
    yield opened
    opened.close()


@pytest.fixture
def full(database: Database, manager: JobManager, worker: HandWorker, clock: Clock) -> Database:
    """A database with something of everything."""
    templates = Templates(TemplateStore(database), manager, now=clock)
    schedules = Schedules(ScheduleStore(database), templates, now=clock)
    builtin = JobTemplate(template_id="builtin", name="All", kind="verify", selection={"all": True})
    TemplateStore(database).install([builtin], clock())
    nightly = templates.create("Nightly", "verify", {"paths": ["n"]}, params={"heal": True})
    schedules.create(nightly.template_id, cron="0 3 * * *", timezone="Europe/Berlin")
    schedules.create("builtin", run_at=clock() + 1e7)
    clock.advance(86400)
    Scheduler(database, manager, templates, now=clock).tick()
    worker.beat()
    removed = manager.submit(JobRequest("tag", ["r1", "r2"]))
    worker.hand_in(worker.claim(2, ["tag"]), FAILED)
    manager.delete_job(removed.job_id)

    details = {"b": [1, 2.5, None], "a": "Ünï 行"}
    clock.advance(1)
    manager.submit(JobRequest("process", ["done"], title="Done", priority=Priority.HIGH))
    worker.hand_in(worker.claim(1, ["process"]), Outcome(True, details), duration_s=0.125)
    clock.advance(1)
    items = [f"/l/{n:04}.cbz" for n in range(2500)]
    manager.submit(JobRequest("process", items, item_params={items[7]: {"issue": "7"}}))
    worker.hand_in(worker.claim(1200, ["process"]))
    worker.hand_in(worker.claim(10, ["process"]), FAILED)
    worker.hand_in(worker.claim(5, ["process"]), DISK_FULL)
    worker.claim(3, ["process"])
    cancelled = manager.submit(JobRequest("tag", ["c1", "c2"]))
    worker.hand_in(worker.claim(1, ["tag"]))
    manager.cancel_job(cancelled.job_id)
    manager.submit(JobRequest("tag", []))
    with database.transaction() as transaction:  # as the first release left it
        transaction.execute(
            "INSERT INTO jobs (job_id, status, total_items, processed_items, created_at)"
            " VALUES ('old', 'completed', 2, 2, 1.5)"
        )
        transaction.execute_many(
            "INSERT INTO job_results (job_id, item, success, error) VALUES ('old', ?, ?, ?)",
            [("a.cbz", 1, None), ("b.cbz", 0, "no")],
        )
    return database


def exported(database: Database, *job_ids: str) -> bytes:
    return b"".join(Exporter(database).lines(job_ids or None))


def lines_of(data: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in data.splitlines()]


def edited(data: bytes, number: int, **changes: Any) -> bytes:
    """Return an export with fields of one line changed."""
    lines = data.splitlines(keepends=True)
    lines[number] = (json.dumps({**json.loads(lines[number]), **changes}) + "\n").encode()
    return b"".join(lines)


def test_export_import_export_is_byte_identical(full: Database, other: Database) -> None:
    first = exported(full)
    report = importer(other).read(io.BytesIO(first))
    assert report.clashes == []
    assert exported(other) == first
    kinds = {line.get("record") for line in lines_of(first)}
    assert kinds == {
        None, "template", "schedule", "slot", "history", "failure", "statistic", "wait", "job",
        "item", "result", "end",
    }  # fmt: skip


def test_imported_jobs_show_the_same_status_items_and_results(
    full: Database, other: Database, manager: JobManager, clock: Clock
) -> None:
    importer(other).read(io.BytesIO(exported(full)))
    there = JobManager(other, KINDS, now=clock)
    for job in manager.jobs.page(limit=100):
        copy = there.get(job.job_id)
        assert (copy.status, copy.total_items, copy.processed_items, copy.failed_items) == (
            job.status,
            job.total_items,
            job.processed_items,
            job.failed_items,
        )
        mine, theirs = manager.results.in_order(job.job_id), there.results.in_order(job.job_id)
        assert [(r.item, r.success, r.details) for r in mine] == [
            (r.item, r.success, r.details) for r in theirs
        ]


def test_imported_job_continues_where_it_was(full: Database, other: Database, clock: Clock) -> None:
    importer(other).read(io.BytesIO(exported(full)))
    there, worker = JobManager(other, KINDS, now=clock), HandWorker(other, clock, "w")
    clock.advance(10)
    assert worker.run_all() == 2500 - 1210 + 1  # those left of the large job, and the nightly one
    large = next(job for job in there.jobs.page() if job.total_items == 2500)
    assert (large.status, large.processed_items) == (JobStatus.COMPLETED, 2500)


def test_active_jobs_can_be_imported_paused(full: Database, other: Database) -> None:
    importer(other).read(io.BytesIO(exported(full)), pause_active=True)
    statuses = {job.status for job in JobManager(other, KINDS).jobs.page()}
    assert statuses == {JobStatus.PAUSED, JobStatus.COMPLETED, JobStatus.CANCELLED}


def test_second_import_changes_nothing_and_clashes_with_nothing(full: Database) -> None:
    data = exported(full)
    report = importer(full).read(io.BytesIO(data))
    assert (report.stored, report.clashes) == ({}, [])
    assert exported(full) == data


def test_what_is_there_under_the_same_id_is_left_alone_and_reported(full: Database) -> None:
    data = exported(full)
    number = next(n for n, line in enumerate(lines_of(data)) if line.get("title") == "Done")
    job_id = lines_of(data)[number]["job_id"]
    report = importer(full).read(io.BytesIO(edited(data, number, title="Other")))
    assert report.clashes == [Clash("job", job_id, number + 1, "another record has this id")]
    assert exported(full) == data


def test_template_whose_name_is_taken_is_left_out_with_its_schedules(
    full: Database, other: Database
) -> None:
    TemplateStore(other).insert(
        JobTemplate(template_id="mine", name="Nightly", kind="tag", selection={})
    )
    report = importer(other).read(io.BytesIO(exported(full)))
    assert [(clash.record, clash.reason) for clash in report.clashes] == [
        ("template", "its name is taken"),
        ("schedule", "its template_id does not exist here"),
        ("slot", "its schedule_id does not exist here"),
    ]


def test_job_that_equals_an_active_one_is_imported_beside_it(
    database: Database, manager: JobManager, other: Database
) -> None:
    manager.submit(JobRequest("process", ["a"]))
    twin = JobManager(other, KINDS).submit(JobRequest("process", ["a"]))
    importer(database).read(io.BytesIO(exported(other)))
    assert manager.get(twin.job_id).status is JobStatus.QUEUED
    assert len(manager.jobs.page()) == 2


def test_imported_job_has_no_rights_of_the_command_line_but_keeps_who_asked(
    database: Database,
    manager: JobManager,
    worker: HandWorker,
    other: Database,
    clock: Clock,
) -> None:
    request = JobRequest("process", ["/a", "/b"], trigger=Trigger.CLI)
    job_id = manager.submit(request).job_id
    assert {claim.trigger for claim in worker.claim(1)} == {Trigger.CLI}
    worker.hand_in(worker.claim(1), FAILED)
    data = exported(database)
    importer(other).read(io.BytesIO(data))
    assert exported(other) == data
    there, elsewhere = JobManager(other, KINDS, now=clock), HandWorker(other, clock, "w")
    assert there.get(job_id).trigger is Trigger.CLI
    left = elsewhere.claim()
    assert {claim.trigger for claim in left} == {Trigger.API}
    elsewhere.hand_in(left)
    there.retry(job_id)
    retried = elsewhere.claim()
    assert {(claim.trigger, claim.imported) for claim in retried} == {(Trigger.API, True)}
    elsewhere.hand_in(retried)
    there.repeat(job_id, Trigger.CLI)
    repeated = elsewhere.claim()
    assert {(claim.trigger, claim.imported) for claim in repeated} == {(Trigger.API, True)}


def test_chosen_jobs_are_exported_alone(full: Database, other: Database) -> None:
    data = exported(full, "old")
    assert [line.get("record") for line in lines_of(data)] == [
        None, "job", "result", "result", "end",
    ]  # fmt: skip
    importer(other).read(io.BytesIO(data))
    (job,) = JobManager(other, KINDS).jobs.page()
    assert (job.job_id, job.processed_items) == ("old", 2)


def test_item_being_run_is_exported_as_queued(
    database: Database, manager: JobManager, worker: HandWorker
) -> None:
    manager.submit(JobRequest("process", ["a"]))
    worker.claim()
    item = next(line for line in lines_of(exported(database)) if line.get("record") == "item")
    assert item == {"record": "item", "seq": 0, "item": "a", "attempt": 1}


def test_item_that_waits_for_a_media_server_is_due_where_it_is_imported(
    database: Database, other: Database, manager: JobManager, worker: HandWorker, clock: Clock
) -> None:
    job_id = manager.submit(JobRequest("process", ["a", "b"])).job_id
    put_off = Outcome(False, error="Komga has to see it", not_before=clock() + 86400)
    worker.hand_in(worker.claim(2), put_off)
    with database.transaction() as transaction:
        transaction.execute("INSERT INTO server_waits VALUES (?, 1, '/l/b')", (job_id,))
    importer(other).read(io.BytesIO(exported(database)))
    assert [claim.item for claim in HandWorker(other, clock, "there").claim(2)] == ["b"]


# --- files that are not whole ----------------------------------------------------------------


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95, 0.9999])
def test_file_cut_short_is_refused_and_leaves_no_half_of_a_job(
    full: Database, other: Database, share: float
) -> None:
    data = exported(full)
    with pytest.raises(InvalidInput):
        importer(other).read(io.BytesIO(data[: int(len(data) * share)]))
    assert other.value("SELECT count(*) FROM jobs WHERE deleting <> 0") == 0
    for job in JobManager(other, KINDS).jobs.page(limit=100):
        items = other.value("SELECT count(*) FROM job_items WHERE job_id = ?", (job.job_id,))
        assert items == (0 if job.job_id == "old" else job.total_items)
    report = importer(other).read(io.BytesIO(data))
    assert report.clashes == []
    assert exported(other) == data


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not valid JSON"),
        ("[]", "not a JSON object"),
        ('{"record": "comic"}', "no type of record"),
        ('{"record": ["job"]}', "no type of record"),
        ('{"record": "item", "seq": 0, "item": "a"}', "no job precedes it"),
        ('{"record": "slot", "schedule_id": 1}', "'schedule_id' must be a text"),
        ('{"record": "statistic", "kind": "a"}', "'hour' is missing"),
        ('{"record": "wait", "kind": "a", "colour": 1}', "no field colour"),
        ('{"record": "wait", "kind": "a", "hour": true}', "'hour' must be a whole number"),
        ('{"record": "wait", "kind": "a", "hour": 1e400}', "'hour' must be a whole number"),
        (f'{{"record": "wait", "kind": "a", "hour": {2**63}}}', "out of range"),
        ('{"record": "wait", "kind": "a", "hour": 3600, "bucket": 99}', "'bucket' is out of range"),
        ('{"record": "wait", "kind": "A b"}', "'kind' can't be"),
        ('{"record": "template", "template_id": "a", "name": "\\ud800"}', "half a character"),
        ('{"record": "template", "template_id": "a", "name": "\\u0000"}', "NUL character"),
        ('{"record": "wait", "kind": NaN}', "NaN"),
        ("[" * 100_000, "100 levels deep"),
    ],
)
def test_line_that_cannot_be_is_refused_with_its_number(
    other: Database, line: str, reason: str
) -> None:
    data = '{"format": "comicmaintainer-jobs", "version": 1}\n' + line + "\n"
    with pytest.raises(InvalidInput, match="Line 2") as refusal:
        importer(other).read(io.BytesIO(data.encode()))
    assert reason in str(refusal.value)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": "finished"}, "'status'"),
        ({"priority": 9}, "'priority'"),
        ({"created_at": "yesterday"}, "'created_at'"),
        ({"job_id": None}, "'job_id' is missing"),
        ({"job_id": "../../x'<script>"}, "'job_id' can't be"),
        ({"job_id": 'a"\r\nX-Evil: 1'}, "'job_id' can't be"),
        ({"created_at": 1e17}, "'created_at' is out of range"),
        ({"completed_at": -1.0}, "'completed_at' is out of range"),
        ({"params": [1, 2]}, "'params' must be a JSON object"),
        ({"total_items": -5}, "'total_items' is out of range"),
        ({"preview": 7}, "'preview' is out of range"),
    ],
)
def test_job_with_a_value_that_cannot_be_is_refused(
    full: Database, other: Database, changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(InvalidInput, match=f"Line 2 .*{reason}"):
        importer(other).read(io.BytesIO(edited(exported(full, "old"), 1, **changes)))
    assert other.value("SELECT count(*) FROM jobs") == 0


NESTED = json.loads("[" * 300 + "]" * 300)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"seq": -1}, "'seq' is out of range"),
        ({"seq": 0}, "not greater"),
        ({"params": [1]}, "'params' must be a JSON object"),
        ({"not_before": 1e17}, "'not_before' is out of range"),
        ({"state": "processing"}, "can't be processing"),
        ({"state": "failed"}, "must have a result"),
        ({"state": "failed", "result": {"success": 1}}, "contradicts its state, failed"),
        ({"state": "succeeded", "result": {"success": 1, "details": ["a"]}}, "'details' must be"),
        (
            {"state": "succeeded", "result": {"success": 1, "details": {"a": NESTED}}},
            "100 levels deep",
        ),
        ({"state": "succeeded", "result": {"success": 1, "finished_at": 1e17}}, "out of range"),
    ],
)
def test_item_with_an_invalid_value_is_refused_with_its_whole_job(
    database: Database,
    manager: JobManager,
    other: Database,
    changes: dict[str, Any],
    reason: str,
) -> None:
    manager.submit(JobRequest("process", ["a", "b"]))
    data = edited(exported(database), 3, **changes)
    with pytest.raises(InvalidInput, match=f"Line 4 .*{reason}"):
        importer(other).read(io.BytesIO(data))
    assert other.value("SELECT count(*) FROM jobs") == 0
    assert other.value("SELECT count(*) FROM job_items") == 0


def test_number_that_is_none_is_refused_also_deep_inside(
    database: Database, manager: JobManager, other: Database
) -> None:
    manager.submit(JobRequest("process", ["a"], params={"x": [1]}))
    data = exported(database).replace(b"[1]", b"[1e400]")
    with pytest.raises(InvalidInput, match="an invalid number"):
        importer(other).read(io.BytesIO(data))


def test_what_comes_before_a_line_that_cannot_be_is_stored(full: Database, other: Database) -> None:
    data = exported(full)
    number = next(n for n, line in enumerate(lines_of(data)) if line.get("title") == "Done")
    with pytest.raises(InvalidInput, match=f"Line {number + 1} "):
        importer(other).read(io.BytesIO(edited(data, number, priority=9)))
    assert TemplateStore(other).find("builtin") is not None
    before = [line["job_id"] for line in lines_of(data)[:number] if line.get("record") == "job"]
    assert {job.job_id for job in JobManager(other, KINDS).jobs.page()} == set(before)
    importer(other).read(io.BytesIO(data))
    assert exported(other) == data


# --- records that mean nothing here ----------------------------------------------------------


@pytest.mark.parametrize(
    ("record", "changes", "reason"),
    [
        ("schedule", {"cron": "garbage words x y z"}, "not a valid cron expression"),
        ("schedule", {"timezone": "Nowhere/Land"}, "no time zone 'Nowhere/Land'"),
        ("schedule", {"cron": "* * * * *", "run_at": 5.0}, "either a cron expression"),
        ("template", {"builtin": 0, "selection": {"odd": 1}}, "A selection has paths"),
        ("template", {"builtin": 0, "kind": "explode"}, "no kind of job called 'explode'"),
        ("template", {"builtin": 0, "name": " "}, "1 to 100 characters"),
        ("template", {"builtin": 1, "template_id": "mine"}, "no built-in template"),
        ("history", {"status": "queued"}, "can't be queued"),
        ("history", {"failed_items": 9}, "don't add up"),
        ("job", {"status": "queued", "kind": "explode"}, "no kind of job called 'explode'"),
        ("job", {"processed_items": 10**9}, "don't add up"),
        ("job", {"job_id": "old", "status": "queued"}, "its items are not in the file"),
    ],
)
def test_record_that_cannot_be_used_here_is_left_out_with_its_line_and_the_rest_is_imported(
    full: Database, other: Database, record: str, changes: dict[str, Any], reason: str
) -> None:
    data = exported(full)
    wanted = {"record": record} | ({"job_id": "old"} if "job_id" in changes else {})
    wanted |= {"cron": "0 3 * * *"} if record == "schedule" else {}
    number = next(n for n, line in enumerate(lines_of(data)) if wanted.items() <= line.items())
    report = importer(other).read(io.BytesIO(edited(data, number, **changes)))
    clash = report.clashes[0]
    assert (clash.record, clash.line) == (record, number + 1)
    assert reason in clash.reason
    parents = {"template", "schedule", "history"}  # what hangs on them is left out as well
    assert record in parents or len(report.clashes) == 1
    assert other.value("SELECT count(*) FROM jobs WHERE deleting <> 0") == 0
    kept = len(JobManager(other, KINDS).jobs.page(limit=100))
    assert kept == len(JobManager(full, KINDS).jobs.page(limit=100)) - (record == "job")
    assert report.stored["job"] == kept


def test_ended_job_of_an_unknown_kind_is_still_imported(full: Database, other: Database) -> None:
    data = edited(exported(full, "old"), 1, kind="press")
    assert importer(other).read(io.BytesIO(data)).clashes == []
    assert lines_of(exported(other, "old")) == lines_of(data)


def test_job_that_was_reopened_while_it_was_exported_continues(
    database: Database, manager: JobManager, worker: HandWorker, other: Database
) -> None:
    job_id = manager.submit(JobRequest("process", ["a", "b"])).job_id
    worker.hand_in(worker.claim(1))
    ended = {"status": "completed", "processed_items": 2, "completed_at": 9.0}
    data = edited(exported(database, job_id), 1, **ended)
    importer(other).read(io.BytesIO(data))
    job = JobManager(other, KINDS).get(job_id)
    assert (job.status, job.processed_items, job.completed_at) == (JobStatus.PROCESSING, 1, None)


# --- equal jobs ------------------------------------------------------------------------------


def test_ended_job_keeps_its_key_beside_an_equal_active_one(
    database: Database, manager: JobManager, worker: HandWorker, other: Database
) -> None:
    first = manager.submit(JobRequest("process", ["a"])).job_id
    worker.run_all(FAILED)
    second = manager.submit(JobRequest("process", ["a"])).job_id
    data = exported(database)
    importer(other).read(io.BytesIO(data))
    assert exported(other) == data
    assert importer(other).read(io.BytesIO(data)).clashes == []
    there = JobManager(other, KINDS)
    with pytest.raises(JobStateConflict, match=second):
        there.retry(first)


def test_active_job_beside_an_equal_one_is_present_when_it_is_imported_again(
    database: Database, manager: JobManager, other: Database
) -> None:
    manager.submit(JobRequest("process", ["a"]))
    JobManager(other, KINDS).submit(JobRequest("process", ["a"]))
    data = exported(other)
    importer(database).read(io.BytesIO(data))
    again = importer(database).read(io.BytesIO(data))
    assert (again.stored, again.clashes, again.present["job"]) == ({}, [], 1)


@pytest.mark.parametrize("head", [b"", b"{}\n", b'{"format": "comics", "version": 1}\n', b"PK\3\4"])
def test_file_that_is_not_an_export_is_refused(other: Database, head: bytes) -> None:
    with pytest.raises(InvalidInput, match="not an export"):
        importer(other).read(io.BytesIO(head))


def test_export_of_a_later_version_is_refused(other: Database) -> None:
    with pytest.raises(InvalidInput, match="version 2"):
        importer(other).read(io.BytesIO(b'{"format": "comicmaintainer-jobs", "version": 2}\n'))


def test_two_imports_at_once_are_refused(full: Database, other: Database) -> None:
    class Nested(io.BytesIO):
        def readline(self, size: int | None = -1) -> bytes:
            with pytest.raises(Conflict, match="running"):
                importer(other).read(io.BytesIO())
            return super().readline(size)

    importer(other).read(Nested(exported(full, "old")))


# --- CSV -------------------------------------------------------------------------------------


def test_results_as_csv_have_a_line_each_that_no_spreadsheet_runs(
    database: Database, manager: JobManager, worker: HandWorker, clock: Clock
) -> None:
    clock.at = 1_700_000_000.0
    items = ["=HYPERLINK(1)", 'com"ma, and\nline']
    job_id = manager.submit(JobRequest("process", items)).job_id
    first, second = worker.claim()
    worker.hand_in([first], Outcome(True, {"pages": 3}), duration_s=0.5)
    worker.hand_in([second], Outcome(False, error="-2+3", code="@SUM(1)"))
    text = "".join(Exporter(database).csv_rows(job_id))
    head, one, two = csv.reader(io.StringIO(text))
    assert head == [
        "item", "outcome", "code", "error", "attempt", "finished_at", "duration_s", "details",
    ]  # fmt: skip
    assert one == [
        "'=HYPERLINK(1)", "succeeded", "", "", "1", "2023-11-14T22:13:20+00:00", "0.5",
        '{"pages": 3}',
    ]  # fmt: skip
    assert two[:4] == [items[1], "failed", "'@SUM(1)", "'-2+3"]
    assert names([first]) == [items[0]]
