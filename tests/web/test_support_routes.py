from __future__ import annotations

import io
import logging
import zipfile
from zoneinfo import ZoneInfo

import pytest

from comicmaintainer.logs import LineFormatter, SharedFileHandler


@pytest.fixture
def log(settings):
    settings.log_path.parent.mkdir(parents=True, exist_ok=True)
    handler = SharedFileHandler(settings.log_path, settings.log_max_bytes)
    handler.setFormatter(LineFormatter("worker", ZoneInfo("UTC")))

    def write(message, level=logging.INFO):
        handler.emit(logging.LogRecord("cm.jobs", level, "", 1, message, (), None))

    yield write
    handler.close()


def shown(client, **query):
    return client.get("/api/system/log", params=query).json()


def test_log_is_filtered_and_followed(client, log):
    log("Scanned 3 files")
    log("The disk is full", logging.ERROR)
    answer = shown(client)
    assert [each["message"] for each in answer["records"]] == [
        "Scanned 3 files",
        "The disk is full",
    ]
    assert answer["records"][1]["level"] == "error"
    assert [each["message"] for each in shown(client, level="warning")["records"]] == [
        "The disk is full"
    ]
    assert shown(client, words="disk scanned")["records"] == []
    assert shown(client, process="web")["records"] == []
    log("Later")
    (later,) = shown(client, after=answer["end"])["records"]
    assert later["message"] == "Later"
    place = answer["records"][1]["place"]
    assert [each["message"] for each in shown(client, before=place)["records"]] == [
        "Scanned 3 files"
    ]


@pytest.mark.parametrize("query", [{"before": "x"}, {"before": "1-1", "after": "1-1"}])
def test_places_that_are_none_are_refused(client, query):
    answer = client.get("/api/system/log", params=query)
    assert answer.status_code == 400
    assert answer.json()["error"]["field"] in ("before", "after")


def test_log_and_bundle_are_closed_to_strangers(stranger):
    for path in ("/api/system/log", "/api/system/support-bundle"):
        assert stranger.get(path).status_code == 401


def test_bundle_is_a_zip_file_to_download(client, log):
    log("Job 1 failed on /c/Saga 1.cbz")
    answer = client.get("/api/system/support-bundle")
    assert answer.headers["content-type"] == "application/zip"
    assert "comicmaintainer-support-" in answer.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert "Saga" not in archive.read("log.txt").decode()
    named = client.get("/api/system/support-bundle", params={"names": "true"})
    with zipfile.ZipFile(io.BytesIO(named.content)) as archive:
        assert "Saga 1.cbz" in archive.read("log.txt").decode()
