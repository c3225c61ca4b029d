"""Pages over the API: listed, small, whole, in every format, and never anything but an image."""

from __future__ import annotations

import io
import os
import random
import signal
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import libarchive
import pytest
from PIL import Image

from comicmaintainer.comics.pages.page_list import list_pages
from comicmaintainer.web.images import helper
from comicmaintainer.web.images.page_images import Width
from tests.kit.comics import cbt, cbz
from tests.kit.processes import stop
from tests.web.test_file_routes import catalogued


def drawn(number: int, kind: str = "JPEG", size: tuple[int, int] = (400, 600)) -> bytes:
    buffer = io.BytesIO()
    noise = random.Random(number).randbytes(50 * 75 * 3)
    Image.frombytes("RGB", (50, 75), noise).resize(size).save(buffer, kind)
    return buffer.getvalue()


def three_pages() -> dict[str, bytes]:
    return {f"{number:03}.jpg": drawn(number) for number in (1, 2, 3)}


def deflated(path: Path, members: dict[str, bytes]) -> Path:
    return cbz(path, members, method=zipfile.ZIP_DEFLATED)


def bzipped(path: Path, members: dict[str, bytes]) -> Path:
    return cbz(path, members, method=zipfile.ZIP_BZIP2)


def cb7(path: Path, members: dict[str, bytes]) -> Path:
    with libarchive.file_writer(str(path), "7zip") as archive:
        for name, content in members.items():
            archive.add_file_from_memory(name, len(content), content)
    return path


def pdf(path: Path, members: dict[str, bytes]) -> Path:
    first, *others = [Image.open(io.BytesIO(content)) for content in members.values()]
    first.save(path, "PDF", save_all=True, append_images=others)
    return path


FORMATS = [
    (cbz, ".cbz"),
    (deflated, ".cbz"),
    (bzipped, ".cbz"),
    (cbt, ".cbt"),
    (cb7, ".cb7"),
    (pdf, ".pdf"),
]


@pytest.mark.parametrize(("make", "suffix"), FORMATS)
def test_pages_of_every_format_are_listed_and_shown(client, parts, library, make, suffix):
    pages = three_pages()
    address = f"/api/files/{catalogued(parts, make(library / f'Bone 1{suffix}', pages))}/pages"
    listing = client.get(address).json()
    assert [page["number"] for page in listing["pages"]] == [0, 1, 2]
    whole = client.get(f"{address}/1", params={"version": listing["version"]})
    assert (whole.status_code, whole.headers["content-type"]) == (200, "image/jpeg")
    assert whole.headers["content-disposition"] == 'inline; filename="page-0001.jpg"'
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert int(whole.headers["content-length"]) == len(whole.content)
    if suffix != ".pdf":
        assert whole.content == pages["002.jpg"]
    small = client.get(f"{address}/1", params={"width": 160})
    assert (small.status_code, small.headers["content-type"]) == (200, "image/webp")
    with Image.open(io.BytesIO(small.content)) as image:
        assert image.size == (160, 240)


@pytest.mark.parametrize("query", [{}, {"width": 320}])
def test_cached_image_is_not_sent_again(client, parts, library, query):
    file_id = catalogued(parts, cbz(library / "Bone 1.cbz", three_pages()))
    address = f"/api/files/{file_id}/pages/0"
    first = client.get(address, params=query)
    assert first.headers["cache-control"] == "private, no-cache"
    tag = first.headers["etag"]
    for given in (tag, f"W/{tag}", f'"other", {tag}'):
        again = client.get(address, params=query, headers={"If-None-Match": given})
        assert (again.status_code, again.content) == (304, b"")
    other = client.get(address, params=query, headers={"If-None-Match": '"other"'})
    assert other.status_code == 200
    version = client.get(f"/api/files/{file_id}/pages").json()["version"]
    for_good = client.get(address, params=query | {"version": version})
    assert "immutable" in for_good.headers["cache-control"]


