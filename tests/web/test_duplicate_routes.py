"""Groups of copies over HTTP."""

from __future__ import annotations

import random

from comicmaintainer.comics.pages.likeness import ComicPictures
from comicmaintainer.library.catalogue.model import FileFacts, SeenFile


def catalogue(parts, library, pages):
    """Put `Saga 0`, `Saga 1`, ... into the catalogue, each with so many pages."""
    parts.catalogue.add_root(library)
    rows = []
    for number, count in enumerate(pages):
        path = library / "Saga" / f"Saga {number}.cbz"
        status = path.stat()
        facts = FileFacts(
            format="cbz",
            page_count=count,
            fingerprint=bytes([count]) * 16,
            tags={"series": "Saga"} if number else {},
        )
        identity = (status.st_size, status.st_mtime_ns, status.st_dev, status.st_ino)
        parts.catalogue.upsert([SeenFile(str(path), *identity, facts)])
        rows.append(parts.catalogue.by_path(path))
    return rows


def test_duplicates_are_listed_in_groups_with_the_one_to_keep_first(client, parts, library):
    catalogue(parts, library, (20, 20, 30))
    found = client.get("/api/duplicates", params={"count": True}).json()
    assert found["total"] == {"groups": 1, "extra_files": 1}
    (group,) = found["groups"]
    assert [(file["name"], file["tag_count"]) for file in group["files"]] == [
        ("Saga 1.cbz", 1),
        ("Saga 0.cbz", 0),
    ]
    assert group["reason"] == "it has more tags"
    assert client.get("/api/duplicates", params={"after": "odd"}).status_code == 400


def test_files_that_look_alike_are_listed_with_what_they_have_in_common(client, parts, library):
    empty = client.get("/api/duplicates/near", params={"count": True}).json()
    assert empty == {
        "groups": [],
        "next": None,
        "total": {"groups": 0, "extra_files": 0, "has_compared": False},
    }
    near = parts.duplicates.near
    source = random.Random(1)
    hashes = {page: source.getrandbits(64) for page in range(9)}
    for number, row in enumerate(catalogue(parts, library, (20, 21))):
        turned = {page: page_hash ^ number for page, page_hash in hashes.items()}
        assert near.store(row, ComicPictures(turned, 1000 - 500 * number, 1500, 0))
    found = client.get("/api/duplicates/near", params={"count": True}).json()
    assert found["total"] == {"groups": 1, "extra_files": 1, "has_compared": True}
    (group,) = found["groups"]
    best, other = group["files"]
    assert (best["name"], group["reason"]) == ("Saga 1.cbz", "it has more pages")
    assert (best["width"], best["height"], best["is_damaged"]) == (500, 1500, False)
    assert other["likeness"] == {"cover_distance": 1, "alike": 9, "compared": 9}
    (copy,) = client.get(f"/api/files/{best['file_id']}/near").json()["copies"]
    assert copy == other
    assert client.get("/api/duplicates/near", params={"after": "odd"}).status_code == 400


def test_the_copy_to_keep_must_be_in_the_library(client, parts, library, tmp_path):
    catalogue(parts, library, (20, 20))
    files = [str(library / "Saga" / f"Saga {number}.cbz") for number in range(2)]

    def asked(keep):
        params = {"action": "mark", "keep": str(keep)}
        return client.post(
            "/api/jobs", json={"kind": "duplicates", "files": files, "params": params}
        )

    assert asked("Saga/Saga 1.cbz").status_code == 201
    assert asked(tmp_path / "elsewhere.cbz").status_code == 400
    assert asked("Saga/none.cbz").status_code == 404
