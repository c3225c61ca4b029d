"""A short command starts quickly: it loads nothing that it does not use."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.cli.conftest import CommandLine

PROGRAM = """
import sys
from comicmaintainer.cli.main import main
try:
    main()
finally:
    print(*sys.modules, file=sys.stderr)
"""
SERVING = {"asyncio", "fastapi", "gunicorn", "jinja2", "pydantic", "starlette", "uvicorn", "uvloop"}
DECODING = {"PIL", "libarchive", "pypdfium2"}
SELDOM = {"apprise", "argon2", "cron_descriptor", "cronsim", "httptools", "importlib.metadata"}
NEVER = SERVING | DECODING | SELDOM
"""What no short command loads."""
STORING = {"pysqlite3", "comicmaintainer.database", "comicmaintainer.services"}
WORKING = {
    "comicmaintainer.operations.changes",
    "comicmaintainer.operations.planners",
    "comicmaintainer.processes",
    "comicmaintainer.web",
}
KINDS = {"comicmaintainer.operations.declared"}
COMPARING = {"comicmaintainer.jobs", "comicmaintainer.library.conflicts"}


def loaded_by(run: CommandLine, *arguments: object) -> set[str]:
    """The modules and packages that are loaded when a command has ended."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *map(str, arguments)],
        env=run.environment({}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr  # 1: doctor has found a problem
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize(
    ("arguments", "unused"),
    [
        (["--help"], {"lxml", "zoneinfo"} | STORING | WORKING),
        (["--version"], {"lxml", "zoneinfo"} | STORING | WORKING | KINDS),
        (["parse", "Saga 007 (2012).cbz"], {"lxml", "zoneinfo"} | STORING | WORKING | KINDS),
        (["kinds"], {"lxml", "zoneinfo"} | STORING | WORKING),
        (["process", "--help"], {"lxml"} | WORKING),
        (["settings"], {"lxml"} | WORKING | KINDS),
        (["files"], {"lxml", "comicmaintainer.jobs"} | WORKING | KINDS),
        (["jobs", "list"], {"lxml"} | WORKING),
        (["doctor"], {"lxml"} | WORKING | KINDS),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else "",
)
def test_a_command_leaves_out(run: CommandLine, arguments: list[str], unused: set[str]) -> None:
    assert loaded_by(run, *arguments) & (NEVER | unused) == set()


def test_show_reads_a_cbz_without_the_database_and_the_image_libraries(run: CommandLine) -> None:
    loaded = loaded_by(run, "show", run.comic("Saga 007 (2012).cbz"))
    assert loaded & (NEVER | STORING | WORKING | KINDS) == set()


def test_show_only_asks_the_database_whether_the_comic_is_in_conflict(run: CommandLine) -> None:
    comic = run.comic("Saga 007 (2012).cbz")
    assert run("scan").code == 0
    loaded = loaded_by(run, "show", comic)
    assert "comicmaintainer.database" in loaded
    assert loaded & (NEVER | WORKING | KINDS | COMPARING) == set()


def test_a_worker_loads_no_web_server_and_no_image_library(run: CommandLine) -> None:
    assert loaded_by(run, "worker", "--help") & (SERVING | DECODING) == set()
