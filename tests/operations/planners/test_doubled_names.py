"""Comics with two members of one name, and directories that are wrong about where members are."""

from __future__ import annotations

import io
import tarfile
import warnings
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from comicmaintainer.comics.archives.reader import open_archive
from comicmaintainer.library.journal import ChangeState
from tests.kit.comics import pages_of, picture
from tests.operations.workbench import Workbench, details, sha256, snapshot

NAMES = ("01.png", "02.png", "02.png", "02.png", "03.png")
PICTURES = tuple(picture(f"page {number}") for number in range(len(NAMES)))


def doubled(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile's own, about the name
        for name, content in zip(NAMES, PICTURES, strict=True):
            archive.writestr(name, content)
    return path


def contents(path: Path) -> list[bytes]:
    with open_archive(path) as archive:
        return [archive.read(page) for page in archive.pages]


def without(numbers: Sequence[int]) -> list[bytes]:
    return [each for number, each in enumerate(PICTURES) if number not in numbers]


def test_each_page_counts_and_a_removed_one_takes_only_itself_away(bench: Workbench) -> None:
    path = doubled(bench.library / "a.cbz")
    bench.catalogued(path)
    row = bench.catalogue.by_path(path)
    assert row is not None
    assert row.page_count == 5
    before = sha256(path)
    (result,) = bench.run("remove-pages", [path], {"mode": "remove", "pages": [2]})
    (change,) = details(result)["changes"]
    assert (change["removed"], change["numbers"], change["left"]) == (["02.png"], [2], 4)
    assert contents(path) == without([2])
    with zipfile.ZipFile(path) as archive:
        assert [name for name in archive.namelist() if name.endswith(".png")] == [
            "01.png", "02.png", "02.png", "03.png",
        ]  # fmt: skip
    (made,) = bench.journal.changes_of_job(result.job_id)
    bench.run("undo", [str(made.change_id)])
    assert sha256(path) == before


@pytest.mark.parametrize("point", ["planned", "applied pages", "confirmed", "catalogued"])
def test_a_removal_that_died_removes_pages_of_one_name_once(bench: Workbench, point: str) -> None:
    path = doubled(bench.library / "a.cbz")
    bench.catalogued(path)
    job = bench.submit("remove-pages", [path], {"mode": "remove", "pages": [1, 3]})
    bench.die_at(point)
    bench.work()
    (result,) = bench.results(job.job_id)
    assert result.success
    assert contents(path) == without([1, 3])


def test_a_verified_comic_is_sound_and_a_row_that_counts_names_is_put_right(
    bench: Workbench,
) -> None:
    path = doubled(bench.library / "a.cbz")
    bench.catalogued(path)
    true = bench.catalogue.by_path(path)
    assert true is not None
    # As such a row was written when of several members with one name only the last one counted.
    last = bench.library / "last.cbz"
    with zipfile.ZipFile(last, "w") as archive:
        for name, content in dict(zip(NAMES, PICTURES, strict=True)).items():
            archive.writestr(name, content)
    bench.catalogued(last)
    old = bench.catalogue.by_path(last)
    assert old is not None
    with bench.database.transaction() as transaction:
        transaction.execute(
            "UPDATE files SET page_count = 3, fingerprint = ?, verified_at = changed_at "
            "WHERE path = ?",
            (old.fingerprint, str(path)),
        )
    (result,) = bench.run("verify", [path])
    assert details(result)["report"]["sound"]
    row = bench.catalogue.by_path(path)
    assert row is not None
    assert (row.page_count, row.fingerprint) == (5, true.fingerprint)


def test_a_broken_page_is_healed_in_its_place(bench: Workbench) -> None:
    path, copy = (doubled(bench.library / name) for name in ("a.cbz", "b.cbz"))
    bench.catalogued(path, copy)
    data = bytearray(path.read_bytes())
    data[data.index(PICTURES[2]) + 50] ^= 1
    path.write_bytes(data)
    (result,) = bench.run("verify", [path], {"heal": True})
    assert details(result)["changes"][0]["pages"] == ["02.png"]
    assert contents(path) == list(PICTURES)


def test_a_tar_with_doubled_names_becomes_a_cbz_with_every_page(bench: Workbench) -> None:
    path = bench.library / "a.cbt"
    with tarfile.open(path, "w") as archive:
        for name, content in zip(NAMES, PICTURES, strict=True):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    bench.catalogued(path)
    params = {"images": "keep", "quality": 80, "keep_original": False}
    (result,) = bench.run("convert", [path], params)
    assert details(result)["changes"][0]["pages"] == 5
    assert contents(path.with_suffix(".cbz")) == list(PICTURES)


def with_offsets(path: Path, offsets: dict[int, int]) -> None:
    """Let the directory's records tell of other places, by their numbers."""
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02")
    number = 0
    while at >= 0:
        if number in offsets:
            data[at + 42 : at + 46] = offsets[number].to_bytes(4, "little")
        at = data.find(b"PK\x01\x02", at + 4)
        number += 1
    path.write_bytes(data)


def offsets_of(path: Path) -> list[int]:
    with zipfile.ZipFile(path) as archive:
        return [info.header_offset for info in archive.infolist()]


@pytest.mark.parametrize("is_known", [True, False])
@pytest.mark.parametrize("case", ["swapped", "one place", "skewed", "doubled names"])
def test_wrong_offsets_are_damage_that_is_made_good(
    bench: Workbench, case: str, *, is_known: bool
) -> None:
    path = bench.library / "a.cbz"
    pages = pages_of("one", 5)
    if case == "doubled names":
        doubled(path)
    else:
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in pages.items():
                archive.writestr(name, content)
    expected = contents(path)
    if is_known:
        bench.catalogued(path)
    places = offsets_of(path)
    wrong = {
        "swapped": {1: places[2], 2: places[1]},
        "one place": {1: places[2]},
        "skewed": {number: place + 3 for number, place in enumerate(places)},
        "doubled names": {1: places[2], 2: places[3], 3: places[1]},
    }
    with_offsets(path, wrong[case])
    damaged = sha256(path)
    (found,) = bench.run("verify", [path])
    assert found.code == "damaged_archive"
    (result,) = bench.run("verify", [path], {"heal": True})
    (change,) = details(result)["changes"]
    assert (change["type"], change["lost"], change["whole"]) == ("rebuild", [], True)
    assert contents(path) == expected
    (made,) = bench.journal.changes_of_job(result.job_id)
    bench.run("undo", [str(made.change_id)])
    assert sha256(path) == damaged


@pytest.mark.parametrize("name", [b"02.png", b"xx.png"])
def test_two_records_of_one_member_have_a_way_out(bench: Workbench, name: bytes) -> None:
    path = bench.library / "a.cbz"
    with zipfile.ZipFile(path, "w") as archive:
        for page, content in zip(("01.png", "02.png"), PICTURES, strict=False):
            archive.writestr(page, content)
    data = bytearray(path.read_bytes())
    end = data.index(b"PK\x05\x06")
    record = data[data.rindex(b"PK\x01\x02") : end].replace(b"02.png", name)
    size = int.from_bytes(data[end + 12 : end + 16], "little") + len(record)
    data[end + 8 : end + 16] = (3).to_bytes(2, "little") * 2 + size.to_bytes(4, "little")
    data[end:end] = record
    path.write_bytes(data)
    bench.catalogued(path)
    (refused,) = bench.run("tag", [path], {"set": {"series": "Storm"}})
    assert refused.error is not None
    assert "share one place" in refused.error
    assert "`verify` with `heal`" in refused.error
    (result,) = bench.run("verify", [path], {"heal": True})
    (change,) = details(result)["changes"]
    assert (change["lost"], change["whole"]) == ([], True)
    again = [] if name == b"02.png" else ["xx.png"]
    assert change.get("again", []) == again
    assert contents(path) == [*PICTURES[:2], *PICTURES[1:2] * len(again)]
    (tagged,) = bench.run("tag", [path], {"set": {"series": "Storm"}})
    assert tagged.success


def test_an_archive_that_can_be_opened_loses_nothing_by_a_rebuild(bench: Workbench) -> None:
    path = doubled(bench.library / "a.cbz")
    data = bytearray(path.read_bytes())
    data[data.index(PICTURES[0]) - 36] ^= 1  # the signature of its header
    path.write_bytes(data)
    before = snapshot(bench.library)
    (result,) = bench.run("verify", [path], {"heal": True})
    assert result.code == "damaged_archive"
    assert snapshot(bench.library) == before


def test_summaries_of_an_earlier_release_name_the_removed_pages(bench: Workbench) -> None:
    path = bench.comic("a.cbz", pages=4)
    job = bench.submit("remove-pages", [path], {"mode": "remove", "pages": [1]})
    bench.work()
    (change,) = bench.journal.changes_of_job(job.job_id)
    assert change.state is ChangeState.APPLIED
    assert change.summary == {"type": "pages", "left": 3, "removed": ["page-002.png"]}
