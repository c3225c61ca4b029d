"""Deleting and restoring, duplicates, and scans."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from comicmaintainer.database import SqliteDatabase
from comicmaintainer.library.scan.unsubmitted_files import AwaitedFiles
from comicmaintainer.operations.comic import read_comic
from tests.kit.comics import cbz, pages_of
from tests.operations.workbench import Workbench, details, sha256, snapshot

# --- trash ---------------------------------------------------------------------------------------


def test_a_deleted_file_lies_in_the_trash_and_comes_back(bench: Workbench) -> None:
    path = bench.comic("Batman/Batman 5.cbz")
    bench.catalogued(path)
    original = sha256(path)
    bench.run("delete", [path])
    assert not path.exists()
    assert bench.catalogue.by_path(path) is None
    (entry,) = bench.trash.entries()
    assert entry.original_path == str(path)
    (restored,) = bench.run("restore", [entry.trash_id])
    assert details(restored)["path"] == str(path)
    assert sha256(path) == original
    assert bench.catalogue.by_path(path) is not None
    assert bench.trash.entries() == []


def test_undo_of_a_deletion_brings_the_file_and_its_state_back(bench: Workbench) -> None:
    path = bench.comic("Batman/Batman 5.cbz")
    (processed,) = bench.run("process", [path])
    target = Path(details(processed)["path"])
    bench.catalogued(target)
    bench.run("process", [target])
    (deleted,) = bench.run("delete", [target])
    (change,) = bench.journal.changes_of_job(deleted.job_id)
    bench.run("undo", [str(change.change_id)])
    assert bench.state_of(target) == "processed"
    assert bench.trash.entries() == []


def test_restoring_overwrites_nothing(bench: Workbench) -> None:
    path = bench.comic("a.cbz")
    bench.run("delete", [path])
    bench.comic("a.cbz", seed="newcomer")
    before = snapshot(bench.library)
    (result,) = bench.run("restore", [bench.trash.entries()[0].trash_id])
    assert result.code == "target_exists"
    assert snapshot(bench.library) == before


def test_after_a_restore_older_changes_can_still_be_undone(bench: Workbench) -> None:
    path = bench.comic("a.cbz")
    original = sha256(path)
    (tagged,) = bench.run("tag", [path], {"set": {"series": "Batman"}})
    bench.run("delete", [path])
    bench.run("restore", [bench.trash.entries()[0].trash_id])
    (change,) = bench.journal.changes_of_job(tagged.job_id)
    (undone,) = bench.run("undo", [str(change.change_id)])
    assert undone.error is None
    assert sha256(path) == original


def test_a_preview_of_a_deletion_deletes_nothing(bench: Workbench) -> None:
    path = bench.comic("a.cbz")
    (shown,) = bench.run("delete", [path], {"reason": "It is boring."}, preview=True)
    assert details(shown)["changes"] == [
        {"type": "trash", "from": str(path), "reason": "It is boring."}
    ]
    assert path.exists()


def test_what_is_not_in_the_trash_can_not_be_restored(bench: Workbench) -> None:
    (result,) = bench.run("restore", ["20260101T000000-0123456789abcdef"])
    assert result.code == "trash_entry_not_found"


# --- duplicates ----------------------------------------------------------------------------------


def test_copies_are_reported_with_the_one_to_keep(bench: Workbench) -> None:
    pages = pages_of("one")
    first = cbz(bench.library / "a.cbz", pages, "<Series>Batman</Series><Number>1</Number>")
    second = cbz(bench.library / "b.cbz", {f"x{name}": each for name, each in pages.items()})
    other = cbz(bench.library / "c.cbz", pages_of("other"))
    bench.catalogued(first, second, other)
    before = snapshot(bench.library)
    results = bench.run("duplicates", [first, second, other])
    assert [details(result)["copies"] for result in results] == [[str(second)], [str(first)], []]
    assert [details(result)["keep"] for result in results[:2]] == [str(first)] * 2
    assert details(results[0])["reason"] == "it has more tags"
    assert snapshot(bench.library) == before


def test_a_comic_without_pages_looks_like_no_other(bench: Workbench) -> None:
    empty = cbz(bench.library / "a.cbz", {"notes.txt": b"no page"})
    bench.catalogued(empty)
    (result,) = bench.run("duplicates", [empty], {"near": True})
    assert result.error is None
    assert details(result)["near"] == []


def test_all_copies_but_the_best_go_to_the_trash(bench: Workbench) -> None:
    pages = pages_of("one")
    paths = [cbz(bench.library / f"{n}.cbz", pages) for n in range(4)]
    best = cbz(bench.library / "z.cbz", pages, "<Series>Batman</Series>")
    bench.catalogued(*paths, best)
    bench.run("duplicates", [*paths, best], {"action": "trash"})
    assert [path.name for path in bench.library.glob("*.cbz")] == ["z.cbz"]
    assert len(bench.trash.entries()) == 4


def test_the_copy_in_the_folder_of_its_series_stays_and_gets_the_tags_of_the_other(
    bench: Workbench,
) -> None:
    best = bench.comic(
        "Harbour Lights (2019)/Harbour Lights 007.cbz", "<Number>7</Number>", seed="x"
    )
    tagged = "<Series>Harbour Lights</Series><Number>8</Number><Publisher>Pier</Publisher>"
    lesser = bench.comic("Inbox/unsorted/copy of Harbour Lights 007.cbz", tagged, seed="x")
    bench.catalogued(best, lesser)
    best_before, lesser_before = sha256(best), sha256(lesser)
    filled, untouched = bench.run("duplicates", [best, lesser], {"action": "tags"})
    assert details(untouched)["keep"] == str(best)
    assert details(untouched)["reason"] == "the other is in a folder of unsorted files"
    assert not details(untouched)["changes"]
    assert sha256(lesser) == lesser_before
    tags = read_comic(bench.context.comics, best).metadata
    assert (tags.series, tags.issue, tags.publisher) == ("Harbour Lights", "7", "Pier")
    assert [change["type"] for change in details(filled)["changes"]] == ["tags"]
    again, _ = bench.run("duplicates", [best, lesser], {"action": "tags"})
    assert not details(again)["changes"]
    bench.run("duplicates", [best, lesser], {"action": "trash"})
    assert (best.exists(), lesser.exists()) == (True, False)
    (change,) = bench.journal.changes_of_job(filled.job_id)
    bench.run("undo", [str(change.change_id)])
    assert sha256(best) == best_before


def test_marking_duplicates_twice_changes_nothing_the_second_time(bench: Workbench) -> None:
    pages = pages_of("one")
    best = cbz(bench.library / "a.cbz", pages, "<Series>Batman</Series>")
    lesser = cbz(bench.library / "b.cbz", pages)
    bench.catalogued(best, lesser)
    (first,) = bench.run("duplicates", [lesser], {"action": "mark"})
    assert bench.state_of(lesser) == "duplicate"
    (again,) = bench.run("duplicates", [lesser], {"action": "mark"})
    assert details(again)["unchanged"]
    (change,) = bench.journal.changes_of_job(first.job_id)
    bench.run("undo", [str(change.change_id)])
    assert bench.state_of(lesser) == "unprocessed"


def test_a_copy_is_not_trashed_when_the_other_has_changed_since_the_scan(
    bench: Workbench,
) -> None:
    pages = pages_of("one")
    best = cbz(bench.library / "a.cbz", pages, "<Series>Batman</Series>")
    lesser = cbz(bench.library / "b.cbz", pages)
    bench.catalogued(best, lesser)
    cbz(best, pages_of("other"))
    (result,) = bench.run("duplicates", [lesser], {"action": "trash"})
    assert result.code == "file_changed"
    assert lesser.exists()


@pytest.mark.parametrize("preview", [True, False])
def test_a_sound_copy_is_not_trashed_for_a_rotten_one(bench: Workbench, preview: bool) -> None:
    path = bench.comic("a/Batman 1.cbz", seed="one")
    keep = bench.comic("b/Batman 1.cbz", "<Series>Batman</Series>", seed="one")
    bench.catalogued(path, keep)
    status, content = keep.stat(), bytearray(keep.read_bytes())
    content[1500] ^= 0xFF  # in a page; the directory still has its old CRC
    keep.write_bytes(content)
    os.utime(keep, ns=(status.st_atime_ns, status.st_mtime_ns))
    before = snapshot(bench.library)

    (result,) = bench.run("duplicates", [path], {"action": "trash"}, preview=preview)

    assert (result.success, result.code) == (False, "damaged_archive")
    assert str(keep) in str(result.error)
    assert snapshot(bench.library) == before


def test_the_copy_that_is_kept_may_be_chosen(bench: Workbench) -> None:
    pages = pages_of("one")
    best = cbz(bench.library / "a.cbz", pages, "<Series>Batman</Series>")
    chosen, third = (cbz(bench.library / f"{name}.cbz", pages) for name in "bc")
    bench.catalogued(best, chosen, third)
    params = {"action": "trash", "keep": str(chosen)}
    results = bench.run("duplicates", [best, chosen, third], params)
    assert [details(result)["keep"] for result in results] == [str(chosen)] * 3
    assert [path.name for path in bench.library.glob("*.cbz")] == ["b.cbz"]


def test_nothing_is_trashed_if_the_chosen_copy_is_gone_or_is_not_a_copy(bench: Workbench) -> None:
    pages = pages_of("one")
    path, chosen = (cbz(bench.library / f"{name}.cbz", pages) for name in "ab")
    stranger = cbz(bench.library / "c.cbz", pages_of("other"))
    bench.catalogued(path, chosen, stranger)

    def code(keep: Path) -> str | None:
        (result,) = bench.run("duplicates", [path], {"action": "trash", "keep": str(keep)})
        return result.code

    assert code(stranger) == "file_changed"
    assert code(bench.library / "nowhere.cbz") == "file_missing"
    chosen.unlink()
    assert code(chosen) == "file_missing"
    assert path.exists()


def test_opposite_choices_leave_one_copy(bench: Workbench) -> None:
    pages = pages_of("one")
    first, second = (cbz(bench.library / f"{name}.cbz", pages) for name in "ab")
    bench.catalogued(first, second)
    bench.submit("duplicates", [first], {"action": "trash", "keep": str(second)})
    bench.submit("duplicates", [second], {"action": "trash", "keep": str(first)})
    bench.work()
    assert len(list(bench.library.glob("*.cbz"))) == 1


# --- scan ----------------------------------------------------------------------------------------


def test_a_scan_catalogues_the_folder(bench: Workbench) -> None:
    path = bench.comic("Batman/Batman 5.cbz")
    (result,) = bench.run("scan", [bench.library])
    assert details(result)["scan"]["added"] == 1
    row = bench.catalogue.by_path(path)
    assert row is not None
    assert (row.series, row.issue, row.state) == ("Batman", "5", "unprocessed")


def test_a_scan_outside_the_library_is_refused(bench: Workbench, tmp_path: Path) -> None:
    (result,) = bench.run("scan", [tmp_path])
    assert result.code == "outside_library"


@pytest.mark.parametrize("existing_too", [True, False])
def test_a_scan_leaves_new_files_to_the_watcher(tmp_path: Path, existing_too: bool) -> None:
    database = SqliteDatabase(tmp_path / "config" / "jobs.db")
    awaited = AwaitedFiles(database, existing_too=existing_too)
    bench = Workbench(tmp_path, awaited=awaited)
    there = bench.comic("Batman 1.cbz")
    bench.run("scan", [bench.library])
    assert awaited.since(0)[0] == ([str(there)] if existing_too else [])
    awaited.remove([str(there)])

    new, single = bench.comic("Batman 2.cbz"), bench.comic("Batman 3.cbz")
    bench.run("scan", [single])
    bench.run("scan", [bench.library])
    assert awaited.since(0)[0] == [str(single), str(new)]
    database.close()
