"""Conversion: every page arrives, the original goes to the trash only then, undo brings it back."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from comicmaintainer.errors import LeaseLost
from comicmaintainer.library.journal import ChangeState
from tests.comics.archives.drawn_rar import rar4, rar5
from tests.kit.comics import cbt, cbz, damage, pages_of, picture
from tests.operations.workbench import Guard, Workbench, details, page_bytes, sha256, snapshot, tags


def test_a_cbt_becomes_a_cbz_with_the_same_pages_and_tags(bench: Workbench) -> None:
    pages = pages_of("one")
    path = cbt(bench.library / "Batman 1.cbt", pages, "<Series>Batman</Series>")
    bench.catalogued(path)
    row = bench.catalogue.by_path(path)
    (result,) = bench.run("convert", [path])
    target = path.with_suffix(".cbz")
    assert details(result)["path"] == str(target)
    assert page_bytes(target) == pages
    assert tags(target).series == "Batman"
    assert not path.exists()
    assert [entry.original_path for entry in bench.trash.entries()] == [str(path)]
    after = bench.catalogue.by_path(target)
    assert row is not None
    assert after is not None
    assert (after.file_id, after.format) == (row.file_id, "cbz")
    assert bench.catalogue.by_path(path) is None


def test_undoing_a_conversion_gives_the_original_back(bench: Workbench) -> None:
    path = cbt(bench.library / "Batman 1.cbt", pages_of("one"))
    bench.catalogued(path)
    original = sha256(path)
    (result,) = bench.run("convert", [path])
    ids = [str(change.change_id) for change in bench.journal.changes_of_job(result.job_id)]
    made = sha256(path.with_suffix(".cbz"))
    undone = bench.run("undo", ids[::-1])
    assert [each.error for each in undone] == [None, None]
    assert sha256(path) == original
    assert bench.state_of(path) == "unprocessed"
    (withdrawn,) = bench.trash.entries()
    assert Path(withdrawn.original_path) == path.with_suffix(".cbz")
    assert sha256(Path(withdrawn.kept_path)) == made
    assert not path.with_suffix(".cbz").exists()


def test_undoing_a_conversion_keeps_the_cbz_where_the_original_is_gone(bench: Workbench) -> None:
    path = cbt(bench.library / "Batman 1.cbt", pages_of("one"))
    (result,) = bench.run("convert", [path], {"keep_original": True})
    target = path.with_suffix(".cbz")
    made = sha256(target)
    path.unlink()
    (change,) = bench.journal.changes_of_job(result.job_id)
    (refused,) = bench.run("undo", [str(change.change_id)])
    assert (refused.success, refused.code) == (False, "undo_refused")
    assert "Batman 1.cbt" in str(refused.error)
    assert sha256(target) == made


def test_undoing_a_conversion_keeps_a_cbz_that_others_have_written_to(bench: Workbench) -> None:
    path = cbt(bench.library / "Batman 1.cbt", pages_of("one"))
    (result,) = bench.run("convert", [path], {"keep_original": True})
    target = path.with_suffix(".cbz")
    changed = bytearray(target.read_bytes())
    changed[-30] ^= 1  # in the directory; the size stays
    target.write_bytes(changed)
    (change,) = bench.journal.changes_of_job(result.job_id)
    (refused,) = bench.run("undo", [str(change.change_id)])
    assert (refused.success, refused.code) == (False, "undo_refused")
    assert target.read_bytes() == changed


def test_a_preview_of_a_conversion_touches_nothing(bench: Workbench) -> None:
    path = cbt(bench.library / "Batman 1.cbt", pages_of("one"))
    before = snapshot(bench.library)
    (shown,) = bench.run("convert", [path], preview=True)
    assert [change["type"] for change in details(shown)["changes"]] == ["convert", "trash"]
    assert snapshot(bench.library) == before
    plan = {str(path): {"plan": details(shown)}}
    (done,) = bench.run("convert", [path], item_params=plan)
    assert details(done)["changes"] == details(shown)["changes"]


def test_a_cbz_stays_as_it_is(bench: Workbench) -> None:
    path = cbz(bench.library / "a.cbz", pages_of("one"))
    before = snapshot(bench.library)
    (result,) = bench.run("convert", [path])
    assert details(result)["unchanged"]
    assert snapshot(bench.library) == before


def test_the_original_stays_on_request(bench: Workbench) -> None:
    path = cbt(bench.library / "a.cbt", pages_of("one"))
    bench.catalogued(path)
    bench.run("convert", [path], {"keep_original": True})
    assert sorted(snapshot(bench.library)) == ["a.cbt", "a.cbz"]
    assert bench.catalogue.by_path(path) is not None
    assert bench.catalogue.by_path(path.with_suffix(".cbz")) is not None
    (again,) = bench.run("convert", [path], {"keep_original": True})
    assert details(again)["unchanged"]


@pytest.mark.parametrize("images", ["keep", "webp", "avif"])
def test_the_original_goes_later_where_its_cbz_is_still_the_one_made_of_it(
    bench: Workbench, images: str
) -> None:
    pages = {f"./{name}": content for name, content in pages_of("one").items()}
    path = cbt(bench.library / "a.cbt", pages)
    bench.catalogued(path)
    bench.run("convert", [path], {"keep_original": True, "images": images})
    bench.run("tag", [path.with_suffix(".cbz")], {"set": {"series": "Storm"}})
    (result,) = bench.run("convert", [path], {"images": images})
    assert details(result)["changes"][0]["type"] == "trash"
    assert [path.exists(), path.with_suffix(".cbz").exists()] == [False, True]


def other_pages(path: Path) -> None:
    cbz(path.with_suffix(".cbz"), pages_of("another"))


def damaged_page(path: Path) -> None:
    target = path.with_suffix(".cbz")
    with zipfile.ZipFile(target) as archive:
        content = archive.read(archive.namelist()[0])
    damage(target, content)


def other_original(path: Path) -> None:
    cbt(path, pages_of("another"))


@pytest.mark.parametrize("images", ["keep", "webp"])
@pytest.mark.parametrize("happened", [other_pages, damaged_page, other_original])
def test_the_original_stays_if_the_cbz_beside_it_is_not_its_conversion(
    bench: Workbench, happened: Callable[[Path], None], images: str
) -> None:
    path = cbt(bench.library / "a.cbt", pages_of("one"))
    bench.run("convert", [path], {"keep_original": True, "images": images})
    happened(path)
    before = snapshot(bench.library)
    (result,) = bench.run("convert", [path], {"images": images})
    assert result.code == "target_exists"
    assert snapshot(bench.library) == before


def test_a_file_in_the_way_is_not_overwritten(bench: Workbench) -> None:
    path = cbt(bench.library / "a.cbt", pages_of("one"))
    cbz(bench.library / "a.cbz", pages_of("another"))
    before = snapshot(bench.library)
    (result,) = bench.run("convert", [path])
    assert result.code == "target_exists"
    assert snapshot(bench.library) == before


@pytest.mark.parametrize(("images", "kind"), [("webp", "WEBP"), ("jpeg", "JPEG")])
def test_pages_are_re_encoded_only_where_that_makes_them_smaller(
    bench: Workbench, images: str, kind: str
) -> None:
    small = picture("small", side=8, kind="WEBP", quality=1)
    pages = {"p1.png": picture("large", side=400), "p2.webp": small}
    path = cbt(bench.library / "a.cbt", pages)
    bench.run("convert", [path], {"images": images, "quality": 50})
    with zipfile.ZipFile(path.with_suffix(".cbz")) as archive:
        first, second = archive.namelist()
        content = archive.read(first)
        assert Image.open(io.BytesIO(content)).format == kind
        assert len(content) < len(pages["p1.png"])
        assert (second, archive.read(second)) == ("p2.webp", small)


def test_a_truncated_original_is_left_alone(bench: Workbench) -> None:
    path = cbt(bench.library / "a.cbt", pages_of("one"))
    path.write_bytes(path.read_bytes()[:6000])
    before = snapshot(bench.library)
    (result,) = bench.run("convert", [path])
    assert not result.success
    assert snapshot(bench.library) == before


def test_a_conversion_that_is_stopped_leaves_no_half_file(bench: Workbench) -> None:
    path = cbt(bench.library / "a.cbt", pages_of("one", 6))
    before = snapshot(bench.library)
    bench.submit("convert", [path])
    guard = Guard()

    def lose() -> None:
        if guard.asked > 4:
            raise LeaseLost("another worker has taken over")

    guard = Guard(lose)
    with pytest.raises(LeaseLost):
        bench.work(guard)
    assert snapshot(bench.library) == before


@pytest.mark.parametrize("point", ["applied convert", "confirmed", "applied trash"])
def test_a_conversion_that_died_is_completed(bench: Workbench, point: str) -> None:
    pages = pages_of("one")
    path = cbt(bench.library / "a.cbt", pages)
    bench.catalogued(path)
    job = bench.submit("convert", [path])
    bench.die_at(point)
    bench.recover()
    bench.work()
    (result,) = bench.results(job.job_id)
    assert details(result)["path"] == str(path.with_suffix(".cbz"))
    assert page_bytes(path.with_suffix(".cbz")) == pages
    assert not path.exists()
    assert [entry.original_path for entry in bench.trash.entries()] == [str(path)]
    states = {change.state for change in bench.journal.changes_of_job(job.job_id)}
    assert states == {ChangeState.APPLIED}
    assert bench.catalogue.by_path(path.with_suffix(".cbz")) is not None


@pytest.mark.parametrize("is_same", [True, False])
def test_a_file_that_others_put_at_the_place_of_a_conversion_is_theirs(
    bench: Workbench, *, is_same: bool
) -> None:
    path = cbt(bench.library / "a.cbt", pages_of("one"))
    target = path.with_suffix(".cbz")
    job = bench.submit("convert", [path])
    bench.die_at("planned")
    cbz(target, pages_of("one" if is_same else "other"))
    bench.recover()
    bench.work()
    (result,) = bench.results(job.job_id)
    assert result.success is is_same
    assert path.exists() is not is_same
    assert page_bytes(target) == pages_of("one" if is_same else "other")


def test_tags_that_a_cbz_has_no_place_for_become_its_comicinfo(bench: Workbench) -> None:
    told = {"series": "Storm", "issue": 5, "credits": [{"person": "Ann Bo", "role": "Writer"}]}
    comment = json.dumps({"ComicBookInfo/1.0": told}).encode()
    path = bench.library / "a.cbr"
    path.write_bytes(rar4(pages_of("one"), packed=True, comment=comment, comment_packed=True))
    (result,) = bench.run("convert", [path])
    assert details(result)["changes"][0]["tags_from"] == ["comicbookinfo"]
    target = path.with_suffix(".cbz")
    assert (tags(target).series, tags(target).issue) == ("Storm", "5")
    with zipfile.ZipFile(target) as archive:
        assert b"<Writer>Ann Bo</Writer>" in archive.read("ComicInfo.xml")
        assert archive.comment == b""
    assert page_bytes(target) == pages_of("one")


def test_comicinfo_stays_as_it_is_where_no_other_source_says_more(bench: Workbench) -> None:
    path = cbt(bench.library / "a.cbt", pages_of("one"), "<Series>Storm</Series><Own>x</Own>")
    (result,) = bench.run("convert", [path])
    assert "tags_from" not in details(result)["changes"][0]
    with zipfile.ZipFile(path.with_suffix(".cbz")) as archive:
        expected = b"<ComicInfo><Series>Storm</Series><Own>x</Own></ComicInfo>"
        assert archive.read("ComicInfo.xml") == expected


def test_comicinfo_is_completed_by_other_sources_and_keeps_what_it_says(bench: Workbench) -> None:
    members = pages_of("one") | {
        "CoMet.xml": b"<comet><series>Other</series><genre>Drama</genre></comet>"
    }
    path = cbt(bench.library / "a.cbt", members, "<Series>Storm</Series><Own>x</Own>")
    (result,) = bench.run("convert", [path])
    assert details(result)["changes"][0]["tags_from"] == ["comet"]
    with zipfile.ZipFile(path.with_suffix(".cbz")) as archive:
        text = archive.read("ComicInfo.xml")
        assert archive.read("CoMet.xml") == members["CoMet.xml"]
    assert b"<Series>Storm</Series>" in text
    assert b"<Genre>Drama</Genre>" in text
    assert b"<Own>x</Own>" in text


def test_tags_of_a_pdf_are_carried_over(bench: Workbench) -> None:
    path = bench.library / "a.pdf"
    image = Image.open(io.BytesIO(picture("page", kind="JPEG")))
    image.save(path, "PDF", title="The Storm", author="Ann Bo", keywords="wet, cold")
    (result,) = bench.run("convert", [path])
    assert details(result)["changes"][0]["tags_from"] == ["pdf"]
    found = tags(path.with_suffix(".cbz"))
    assert (found.title, found.tags) == ("The Storm", ("wet", "cold"))
    assert [credit.person for credit in found.credits] == ["Ann Bo"]


def test_the_users_other_content_is_kept_and_what_is_left_out_is_named(bench: Workbench) -> None:
    other = {
        "one/notes.txt": b"notes",
        "two/extra.zip": b"PK\x05\x06" + bytes(18),
        "two/deep/er/x.bin": b"\0",
    }
    pages = {f"one/{name}": each for name, each in pages_of("one").items()}
    junk = {"__MACOSX/one/._p01.png": b"fork", "one/Thumbs.db": b"thumbs"}
    path = cbt(bench.library / "a.cbt", pages | other | junk)
    with tarfile.open(path, "a") as archive:
        link = tarfile.TarInfo("one/link.png")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    (result,) = bench.run("convert", [path])
    left_out = details(result)["changes"][0]["left_out"]
    assert left_out == ["__MACOSX/one/._p01.png", "one/Thumbs.db", "one/link.png"]
    with zipfile.ZipFile(path.with_suffix(".cbz")) as made:
        assert {name: made.read(name) for name in made.namelist()} == pages | other


def test_a_comment_without_tags_stays_the_comment(bench: Workbench) -> None:
    path = bench.library / "a.cbr"
    path.write_bytes(rar5(pages_of("one"), comment="für dich".encode()))
    bench.run("convert", [path])
    with zipfile.ZipFile(path.with_suffix(".cbz")) as archive:
        assert archive.comment == "für dich".encode()


def test_a_page_packed_as_a_reference_arrives_whole(bench: Workbench) -> None:
    pages = pages_of("one")
    path = bench.library / "a.cbr"
    path.write_bytes(rar5(pages, copies={"p04.png": "p01.png"}))
    bench.run("convert", [path])
    assert page_bytes(path.with_suffix(".cbz")) == pages | {"p04.png": pages["p01.png"]}
