"""Verification: sound, arrived broken, or rotted; and pages healed from a copy."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from comicmaintainer.comics.archives.page_names import in_reading_order
from comicmaintainer.settings import HardLinks
from tests.kit.comics import cbt, cbz, damage, pages_of
from tests.operations.workbench import Workbench, details, page_bytes, sha256, snapshot, tags


def test_a_sound_comic_is_noted_as_verified(bench: Workbench) -> None:
    path = cbz(bench.library / "a.cbz", pages_of("one"))
    bench.catalogued(path)
    before = snapshot(bench.library)
    (result,) = bench.run("verify", [path])
    assert details(result)["report"]["sound"]
    row = bench.catalogue.by_path(path)
    assert row is not None
    assert row.verified_at == bench.clock()
    assert snapshot(bench.library) == before


def test_a_comic_that_arrived_broken_fails_with_a_report(bench: Workbench) -> None:
    pages = pages_of("one")
    path = cbz(bench.library / "a.cbz", pages)
    damage(path, pages["p02.png"])
    bench.catalogued(path)
    (result,) = bench.run("verify", [path])
    assert (result.success, result.code) == (False, "damaged_archive")
    assert result.details is not None
    assert [each["name"] for each in result.details["report"]["broken"]] == ["p02.png"]
    assert bench.state_of(path) == "failed"


def test_damage_in_a_file_that_nobody_wrote_is_bit_rot(bench: Workbench) -> None:
    pages = pages_of("one")
    path = cbz(bench.library / "a.cbz", pages)
    bench.catalogued(path)
    bench.run("verify", [path])
    damage(path, pages["p02.png"])
    (result,) = bench.run("verify", [path])
    assert result.code == "bit_rot"


def test_bit_rot_is_found_where_the_format_has_no_checksums(bench: Workbench) -> None:
    tail = b"what follows a picture is not looked at by decoders"
    pages = {name: content + tail for name, content in pages_of("one").items()}
    path = cbt(bench.library / "a (1).cbt", pages)
    bench.catalogued(path)
    (first,) = bench.run("verify", [path])
    assert first.success
    (renamed,) = bench.run("rename", [path], {"to": "b.cbt"})
    path = path.with_name("b.cbt")
    assert details(renamed)["path"] == str(path)
    assert bench.run("verify", [path])[0].success
    damage(path, tail)
    (result,) = bench.run("verify", [path])
    assert result.code == "bit_rot"
    assert bench.state_of(path) == "failed"


def test_a_broken_page_is_healed_from_a_copy(bench: Workbench) -> None:
    pages = pages_of("one")
    path = cbz(bench.library / "a.cbz", pages)
    copy = cbz(bench.library / "copy.cbz", {f"x-{name}": each for name, each in pages.items()})
    bench.catalogued(path, copy)
    damage(path, pages["p02.png"])
    (result,) = bench.run("verify", [path], {"heal": True})
    assert details(result)["changes"] == [{"type": "heal", "pages": ["p02.png"], "copy": str(copy)}]
    assert page_bytes(path) == pages
    assert bench.state_of(path) == "unprocessed"


def test_healing_needs_a_copy_that_is_sound_itself(bench: Workbench) -> None:
    pages = pages_of("one")
    path, copy = (cbz(bench.library / name, pages) for name in ("a.cbz", "b.cbz"))
    bench.catalogued(path, copy)
    for each in (path, copy):
        damage(each, pages["p02.png"])
    before = snapshot(bench.library)
    (result,) = bench.run("verify", [path], {"heal": True})
    assert result.code == "damaged_archive"
    assert snapshot(bench.library) == before


def test_a_preview_of_healing_shows_the_pages_and_changes_nothing(bench: Workbench) -> None:
    pages = pages_of("one")
    path, copy = (cbz(bench.library / name, pages) for name in ("a.cbz", "b.cbz"))
    bench.catalogued(path, copy)
    damage(path, pages["p02.png"])
    before = snapshot(bench.library)
    (result,) = bench.run("verify", [path], {"heal": True}, preview=True)
    assert result.details is not None
    assert result.details["changes"][0]["pages"] == ["p02.png"]
    assert snapshot(bench.library) == before


def cut_before_directory(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"PK\x01\x02")])


def wreck_directory(path: Path) -> None:
    """Damage the directory in place, as failing disks do: size and time stay."""
    times = path.stat()
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02")] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def test_an_archive_with_a_damaged_directory_is_rebuilt(bench: Workbench) -> None:
    pages = pages_of("one")
    path = cbz(bench.library / "a.cbz", pages, "<Series>Storm</Series>")
    bench.catalogued(path)
    bench.run("verify", [path])
    wreck_directory(path)
    damaged = sha256(path)
    (found,) = bench.run("verify", [path])
    assert found.code == "bit_rot"
    (result,) = bench.run("verify", [path], {"heal": True})
    assert details(result)["changes"] == [
        {"type": "rebuild", "saved": 4, "added": [], "copy": None, "lost": [], "whole": True}
    ]
    assert page_bytes(path) == pages
    assert tags(path).series == "Storm"
    assert bench.state_of(path) == "unprocessed"
    (change,) = bench.journal.changes_of_job(result.job_id)
    bench.run("undo", [str(change.change_id)])
    assert sha256(path) == damaged


def test_a_preview_of_a_rebuild_shows_it_and_changes_nothing(bench: Workbench) -> None:
    path = cbz(bench.library / "a.cbz", pages_of("one"))
    bench.catalogued(path)
    wreck_directory(path)
    before = snapshot(bench.library)
    (result,) = bench.run("verify", [path], {"heal": True}, preview=True)
    assert details(result)["changes"][0]["whole"] is True
    assert snapshot(bench.library) == before
    plan = {str(path): {"plan": details(result)}}
    (done,) = bench.run("verify", [path], {"heal": True}, item_params=plan)
    assert details(done)["changes"] == details(result)["changes"]
    assert page_bytes(path) == pages_of("one")


def test_pages_that_are_lost_come_from_a_copy_with_the_same_pages(bench: Workbench) -> None:
    pages = pages_of("one", 5)
    path = cbz(bench.library / "a.cbz", pages)
    copy = cbz(bench.library / "copy.cbz", {f"x-{name}": each for name, each in pages.items()})
    bench.catalogued(path, copy)
    wreck_directory(path)
    damage(path, pages["p02.png"])
    (result,) = bench.run("verify", [path], {"heal": True})
    (change,) = details(result)["changes"]
    assert (change["added"], change["copy"]) == (["p02.png"], str(copy))
    assert (change["lost"], change["whole"]) == ([], True)
    assert page_bytes(path) == pages


@pytest.mark.parametrize("is_scanned", [False, True])
@pytest.mark.parametrize("left", [0, 2])
def test_the_end_of_a_cut_off_archive_comes_from_a_copy(
    bench: Workbench, left: int, is_scanned: bool
) -> None:
    pages = pages_of("one", 5)
    path = cbz(bench.library / "a.cbz", {f"x{name}": each for name, each in pages.items()})
    copy = cbz(bench.library / "copy.cbz", pages)
    bench.catalogued(path, copy)
    data = path.read_bytes()
    path.write_bytes(data[: data.index(pages["p04.png"]) + left])
    if is_scanned:
        bench.catalogued(path)
        bench.catalogued(path)
        assert bench.state_of(path) == "failed"
    (result,) = bench.run("verify", [path], {"heal": True})
    assert details(result)["changes"][0]["whole"] is True
    assert list(page_bytes(path).values()) != list(pages.values())[:3]
    with zipfile.ZipFile(path) as archive:
        names = in_reading_order(archive.namelist())
        assert [archive.read(name) for name in names] == list(pages.values())


def test_what_is_lost_is_named_and_never_called_healed(bench: Workbench) -> None:
    pages = pages_of("one", 5)
    path = cbz(bench.library / "a.cbz", pages)
    bench.catalogued(path)
    data = path.read_bytes()
    path.write_bytes(data[: data.index(pages["p04.png"]) + 100])
    (result,) = bench.run("verify", [path], {"heal": True})
    assert (result.success, result.code) == (False, "damaged_archive")
    assert result.details is not None
    (change,) = result.details["changes"]
    assert change["whole"] is False
    assert change["lost"] == ["p04.png", "a page whose name is not known"]
    assert result.error is not None
    assert "p04.png" in result.error
    assert bench.state_of(path) == "failed"
    assert page_bytes(path) == {name: pages[name] for name in ("p01.png", "p02.png", "p03.png")}


@pytest.mark.parametrize("point", ["confirmed", "catalogued"])
@pytest.mark.parametrize("loses", [True, False])
def test_what_is_lost_is_named_also_after_a_crash(
    bench: Workbench, point: str, *, loses: bool
) -> None:
    pages = pages_of("one", 5)
    path = cbz(bench.library / "a.cbz", pages)
    bench.catalogued(path)
    data = path.read_bytes()
    path.write_bytes(data[: data.index(pages["p04.png"] if loses else b"PK\x01\x02") + 1])
    job = bench.submit("verify", [path], {"heal": True})
    bench.die_at(point)
    bench.recover()
    bench.work()
    (result,) = bench.results(job.job_id)
    assert result.success is not loses
    assert result.details is not None
    (change,) = result.details["changes"]
    assert (change["type"], change["whole"]) == ("rebuild", not loses)
    assert bench.state_of(path) == ("failed" if loses else "unprocessed")


def test_pages_that_went_missing_from_an_unwritten_file_are_noticed(bench: Workbench) -> None:
    path = cbz(bench.library / "a.cbz", pages_of("one", 5))
    bench.catalogued(path)
    times = path.stat()
    fewer = cbz(bench.folder / "b.cbz", pages_of("one", 3)).read_bytes()
    path.write_bytes(bytes(times.st_size - len(fewer)) + fewer)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    (result,) = bench.run("verify", [path])
    assert (result.success, result.code) == (False, "damaged_archive")
    assert "3 pages are found instead of 5" in (result.error or "")
    assert bench.state_of(path) == "failed"


@pytest.mark.parametrize("ends", ["after the inner archive", "after the last page"])
def test_a_comic_is_never_reduced_to_an_archive_inside_it(bench: Workbench, ends: str) -> None:
    inner = cbz(bench.folder / "inner.zip", {"bonus.png": pages_of("bonus")["p01.png"]})
    pages = pages_of("one", 5)
    path = bench.library / "a.cbz"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in pages.items():
            if name == "p04.png":
                archive.write(inner, "extras.zip")
            archive.writestr(name, content)
    bench.catalogued(path)
    data = bytearray(path.read_bytes())
    data[data.index(b"extras.zip") - 30] = 0
    last = inner.read_bytes() if ends == "after the inner archive" else pages["p05.png"]
    path.write_bytes(data[: data.rindex(last) + len(last)])
    damaged = sha256(path)
    for kind, params in (("tag", {"set": {"series": "Storm"}}), ("compact", {}), ("verify", {})):
        (refused,) = bench.run(kind, [path], params)
        assert refused.code == "damaged_archive"
        assert sha256(path) == damaged
    (result,) = bench.run("verify", [path], {"heal": True})
    assert result.details is not None
    (change,) = result.details["changes"]
    if ends == "after the last page":
        assert result.success
        assert (change["whole"], change["lost"]) == (True, ["bonus.png"])
        assert page_bytes(path) == pages
    else:
        assert result.code == "damaged_archive"
        assert change["whole"] is False
        assert set(list(pages)[:3]) <= set(page_bytes(path))


def test_fewer_pages_than_are_known_are_never_called_whole(bench: Workbench) -> None:
    path = cbz(bench.library / "a.cbz", pages_of("one", 5))
    bench.catalogued(path)
    fewer = bytearray(cbz(bench.folder / "b.cbz", pages_of("one", 3)).read_bytes())
    fewer[-6] ^= 0x40  # a whole directory, but for the place that its end tells
    path.write_bytes(fewer)
    (result,) = bench.run("verify", [path], {"heal": True})
    assert result.code == "damaged_archive"
    assert result.details is not None
    assert result.details["changes"][0]["lost"] == ["2 pages whose names are not known"]


def test_an_unknown_number_of_pages_stays_unknown(bench: Workbench) -> None:
    path = cbz(bench.library / "a.cbz", pages_of("one"))
    cut_before_directory(path)
    (result,) = bench.run("verify", [path], {"heal": True})
    assert details(result)["changes"][0]["whole"] is None
    assert page_bytes(path) == pages_of("one")


def test_an_archive_of_which_nothing_is_left_stays_as_it_is(bench: Workbench) -> None:
    path = bench.library / "a.cbz"
    path.write_bytes(b"PK\x03\x04" + bytes(500))
    before = snapshot(bench.library)
    (result,) = bench.run("verify", [path], {"heal": True})
    assert result.code == "damaged_archive"
    assert snapshot(bench.library) == before


@pytest.mark.parametrize("policy", list(HardLinks))
def test_a_rebuild_leaves_the_other_names_of_a_file_alone(
    tmp_path: Path, policy: HardLinks
) -> None:
    bench = Workbench(tmp_path, hard_links=policy)
    path = cbz(bench.library / "a.cbz", pages_of("one"))
    cut_before_directory(path)
    other = tmp_path / "seeded.cbz"
    other.hardlink_to(path)
    before = sha256(other)
    (result,) = bench.run("verify", [path], {"heal": True})
    assert result.success is (policy is HardLinks.COPY)
    assert sha256(other) == before
    bench.database.close()
