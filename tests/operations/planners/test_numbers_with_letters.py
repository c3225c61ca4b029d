"""Comics whose page numbers count with letters: their rows from before their order was known."""

from __future__ import annotations

from operator import itemgetter
from pathlib import Path

from comicmaintainer.comics.archives.page_names import in_natural_order
from comicmaintainer.comics.pages.fingerprint import page_fingerprint
from comicmaintainer.operations.comic import read_comic
from tests.kit.comics import cbz, picture
from tests.kit.shared_reader import COMICS
from tests.operations.workbench import Workbench, details

NAMES = ("0009", "000a", "000z", "0010")


def numbered(bench: Workbench) -> Path:
    pages = {f"{name}.png": picture(name) for name in NAMES}
    return cbz(bench.library / "Mill 1.cbz", pages)


def fingerprint_of_before(path: Path) -> bytes:
    pages = in_natural_order(read_comic(COMICS, path).page_facts, itemgetter(0))
    return bytes.fromhex(page_fingerprint(pages) or "")


def test_the_pages_are_read_in_their_order(bench: Workbench) -> None:
    facts = read_comic(COMICS, numbered(bench)).page_facts
    assert [fact[0] for fact in facts] == [f"{name}.png" for name in NAMES]


def test_a_row_from_before_is_no_sign_of_bit_rot(bench: Workbench) -> None:
    path = numbered(bench)
    bench.catalogued(path)
    row = bench.catalogue.by_path(path)
    assert row is not None
    before = fingerprint_of_before(path)
    assert before != row.fingerprint
    with bench.database.transaction() as transaction:
        transaction.execute(
            "UPDATE files SET fingerprint = ?, verified_at = changed_at WHERE path = ?",
            (before, str(path)),
        )
    (result,) = bench.run("verify", [path])
    assert details(result)["report"]["sound"]
    after = bench.catalogue.by_path(path)
    assert after is not None
    assert after.fingerprint == row.fingerprint
