"""What every address of the API answers, over one drawn library and one job of each kind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from comicmaintainer.web.app import ROUTERS, create_app
from tests.golden.matches import add_match
from tests.golden.recorded import new_kinds, require_as_recorded
from tests.golden.repeated import add_repeated_page
from tests.golden.scene import Scene
from tests.golden.scrub import Scrub
from tests.golden.work_of_each_kind import do_each_kind

PASSWORD = "a long enough password"
STREAMS = {("GET", "/api/events"), ("GET", "/api/jobs/{job_id}/events")}
"""They go on until the client leaves; tests/web/test_event_streams.py reads them."""


class Recorder:
    """Asks the API and keeps each answer under the address's own form."""

    def __init__(self, client: TestClient, scrub: Scrub) -> None:
        self._client = client
        self._scrub = scrub
        self.answers: dict[str, Any] = {}
        self.addresses: set[tuple[str, str]] = set()

    def __call__(self, method: str, address: str, note: str = "", **asked: Any) -> Any:
        """Ask with the parts of the path and the query or body in `asked`; returns the JSON."""
        body, query = asked.pop("json", None), asked.pop("params", None)
        content = asked.pop("content", None)
        answer = self._client.request(
            method, address.format(**asked), json=body, params=query, content=content
        )
        kind = answer.headers.get("content-type", "").partition(";")[0]
        value = answer.json() if kind == "application/json" else None
        name = f"{method} {address}{f' ({note})' if note else ''}"
        assert name not in self.answers, f"{name} is asked twice; give it a note"
        kept = self._scrub(value) if value is not None else _outline(answer.text, kind)
        self.answers[name] = {"status": answer.status_code, "type": kind, "answer": kept}
        self.addresses.add((method, address))
        return value


def _outline(text: str, kind: str) -> Any:
    """What is kept of an answer that is no JSON: of tables and figures their names."""
    if kind == "text/csv":
        return text.splitlines()[0]
    if kind == "text/plain":
        return sorted({line.split(" ")[2] for line in text.splitlines() if line[:6] == "# TYPE"})
    return "<content>"


@pytest.fixture
def ask(scene: Scene, scrub: Scrub) -> Iterator[Recorder]:
    app = create_app(scene.settings, lambda: scene.services)
    with TestClient(app, base_url="http://nas:5000", follow_redirects=False) as client:
        client.headers["X-Api-Key"] = scene.services.accounts.create_key("recorder")
        yield Recorder(client, scrub)


def test_every_address_answers_as_recorded(scene: Scene, ask: Recorder) -> None:
    ids = do_each_kind(scene)
    files = ask("GET", "/api/files")["files"]
    _library(ask, files[0], add_repeated_page(scene.services, files[0]["file_id"]))
    _lists(ask)
    _jobs(scene, ask, ids)
    _saved_jobs(ask)
    _administration(ask)
    _matches(scene, ask, files[0]["path"])
    assert ask.addresses | STREAMS >= set(_addresses())
    listed, new = ask.answers["GET /api/kinds"]["answer"], new_kinds()
    listed["kinds"] = [kind for kind in listed["kinds"] if kind["name"] not in new]
    require_as_recorded("api", ask.answers)


def test_every_refusal_answers_as_recorded(ask: Recorder) -> None:
    for method, address in _addresses():
        if "{" in address and (method, address) not in STREAMS:
            number = "999999" if "_id}" in address and "job_id" not in address else "no-such"
            ids = ("job_id", "file_id", "change_id", "template_id", "schedule_id", "list_id")
            names = (
                *ids,
                "match_id",
                "decision_id",
                "repeat_id",
                "webhook_id",
                "delivery_id",
                "server_id",
                "name",
                "key",
                "series",
                "variable",
            )
            ask(method, address, number="9", **dict.fromkeys(names, number))
    ask("POST", "/api/jobs", "unknown kind", json={"kind": "polish", "all": True})
    ask("POST", "/api/jobs", "no selection", json={"kind": "process"})
    ask(
        "POST",
        "/api/jobs",
        "bad parameter",
        json={"kind": "process", "all": True, "params": {"padding": 99}},
    )
    ask("POST", "/api/jobs", "outside", json={"kind": "verify", "files": ["/etc/passwd.cbz"]})
    ask("GET", "/api/files", "bad order", params={"order": "colour"})
    ask("POST", "/api/schedules", "bad cron", json={"template_id": 1, "cron": "x", "name": "x"})
    require_as_recorded("api_refusals", ask.answers)


def _addresses() -> Iterator[tuple[str, str]]:
    for module in ROUTERS:
        for route in module.router.routes:
            for method in sorted(route.methods - {"HEAD"}):
                yield method, route.path.replace(":path}", "}")


