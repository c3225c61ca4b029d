"""What servers say of a comic: on its page, and as a filter for jobs."""

from __future__ import annotations

import pytest

from comicmaintainer.library.catalogue.file_filter import FileFilter
from comicmaintainer.library.catalogue.listing import Listing
from comicmaintainer.media_servers.bridge import READ_EVERY_S, Bridge
from comicmaintainer.media_servers.servers import MediaServers
from tests.kit.kavita_double import KavitaDouble
from tests.kit.komga_double import KomgaDouble
from tests.media_servers.conftest import add_kavita, add_komga
from tests.operations.workbench import Workbench

pytestmark = pytest.mark.both_databases


def test_each_server_says_how_far_a_comic_was_read(
    bench: Workbench, servers: MediaServers, bridge: Bridge, komga: KomgaDouble,
    kavita: KavitaDouble,
) -> None:  # fmt: skip
    path = bench.comic("Mark/Mark 001 (2020).cbz", pages=4)
    komga.scan()
    kavita.scan()
    komga.read(path, 4)
    kavita.read(path, 2)
    added = add_komga(servers, komga)
    add_kavita(servers, kavita)
    bridge.work()
    shown = servers.books.at(str(path))
    assert [(each.server, each.status.value) for each in shown] == [
        ("Kavita", "started"),
        ("Komga", "read"),
    ]
    assert shown[1].link == f"{komga.url}/book/{komga.book_at(path).book_id}"
    chapter = kavita.chapter_at(path).chapter_id
    assert shown[0].link.startswith(f"{kavita.url}/library/1/series/")
    assert shown[0].link.endswith(f"/chapter/{chapter}")
    servers.change(added.server_id, enabled=False)
    assert [each.server for each in servers.books.at(str(path))] == ["Kavita"]


def test_what_was_not_read_yet_is_a_filter(
    bench: Workbench, servers: MediaServers, bridge: Bridge, komga: KomgaDouble
) -> None:
    paths = [bench.comic(f"Mark/Mark {n:03} (2020).cbz", pages=4) for n in (1, 2, 3)]
    bench.catalogued(*paths)
    listing, wanted = Listing(bench.database), FileFilter(not_read=True)
    assert FileFilter.from_dict(wanted.to_dict()) == wanted

    def found() -> list[str]:
        return [each.path for each in listing.page(wanted).files]

    assert found() == [str(path) for path in paths]
    komga.scan()
    komga.read(paths[0], 4)
    komga.read(paths[1], 1)
    add_komga(servers, komga)
    bridge.work()
    assert found() == [str(paths[2])]
    assert listing.count(wanted).files == 1
    komga.read(paths[2], 1)
    bench.clock.advance(READ_EVERY_S)
    bridge.work()
    assert found() == []
