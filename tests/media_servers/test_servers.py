"""Servers as people manage them, and what they say to the test of the connection."""

from __future__ import annotations

import pytest

from comicmaintainer.audit.audit_log import AuditLog
from comicmaintainer.errors import Conflict, InvalidInput, NotFound
from comicmaintainer.media_servers.model import ServerKind
from comicmaintainer.media_servers.servers import MOST_SERVERS, MediaServers
from tests.kit.kavita_double import KavitaDouble
from tests.kit.komga_double import KomgaDouble
from tests.media_servers.conftest import add_kavita, add_komga
from tests.operations.workbench import Workbench

pytestmark = pytest.mark.both_databases
KOMGA = ServerKind.KOMGA
URL = "http://komga:25600"


def test_a_server_is_added_changed_and_removed(servers: MediaServers, bench: Workbench) -> None:
    added = servers.add(KOMGA, " Komga ", f"{URL}/", " s3cret ", path_map=[("/comics", "/data")])
    assert (added.name, added.url, added.api_key) == ("Komga", URL, "s3cret")
    assert "s3cret" not in repr(added)
    changed = servers.change(added.server_id, name="House", enabled=False, path_map=[])
    assert (changed.name, changed.enabled, changed.path_map.pairs) == ("House", False, ())
    assert changed.api_key == "s3cret"
    servers.remove(added.server_id)
    assert servers.all() == []
    with pytest.raises(NotFound, match=f"There is no server {added.server_id}"):
        servers.change(added.server_id, enabled=True)
    log = AuditLog(bench.database, now=bench.clock).page()
    assert [(each.action, each.subject, each.details) for each in reversed(log)] == [
        ("server_added", "Komga", {"kind": "komga"}),
        ("server_changed", "House", {"changed": ["name", "path_map", "enabled"], "enabled": False}),
        ("server_removed", "House", {}),
    ]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " "}, "name"),
        ({"url": "http://komga.example.org"}, "url"),
        ({"url": f"{URL}?key=1"}, "url"),
        ({"api_key": ""}, "api_key"),
        ({"api_key": "a\nb"}, "api_key"),
        ({"path_map": [("comics", "/data")]}, "path_map"),
        ({"path_map": [("/comics", "")]}, "path_map"),
        ({"path_map": [("/comics", "/a"), ("/comics", "/b")]}, "path_map"),
    ],
)
def test_wrong_values_name_their_field(
    servers: MediaServers, values: dict[str, object], field: str
) -> None:
    whole = {"name": "Komga", "url": URL, "api_key": "key", **values}
    with pytest.raises(InvalidInput) as refused:
        servers.add(KOMGA, **whole)  # type: ignore[arg-type]
    assert refused.value.field == field
    assert servers.all() == []


def test_names_are_free_and_there_are_not_too_many(servers: MediaServers) -> None:
    for number in range(MOST_SERVERS):
        servers.add(KOMGA, f"Komga {number}", URL, "key")
    with pytest.raises(Conflict, match="remove one first"):
        servers.add(KOMGA, "one more", URL, "key")
    with pytest.raises(Conflict, match="Another server is called Komga 1"):
        servers.change(servers.all()[0].server_id, name="Komga 1")


def test_the_libraries_are_shown_as_both_sides_name_them(
    servers: MediaServers, bench: Workbench, komga: KomgaDouble, kavita: KavitaDouble
) -> None:
    for added in (add_komga(servers, komga), add_kavita(servers, kavita)):
        (seen,) = servers.test(added.server_id).libraries
        assert seen.library.name == "Comics"
        assert seen.here == (str(bench.library),)
        assert seen.is_watched
    assert seen.library.folders == ("/data/comics",)
    servers.change(added.server_id, path_map=[])
    (seen,) = servers.test(added.server_id).libraries
    assert (seen.here, seen.is_watched) == (("/data/comics",), False)
    assert servers.get(added.server_id).answered_at == bench.clock.at


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_refused_is_one_sentence(
    servers: MediaServers, komga: KomgaDouble, kavita: KavitaDouble, status: int
) -> None:
    komga.status = kavita.status = status
    for added in (add_komga(servers, komga), add_kavita(servers, kavita)):
        trial = servers.test(added.server_id)
        assert trial.problem == (
            f"{added.name} refuses the key (HTTP {status}). Check it; it has to be that of an"
            " administrator."
        )
        assert trial.libraries == ()


def test_other_failures_say_what_happened(servers: MediaServers, komga: KomgaDouble) -> None:
    added = add_komga(servers, komga)
    for status, problem in (
        (404, "Komga does not know what was asked for (HTTP 404)."),
        (400, "Komga refuses the request (HTTP 400)."),
        (503, "Komga answered with an error (HTTP 503)."),
        (200, "Komga sent something that is not JSON. Is this its address?"),
    ):
        komga.status = status
        assert servers.test(added.server_id).problem == problem
    komga.is_away = True
    assert servers.test(added.server_id).problem == "Komga stopped in the middle of its answer."


def test_a_reader_without_rights_sees_no_folder(servers: MediaServers, komga: KomgaDouble) -> None:
    komga.keys["reader-key"] = "reader"
    added = servers.add(KOMGA, "Komga", komga.url, "reader-key")
    (seen,) = servers.test(added.server_id).libraries
    assert (seen.library.folders, seen.is_watched) == ((), False)
