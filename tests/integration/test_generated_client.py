"""A Python client that a generator makes from the OpenAPI document, used on a running service.

It shows that the document is complete enough to make clients of. The client is made in a
temporary folder, and is no part of the product.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.integration.service import Service, comic
from tests.kit.waiting import wait_until

pytestmark = pytest.mark.slow

PACKAGE = "generated_comics_client"
BINARY = "application/octet-stream"
OPTIONS = {
    # The generator knows no images and archives: they are bytes to it.
    "content_type_overrides": {
        "application/vnd.sqlite3": BINARY,
        "application/x-ndjson": BINARY,
        "application/zip": BINARY,
        "image/gif": BINARY,
        "image/webp": BINARY,
    },
    "post_hooks": [],
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    started = Service(tmp_path_factory.mktemp("service"), web_workers=1)
    for number in (1, 2):
        comic(started.library / "Old" / f"Old Harbour {number:03} (2020).cbz", seed=number)
    try:
        started.start()
        yield started
    finally:
        started.stop()


@pytest.fixture(scope="module")
def generated(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of the client's package, made from the document that the service sends."""
    folder = tmp_path_factory.mktemp("generated")
    document, options = folder / "openapi.json", folder / "options.json"
    document.write_text(json.dumps(service.get("/api/openapi.json")), "utf-8")
    options.write_text(json.dumps(OPTIONS), "utf-8")
    done = subprocess.run(
        [Path(sys.executable).parent / "openapi-python-client", "generate", "--meta", "none",
         "--fail-on-warning", "--path", document, "--config", options,
         "--output-path", folder / PACKAGE],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    sys.path.insert(0, str(folder))
    yield PACKAGE
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


@pytest.fixture
def client(service: Service, generated: str) -> Iterator[Any]:
    own = importlib.import_module(generated)
    with own.AuthenticatedClient(
        base_url=f"{service.url}/",
        token=service.client.headers["X-Api-Key"],
        httpx_args={"trust_env": False},
    ) as client:
        yield client


def operation(tag: str, name: str) -> ModuleType:
    """The module of an operation: `sync` returns the answer's model."""
    return importlib.import_module(f"{PACKAGE}.api.{tag}.{name}")


def model(name: str, values: dict[str, Any]) -> Any:
    return getattr(importlib.import_module(f"{PACKAGE}.models"), name).from_dict(values)


def test_every_operation_has_a_module(service: Service, generated: str) -> None:
    operations = {
        (*each["tags"], each["operationId"])
        for address in service.get("/api/openapi.json")["paths"].values()
        for each in address.values()
    }
    (api,) = importlib.import_module(f"{generated}.api").__path__
    modules = {path for path in Path(api).glob("*/*.py") if path.name != "__init__.py"}
    assert {(path.parent.name, path.stem) for path in modules} == {
        (tag.replace(" ", "_"), name) for tag, name in operations
    }


def test_client_lists_files_and_follows_a_preview_to_its_end(service: Service, client: Any) -> None:
    list_files = operation("files", "list_files")
    listing: Any = wait_until(
        lambda: (
            len((found := list_files.sync(client=client, text="harbour"))["files"]) == 2 and found
        ),
        "both comics are listed",
    )
    assert {file["series"] for file in listing["files"]} == {"Old Harbour"}

    body = model("NewJob", {"kind": "process", "all": True, "preview": True})
    job_id = operation("jobs", "create_job").sync(client=client, body=body).job_id
    get_job = operation("jobs", "get_job")
    ended = ("completed", "failed", "cancelled")
    job: Any = wait_until(
        lambda: (job := get_job.sync(job_id, client=client)).status in ended and job,
        "the preview ends",
    )
    assert (job.status, job.preview, job.total_items, job.failed_items) == ("completed", True, 2, 0)
    results = operation("jobs", "list_results").sync(job_id, client=client).results
    assert [result.success for result in results] == [True, True]
    names = {path.name for path in (service.library / "Old").iterdir()}
    assert names == {"Old Harbour 001 (2020).cbz", "Old Harbour 002 (2020).cbz"}


def test_client_reads_refusals_and_bytes(client: Any) -> None:
    refusal = operation("jobs", "get_job").sync("none", client=client)
    assert type(refusal).__name__ == "ErrorAnswer"
    assert refusal.error.code == "job_not_found"
    backup = operation("backups", "make_backup").sync(client=client)
    copy = operation("backups", "download_backup").sync(backup.name, client=client)
    assert copy.payload.read(15) == b"SQLite format 3"
