"""Inodes, devices and times of any size go through the catalogue and come back as the same."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comicmaintainer.database import Database
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.catalogue.model import FileFacts, SeenFile
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.library.scan.folder_listing import FolderListing, list_folder
from comicmaintainer.library.scan.library_scan import LibraryScan
from comicmaintainer.library.scan.scan_rows import ScanRows
from tests.kit.large_numbers import FAR_FUTURE_NS, FIRST_INODE, with_large_numbers

NUMBERS = st.integers(0, 2**64 - 1) | st.sampled_from([2**63 - 1, 2**63, 2**64 - 1])
TIMES = st.integers(-(2**63), 2**65)
ONE_DATABASE = [HealthCheck.function_scoped_fixture]


@settings(suppress_health_check=ONE_DATABASE, deadline=None, max_examples=60)
@given(device=NUMBERS, inode=NUMBERS, mtime_ns=TIMES, other=NUMBERS)
def test_a_file_is_found_again_by_its_numbers(
    catalogue: Catalogue, database: Database, device: int, inode: int, mtime_ns: int, other: int
) -> None:
    rows = ScanRows(database)
    identity = FileIdentity(device, inode, 10, mtime_ns)
    catalogue.remove(["/comics/a.cbz"])
    catalogue.upsert([SeenFile.of("/comics/a.cbz", identity)])
    row = catalogue.by_path("/comics/a.cbz")
    assert row is not None
    assert FileIdentity(row.device, row.inode, row.size_bytes, row.mtime_ns) == identity
    (known,) = rows.by_identity([identity.place])[identity.place]
    assert known.path == "/comics/a.cbz"
    assert rows.device_of("/comics") == identity.dev
    if other != inode:
        assert rows.by_identity([FileIdentity(device, other, 0, 0).place]) == {}
    moved = SeenFile("/comics/a.cbz", 10, mtime_ns, other, inode)
    rows.set_identities([(moved.device, moved.inode, moved.path)])
    assert rows.device_of("/comics") == moved.device
    root_id = catalogue.add_root("/comics")
    rows.begin(root_id, 1.0, moved.device)
    rows.finish(root_id, device=moved.device, now_at=2.0, warning=None)
    record = rows.root("/comics")
    assert record is not None
    assert record.device == moved.device


@given(device=NUMBERS, inode=NUMBERS, mtime_ns=TIMES)
def test_stored_unsigned_numbers_still_match(device: int, inode: int, mtime_ns: int) -> None:
    now = FileIdentity(device, inode, 10, mtime_ns)
    of_before = json.loads(json.dumps([device, inode, 10, mtime_ns]))
    assert FileIdentity.from_json(of_before) == now
    assert FileIdentity.from_json(json.loads(json.dumps(now.to_json()))) == now
    assert all(-(2**63) <= number < 2**63 for number in now.to_json())


@given(one=st.tuples(NUMBERS, NUMBERS), other=st.tuples(NUMBERS, NUMBERS))
def test_different_files_stay_different(one: tuple[int, int], other: tuple[int, int]) -> None:
    places = [FileIdentity(*each, 0, 0).place for each in (one, other)]
    assert (places[0] == places[1]) == (one == other)


def test_a_folder_with_times_of_a_far_future_is_listed(tmp_path: Path) -> None:
    path = tmp_path / "a.cbz"
    path.write_bytes(b"comic")
    os.utime(path, ns=(0, FAR_FUTURE_NS))
    if path.stat().st_mtime_ns != FAR_FUTURE_NS:
        pytest.skip("this filesystem has no such times")
    listing = list_folder(os.fspath(tmp_path), None)
    assert FolderListing.from_json(json.loads(json.dumps(listing.to_json()))) == listing
    assert list_folder(os.fspath(tmp_path), listing.digest).is_same
    os.utime(path, ns=(0, FAR_FUTURE_NS + 1))
    assert not list_folder(os.fspath(tmp_path), listing.digest).is_same


@pytest.mark.parametrize("devices", [0, FIRST_INODE, 2**64 - 2**20])
def test_scans_work_with_large_inodes(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch, devices: int
) -> None:
    folder = tmp_path / "library"
    (folder / "Bone").mkdir(parents=True)
    for number in (1, 2):
        (folder / "Bone" / f"Bone {number}.cbz").write_bytes(b"%d" % number)
    with_large_numbers(monkeypatch, devices=devices)
    catalogue = Catalogue(database, now=lambda: 0.0)
    scan = LibraryScan(
        database,
        LibraryRoots([folder]),
        lambda path: FileFacts(format="cbz", page_count=1, fingerprint=path.read_bytes()),
        now=lambda: 0.0,
        slow_threads=1,
    )
    assert scan.scan_root(folder).added == 2
    first = catalogue.by_path(folder / "Bone" / "Bone 1.cbz")
    assert first is not None
    (folder / "Bone" / "Bone 1.cbz").rename(folder / "Bone" / "Bone One.cbz")
    report = scan.scan_root(folder)
    assert (report.moved, report.added, report.removed) == (1, 0, 0)
    os.utime(folder / "Bone" / "Bone 2.cbz", ns=(0, FAR_FUTURE_NS))
    report = scan.scan_root(folder)
    assert (report.changed, report.warning) == (1, None)
    with database.transaction() as transaction:
        transaction.execute("UPDATE folders SET digest = NULL")
    report = scan.scan_root(folder)
    assert (report.added, report.changed, report.moved, report.removed) == (0, 0, 0, 0)
    renamed = catalogue.by_path(folder / "Bone" / "Bone One.cbz")
    assert renamed is not None
    assert (renamed.file_id, renamed.inode) == (first.file_id, first.inode)
