"""Conflicts over HTTP: the files that should have one name, and what tells them apart."""

from __future__ import annotations

from comicmaintainer.library.catalogue.model import FileFacts, FileMark, FileState, SeenFile


def in_conflict(parts, library, *, count=1):
    """`Saga 0` has the name that so many others should get; returns the rows, the holder first."""
    parts.catalogue.add_root(library)
    paths = [library / "Saga" / f"Saga {number}.cbz" for number in range(count + 1)]
    for number, path in enumerate(paths):
        status = path.stat()
        facts = FileFacts(
            format="cbz",
            page_count=20 + number,
            series="Saga",
            issue="1",
            fingerprint=bytes([number]) * 16,
            tags={"series": "Saga", "issue": "1", "volume": number + 1},
        )
        identity = (status.st_size, status.st_mtime_ns, status.st_dev, status.st_ino)
        parts.catalogue.upsert([SeenFile(str(path), *identity, facts)])
    reason = "Another comic has the name Saga 0.cbz."
    mark = FileMark(FileState.CONFLICT, reason, conflict_with=str(paths[0]))
    parts.catalogue.set_marks([(str(path), mark) for path in paths[1:]])
    return [parts.catalogue.by_path(path) for path in paths]


def test_nothing_is_in_conflict_at_first(client):
    found = client.get("/api/conflicts", params={"count": True}).json()
    assert found == {"groups": [], "next": None, "total": {"groups": 0, "files": 0}}


def test_conflicts_are_listed_with_both_files_and_what_tells_them_apart(client, parts, library):
    holder, _, _ = in_conflict(parts, library, count=2)
    found = client.get("/api/conflicts", params={"count": True}).json()
    assert found["total"] == {"groups": 1, "files": 2}
    (group,) = found["groups"]
    assert (group["path"], group["holder"]["file_id"]) == (holder.path, holder.file_id)
    assert group["file_count"] == 2
    names = [(file["name"], file["state"], file["conflict_with"]) for file in group["files"]]
    assert names == [
        ("Saga 1.cbz", "conflict", holder.path),
        ("Saga 2.cbz", "conflict", holder.path),
    ]
    apart = {each["field"]: each for each in group["files"][0]["apart"]}
    volume = apart["volume"]
    assert (volume["label"], volume["own"], volume["other"]) == ("Volume", "2", "1")
    assert "{volume}" in volume["advice"]
    assert (apart["page_count"]["own"], apart["page_count"]["advice"]) == ("21", None)
    assert group["files"][0]["likeness"] is None


def test_the_conflict_of_one_file(client, parts, library):
    holder, one = in_conflict(parts, library)
    found = client.get(f"/api/files/{one.file_id}/conflict").json()["conflict"]
    assert [file["file_id"] for file in found["files"]] == [one.file_id]
    assert found["holder"]["path"] == holder.path
    assert client.get(f"/api/files/{holder.file_id}/conflict").json() == {"conflict": None}
    assert client.get("/api/files/999/conflict").status_code == 404


def test_files_are_filtered_by_the_state_and_name_the_other_file(client, parts, library):
    holder, one = in_conflict(parts, library)
    found = client.get("/api/files", params={"state": "conflict", "count": True}).json()
    assert [file["file_id"] for file in found["files"]] == [one.file_id]
    assert found["count"] == {"files": 1, "is_capped": False}
    assert found["files"][0]["reason"] == "Another comic has the name Saga 0.cbz."
    (root,) = client.get("/api/roots").json()["roots"]
    assert root["states"]["conflict"] == 1
    assert client.get(f"/api/files/{holder.file_id}").json()["conflict_with"] is None


def test_a_key_of_another_listing_is_refused(client):
    refused = client.get("/api/conflicts", params={"after": "odd"})
    assert refused.status_code == 400
