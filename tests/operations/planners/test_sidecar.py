"""Tags go into an XML file beside the comic, which is journaled and can be undone."""

from __future__ import annotations

from pathlib import Path

import pytest

from comicmaintainer.comics.metadata.sources import read_metadata
from tests.operations.workbench import Workbench, details, sha256

XML = "<Series>Rain</Series><Number>3</Number><Writer>Ann One</Writer>"


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return Workbench(tmp_path)


def comics(bench: Workbench, *names: str) -> list[Path]:
    paths = [bench.comic(name, XML) for name in names]
    bench.catalogued(*paths)
    return paths


def undo(bench: Workbench, job_id: str) -> None:
    changes = bench.journal.changes_of_job(job_id)
    results = bench.run("undo", [str(change.change_id) for change in changes])
    assert all(result.success for result in results), results


def test_files_are_written_beside_the_comics_and_undo_removes_them(bench: Workbench) -> None:
    paths = comics(bench, *(f"Rain/Rain {number}.cbz" for number in range(1, 9)))
    hashes = [sha256(path) for path in paths]
    job = bench.submit("sidecar", paths)
    bench.work()
    results = bench.results(job.job_id)
    assert all(result.success for result in results), results
    for path, result in zip(paths, results, strict=True):
        (change,) = details(result)["changes"]
        file = path.with_suffix(".xml")
        assert (change["type"], change["file"]) == ("sidecar", str(file))
        written = read_metadata({"ComicInfo.xml": file.read_bytes()}).merged
        assert (written.series, written.issue, written.page_count) == ("Rain", "3", 3)
    assert [sha256(path) for path in paths] == hashes
    again = bench.run("sidecar", paths)
    assert all(details(result)["unchanged"] for result in again)
    undo(bench, job.job_id)
    assert not list((bench.library / "Rain").glob("*.xml"))
    assert [sha256(path) for path in paths] == hashes


def test_a_file_that_is_there_keeps_what_the_format_does_not_know(bench: Workbench) -> None:
    (path,) = comics(bench, "Rain/Rain 3.cbz")
    file = path.with_suffix(".xml")
    before = b"<ComicInfo><Series>Old</Series><Shelf>B4</Shelf></ComicInfo>"
    file.write_bytes(before)
    job = bench.submit("sidecar", [path])
    bench.work()
    (result,) = bench.results(job.job_id)
    (change,) = details(result)["changes"]
    assert {"field": "series", "before": "Old", "after": "Rain"} in change["fields"]
    assert b"<Shelf>B4</Shelf>" in file.read_bytes()
    undo(bench, job.job_id)
    assert file.read_bytes() == before


def test_somebody_elses_file_is_left(bench: Workbench) -> None:
    (path,) = comics(bench, "Rain/Rain 3.cbz")
    file = path.with_suffix(".xml")
    file.write_bytes(b"<Invoice>12</Invoice")
    (result,) = bench.run("sidecar", [path])
    assert details(result)["unchanged"]
    assert "was left as it is" in details(result)["why"]["sidecar"]
    assert file.read_bytes() == b"<Invoice>12</Invoice"


def test_the_file_of_a_folder_needs_a_folder_with_one_comic(bench: Workbench) -> None:
    alone, one, two = comics(bench, "Alone/Rain 3.cbz", "Both/Rain 3.cbz", "Both/Rain 4.cbz")
    found = bench.run("sidecar", [alone, one, two], {"name": "folder", "format": "metroninfo"})
    assert (alone.parent / "MetronInfo.xml").exists()
    for result in found[1:]:
        assert "other comics" in details(result)["why"]["sidecar"]
    assert not list(one.parent.glob("*.xml"))
    assert details(found[0])["changes"]


def test_a_preview_writes_nothing_and_a_killed_worker_leaves_nothing_half(
    bench: Workbench,
) -> None:
    (path,) = comics(bench, "Rain/Rain 3.cbz")
    (shown,) = bench.run("sidecar", [path], preview=True)
    assert details(shown)["changes"]
    assert not path.with_suffix(".xml").exists()
    job = bench.submit("sidecar", [path])
    bench.die_at("applied sidecar")
    bench.recover()
    bench.work()
    (result,) = bench.results(job.job_id)
    assert result.success
    undo(bench, job.job_id)
    assert not path.with_suffix(".xml").exists()
