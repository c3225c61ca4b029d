"""Rules are stored under names, and folders use them."""

from __future__ import annotations

from pathlib import Path

import pytest

from comicmaintainer.comics.rules.rules import PRESETS
from comicmaintainer.database import Database
from comicmaintainer.errors import ComicMaintainerError, Conflict, InvalidInput, NotFound
from comicmaintainer.library.rule_book import LIBRARY, FolderChoice, RuleBook
from comicmaintainer.settings import NewFiles
from tests.kit.clock import Clock

WEEKLY = {"preset": "manga", "template": "{series} {issue}", "padding": 3}


@pytest.fixture
def book(database: Database) -> RuleBook:
    return RuleBook(database, now=Clock())


def test_own_rules_are_found_whatever_the_letter_case(book: RuleBook) -> None:
    book.save("Weekly  chapters", WEEKLY)
    found = book.get("weekly chapters")
    assert (found.name, found.rules.padding, found.rules.preset) == ("Weekly chapters", 3, "manga")
    assert book.get("MANGA").rules == PRESETS["manga"]


def test_folders_follow_a_new_name(book: RuleBook) -> None:
    book.save("Weekly", WEEKLY)
    book.assign(FolderChoice("/comics/Manga", "weekly"))
    book.save("Chapters", {**WEEKLY, "padding": 2}, before="Weekly")
    assert book.entries() == [FolderChoice("/comics/Manga", "Chapters")]
    assert list(book.own()) == ["Chapters"]
    assert book.own()["Chapters"].padding == 2


def test_rules_in_use_stay(book: RuleBook) -> None:
    book.save("Weekly", WEEKLY)
    book.assign(FolderChoice("/comics/Manga", "Weekly"))
    with pytest.raises(Conflict, match="/comics/Manga uses them"):
        book.remove("Weekly")
    book.assign(FolderChoice("/comics/Manga"))
    book.remove("Weekly")
    assert (book.own(), book.entries(), book.folder_rules()) == ({}, [], None)


@pytest.mark.parametrize(
    ("name", "values", "before", "error"),
    [
        ("Manga", WEEKLY, None, Conflict),
        ("", WEEKLY, None, InvalidInput),
        ("a/b", WEEKLY, None, InvalidInput),
        ("x" * 61, WEEKLY, None, InvalidInput),
        ("New", {"template": "no field"}, None, InvalidInput),
        ("New", {"fields": {"series": {"sources": ["text"], "text": "x" * 21_000}}}, None,
         InvalidInput),
        ("New", WEEKLY, "Nothing", NotFound),
        ("New", WEEKLY, "comics", Conflict),
        ("Other", WEEKLY, "Weekly", Conflict),
    ],
)  # fmt: skip
def test_what_can_not_be_stored_is_refused(
    book: RuleBook,
    name: str,
    values: dict[str, object],
    before: str | None,
    error: type[ComicMaintainerError],
) -> None:
    book.save("Weekly", WEEKLY)
    book.save("Other", WEEKLY)
    with pytest.raises(error):
        book.save(name, values, before=before)
    assert list(book.own()) == ["Other", "Weekly"]


def test_a_folder_can_only_use_rules_that_exist(book: RuleBook) -> None:
    with pytest.raises(NotFound, match="known are comics, manga"):
        book.assign(FolderChoice("/comics", "Weekly"))


def test_folders_and_the_library_are_resolved(book: RuleBook) -> None:
    book.save("Weekly", WEEKLY)
    book.assign(FolderChoice(LIBRARY, "manga"))
    book.assign(FolderChoice("/comics/Weekly", "Weekly"))
    book.assign(FolderChoice("/comics/Inbox", None, NewFiles.ASK))
    rules = book.folder_rules()
    assert rules is not None
    assert rules.of(Path("/comics/a.cbz")).name == "manga"
    assert rules.of(Path("/comics/Inbox/a.cbz")).name == "manga"
    assert rules.of(Path("/comics/Weekly/a.cbz")).rules.padding == 3
    new = book.new_files(NewFiles.PROCESS)
    found = [new.of(Path(f"/comics/{name}/a.cbz")) for name in ("Inbox", "Weekly")]
    assert found == [NewFiles.ASK, NewFiles.PROCESS]


def test_new_files_of_the_library_are_a_setting(book: RuleBook) -> None:
    with pytest.raises(InvalidInput, match="NEW_FILES"):
        book.assign(FolderChoice(LIBRARY, "manga", NewFiles.TAG))


def test_an_inbox_has_a_target(book: RuleBook) -> None:
    book.assign(FolderChoice("/new", target="/comics", folders="{publisher}/{series}"))
    inbox = book.inboxes().of(Path("/new/deep/x.cbz"))
    assert inbox is not None
    assert (inbox.folder, inbox.target, inbox.folders) == (
        "/new",
        "/comics",
        "{publisher}/{series}",
    )
    assert book.inboxes().of(Path("/newer/x.cbz")) is None
    book.assign(FolderChoice("/new"))
    assert not book.inboxes().by_folder


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (FolderChoice("/new", target="/new/sorted"), "outside it"),
        (FolderChoice("", target="/comics"), "whole library"),
        (FolderChoice("/new", "manga", target="/comics"), "rules of its target"),
        (FolderChoice("/new", target="/comics", folders="{nope}"), "no such field"),
        (FolderChoice("/new", target="/comics", folders="../{series}"), "lead out"),
        (FolderChoice("/new", target="/other/deep"), "inbox itself"),
        (FolderChoice("/comics", target="/elsewhere"), "can't be an inbox"),
    ],
)
def test_an_inbox_that_makes_no_sense_is_refused(
    book: RuleBook, entry: FolderChoice, words: str
) -> None:
    book.assign(FolderChoice("/other", target="/comics"))
    with pytest.raises(InvalidInput, match=words):
        book.assign(entry)
