"""`pages` lists a comic's pages and copies one out of it."""

from __future__ import annotations

import json
import zipfile

from tests.cli.conftest import PNG


def test_pages_are_listed_from_zero_in_reading_order(run):
    done = run("pages", run.comic("Bone 1.cbz", pages=3), "--json")
    assert done.code == 0
    shown = json.loads(done.out)["pages"]
    assert [(page["number"], page["name"]) for page in shown] == [
        (0, "000.png"),
        (1, "001.png"),
        (2, "002.png"),
    ]
    assert (shown[0]["width"], shown[0]["size_bytes"]) == (1, len(PNG))
    table = run("pages", run.comic("Bone 1.cbz", pages=3)).out
    assert "002.png" in table.splitlines()[3]


def test_page_is_copied_to_a_new_file_or_into_a_folder(run, tmp_path):
    comic = run.comic("Bone 1.cbz")
    target = tmp_path / "cover.png"
    assert run("pages", comic, "--extract", 0, "--to", target).code == 0
    assert target.read_bytes() == PNG
    assert run("pages", comic, "--extract", 1, "--to", tmp_path).code == 0
    assert (tmp_path / "001.png").read_bytes() == PNG


def test_page_is_never_written_over_another_file(run, tmp_path):
    comic = run.comic("Bone 1.cbz")
    target = tmp_path / "cover.png"
    target.write_bytes(b"mine")
    done = run("pages", comic, "--extract", 0, "--to", target)
    assert (done.code, target.read_bytes()) == (4, b"mine")
    assert "already exists" in done.err


def test_damaged_page_leaves_no_file(run, tmp_path):
    comic = run.comic("Bone 1.cbz")
    data = bytearray(comic.read_bytes())
    data[data.index(PNG) + 40] ^= 1
    comic.write_bytes(data)
    done = run("pages", comic, "--extract", 0, "--to", tmp_path / "cover.png")
    assert done.code == 4
    assert not (tmp_path / "cover.png").exists()


def test_page_name_with_folders_stays_in_the_target_folder(run, tmp_path):
    comic = run.library / "Odd 1.cbz"
    with zipfile.ZipFile(comic, "w") as archive:
        archive.writestr("../../evil.png", PNG)
    folder = tmp_path / "out"
    folder.mkdir()
    assert run("pages", comic, "--extract", 0, "--to", folder).code == 0
    assert [path.name for path in folder.iterdir()] == ["evil.png"]


def test_missing_pages_and_incomplete_options_are_refused(run, tmp_path):
    comic = run.comic("Bone 1.cbz")
    missing = run("pages", comic, "--extract", 2, "--to", tmp_path / "x.png")
    assert (missing.code, "0 to 1" in missing.err) == (3, True)
    assert run("pages", comic, "--extract", 0).code == 2
    assert run("pages", comic, "--to", tmp_path / "x.png").code == 2
