"""What becomes of new files: identified first, by the rules of their folder, or asked about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from comicmaintainer.database import Database, SqliteDatabase
from comicmaintainer.jobs.model import JobRequest, Priority
from comicmaintainer.library.matches.decision_store import DecisionStore
from comicmaintainer.library.matches.model import GroupKey, Verdict
from comicmaintainer.library.rule_book import FolderChoice, RuleBook
from comicmaintainer.matching.model import SeriesFacts
from comicmaintainer.services.arrivals import ASKING_TITLE, Arrivals
from comicmaintainer.services.chosen_settings import ChosenSettings
from comicmaintainer.settings import IdentifyNew, NewFiles, Settings
from comicmaintainer.sources.source_settings import GivenSettings
from comicmaintainer.sources.sources import Sources
from tests.kit.clock import Clock

RAIN, SNOW, HAIL = (
    "/comics/Rain/Rain 1.cbz",
    "/comics/Snow/Snow 1.cbz",
    "/comics/Hail/Hail 1.cbz",
)
PATHS = (RAIN, SNOW, HAIL)

Requests = Callable[..., list[JobRequest]]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = SqliteDatabase(tmp_path / "jobs.db")
    yield database
    database.close()


@pytest.fixture
def book(database: Database) -> RuleBook:
    return RuleBook(database, now=Clock())


@pytest.fixture
def requests(database: Database, book: RuleBook, tmp_path: Path) -> Requests:
    """Returns the requests for PATHS, with these variables set."""
    decisions = DecisionStore(database, now=Clock())
    rain = SeriesFacts("comicvine", "7", "Rain")
    decisions.decide(GroupKey("/comics/Rain", "rain|"), "Rain", Verdict.SERIES, rain)
    decisions.decide(GroupKey("/comics/Hail", "hail|"), "Hail", Verdict.NEVER)

    def requests(*, source_on: bool = False, **variables: str) -> list[JobRequest]:
        given = {"comicvine": GivenSettings(source_on, None, {"key": "k3y"})}
        sources = Sources.build(database, given, answer_days=30, now=Clock())
        settings = Settings.from_environment({"CONFIG_DIR": str(tmp_path), **variables})
        chosen = ChosenSettings(settings, database, now=Clock())
        return list(Arrivals(chosen, book, sources, decisions).requests(PATHS))

    return requests


@pytest.mark.parametrize(
    ("identify", "is_on", "identified"),
    [
        (IdentifyNew.OFF, True, ()),
        (IdentifyNew.ALL, False, ()),
        (IdentifyNew.ALL, True, PATHS),
        (IdentifyNew.DECIDED, True, PATHS[:1]),
    ],
)
def test_files_are_identified_first(
    requests: Requests, identify: IdentifyNew, is_on: bool, identified: tuple[str, ...]
) -> None:
    *first, last = requests(source_on=is_on, IDENTIFY_NEW=identify)
    assert (last.kind, tuple(last.items), last.priority) == ("process", PATHS, Priority.NORMAL)
    found = [tuple(request.items) for request in first]
    assert found == ([identified] if identified else [])
    for request in first:
        assert (request.kind, request.priority) == ("identify", Priority.HIGH)
        assert request.params["decided_only"] is (identify is IdentifyNew.DECIDED)


@pytest.mark.parametrize(
    ("new_files", "expected"),
    [
        (NewFiles.PROCESS, [("process", True, False)]),
        (NewFiles.TAG, [("process", False, False)]),
        (NewFiles.CATALOGUE, []),
        (NewFiles.ASK, [("process", True, True)]),
    ],
)
def test_the_variable_says_what_happens(
    requests: Requests, new_files: NewFiles, expected: list[tuple[str, bool, bool]]
) -> None:
    found = requests(NEW_FILES=new_files)
    assert [(one.kind, one.params["rename"], one.preview) for one in found] == expected
    assert all(tuple(one.items) == PATHS for one in found)


def test_folders_differ_from_it(requests: Requests, book: RuleBook) -> None:
    book.assign(FolderChoice("/comics/Snow", None, NewFiles.ASK))
    book.assign(FolderChoice("/comics/Hail", None, NewFiles.CATALOGUE))
    written, asked = requests()
    assert (written.items, written.preview, written.title) == ([RAIN], False, None)
    assert (asked.items, asked.preview, asked.title) == ([SNOW], True, ASKING_TITLE)


def test_nothing_is_identified_before_a_person_was_asked(
    requests: Requests, book: RuleBook
) -> None:
    book.assign(FolderChoice("/comics", None, NewFiles.ASK))
    book.assign(FolderChoice("/comics/Rain", None, NewFiles.TAG))
    identify, tag, ask = requests(source_on=True, IDENTIFY_NEW="all")
    assert (identify.kind, identify.items) == ("identify", [RAIN])
    assert (tag.items, ask.items) == ([RAIN], [SNOW, HAIL])


def test_what_arrives_in_an_inbox_is_identified_and_filed(
    requests: Requests, book: RuleBook
) -> None:
    book.assign(FolderChoice("/comics/Snow", target="/comics/Library"))
    identify, process, file = requests(source_on=True, IDENTIFY_NEW="all", NEW_FILES="process")
    assert (identify.kind, tuple(identify.items)) == ("identify", PATHS)
    assert (process.kind, process.items) == ("process", [RAIN, HAIL])
    assert (file.kind, file.items, file.preview) == ("file", [SNOW], False)
    assert file.params["await_identify"]


def test_an_inbox_says_itself_what_happens(requests: Requests, book: RuleBook) -> None:
    book.assign(FolderChoice("/comics/Snow", None, NewFiles.ASK, "/comics/Library"))
    book.assign(FolderChoice("/comics/Hail", target="/comics/Library"))
    file, ask = requests(NEW_FILES="catalogue")
    assert (file.kind, file.items, file.preview) == ("file", [HAIL], False)
    assert (ask.kind, ask.items, ask.preview) == ("file", [SNOW], True)
