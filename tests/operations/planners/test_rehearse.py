"""A kind tried on copies: they show what the originals would become, and touch nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from comicmaintainer.comics.rules.folder_rules import FolderRules
from comicmaintainer.comics.rules.rules import PRESETS
from comicmaintainer.errors import ItemInterrupted, JobStopped
from comicmaintainer.jobs.model import Trigger
from comicmaintainer.operations.runners import build_runners
from tests.operations.workbench import Guard, Workbench, details, sha256, snapshot, tags


def top_of(bench: Workbench, job_id: str) -> Path:
    return bench.library / "Try" / f"ComicMaintainer rehearsal {job_id[:8]}"


def test_copies_are_processed_and_originals_left(bench: Workbench) -> None:
    path = bench.comic("Batman/Batman 5.cbz")
    original = sha256(path)
    params = {"folder": "Try", "kind": "process", "params": {"preset": "manga"}}
    (result,) = bench.run("rehearse", [path], params)
    copy = top_of(bench, result.job_id) / "library/Batman/Batman - Chapter 0005.cbz"
    assert details(result)["path"] == str(copy)
    assert details(result)["rehearsal_of"] == str(path)
    assert tags(copy).title == "Chapter 5"
    assert sha256(path) == original


def test_copies_have_the_rules_of_the_originals_folder(bench: Workbench) -> None:
    path = bench.comic("Manga/Rain/c005.cbz")
    rules = FolderRules("comics", {str(bench.library / "Manga"): "manga"}, PRESETS)
    params = {"folder": "Try", "params": {"folder_rules": rules.to_dict()}}
    (result,) = bench.run("rehearse", [path], params)
    assert Path(details(result)["path"]).name == "Rain - Chapter 0005.cbz"


def test_copies_become_what_the_originals_will(bench: Workbench) -> None:
    names = ("Saga 7.cbz", "Image/Saga/Saga 8.cbz", "Manga/One/v01/003.cbz")
    paths = [bench.comic(name) for name in names]
    for params in ({"preset": "manga"}, {"template": "{series}/{series} #{issue}"}):
        tried = bench.run("rehearse", paths, {"folder": "Try", "params": params})
        previewed = bench.run("process", paths, params, preview=True)
        for rehearsed, planned in zip(tried, previewed, strict=True):
            library = top_of(bench, rehearsed.job_id) / "library"
            below = Path(details(rehearsed)["path"]).relative_to(library)
            assert below == Path(details(planned)["path"]).relative_to(bench.library)


def test_template_with_folders_and_a_clash_leave_the_library_alone(tmp_path: Path) -> None:
    bench = Workbench(tmp_path, duplicate_dir=tmp_path / "library" / "Duplicates")
    path = bench.comic("Saga/Saga 7.cbz")
    twin = bench.comic("Saga/Saga #0007.cbz")
    before = snapshot(bench.library)
    params = {"folder": "Try", "params": {"template": "{series}/{series} #{issue}"}}
    results = bench.run("rehearse", [twin, path], params)
    after = snapshot(bench.library)
    assert {name: after[name] for name in before} == before
    new = {bench.library / name for name in set(after) - set(before)}
    assert all(place.is_relative_to(top_of(bench, results[0].job_id)) for place in new)


def test_copies_are_neither_catalogued_nor_duplicates(bench: Workbench) -> None:
    path = bench.comic("Saga/Saga 7.cbz")
    bench.catalogued(path)
    bench.run("rehearse", [path], {"folder": "Try"})
    bench.run("scan", [bench.library])
    rows = bench.database.rows("SELECT path FROM files")
    assert [row["path"] for row in rows] == [str(path)]
    assert bench.context.duplicates.count() == (0, 0)


def test_copy_of_a_comic_that_fails_is_named_in_the_result(bench: Workbench) -> None:
    path = bench.comic("Saga/Saga 7.cbz")
    path.write_bytes(b"PK\3\4 nothing")
    (result,) = bench.run("rehearse", [path], {"folder": "Try"})
    assert not result.success
    assert result.details is not None
    assert Path(result.details["copy"]).read_bytes() == path.read_bytes()


def test_second_attempt_takes_the_copy_of_the_first(bench: Workbench) -> None:
    path = bench.comic("Saga/Saga 7.cbz")
    job = bench.submit("rehearse", [path], {"folder": "Try"})

    def stop(point: str) -> None:
        raise JobStopped(point)

    (claim,) = bench.claim()
    stopped = build_runners(replace(bench.context, reached=stop))
    with pytest.raises(ItemInterrupted):
        stopped["rehearse"](claim, Guard())
    bench.manager.items.release([claim])
    bench.work()
    made = list(top_of(bench, job.job_id).rglob("*.cbz"))
    assert len(made) == 1


def test_tags_are_copied_from_a_comic_of_the_library(bench: Workbench) -> None:
    source = bench.comic("Saga/Saga 1.cbz", "<Series>Saga</Series>")
    path = bench.comic("Other/x.cbz")
    params = {"folder": "Try", "kind": "tag", "params": {"copy_from": str(source)}}
    (result,) = bench.run("rehearse", [path], params)
    assert tags(Path(details(result)["copy"])).series == "Saga"


def test_rehearsal_outside_the_library_is_refused(bench: Workbench, tmp_path: Path) -> None:
    path = bench.comic("Batman 5.cbz")
    (result,) = bench.run("rehearse", [path], {"folder": str(tmp_path)})
    assert result.code == "outside_library"


def test_who_uses_the_command_line_may_name_any_folder(bench: Workbench, tmp_path: Path) -> None:
    path = bench.comic("Batman 5.cbz")
    (result,) = bench.run("rehearse", [path], {"folder": str(tmp_path)}, trigger=Trigger.CLI)
    copy = Path(details(result)["path"])
    assert copy.is_relative_to(tmp_path / f"ComicMaintainer rehearsal {result.job_id[:8]}")
    assert tags(copy).series == "Batman"
    relative = bench.run("rehearse", [path], {"folder": "../Try"}, trigger=Trigger.CLI)
    assert relative[0].code == "outside_library"


def test_rehearsal_of_a_copy_is_refused(bench: Workbench) -> None:
    path = bench.comic("Batman 5.cbz")
    (result,) = bench.run("rehearse", [path], {"folder": "Try"})
    (again,) = bench.run("rehearse", [details(result)["path"]], {"folder": "Try"})
    assert again.code == "invalid_input"
    assert "name the original" in (again.error or "")


def test_folder_goes_with_its_last_copy_and_comes_back_with_undo(bench: Workbench) -> None:
    paths = [bench.comic(f"Saga/Saga {number}.cbz") for number in (1, 2)]
    results = bench.run("rehearse", paths, {"folder": "Try"})
    top = top_of(bench, results[0].job_id)
    copies = [details(result)["path"] for result in results]
    removed = bench.run("delete", copies)
    assert not top.exists()
    assert all(path.exists() for path in paths)
    changes = bench.journal.changes_of_job(removed[0].job_id)
    bench.run("undo", [str(change.change_id) for change in changes])
    assert all(Path(copy).exists() for copy in copies)
