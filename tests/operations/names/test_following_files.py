"""The XML file beside a comic goes along with it, and comes back with an undo."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.operations.workbench import Workbench, details, snapshot

XML = "<Series>Rain</Series><Number>{}</Number><Year>2020</Year>"


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return Workbench(tmp_path)


def comics(bench: Workbench, *numbers: int) -> list[Path]:
    """Comics whose names are to change, with XML files beside them."""
    paths = [bench.comic(f"Rain/r{number}.cbz", XML.format(number)) for number in numbers]
    bench.catalogued(*paths)
    written = bench.run("sidecar", paths)
    assert all(details(result)["changes"] for result in written)
    return paths


def renamed(path: Path, number: int) -> Path:
    return path.with_name(f"Rain #{number:04} (2020).cbz")


def undo(bench: Workbench, job_id: str) -> None:
    changes = bench.journal.changes_of_job(job_id)
    results = bench.run("undo", [str(change.change_id) for change in changes])
    assert all(result.success for result in results), results


@pytest.mark.parametrize("kind", ["process", "rename"])
def test_it_goes_along_and_comes_back(bench: Workbench, kind: str) -> None:
    paths = comics(bench, 1, 2, 3)
    before = snapshot(bench.library)
    job = bench.submit(kind, paths)
    bench.work()
    for number, result in enumerate(bench.results(job.job_id), start=1):
        new = renamed(paths[0], number)
        assert new.exists()
        assert new.with_suffix(".xml").exists()
        last = details(result)["changes"][-1]
        assert last == {
            "type": "sidecar-rename",
            "from": str(paths[number - 1].with_suffix(".xml")),
            "to": str(new.with_suffix(".xml")),
        }
        assert details(result)["path"] == str(new)
    assert not list(bench.library.rglob("r*.xml"))
    undo(bench, job.job_id)
    after = snapshot(bench.library)
    assert {name: one for name, (one, _) in after.items()} == {
        name: one for name, (one, _) in before.items()
    }


def test_a_preview_shows_it_and_is_applied(bench: Workbench) -> None:
    paths = comics(bench, 1, 2)
    found = bench.run("process", paths, preview=True)
    for result in found:
        assert [each["type"] for each in details(result)["changes"]][-1] == "sidecar-rename"
    plans = {result.item: {"plan": result.details} for result in found}
    for before, after in zip(found, bench.run("process", paths, item_params=plans), strict=True):
        assert details(after)["changes"] == details(before)["changes"]
    assert renamed(paths[0], 1).with_suffix(".xml").exists()


def test_what_lies_at_the_new_name_stays_and_so_does_it(bench: Workbench) -> None:
    (path,) = comics(bench, 1)
    there = renamed(path, 1).with_suffix(".xml")
    there.write_bytes(b"<ComicInfo><Series>Mine</Series></ComicInfo>")
    own = path.with_suffix(".xml").read_bytes()
    job = bench.submit("process", [path])
    bench.work()
    (result,) = bench.results(job.job_id)
    assert renamed(path, 1).exists()
    assert there.read_bytes() == b"<ComicInfo><Series>Mine</Series></ComicInfo>"
    assert path.with_suffix(".xml").read_bytes() == own
    assert f"{there} exists" in details(result)["why"]["sidecar"]
    undo(bench, job.job_id)
    assert path.exists()
    assert path.with_suffix(".xml").read_bytes() == own


def test_a_chain_of_names_takes_them_along(bench: Workbench) -> None:
    """The name that the first should get is that of the second, which gets another one."""
    first = bench.comic("Rain/Rain #0001 (2020).cbz", XML.format(2))
    second = bench.comic("Rain/Rain #0002 (2020).cbz", XML.format(3))
    bench.catalogued(first, second)
    bench.run("sidecar", [first, second])
    texts = {p.with_suffix(".xml").read_bytes() for p in (first, second)}
    of_first = first.with_suffix(".xml").read_bytes()
    found = bench.run("process", [first, second], preview=True)
    plans = {result.item: {"plan": result.details} for result in found}
    bench.run("process", [first, second], item_params=plans)
    third = first.with_name("Rain #0003 (2020).xml")
    assert second.with_suffix(".xml").read_bytes() == of_first
    assert {second.with_suffix(".xml").read_bytes(), third.read_bytes()} == texts
    assert not first.with_suffix(".xml").exists()


@pytest.mark.parametrize("text", [b"<Invoice/>", b"", None])
def test_somebody_elses_file_stays(bench: Workbench, text: bytes | None) -> None:
    path = bench.comic("Rain/r1.cbz", XML.format(1))
    bench.catalogued(path)
    file = path.with_suffix(".xml")
    if text is None:
        file.symlink_to(bench.folder / "elsewhere.xml")
    else:
        file.write_bytes(text)
    (result,) = bench.run("process", [path])
    assert [each["type"] for each in details(result)["changes"]] == ["rename"]
    assert file.is_symlink() or file.read_bytes() == text


def test_a_file_of_two_comics_stays(bench: Workbench) -> None:
    (path,) = comics(bench, 1)
    path.with_suffix(".pdf").write_bytes(b"%PDF-1.4")
    bench.run("rename", [path])
    assert path.with_suffix(".xml").exists()


@pytest.mark.parametrize("point", ["planned", "applied rename", "applied sidecar-rename"])
def test_a_killed_worker_leaves_none_behind(bench: Workbench, point: str) -> None:
    paths = comics(bench, 1, 2, 3)
    job = bench.submit("process", paths)
    bench.die_at(point)
    bench.work()
    assert all(result.success for result in bench.results(job.job_id))
    for number in (1, 2, 3):
        assert renamed(paths[0], number).with_suffix(".xml").exists()
    assert not list(bench.library.rglob("r*.xml"))
    undo(bench, job.job_id)
    assert all(path.with_suffix(".xml").exists() for path in paths)