def test_changed_file_has_another_version_and_refuses_the_old_one(client, parts, library):
    path = cbz(library / "Bone 1.cbz", three_pages())
    address = f"/api/files/{catalogued(parts, path)}/pages"
    before = client.get(address).json()
    tag = client.get(f"{address}/0").headers["etag"]
    cbz(path, {"001.jpg": drawn(7), "002.jpg": drawn(8)})
    os.utime(path, ns=(1, 1))
    for query in ({}, {"width": 160}):
        stale = client.get(f"{address}/0", params=query | {"version": before["version"]})
        assert (stale.status_code, stale.json()["error"]["code"]) == (409, "file_changed")
    after = client.get(address).json()
    assert after["version"] != before["version"]
    assert len(after["pages"]) == 2
    assert client.get(f"{address}/0", headers={"If-None-Match": tag}).content == drawn(7)


def test_large_page_is_streamed(client, parts, library):
    noise = random.Random(1).randbytes(5 << 20)
    large = drawn(1) + noise  # decoders ignore what follows an image
    for make in (cbz, deflated):
        path = make(library / f"{make.__name__}.cbz", {"1.jpg": large})
        answer = client.get(f"/api/files/{catalogued(parts, path)}/pages/0")
        assert answer.content == large
        assert int(answer.headers["content-length"]) == len(large)


POSING = {
    "1.png": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    "2.jpg": b"<!doctype html><script>alert(1)</script>",
    "3.gif": b"MZ\x90\0",
}


@pytest.mark.parametrize("make", [cbz, deflated, bzipped, cbt, cb7])
def test_files_that_only_look_like_images_are_never_sent(client, parts, library, make):
    path = make(library / "Odd 1.cbz", POSING)
    address = f"/api/files/{catalogued(parts, path)}/pages"
    for number in range(3):
        for query in ({}, {"width": 160}):
            answer = client.get(f"{address}/{number}", params=query)
            assert answer.status_code == 422
            assert answer.headers["content-type"] == "application/json"
            assert answer.json()["error"]["code"] == "damaged_archive"
    assert all(page["problem"] for page in client.get(address).json()["pages"])


def test_name_from_the_archive_is_in_no_header(client, parts, library):
    path = cbz(library / "Odd 1.cbz", {'x"\r\nSet-Cookie: a=b;.jpg': drawn(1)})
    answer = client.get(f"/api/files/{catalogued(parts, path)}/pages/0")
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert answer.headers["content-disposition"] == 'inline; filename="page-0000.jpg"'


@pytest.mark.parametrize("page_bytes", [50_000, 3 << 20])
def test_damaged_page_is_reported_before_anything_is_sent(client, parts, library, page_bytes):
    page = drawn(1) + random.Random(2).randbytes(page_bytes)
    path = cbz(library / "Bone 1.cbz", {"1.jpg": page, "2.jpg": drawn(2)})
    data = bytearray(path.read_bytes())
    data[len(page) - 100] ^= 1
    path.write_bytes(data)
    address = f"/api/files/{catalogued(parts, path)}/pages"
    for query in ({}, {"width": 160}):
        answer = client.get(f"{address}/0", params=query)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "damaged_archive")
        assert "1.jpg" in answer.json()["error"]["message"]
    assert client.get(f"{address}/1").content == drawn(2)
    problems = [page["problem"] for page in client.get(address).json()["pages"]]
    assert "1.jpg" in problems[0]
    assert problems[1] is None


def test_encrypted_comic_is_reported(client, parts, library):
    path = cbz(library / "Secret 1.cbz", {"1.jpg": drawn(1)})
    data = path.read_bytes()
    for signature, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        place = data.index(signature) + at
        data = data[:place] + b"\1" + data[place + 1 :]
    path.write_bytes(data)
    address = f"/api/files/{catalogued(parts, path)}/pages"
    for tail in ("", "/0", "/0?width=160"):
        answer = client.get(address + tail)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "encrypted_archive")