def _library(ask: Recorder, file: dict[str, Any], repeat_id: int) -> None:
    file_id = file["file_id"]
    ask("GET", "/api/files", "search", params={"text": "tide", "state": "processed"})
    ask("POST", "/api/files/count", json={"filter": {"has_series": True}})
    ask("GET", "/api/files/{file_id}", file_id=file_id)
    ask("GET", "/api/files/{file_id}/history", file_id=file_id)
    ask("GET", "/api/files/{file_id}/neighbours", file_id=file_id)
    ask("POST", "/api/tag-texts", json={"ids": [file_id], "named": True})
    ask("GET", "/api/files/{file_id}/near", file_id=file_id)
    ask("GET", "/api/files/{file_id}/cover", file_id=file_id)
    ask("GET", "/api/files/{file_id}/pages", file_id=file_id)
    ask("GET", "/api/files/{file_id}/pages/{number}", file_id=file_id, number=0)
    ask("GET", "/api/files/{file_id}/conflict", file_id=file_id)
    ask("GET", "/api/conflicts")
    ask("GET", "/api/series")
    ask("GET", "/api/letters")
    ask("GET", "/api/publishers")
    ask("GET", "/api/folders")
    ask("GET", "/api/series/{series}/missing", series="Tide Warden")
    ask("GET", "/api/series/{series}/shelf", series="Tide Warden")
    ask("GET", "/api/missing")
    ask("GET", "/api/roots")
    ask("GET", "/api/duplicates")
    ask("GET", "/api/duplicates/near")
    ask("GET", "/api/repeated-pages", params={"tab": "others", "count": True})
    ask("GET", "/api/repeated-pages/{repeat_id}", repeat_id=repeat_id)
    ask("GET", "/api/repeated-pages/{repeat_id}/files", repeat_id=repeat_id)
    ask("PUT", "/api/repeated-pages/{repeat_id}", repeat_id=repeat_id, json={"answer": "keep"})
    trash = ask("GET", "/api/trash")
    ask("POST", "/api/trash/restore", json={"ids": [trash["entries"][0]["trash_id"]]})
    ask("POST", "/api/trash/empty", json={"digest": "no such digest"})
    ask("GET", "/api/parse", params={"name": "Tide Warden v2 012 (2021) (Digital).cbz"})
    ask("GET", "/api/rules")
    ask("POST", "/api/rules/example", json={"file": file["path"]})
    ask("POST", "/api/rules/examples", json={"rules": {"template": "{series}"}, "count": 1})
    ask("GET", "/api/rules/of", params={"path": file["path"]})
    ask("GET", "/api/protected-folders")
    ask("POST", "/api/protected-folders", json={"folder": "no such folder"})
    ask("DELETE", "/api/protected-folders", params={"folder": "/no/such/folder"})
    ask("PUT", "/api/rules/own/{name}", name="Mine", json={"rules": {"padding": 3}})
    ask("PUT", "/api/rules/folders", json={"folder": "", "rules": "Mine"})
    ask("PUT", "/api/rules/folders", "taken back", json={"folder": ""})
    folder = str(Path(file["path"]).parent)
    ask("POST", "/api/rules/filing-examples", json={"folder": folder, "target": folder})
    ask("DELETE", "/api/rules/own/{name}", name="Mine")


def _lists(ask: Recorder) -> None:
    mine = {"name": "Tides", "selection": {"filter": {"series": "Tide Warden"}}}
    list_id = ask("POST", "/api/lists", json=mine)["list_id"]
    book = b'<Book Series="Tide Warden" Number="9" Volume="2021" Year="2021"/>'
    document = b"<ReadingList><Name>Late</Name><Books>" + book + b"</Books></ReadingList>"
    ask("POST", "/api/lists/import", content=document)
    ask("GET", "/api/lists")
    ask("GET", "/api/lists/{list_id}", list_id=list_id)
    ask("GET", "/api/lists/{list_id}/export", list_id=list_id)
    ask("GET", "/api/lists/{list_id}/export", "as JSON", list_id=list_id, params={"format": "json"})
    ask("DELETE", "/api/lists/{list_id}", list_id=list_id)


