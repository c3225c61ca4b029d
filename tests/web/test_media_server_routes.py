"""Servers by the API: keys are never shown, wrong values name their field."""

from __future__ import annotations

from pathlib import Path

from tests.kit.komga_double import KomgaDouble

NEW = {"kind": "komga", "name": "Komga", "url": "http://komga:25600", "api_key": "s3cret-key"}


def added(client, **values):
    answer = client.post("/api/media-servers", json={**NEW, **values})
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_key_is_never_shown(client):
    made = added(client, path_map=[{"here": "/comics", "there": "/data"}])
    address = f"/api/media-servers/{made['server_id']}"
    changed = client.patch(address, json={"api_key": "another-key", "enabled": False})
    assert (changed.json()["enabled"], changed.json()["url"]) == (False, NEW["url"])
    (listed,) = client.get("/api/media-servers").json()["servers"]
    assert listed["path_map"] == [{"here": "/comics", "there": "/data"}]
    everything = client.get("/api/media-servers").text + client.get("/api/audit").text
    assert "s3cret-key" not in everything
    assert "another-key" not in everything
    assert client.delete(address).json() == {"removed": True}
    assert client.delete(address).status_code == 404


def test_wrong_values_name_their_field(client):
    for values, field in (
        ({"url": "http://komga.example.org"}, "url"),
        ({"name": " "}, "name"),
        ({"kind": "plex"}, "kind"),
        ({"api_key": " "}, "api_key"),
        ({"path_map": [{"here": "comics", "there": "/data"}]}, "path_map"),
    ):
        answer = client.post("/api/media-servers", json={**NEW, **values})
        assert answer.status_code == 400, values
        assert answer.json()["error"]["field"] == field
    added(client)
    taken = client.post("/api/media-servers", json=NEW)
    assert (taken.status_code, taken.json()["error"]["field"]) == (409, "name")


def test_the_connection_is_tried(client, tmp_path: Path):
    with KomgaDouble(tmp_path) as komga:
        made = added(client, url=komga.url, api_key="komga-key")
        address = f"/api/media-servers/{made['server_id']}"
        tried = client.post(f"{address}/test").json()
        assert tried["answers"]
        assert tried["libraries"] == [
            {
                "library_id": "l1",
                "name": "Comics",
                "folders": [{"there": str(tmp_path), "here": str(tmp_path)}],
                "is_watched": True,
                "computes_hashes": True,
            }
        ]
        client.patch(address, json={"api_key": "wrong"})
        tried = client.post(f"{address}/test", headers={"Accept-Language": "de"}).json()
        assert not tried["answers"]
        assert tried["problem"].startswith("Komga weist den Schlüssel zurück (HTTP 401)")
