"""What one host has planned, begun or done, another one applies, finishes and undoes.

The other host sees the same files with other inodes, and their times in whole seconds.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from comicmaintainer.database.postgresql import PostgresDatabase
from comicmaintainer.settings import TagWrite
from tests.operations.workbench import Workbench, details, sha256, tags

NAME = "Batman/Batman 5 (2011).cbz"
TAGS = {"set": {"title": "Tides"}}
WRITES = pytest.mark.parametrize("tag_write", [TagWrite.APPEND, TagWrite.REPLACE])


class Hosts:
    """Two hosts with one library; each is a bench of its own."""

    def __init__(self, nas: Workbench, pc: Workbench) -> None:
        self.nas = nas
        self.pc = pc

    def cross(self) -> Workbench:
        """Return the other host, and show it the files as its mount has them."""
        for path in [path for path in self.nas.library.rglob("*") if path.is_file()]:
            other = path.with_name(f"{path.name}.other")
            shutil.copy2(path, other)
            whole_ns = path.stat().st_mtime_ns // 10**9 * 10**9
            os.utime(other, ns=(whole_ns, whole_ns))
            other.replace(path)
        return self.pc


@pytest.fixture
def hosts(tmp_path: Path, postgresql_url: str) -> Iterator[Hosts]:
    with ExitStack() as opened:

        def bench(name: str) -> Workbench:
            database = PostgresDatabase(postgresql_url, tmp_path / name, host=name)
            opened.callback(database.close)
            return Workbench(tmp_path, database=database)

        yield Hosts(bench("nas"), bench("pc"))


def written_by(bench: Workbench, tag_write: TagWrite) -> None:
    bench.context = replace(bench.context, tag_write=tag_write)


def comics(bench: Workbench) -> dict[str, str]:
    return {
        str(path.relative_to(bench.library)): sha256(path) for path in bench.library.rglob("*.cb?")
    }


def undo_all(bench: Workbench) -> None:
    rows = bench.database.rows(
        "SELECT change_id FROM changes WHERE state = 'applied' ORDER BY change_id DESC"
    )
    for result in bench.run("undo", [str(row["change_id"]) for row in rows]):
        details(result)


@WRITES
@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("tag", TAGS),
        ("process", {}),
        ("delete", {}),
        ("compact", {}),
        ("convert", {"images": "keep", "quality": 80, "keep_original": False}),
    ],
)
def test_another_host_undoes_it(
    hosts: Hosts, kind: str, params: dict[str, Any], tag_write: TagWrite
) -> None:
    written_by(hosts.nas, tag_write)
    path = hosts.nas.comic(NAME)
    hosts.nas.catalogued(path)
    before = comics(hosts.nas)
    (result,) = hosts.nas.run(kind, [path], params)
    details(result)
    undo_all(hosts.cross())
    assert comics(hosts.pc) == before


@WRITES
@pytest.mark.parametrize(
    ("kind", "params", "point"),
    [
        ("tag", TAGS, "planned"),
        ("tag", TAGS, "applied tags"),
        ("process", {}, "applied tags"),
        ("process", {}, "applied rename"),
        ("process", {}, "confirmed"),
        ("delete", {}, "applied trash"),
    ],
)
@pytest.mark.parametrize("is_recovered", [False, True])
def test_another_host_goes_on_where_one_died(
    hosts: Hosts,
    kind: str,
    params: dict[str, Any],
    point: str,
    tag_write: TagWrite,
    *,
    is_recovered: bool,
) -> None:
    written_by(hosts.nas, tag_write)
    path = hosts.nas.comic(NAME)
    hosts.nas.catalogued(path)
    before = comics(hosts.nas)
    job = hosts.nas.submit(kind, [path], params)
    another = hosts.nas.another

    def dying(**context: Any) -> Workbench:
        return another(tag_write=tag_write, **context)

    vars(hosts.nas)["another"] = dying
    hosts.nas.die_at(point)
    pc = hosts.cross()
    if is_recovered:
        pc.recover()
    pc.work()
    (result,) = pc.results(job.job_id)
    after = Path(details(result)["path"])
    assert pc.journal.open_changes() == []
    if kind != "delete":
        found = tags(after)
        assert (found.title, found.series) == (
            ("Tides", None) if kind == "tag" else (None, "Batman")
        )
    undo_all(pc)
    assert comics(pc) == before


@pytest.mark.parametrize("is_changed", [False, True])
def test_another_host_applies_a_preview_unless_the_file_was_changed(
    hosts: Hosts, *, is_changed: bool
) -> None:
    path = hosts.nas.comic(NAME)
    hosts.nas.catalogued(path)
    (shown,) = hosts.nas.run("tag", [path], TAGS, preview=True)
    pc = hosts.cross()
    if is_changed:
        pc.run("tag", [path], {"set": {"title": "Owls"}})
    plan = {str(path): {"plan": details(shown)}}
    (result,) = pc.run("tag", [path], TAGS, item_params=plan)
    assert result.success is not is_changed
    assert tags(path).title == ("Owls" if is_changed else "Tides")
    if is_changed:
        assert "preview it again" in (result.error or "")


def test_what_is_left_half_moved_stays_until_its_host_is_back(hosts: Hosts) -> None:
    path = hosts.nas.comic(NAME)
    hosts.nas.catalogued(path)
    hosts.nas.submit("process", [path])
    hosts.nas.die_at("planned")
    (change,) = [one for one in hosts.nas.journal.open_changes() if one.kind == "rename"]
    target = Path(change.path_now)
    target.parent.mkdir(parents=True, exist_ok=True)
    os.link(path, target)
    pc = hosts.cross()
    pc.recover()
    assert change.change_id in {one.change_id for one in pc.journal.open_changes()}
    assert path.exists()
    assert target.exists()
