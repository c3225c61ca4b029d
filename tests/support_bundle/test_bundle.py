from __future__ import annotations

import io
import json
import logging
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from comicmaintainer.jobs.model import JobRequest
from comicmaintainer.logs import LineFormatter, SharedFileHandler
from comicmaintainer.services import Services
from comicmaintainer.settings import Settings
from comicmaintainer.support_bundle import support_bundle
from tests.kit.living_worker import register_worker

SECRET = "hunter2hunter2"


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """With a user, a key, a job about a comic and a log that names it."""
    comic = tmp_path / "comics" / "Owl" / "Owl 1.cbz"
    comic.parent.mkdir(parents=True)
    comic.write_bytes(b"PK\5\6" + bytes(18))
    environment = {
        "WATCHED_DIR": str(tmp_path / "comics"),
        "CONFIG_DIR": str(tmp_path / "config"),
        "NOTIFY_URLS": f"json://ada:{SECRET}@notify.example/",
        "OIDC_CLIENT_SECRET": SECRET,
    }
    found = Services.build(Settings.from_environment(environment))
    found.accounts.create_user("ada", "correct horse battery")
    found.accounts.create_key("Tablet")
    address, key = f"https://ada.example/{SECRET}", f"whsec_{SECRET * 3}"[:46]
    found.receivers.add("Kitchen", address, secret=key)
    found.manager.submit(JobRequest("verify", [str(comic)], requested_by="ada"))
    register_worker(found.database, host="attic")
    found.settings.log_path.parent.mkdir(parents=True, exist_ok=True)
    handler = SharedFileHandler(found.settings.log_path, 10**6)
    handler.setFormatter(LineFormatter("worker", ZoneInfo("UTC")))
    message = f"Job 1 failed on {comic} for ada on attic: token={SECRET}"
    handler.emit(logging.LogRecord("cm", logging.ERROR, "", 1, message, (), None))
    handler.close()
    yield found
    found.database.close()


def contents(bundle: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_a_bundle_has_what_helps_and_says_what_that_is(services: Services) -> None:
    found = contents(support_bundle(services))
    assert {name for name in found if name != "about.txt"} == {
        each.split()[0] for each in found["about.txt"].splitlines() if ".json" in each
    } | {"log.txt"}
    read: dict[str, Any] = {
        name: json.loads(text) for name, text in found.items() if name.endswith(".json")
    }
    assert read["database.json"]["rows"]["jobs"] == 1
    assert read["jobs.json"]["counts"]["queued"] == 1
    assert read["jobs.json"]["workers"][0]["host"].startswith("<host ")
    assert "SQLite" in {check["name"] for check in read["checks.json"]}
    assert {"WATCHED_DIR", "NOTIFY_URLS"} <= {each["variable"] for each in read["settings.json"]}
    assert "ERROR worker" in found["log.txt"]


def test_a_bundle_has_no_secret_and_nobodys_name(services: Services, tmp_path: Path) -> None:
    text = "\n".join(contents(support_bundle(services)).values())
    for private in (SECRET, "ada", "Tablet", "attic", "Owl", str(tmp_path)):
        assert private not in text.replace("metadata", ""), private


def test_names_of_comics_are_in_it_if_asked_for(services: Services) -> None:
    found = contents(support_bundle(services, with_names=True))
    assert "Owl 1.cbz" in found["log.txt"]
    assert "names of comics are in it" in found["about.txt"]


def test_a_database_that_can_not_be_read_is_said_and_the_rest_is_there(services: Services) -> None:
    services.database.close()
    services.settings.database_path.write_bytes(b"not a database" * 1000)
    found = contents(support_bundle(services))
    assert "error" in json.loads(found["database.json"])
    assert json.loads(found["versions.json"])["python"]