@pytest.mark.parametrize(
    ("tail", "status", "code"),
    [
        ("/3", 404, "page_missing"),
        ("/3?width=160", 404, "page_missing"),
        ("/-1", 404, "not_found"),
        ("/x", 404, "not_found"),
        ("/99999999999999999999", 404, "not_found"),
        ("/0?width=161", 400, "invalid_input"),
        ("/0?width=x", 400, "invalid_input"),
        ("/0?version=1-2-3", 409, "file_changed"),
    ],
)
def test_wrong_pages_widths_and_versions_are_refused(client, parts, library, tail, status, code):
    file_id = catalogued(parts, cbz(library / "Bone 1.cbz", three_pages()))
    answer = client.get(f"/api/files/{file_id}/pages{tail}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_missing_files_have_no_pages(client, parts, library):
    path = cbz(library / "Bone 1.cbz", three_pages())
    file_id = catalogued(parts, path)
    path.unlink()
    for tail in ("/pages", "/pages/0"):
        answer = client.get(f"/api/files/{file_id}{tail}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "file_missing")
    assert client.get("/api/files/999/pages").status_code == 404


def test_pages_need_sign_in(stranger, parts, library):
    file_id = catalogued(parts, cbz(library / "Bone 1.cbz", three_pages()))
    for tail in ("/pages", "/pages/0", "/pages/0?width=160"):
        assert stranger.get(f"/api/files/{file_id}{tail}").status_code == 401


def test_one_pass_over_a_tar_makes_the_next_thumbnails_too(client, parts, library, settings):
    path = cbt(library / "Bone 1.cbt", {f"{n:02}.jpg": drawn(n) for n in range(6)})
    client.get(f"/api/files/{catalogued(parts, path)}/pages/2", params={"width": 160})
    made = sorted(kept.name.split(".")[1] for kept in settings.cache_dir.glob("pages/*/*.webp"))
    assert made == ["2", "3", "4", "5"]


def test_cover_is_the_page_that_the_tags_name(client, parts, library):
    xml = b"<ComicInfo><Pages><Page Image='1' Type='FrontCover'/></Pages></ComicInfo>"
    pages = {"1.png": drawn(1, "PNG"), "2.png": drawn(2, "PNG", (600, 400)), "ComicInfo.xml": xml}
    file_id = catalogued(parts, cbz(library / "Bone 1.cbz", pages))
    with Image.open(io.BytesIO(client.get(f"/api/files/{file_id}/cover").content)) as image:
        assert image.width > image.height


def test_cache_of_pages_stays_within_its_bounds(client, parts, library, settings, monkeypatch):
    folder = settings.cache_dir / "pages" / "whole"
    folder.mkdir(parents=True)
    for number in range(2100):
        (folder / f"old-{number}").write_bytes(b"")
        os.utime(folder / f"old-{number}", (number, number))
    file_id = catalogued(parts, cbt(library / "Bone 1.cbt", {"1.jpg": drawn(1)}))
    assert client.get(f"/api/files/{file_id}/pages/0").content == drawn(1)
    kept = {path.name for path in folder.iterdir()}
    assert len(kept) == 1500
    assert "old-2099" in kept
    assert "old-0" not in kept


def test_listing_and_streaming_load_no_image_library(tmp_path):
    path = cbz(tmp_path / "Bone 1.cbz", three_pages())
    code = (
        "import sys, comicmaintainer.web.asgi as asgi; asgi.application()\n"
        "from pathlib import Path\n"
        "from comicmaintainer.filesystem.identity import FileIdentity\n"
        "from comicmaintainer.web.images.zip_pages import look_at_page, stream_page\n"
        "comic = Path(sys.argv[1]); identity = FileIdentity.of(comic)\n"
        "assert look_at_page(comic, identity, 0).size_bytes\n"
        "assert b''.join(stream_page(comic, identity, 0))\n"
        "print([name for name in ('PIL', 'lxml', 'pypdfium2', 'libarchive')"
        " if name in sys.modules])"
    )
    environment = {"CONFIG_DIR": str(tmp_path), "PYTHONPATH": ":".join(sys.path)}
    command = [sys.executable, "-c", code, str(path)]
    done = subprocess.run(command, env=environment, capture_output=True)
    assert done.stdout == b"[]\n", done.stderr


def test_every_width_is_one_that_thumbnails_are_made_in(client, parts, library):
    file_id = catalogued(parts, cbz(library / "Bone 1.cbz", {"1.png": drawn(1, size=(2000, 3000))}))
    for width in Width:
        answer = client.get(f"/api/files/{file_id}/pages/0", params={"width": int(width)})
        with Image.open(io.BytesIO(answer.content)) as image:
            assert image.width == width
    assert list_pages(library / "Bone 1.cbz").pages[0].width == 2000


IN_A_LIBRARY = {".rar": ".cbr", ".7z": ".cb7", ".zip": ".cbz"}


def samples() -> list[Path]:
    folder = os.environ.get("COMICMAINTAINER_SAMPLES")
    if folder is None:
        return []
    suffixes = {".rar", ".cbr", ".7z", ".cb7", ".zip", ".cbz", ".cbt", ".pdf"}
    return sorted(path for path in Path(folder).rglob("*") if path.suffix in suffixes)


@pytest.mark.skipif(not samples(), reason="COMICMAINTAINER_SAMPLES names no folder.")
def test_every_sample_shows_its_pages_or_says_why_not(client, parts, library):
    shown = 0
    for number, sample in enumerate(samples()):
        path = library / f"Sample {number}{IN_A_LIBRARY.get(sample.suffix, sample.suffix)}"
        path.write_bytes(sample.read_bytes())
        address = f"/api/files/{catalogued(parts, path)}/pages"
        listing = client.get(address)
        if listing.status_code != 200:
            assert listing.status_code == 422, sample
            assert listing.json()["error"]["message"]
            continue
        for tail in ("/0", "/0?width=160"):
            answer = client.get(address + tail)
            assert answer.status_code in (200, 422), (sample, answer.text)
            if answer.status_code == 200:
                assert answer.headers["content-type"].startswith("image/")
                shown += 1
    assert shown > 0


def helper_pid(app) -> int:
    (warm,) = app.state.page_images._helper._pool._warm
    return warm.helper._process.pid


def test_other_requests_are_answered_while_a_page_is_slow(app, client, parts, library):
    file_id = catalogued(parts, cbz(library / "Bone 1.cbz", three_pages()))
    assert client.get(f"/api/files/{file_id}/pages").status_code == 200
    pid = helper_pid(app)
    stop(pid)
    address = f"/api/files/{file_id}/pages/0?width=160"
    with ThreadPoolExecutor(12) as askers:
        slow = [askers.submit(client.get, address) for _ in range(12)]
        assert client.get(f"/api/files/{file_id}").status_code == 200
        assert client.get(f"/api/files/{file_id}/pages/1").content == drawn(2)
        assert client.get(f"/api/files/{file_id}/cover").status_code == 200
        assert not any(answer.done() for answer in slow)
        os.kill(pid, signal.SIGCONT)
        assert {answer.result().status_code for answer in slow} == {200}


def test_page_that_takes_too_long_is_given_up_and_the_next_one_made(
    app, client, parts, library, monkeypatch
):
    file_id = catalogued(parts, cbz(library / "Bone 1.cbz", three_pages()))
    assert client.get(f"/api/files/{file_id}/pages").status_code == 200
    stop(helper_pid(app))
    with monkeypatch.context() as limits:
        limits.setattr(helper, "MAKE_WITHIN_S", 0.1)
        answer = client.get(f"/api/files/{file_id}/pages/0?width=160")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "too_costly")
    assert client.get(f"/api/files/{file_id}/pages/1?width=160").status_code == 200
    assert client.get(f"/api/files/{file_id}/pages").json()["pages"][0]["problem"]
