"""Imports against what really runs here: kinds, built-in templates, selections, rehearsals."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from comicmaintainer.errors import InvalidInput
from comicmaintainer.jobs.model import JobRequest
from comicmaintainer.jobs.saved.template_store import JobTemplate
from comicmaintainer.jobs.transfer.exporter import Exporter
from comicmaintainer.services import Services
from comicmaintainer.services.builtins import BUILTIN_TEMPLATES
from comicmaintainer.services.imports import importer
from comicmaintainer.services.selections import require_kept, require_readable
from comicmaintainer.settings import Settings


def services_in(folder: Path) -> Services:
    settings = Settings.from_environment(
        {"CONFIG_DIR": str(folder), "WATCHED_DIR": str(folder / "comics")}
    )
    return Services.build(settings)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Services]:
    services = services_in(tmp_path / "here")
    yield services
    services.database.close()


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Services]:
    services = services_in(tmp_path / "there")
    yield services
    services.database.close()


def test_templates_and_a_rehearsal_move_to_a_service_with_other_folders(
    here: Services, there: Services
) -> None:
    here.templates.install(BUILTIN_TEMPLATES)
    selections: tuple[dict[str, Any], ...] = (
        {"paths": ["/nowhere/A.cbz"]},
        {"folders": ["/nowhere"]},
        {"filter": {"states": ["unprocessed"], "year_from": 1990}},
    )
    for number, selection in enumerate(selections):
        template = JobTemplate(
            template_id=f"t{number}", name=f"T{number}", kind="process", selection=selection
        )
        here.templates._store.insert(template)
    kept = {"named": [f"/x/{number}" for number in range(2500)], "count": 2500, "is_capped": False}
    params = {"folder": "/nowhere", "kind": "process"}
    here.manager.submit(JobRequest("rehearse", ["/x/1"], params=params, selection=kept))
    exported = b"".join(Exporter(here.database).lines())
    report = importer(there).read(io.BytesIO(exported))
    assert report.clashes == []
    assert b"".join(Exporter(there.database).lines()) == exported


@pytest.mark.parametrize(
    ("kind", "selection"),
    [
        ("process", {}),
        ("process", {"odd": True}),
        ("process", {"all": True, "paths": ["a"]}),
        ("process", {"paths": "a.cbz"}),
        ("process", {"folders": [1]}),
        ("process", {"filter": ["a"]}),
        ("process", {"filter": {"q": 5}}),
        ("scan", {"paths": ["a.cbz"]}),
        ("undo", {"all": True}),
        ("explode", {"all": True}),
    ],
)
def test_selection_that_cannot_be_read_is_refused(kind: str, selection: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        require_readable(kind, selection)


@pytest.mark.parametrize(
    "part",
    [{"odd": 1}, {"paths": 5}, {"named": [1]}, {"count": "9"}, {"all": 1}, {"filter": {"q": 5}}],
)
def test_part_of_a_rehearsal_that_cannot_be_read_is_refused(part: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        require_kept(part)


def test_imported_items_go_to_hosts_that_have_their_folder(
    here: Services, tmp_path: Path, postgresql_url: str
) -> None:
    comics = tmp_path / "shared" / "comics"
    comics.mkdir(parents=True)
    paths = [str(comics / "A.cbz"), "/nowhere/B.cbz"]
    here.manager.submit(JobRequest("verify", paths))
    environment = {
        "CONFIG_DIR": str(tmp_path / "shared"),
        "DATABASE_URL": postgresql_url,
        "WATCHED_DIR": str(comics),
    }
    shared = Services(Settings.from_environment(environment))
    assert shared.host_roots is not None
    shared.host_roots.look()
    importer(shared).read(io.BytesIO(b"".join(Exporter(here.database).lines())))
    rows = shared.database.rows(
        "SELECT path FROM job_items LEFT JOIN roots USING (root_id) ORDER BY seq"
    )
    shared.database.close()
    assert [row["path"] for row in rows] == [str(comics), None]
