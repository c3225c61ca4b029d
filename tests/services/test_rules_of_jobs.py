"""A job records the rules of folders as they are when it is submitted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from comicmaintainer.errors import InvalidInput
from comicmaintainer.jobs.model import Job, JobRequest, Trigger
from comicmaintainer.library.rule_book import LIBRARY, FolderChoice
from comicmaintainer.operations.declared.kinds import validated_params
from comicmaintainer.operations.declared.rules_parameters import (
    formats_of,
    replaces_malformed,
    rules_named,
    rules_of,
)
from comicmaintainer.services import Services


@pytest.fixture
def bone(library: Path) -> Path:
    return library / "Bone" / "Bone 1.cbz"


@pytest.fixture
def saga(library: Path) -> Path:
    return library / "Saga" / "Saga 1.cbz"


def submitted(services: Services, kind: str, path: Path, **params: Any) -> Job:
    checked = validated_params(kind, params)
    return services.manager.submit(JobRequest(kind=kind, items=[str(path)], params=checked))


def set_manga(services: Services, folder: Path, **values: Any) -> None:
    services.rule_book.save("Own", {"preset": "manga", **values})
    services.rule_book.assign(FolderChoice(str(folder), "Own"))


def test_without_rules_of_folders_a_job_is_as_before(services: Services, saga: Path) -> None:
    assert submitted(services, "process", saga).params == {
        "preset": "comics",
        "tags": True,
        "rename": True,
    }
    tag = submitted(services, "tag", saga, clear=["title"])
    assert tag.params == {"clear": ["title"], "formats": ["comicinfo"]}


def test_each_file_has_the_rules_of_its_folder(services: Services, bone: Path, saga: Path) -> None:
    set_manga(services, saga.parent, template="{series} {issue}", padding=3)
    params = submitted(services, "process", saga).params
    assert rules_of(params, bone).template.startswith("{series}[ v")
    assert (rules_of(params, saga).template, rules_of(params, saga).padding) == (
        "{series} {issue}",
        3,
    )
    assert [rules_named(params, path) for path in (bone, saga)] == ["comics", "Own"]


def test_a_job_keeps_its_rules_when_they_are_changed(services: Services, saga: Path) -> None:
    set_manga(services, saga.parent, padding=3)
    job = submitted(services, "process", saga)
    services.rule_book.save("Own", {"padding": 6})
    services.rule_book.assign(FolderChoice(str(saga.parent)))
    kept = services.manager.get(job.job_id).params
    assert rules_of(kept, saga).padding == 3
    services.manager.cancel_job(job.job_id)
    again = services.manager.repeat(job.job_id, Trigger.API)
    assert again.params == kept


def test_what_a_request_says_counts_for_all_files(
    services: Services, bone: Path, saga: Path
) -> None:
    set_manga(services, saga.parent, padding=3)
    everywhere = submitted(services, "process", saga, preset="comics").params
    assert "folder_rules" not in everywhere
    assert rules_named(everywhere, saga) is None
    params = submitted(services, "rename", saga, template="{issue} {series}", padding=2).params
    for path in (bone, saga):
        assert (rules_of(params, path).template, rules_of(params, path).padding) == (
            "{issue} {series}",
            2,
        )
    assert [rules_of(params, path).preset for path in (bone, saga)] == ["comics", "manga"]


def test_a_job_keeps_the_own_rules_that_it_names(
    services: Services, bone: Path, saga: Path
) -> None:
    set_manga(services, bone.parent, template="{series}", padding=2)
    services.rule_book.save(
        "Wide", {"padding": 5, "fields": {"genres": {"sources": ["text"], "text": "Noir"}}}
    )
    job = submitted(services, "process", bone, preset="wide", overwrite=["genres"])
    services.rule_book.save("Wide", {"padding": 1})
    kept = services.manager.get(job.job_id).params
    assert "preset" not in kept
    for path in (bone, saga):
        assert rules_of(kept, path).padding == 5
        assert rules_named(kept, path) == "Wide"
    changed = submitted(
        services, "rename", saga, preset="Wide", rules={"preset": "manga"}, template="{issue}"
    )
    assert rules_of(changed.params, saga).padding == 1
    assert rules_of(changed.params, saga).preset == "comics"


def test_rules_that_are_not_there_are_refused(services: Services, saga: Path) -> None:
    services.rule_book.save("Wide", {"padding": 5})
    with pytest.raises(InvalidInput, match="no rules called 'Wild'; there are comics, manga, Wide"):
        submitted(services, "process", saga, preset="Wild")
    with pytest.raises(InvalidInput, match="derive no 'genres'"):
        submitted(services, "process", saga, preset="Wide", overwrite=["genres"])
    inner = {"folder": "Try", "kind": "process", "params": {"preset": "Wild"}}
    with pytest.raises(InvalidInput) as refused:
        services.manager.submit(JobRequest(kind="rehearse", items=[str(saga)], params=inner))
    assert refused.value.field == "params.params.preset"


def test_a_single_file_can_not_name_own_rules(services: Services, bone: Path, saga: Path) -> None:
    services.rule_book.save("Wide", {"padding": 5})
    each = {str(bone): {"preset": "manga"}, str(saga): {"preset": "Wide"}}
    with pytest.raises(InvalidInput) as refused:
        services.manager.submit(JobRequest(kind="process", items=list(each), item_params=each))
    assert refused.value.field == "each.1.params.preset"


def test_a_saved_job_keeps_the_name_of_its_rules(services: Services, saga: Path) -> None:
    selection, params = {"folders": [str(saga.parent)]}, {"preset": "Wide"}
    with pytest.raises(InvalidInput, match="no rules called 'Wide'"):
        services.templates.create("Mine", "process", selection, params=params)
    services.rule_book.save("Wide", {"padding": 5})
    template = services.templates.create("Mine", "process", selection, params=params)
    services.rule_book.save("Wide", {"padding": 2})
    job = services.templates.run(template.template_id, Trigger.API)
    assert rules_of(job.params, saga).padding == 2
    services.rule_book.remove("Wide")
    with pytest.raises(InvalidInput) as refused:
        services.templates.run(template.template_id, Trigger.API)
    assert refused.value.field == "params.preset"


def test_fields_differ_from_those_of_the_folder(services: Services, saga: Path) -> None:
    set_manga(services, saga.parent, fields={"year": None})
    params = submitted(services, "process", saga, rules={"fields": {"day": None}}).params
    fields = {rule.field for rule in rules_of(params, saga).fields}
    assert not fields & {"year", "day"}
    assert "title" in fields


def test_a_field_that_some_folder_does_not_derive_can_not_be_overwritten(
    services: Services, saga: Path
) -> None:
    set_manga(services, saga.parent, fields={"year": None})
    with pytest.raises(InvalidInput, match="derive no 'year'"):
        submitted(services, "process", saga, overwrite=["year"])


@pytest.mark.parametrize("kind", ["tag", "process"])
def test_tags_are_written_as_the_folder_says(
    services: Services, bone: Path, saga: Path, kind: str
) -> None:
    set_manga(services, saga.parent, formats=["metroninfo"], on_malformed="replace")
    given = {"clear": ["title"]} if kind == "tag" else {}
    params = submitted(services, kind, saga, **given).params
    assert [tuple(formats_of(params, path)) for path in (bone, saga)] == [
        ("comicinfo",),
        ("metroninfo",),
    ]
    assert [replaces_malformed(params, path) for path in (bone, saga)] == [False, True]
    own = submitted(services, kind, saga, **given, on_malformed="fail").params
    assert not replaces_malformed(own, saga)


def test_a_rehearsal_and_its_rest_use_the_rules_of_the_originals(
    services: Services, saga: Path, tmp_path: Path
) -> None:
    set_manga(services, saga.parent, padding=3)
    request = services.rehearsals.request({"folders": ["Saga"]}, {"folder": "Try"})
    job = services.manager.submit(request)
    assert rules_of(job.params["params"], saga).padding == 3


def test_saved_jobs_follow_the_folders_of_the_day(services: Services, saga: Path) -> None:
    template = services.templates.create("Mine", "process", {"folders": [str(saga.parent)]})
    assert template.params == {"tags": True, "rename": True}
    set_manga(services, saga.parent, padding=3)
    job = services.templates.run(template.template_id, Trigger.API)
    assert rules_of(job.params, saga).padding == 3


def test_the_library_can_have_other_rules(services: Services, saga: Path) -> None:
    services.rule_book.assign(FolderChoice(LIBRARY, "manga"))
    params = submitted(services, "process", saga).params
    assert rules_of(params, saga).preset == "manga"
