from __future__ import annotations

import threading

import pytest

from comicmaintainer.accounts import Accounts, Role
from comicmaintainer.audit import Action, Actor, ActorKind, acting, current_actor
from comicmaintainer.audit import audit_log as module
from comicmaintainer.audit.actions import WORDS
from comicmaintainer.audit.audit_log import AuditLog, record
from comicmaintainer.database import Database
from comicmaintainer.errors import Conflict, NotSignedIn
from tests.kit.clock import Clock

PASSWORD = "correct horse battery"
ADA = Actor(ActorKind.USER, "Ada", "192.0.2.7")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def audit(database: Database, clock: Clock) -> AuditLog:
    return AuditLog(database, now=clock)


def told(audit: AuditLog) -> list[tuple[str, str, str]]:
    return [(entry.actor.name, entry.action, entry.subject) for entry in reversed(audit.page())]


def test_entries_name_who_acts(audit):
    audit.note(Action.TRASH_EMPTIED)
    with acting(ADA):
        audit.note(Action.BACKUP_MADE, "jobs.db", {"size": 3})
    entry, by_itself = audit.page()
    assert (entry.actor, entry.subject, entry.details) == (ADA, "jobs.db", {"size": 3})
    assert by_itself.actor == Actor(ActorKind.SERVICE)
    assert current_actor() == Actor(ActorKind.SERVICE)


def test_a_thread_of_its_own_acts_for_the_service():
    seen: list[Actor] = []
    with acting(ADA):
        thread = threading.Thread(target=lambda: seen.append(current_actor()))
        thread.start()
        thread.join()
    assert seen == [Actor(ActorKind.SERVICE)]


def test_no_entry_is_left_of_a_change_that_failed(database, audit, clock):
    def fail() -> None:
        with database.transaction() as transaction:
            record(transaction, Action.IMPORTED, now=clock())
            raise Conflict("it went wrong")

    with pytest.raises(Conflict):
        fail()
    assert audit.page() == []


def test_accounts_record_what_changes_them(database, audit, clock):
    accounts = Accounts(database, now=clock)
    with acting(Actor(ActorKind.COMMAND_LINE, "root")):
        accounts.create_user("Ada", PASSWORD)
        accounts.create_user("Bob", PASSWORD, Role.LOOK)
        accounts.set_role("Bob", Role.WORK)
        accounts.set_password("Bob", PASSWORD)
        accounts.create_key("script", Role.LOOK)
        accounts.delete_key("script")
        accounts.delete_user("Bob")
        with pytest.raises(Conflict):
            accounts.delete_user("Ada")
    with pytest.raises(NotSignedIn):
        accounts.sign_in("Eve", PASSWORD, address="192.0.2.9")
    accounts.sign_in("ada", PASSWORD, address="192.0.2.7")
    assert told(audit) == [
        ("root", "user_added", "Ada"),
        ("root", "user_added", "Bob"),
        ("root", "role_changed", "Bob"),
        ("root", "password_changed", "Bob"),
        ("root", "key_added", "script"),
        ("root", "key_removed", "script"),
        ("root", "user_removed", "Bob"),
        ("", "sign_in_failed", "Eve"),
        ("Ada", "sign_in", ""),
    ]
    assert [entry.actor.address for entry in audit.page(limit=2)] == ["192.0.2.7", "192.0.2.9"]
    assert PASSWORD not in str([entry.to_dict() for entry in audit.page()])


def test_entries_are_filtered_and_paged(audit):
    for number in range(5):
        with acting(Actor(ActorKind.USER, f"user {number % 2}")):
            audit.note(Action.EXPORTED, str(number))
    audit.note(Action.IMPORTED)
    assert [entry.subject for entry in audit.page(actor="USER 1")] == ["3", "1"]
    assert [entry.action for entry in audit.page(actor="service")] == ["imported"]
    assert len(audit.page(action=Action.EXPORTED)) == 5
    first = audit.page(limit=4)
    rest = audit.page(before=first[-1].entry_id, limit=4)
    assert [entry.subject for entry in (*first, *rest)] == ["", "4", "3", "2", "1", "0"]


def test_old_entries_expire_and_their_number_is_bounded(audit, clock, monkeypatch):
    audit.note(Action.EXPORTED, "old")
    clock.at += 100
    for number in range(5):
        audit.note(Action.EXPORTED, str(number))
    assert audit.expire(clock.at - 50) == 1
    monkeypatch.setattr(module, "MOST_ENTRIES", 2)
    monkeypatch.setattr(module, "_DELETED_AT_ONCE", 2)
    assert audit.expire(0.0) == 3
    assert [entry.subject for entry in audit.page()] == ["4", "3"]


def test_every_action_has_words():
    assert set(WORDS) == set(Action)
