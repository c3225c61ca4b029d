"""What was written by a source is told from what a person changed since."""

from __future__ import annotations

from comicmaintainer.database import Database
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.catalogue.model import SeenFile
from comicmaintainer.library.matches.identified_store import (
    IdentifiedFile,
    IdentifiedStore,
    put_identified,
)
from tests.kit.clock import Clock

WRITTEN = IdentifiedFile.of(
    "metron", "12", {"series": "Rain"}, {"series": "Rain: Two", "tags": ["a"]}, ("series", "tags")
)


def test_fields_with_other_values_are_a_persons() -> None:
    assert WRITTEN.changed_since({"series": "Rain: Two", "tags": ["a"]}) == frozenset()
    assert WRITTEN.changed_since({"series": "Rain"}) == frozenset()  # undone
    assert WRITTEN.changed_since({"series": "Regen", "tags": ["a"]}) == {"series"}
    assert WRITTEN.changed_since({"tags": ["b"]}) == {"series", "tags"}


def test_the_newest_write_of_a_file_in_the_catalogue_is_kept(database: Database) -> None:
    catalogue = Catalogue(database, now=Clock())
    catalogue.add_root("/comics")
    catalogue.upsert([SeenFile("/comics/Rain 1.cbz", 1, 1, 1, 1)])
    (file_id,) = catalogue.ids_at(["/comics/Rain 1.cbz"]).values()
    store = IdentifiedStore(database)
    assert store.get(file_id) is None
    older = IdentifiedFile("comicvine", "1", {})
    with database.transaction() as transaction:
        files = [(file_id, older), (file_id, WRITTEN), (file_id + 1, WRITTEN)]
        put_identified(transaction, files, now=1.0)
    assert store.get(file_id) == WRITTEN
    assert store.get(file_id + 1) is None
