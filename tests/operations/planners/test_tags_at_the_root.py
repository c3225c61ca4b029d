"""Tags are written at the root of the archive, under their usual name, where readers look."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from comicmaintainer.operations.comic import read_comic
from comicmaintainer.settings import TagWrite
from tests.kit.comics import cbz, picture
from tests.kit.shared_reader import COMICS
from tests.operations.workbench import Workbench, details, sha256, tags

PAGES = tuple(picture(f"page {number}") for number in range(3))
CBI = b'{"ComicBookInfo/1.0": {"series": "By comment", "publisher": "Own"}}'


def info(**fields: object) -> bytes:
    body = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    return f"<ComicInfo>{body}</ComicInfo>".encode()


def names_in(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


@pytest.fixture(params=[TagWrite.APPEND, TagWrite.REPLACE])
def bench_of_policy(tmp_path: Path, request: pytest.FixtureRequest) -> Any:
    bench = Workbench(tmp_path, tag_write=request.param)
    yield bench
    bench.database.close()


@pytest.mark.parametrize("name", ["c01/ComicInfo.xml", "c01/comicinfo.xml", "comicinfo.xml"])
def test_tags_move_to_the_root_and_back(bench_of_policy: Workbench, name: str) -> None:
    bench = bench_of_policy
    members = {"c01/01.png": PAGES[0], name: info(Series="Mill", Number=3), "c01/02.png": PAGES[1]}
    path = cbz(bench.library / "a.cbz", members)
    before = sha256(path)
    assert tags(path).series == "Mill"
    (result,) = bench.run("tag", [path], {"set": {"title": "Wheel"}})
    (change,) = details(result)["changes"]
    assert change["replaced"] == [name]
    assert sorted(names_in(path)) == ["ComicInfo.xml", "c01/01.png", "c01/02.png"]
    assert (tags(path).series, tags(path).issue, tags(path).title) == ("Mill", "3", "Wheel")
    (again,) = bench.run("tag", [path], {"set": {"title": "Wheel"}})
    assert details(again)["unchanged"]
    (made,) = bench.journal.changes_of_job(result.job_id)
    (undone,) = bench.run("undo", [str(made.change_id)])
    assert undone.success, undone.error
    assert sha256(path) == before


def test_tags_that_say_all_already_move_too_and_the_preview_shows_it(bench: Workbench) -> None:
    path = cbz(
        bench.library / "a.cbz", {"b/1.png": PAGES[0], "b/ComicInfo.xml": info(Series="Mill")}
    )
    params = {"set": {"series": "Mill"}}
    (shown,) = bench.run("tag", [path], params, preview=True)
    (change,) = details(shown)["changes"]
    assert (change["fields"], change["replaced"]) == ([], ["b/ComicInfo.xml"])
    bench.run("tag", [path], params)
    with zipfile.ZipFile(path) as archive:
        assert archive.read("ComicInfo.xml") == info(Series="Mill")
        assert "b/ComicInfo.xml" not in archive.namelist()


@pytest.mark.parametrize("chapters", [1, 2])
def test_a_volume_has_none_of_its_chapters_tags(bench: Workbench, chapters: int) -> None:
    members = {"c01/1.png": PAGES[0], "c02/1.png": PAGES[1]}
    nested = {
        f"c0{number}/ComicInfo.xml": info(Series="Mill", Number=number, Title=f"Part {number}")
        for number in range(1, chapters + 1)
    }
    path = cbz(bench.library / "Rain v01 (2003).cbz", {**members, **nested})
    assert tags(path).series is None
    (result,) = bench.run("process", [path])
    assert result.success, result.error
    path = Path(details(result)["path"])
    assert (tags(path).series, tags(path).title) == ("Rain", None)
    with zipfile.ZipFile(path) as archive:
        assert {name: archive.read(name) for name in nested} == nested
        assert b"Rain" in archive.read("ComicInfo.xml")
    (again,) = bench.run("process", [path])
    assert details(again)["unchanged"]


def test_every_format_that_is_written_moves_and_comments_count(bench: Workbench) -> None:
    metron = b"<MetronInfo><Series><Name>Mill</Name></Series></MetronInfo>"
    comet = b"<comet><series>Mill</series><genre>Noir</genre></comet>"
    path = cbz(
        bench.library / "a.cbz",
        {
            "b/1.png": PAGES[0],
            "b/metroninfo.xml": metron,
            "b/ComicInfo.xml": info(Series="Mill"),
            "b/CoMet.xml": comet,
        },
        comment=CBI,
    )
    found = read_comic(COMICS, path).sources
    assert list(found.by_format) == ["comicinfo", "metroninfo", "comicbookinfo", "comet"]
    assert (found.merged.publisher, found.merged.genres) == ("Own", ("Noir",))
    before = sha256(path)
    (result,) = bench.run("tag", [path], {"set": {"number": "4"}})
    assert sorted(names_in(path)) == ["ComicInfo.xml", "MetronInfo.xml", "b/1.png", "b/CoMet.xml"]
    with zipfile.ZipFile(path) as archive:
        assert archive.comment == CBI
    assert (tags(path).issue, tags(path).publisher, tags(path).genres) == ("4", "Own", ("Noir",))
    (made,) = bench.journal.changes_of_job(result.job_id)
    bench.run("undo", [str(made.change_id)])
    assert sha256(path) == before


def test_removing_a_page_takes_the_page_list_to_the_root(bench: Workbench) -> None:
    members = {f"b/{number}.png": content for number, content in enumerate(PAGES)}
    members["b/comicinfo.xml"] = info(Series="Mill", PageCount=3)
    path = cbz(bench.library / "a.cbz", members)
    bench.run("remove-pages", [path], {"mode": "remove", "pages": [1]})
    assert sorted(names_in(path)) == ["ComicInfo.xml", "b/0.png", "b/2.png"]
    assert tags(path).page_count == 2


@pytest.mark.parametrize("case", ["small letters", "a folder", "both", "chapters"])
def test_a_conversion_puts_tags_where_readers_look(bench: Workbench, case: str) -> None:
    tagged = {
        "small letters": {"comicinfo.xml": info(Series="Mill")},
        "a folder": {"b/ComicInfo.xml": info(Series="Mill")},
        "both": {"comicinfo.xml": info(Series="Not this"), "ComicInfo.xml": info(Series="Mill")},
        "chapters": {
            "b/ComicInfo.xml": info(Series="Part 1"), "c/ComicInfo.xml": info(Series="Part 2"),
        },
    }[case]  # fmt: skip
    path = bench.library / "a.cbt"
    with tarfile.open(path, "w") as archive:
        for name, content in {**tagged, "b/1.png": PAGES[0], "b/2.png": PAGES[1]}.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    expected = tags(path)
    assert expected.series == (None if case == "chapters" else "Mill")
    params = {"images": "keep", "quality": 80, "keep_original": False}
    (result,) = bench.run("convert", [path], params)
    (change, *_) = details(result)["changes"]
    assert change.get("left_out", []) == (["comicinfo.xml"] if case == "both" else [])
    made = path.with_suffix(".cbz")
    kept = sorted(tagged) if case == "chapters" else ["ComicInfo.xml"]
    assert sorted(names_in(made)) == sorted([*kept, "b/1.png", "b/2.png"])
    assert tags(made) == expected
