"""Saved jobs: made, edited, run; built-in ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from benchmarks.named_kinds import NamedKinds

from comicmaintainer.database import Database
from comicmaintainer.errors import Conflict, InvalidInput, NotFound, UnknownKind
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import Priority, Trigger
from comicmaintainer.jobs.saved.template_store import JobTemplate, TemplateStore
from comicmaintainer.jobs.saved.templates import Templates
from tests.kit.clock import Clock
from tests.kit.hand_worker import KINDS, HandWorker, names

VERIFY = JobTemplate(
    template_id="builtin-verify", name="Verify all", kind="verify", selection={"all": True}
)


class Shelf(NamedKinds):
    """What a filter finds, which changes over time."""

    def __init__(self, _names: Iterable[str]) -> None:
        self.files = ["a.cbz", "b.cbz"]

    def items(self, kind: str, selection: Mapping[str, Any]) -> Iterable[str]:
        if "paths" in selection:
            return list(selection["paths"])
        if selection == {"filter": {"state": "unprocessed"}}:
            return self.files
        raise InvalidInput(f"The selection of {kind} can't be read.")


@pytest.fixture
def shelf() -> Shelf:
    return Shelf(KINDS)


@pytest.fixture
def manager(database: Database, shelf: Shelf, clock: Clock) -> JobManager:
    return JobManager(database, shelf, now=clock)


@pytest.fixture
def templates(database: Database, manager: JobManager, clock: Clock) -> Templates:
    return Templates(TemplateStore(database), manager, now=clock)


def test_template_comes_back_as_it_was_saved(templates: Templates, clock: Clock) -> None:
    saved = templates.create(
        " Evening run ",
        "process",
        {"filter": {"state": "unprocessed"}},
        params={"preset": "manga"},
        description="What came today.",
        priority=Priority.LOW,
        preview=True,
    )
    assert templates.get(saved.template_id) == saved
    assert (saved.name, saved.created_at) == ("Evening run", clock())
    assert templates.all() == [saved]


def test_filter_is_worked_out_when_the_job_starts(
    templates: Templates, shelf: Shelf, worker: HandWorker
) -> None:
    saved = templates.create("New", "process", {"filter": {"state": "unprocessed"}})
    shelf.files.append("c.cbz")
    job = templates.run(saved.template_id, Trigger.WEB, requested_by="ann")
    assert (job.kind, job.title, job.trigger, job.requested_by) == (
        "process",
        "New",
        Trigger.WEB,
        "ann",
    )
    assert names(worker.claim()) == ["a.cbz", "b.cbz", "c.cbz"]


def test_job_gets_the_templates_parameters(templates: Templates, worker: HandWorker) -> None:
    saved = templates.create(
        "P", "tag", {"paths": ["x"]}, params={"set": {"year": "1986"}}, preview=True,
        priority=Priority.HIGH,
    )  # fmt: skip
    job = templates.run(saved.template_id, Trigger.CLI)
    assert (job.priority, job.preview) == (Priority.HIGH, True)
    assert worker.claim()[0].params == {"set": {"year": "1986"}}


def test_edited_template_runs_as_edited(
    templates: Templates, worker: HandWorker, clock: Clock
) -> None:
    saved = templates.create("T", "process", {"paths": ["x"]})
    at = clock.advance(60)
    changed = templates.update(saved.template_id, kind="verify", selection={"paths": ["y"]})
    assert changed == replace(saved, kind="verify", selection={"paths": ["y"]}, updated_at=at)
    templates.run(saved.template_id, Trigger.WEB)
    assert [(claim.kind, claim.item) for claim in worker.claim()] == [("verify", "y")]


def test_name_can_be_taken_once(templates: Templates) -> None:
    templates.create("Mine", "process", {"paths": []})
    other = templates.create("Other", "process", {"paths": []})
    with pytest.raises(Conflict, match="Mine"):
        templates.create("Mine", "tag", {"paths": []})
    with pytest.raises(Conflict, match="Mine"):
        templates.update(other.template_id, name="Mine")
    templates.update(other.template_id, name="Other")


@pytest.mark.parametrize("name", ["", "   ", "x" * 101])
def test_bad_name_is_refused(templates: Templates, name: str) -> None:
    with pytest.raises(InvalidInput):
        templates.create(name, "process", {"paths": []})


def test_unknown_kind_field_and_template_are_refused(templates: Templates) -> None:
    with pytest.raises(UnknownKind):
        templates.create("T", "polish", {"paths": []})
    saved = templates.create("T", "process", {"paths": []})
    with pytest.raises(InvalidInput, match="builtin"):
        templates.update(saved.template_id, builtin=True)
    with pytest.raises(NotFound):
        templates.run("nowhere", Trigger.WEB)


class CheckingKinds(NamedKinds):
    """Kinds that have the parameter `formats`, and not `sett`."""

    def saved_params(
        self, kind: str, params: Mapping[str, Any], selection: Mapping[str, Any], *, preview: bool
    ) -> Mapping[str, Any]:
        if "sett" in super().saved_params(kind, params, selection, preview=preview):
            raise InvalidInput(f"{kind} has no parameter 'sett'.")
        return {"formats": ["comicinfo"], **params}


def test_parameters_are_checked_when_they_are_saved(database: Database) -> None:
    templates = Templates(TemplateStore(database), JobManager(database, CheckingKinds(KINDS)))
    with pytest.raises(InvalidInput, match="sett"):
        templates.create("T", "tag", {"paths": []}, params={"sett": 1})
    assert templates.create("T", "tag", {"paths": []}).params == {"formats": ["comicinfo"]}


def test_deleted_template_is_gone_and_its_jobs_stay(
    templates: Templates, manager: JobManager
) -> None:
    saved = templates.create("T", "process", {"paths": ["x"]})
    job = templates.run(saved.template_id, Trigger.WEB)
    templates.delete(saved.template_id)
    assert templates.all() == []
    assert manager.get(job.job_id).total_items == 1
    with pytest.raises(NotFound):
        templates.delete(saved.template_id)


def test_builtins_exist_and_cannot_be_changed(
    database: Database, templates: Templates, clock: Clock
) -> None:
    TemplateStore(database).install([VERIFY], clock())
    (builtin,) = templates.all()
    assert builtin.builtin
    with pytest.raises(Conflict, match="built-in"):
        templates.update(builtin.template_id, name="Mine")
    with pytest.raises(Conflict, match="built-in"):
        templates.delete(builtin.template_id)


def test_builtins_are_written_only_when_they_differ(database: Database, clock: Clock) -> None:
    store = TemplateStore(database)
    store.install([VERIFY], clock())
    first = store.all()
    clock.advance(60)
    store.install([VERIFY], clock())
    assert store.all() == first
    store.install([replace(VERIFY, params={"heal": True})], clock())
    assert store.get(VERIFY.template_id).params == {"heal": True}


def test_builtin_gives_way_to_a_users_template_of_its_name(
    database: Database, templates: Templates, clock: Clock
) -> None:
    mine = templates.create(VERIFY.name, "verify", {"paths": []})
    TemplateStore(database).install([VERIFY], clock())
    assert templates.all() == [mine]