def _matches(scene: Scene, ask: Recorder, path: str) -> None:
    """The review queue with one match; no source is on, so none is asked."""
    add_match(scene.services, path)
    match_id = ask("GET", "/api/matches", params={"count": True})["matches"][0]["match_id"]
    ask("GET", "/api/matches/{match_id}", match_id=match_id)
    cover, series = "/api/matches/{match_id}/cover", {"series": "comicvine:7"}
    ask("GET", cover, match_id=match_id, params=series)
    ask("GET", "/api/files/{file_id}/match", file_id=scene.services.catalogue.ids_at([path])[path])
    answer = "/api/matches/{match_id}/answer"
    ask("POST", answer, "skip", match_id=match_id, json={"verdict": "skip"})
    ask("POST", answer, "never", match_id=match_id, json={"verdict": "never"})
    ask("POST", answer, match_id=match_id, json={"choose": "comicvine:7"})
    decisions = ask("GET", "/api/decisions")["decisions"]
    ask("DELETE", "/api/decisions/{decision_id}", decision_id=decisions[0]["decision_id"])
    ask("GET", "/api/sources")
    ask("PATCH", "/api/sources/{name}", name="comicvine", json={"secrets": {"key": "k3y"}})
    ask("POST", "/api/sources/{name}/test", name="comicvine")
    words = {"source": "comicvine", "text": "Tide"}
    ask("POST", "/api/series-search", json=words)
    ask("GET", "/api/series-search/cover", params={**words, "series": "comicvine:7"})


def _jobs(scene: Scene, ask: Recorder, ids: dict[str, str]) -> None:
    done = ids["process"]
    ask("GET", "/api/kinds")
    ask("GET", "/api/fields")
    ask("GET", "/api/jobs")
    ask("GET", "/api/jobs/{job_id}", job_id=done)
    ask("GET", "/api/jobs/{job_id}/results", job_id=done)
    ask("GET", "/api/jobs/{job_id}/failures", job_id=ids["verify"])
    ask("GET", "/api/jobs/{job_id}/outcome", job_id=ids["verify"])
    changes = ask("GET", "/api/jobs/{job_id}/changes", job_id=done)["changes"]
    ask("GET", "/api/changes/{change_id}", change_id=changes[0]["change_id"])
    ask("GET", "/api/jobs/{job_id}/export", job_id=done)
    ask("GET", "/api/export", params={"job": done})
    ask("POST", "/api/import", content=b"")
    ask("GET", "/api/jobs/{job_id}/identified", job_id=done)
    ask("GET", "/api/jobs/{job_id}/rehearsal", job_id=ids["rehearse"])
    ask("POST", "/api/jobs/{job_id}/rest", job_id=ids["rehearse"], json={"preview": True})
    ask("POST", "/api/jobs/{job_id}/remove-copies", job_id=ids["rehearse"])
    files = ["Tide Warden/Tide Warden #0003 (2021).cbz"]
    preview = ask("POST", "/api/jobs", json={"kind": "rename", "files": files, "preview": True})
    scene.finish(preview["job_id"])
    ask("POST", "/api/jobs/{job_id}/apply", job_id=preview["job_id"])
    ask("POST", "/api/jobs/process-all", json={"preview": True})
    queued = ask("POST", "/api/jobs/process-selected", json={"files": files})["job_id"]
    ask("POST", "/api/jobs/{job_id}/priority", job_id=queued, json={"priority": "high"})
    ask("POST", "/api/jobs/{job_id}/pause", job_id=queued)
    ask("POST", "/api/jobs/{job_id}/resume", job_id=queued)
    ask("POST", "/api/jobs/{job_id}/cancel", job_id=queued)
    ask("POST", "/api/library/scan")
    ask("POST", "/api/jobs/{job_id}/retry", job_id=ids["verify"], json={})
    ask("POST", "/api/jobs/{job_id}/repeat", job_id=ids["verify"])
    ask("POST", "/api/jobs/{job_id}/undo", job_id=done)
    ask("POST", "/api/changes/undo", json={"changes": [changes[0]["change_id"]]})
    ask("GET", "/api/jobs/overview")
    ask("GET", "/api/statistics")
    ask("GET", "/api/statistics/collection")
    ask("GET", "/api/dashboard")
    ask("GET", "/api/history")
    ask("DELETE", "/api/jobs/{job_id}", job_id=queued)


def _saved_jobs(ask: Recorder) -> None:
    ask("GET", "/api/templates")
    mine = {"name": "Tidy", "kind": "process", "selection": {"all": True}}
    template = ask("POST", "/api/templates", json=mine)["template_id"]
    ask("GET", "/api/templates/{template_id}", template_id=template)
    ask("PATCH", "/api/templates/{template_id}", template_id=template, json={"name": "Tidier"})
    nightly = {"template_id": template, "cron": "0 3 * * *", "name": "Nightly"}
    schedule = ask("POST", "/api/schedules", json=nightly)["schedule_id"]
    ask("GET", "/api/schedules")
    ask("GET", "/api/schedules/preview", params={"cron": "0 3 * * *"})
    ask("GET", "/api/schedules/{schedule_id}", schedule_id=schedule)
    ask("PATCH", "/api/schedules/{schedule_id}", schedule_id=schedule, json={"enabled": False})
    ask("POST", "/api/schedules/{schedule_id}/run", schedule_id=schedule)
    ask("DELETE", "/api/schedules/{schedule_id}", schedule_id=schedule)
    ask("POST", "/api/templates/{template_id}/run", template_id=template)
    ask("DELETE", "/api/templates/{template_id}", template_id=template)


def _webhooks(ask: Recorder) -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    new = {"name": "Home", "url": "http://127.0.0.1:9/hook", "secret": secret}
    of_webhook = {"webhook_id": ask("POST", "/api/webhooks", json=new)["webhook_id"]}
    ask("POST", "/api/webhooks/{webhook_id}/secret", json={"secret": secret}, **of_webhook)
    tried = ask("POST", "/api/webhooks/{webhook_id}/test", **of_webhook)["delivery_id"]
    ask("GET", "/api/webhooks")
    ask("GET", "/api/webhooks/deliveries")
    ask("GET", "/api/webhooks/deliveries/{delivery_id}", delivery_id=tried)
    ask("POST", "/api/webhooks/deliveries/{delivery_id}/retry", delivery_id=tried)
    ask("POST", "/api/webhooks/deliveries/{delivery_id}/skip", delivery_id=tried)
    ask("PATCH", "/api/webhooks/{webhook_id}", json={"enabled": False}, **of_webhook)
    ask("DELETE", "/api/webhooks/{webhook_id}", **of_webhook)


def _servers(ask: Recorder) -> None:
    folders = [{"here": "/comics", "there": "/data"}]
    new = {"kind": "komga", "name": "Komga", "url": "http://127.0.0.1:9", "api_key": "s3cret"}
    added = ask("POST", "/api/media-servers", json={**new, "path_map": folders})
    of_server = {"server_id": added["server_id"]}
    ask("POST", "/api/media-servers/{server_id}/test", **of_server)
    ask("GET", "/api/media-servers")
    ask("GET", "/api/media-servers/{server_id}/problems", **of_server)
    ask("PATCH", "/api/media-servers/{server_id}", json={"enabled": False}, **of_server)
    ask("DELETE", "/api/media-servers/{server_id}", **of_server)


def _administration(ask: Recorder) -> None:
    ask("GET", "/api/version")
    ask("GET", "/api/system")
    ask("GET", "/api/system/disks")
    ask("GET", "/api/system/doctor")
    ask("GET", "/api/system/log")
    ask("GET", "/api/system/support-bundle")
    ask("DELETE", "/api/system/notices/{key}", key="none")
    ask("DELETE", "/api/system/roots", params={"path": "/no/such/folder"})
    ask("GET", "/api/settings")
    ask("GET", "/api/first-run")
    ask("PUT", "/api/first-run", json={"state": "done"})
    ask("PUT", "/api/settings/{variable}", variable="NEW_FILES", json={"value": "tag"})
    ask("GET", "/api/audit", params={"action": "trash_emptied"})
    _webhooks(ask)
    _servers(ask)
    ask("GET", "/api/backups")
    backup = ask("POST", "/api/backups")["name"]
    ask("GET", "/api/backups/{name}", name=backup)
    ask("POST", "/api/backups/{name}/restore", name="no-such.db")
    ask("GET", "/ping")
    ask("GET", "/health/live")
    ask("GET", "/health/ready")
    ask("GET", "/metrics")
    ask("GET", "/api/me")
    ask("POST", "/api/setup", json={"token": "wrong", "name": "ada", "password": PASSWORD})
    ask("GET", "/api/users")
    ask("POST", "/api/users", json={"name": "ada", "password": PASSWORD})
    ask("POST", "/api/login", json={"name": "ada", "password": PASSWORD})
    ask("POST", "/api/me/password", json={"old": "wrong", "new": PASSWORD})
    ask("POST", "/api/logout")
    ask("POST", "/api/keys", json={"name": "script"})
    ask("GET", "/api/keys")
    ask("PATCH", "/api/keys/{name}", name="script", json={"role": "look"})
    ask("DELETE", "/api/keys/{name}", name="script")
    ask("POST", "/api/users", "a second", json={"name": "bob", "password": PASSWORD})
    ask("PATCH", "/api/users/{name}", name="ada", json={"role": "work"})
    ask("GET", "/api/me/link")
    ask("POST", "/api/me/link")
    ask("DELETE", "/api/me/link")
    ask("DELETE", "/api/users/{name}/link", name="ada")
    ask("PATCH", "/api/users/{name}", "disable", name="ada", json={"disabled": True})
    ask("DELETE", "/api/users/{name}", name="ada")
