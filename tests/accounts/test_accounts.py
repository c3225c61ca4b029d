from __future__ import annotations

import threading
import time

import pytest

from comicmaintainer.accounts.accounts import (
    ATTEMPT_WINDOW_S,
    ATTEMPTS_PER_ADDRESS,
    IDLE_S,
    LONGEST_S,
    Accounts,
)
from comicmaintainer.accounts.model import Principal, Via
from comicmaintainer.accounts.passwords import MOST_IN_QUEUE, Passwords
from comicmaintainer.accounts.roles import Role
from comicmaintainer.database import Database
from comicmaintainer.errors import (
    Conflict,
    InvalidInput,
    NotFound,
    NotSignedIn,
    TooManyAttempts,
)
from tests.kit.clock import Clock

PASSWORD = "correct horse battery"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(database: Database, clock: Clock) -> Accounts:
    return Accounts(database, now=clock)


def test_session_is_recognised_by_another_process_s_accounts(accounts, open_database, clock):
    accounts.create_user("Ada", PASSWORD)
    token = accounts.sign_in("ada", PASSWORD)
    other = Accounts(open_database(), now=clock)
    assert other.by_session(token) == Principal("Ada", Via.SESSION, Role.ADMINISTER, 1)
    other.sign_out(token)
    assert accounts.by_session(token) is None


def test_wrong_name_and_wrong_password_give_the_same_error(accounts):
    accounts.create_user("Ada", PASSWORD)
    with pytest.raises(NotSignedIn) as wrong_password:
        accounts.sign_in("Ada", "something else")
    with pytest.raises(NotSignedIn) as wrong_name:
        accounts.sign_in("Bob", PASSWORD)
    assert str(wrong_name.value) == str(wrong_password.value)


def test_session_ends_when_idle_and_continues_while_used(accounts, clock):
    accounts.create_user("Ada", PASSWORD)
    token = accounts.sign_in("Ada", PASSWORD)
    clock.at += IDLE_S - 1
    assert accounts.by_session(token) is not None
    clock.at += IDLE_S - 1
    assert accounts.by_session(token) is not None
    clock.at += IDLE_S
    assert accounts.by_session(token) is None


def test_session_ends_after_its_longest_time_even_if_used(accounts, clock):
    accounts.create_user("Ada", PASSWORD)
    token = accounts.sign_in("Ada", PASSWORD)
    end = clock.at + LONGEST_S
    while clock.at + IDLE_S / 2 < end:
        clock.at += IDLE_S / 2
        assert accounts.by_session(token) is not None
    clock.at = end
    assert accounts.by_session(token) is None


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_secrets_are_not_in_the_database(accounts, tmp_path):
    accounts.create_user("Ada", PASSWORD)
    token = accounts.sign_in("Ada", PASSWORD)
    key = accounts.create_key("script")
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("jobs.db*"))
    for secret in (PASSWORD, token, key):
        assert secret.encode() not in stored


def test_new_password_ends_the_sessions(accounts):
    accounts.create_user("Ada", PASSWORD)
    token = accounts.sign_in("Ada", PASSWORD)
    accounts.set_password("Ada", "another password")
    assert accounts.by_session(token) is None
    assert accounts.by_session(accounts.sign_in("Ada", "another password")) is not None


def test_deleted_user_is_signed_out_at_once(accounts):
    accounts.create_user("Bob", PASSWORD)
    accounts.create_user("Ada", PASSWORD)
    token = accounts.sign_in("Ada", PASSWORD)
    accounts.delete_user("Ada")
    assert accounts.by_session(token) is None
    with pytest.raises(NotFound):
        accounts.delete_user("Ada")


def test_names_are_taken_in_any_case(accounts):
    accounts.create_user("Ada", PASSWORD)
    with pytest.raises(Conflict):
        accounts.create_user("ADA", PASSWORD)
    accounts.create_key("script")
    with pytest.raises(Conflict):
        accounts.create_key("Script")


@pytest.mark.parametrize(
    "name", ["", "  ", "a\nb", "x" * 65, "a/b", "../x", "/", ".", " .. ", "a\\b", "a\0", "\ud800"]
)
def test_names_that_cannot_be_displayed_or_addressed_are_refused(accounts, name):
    with pytest.raises(InvalidInput):
        accounts.create_user(name, PASSWORD)
    with pytest.raises(InvalidInput):
        accounts.create_key(name)


@pytest.mark.parametrize("name", ["a/b", "../x", ".."])
def test_names_of_earlier_versions_can_be_removed(accounts, database, name):
    with database.transaction() as transaction:
        transaction.execute(
            "INSERT INTO users (name, password_hash, created_at) VALUES (?, 'x', 0)", (name,)
        )
        transaction.execute(
            "INSERT INTO api_keys (key_hash, name, created_at) VALUES (?, ?, 0)", (b"\0", name)
        )
    accounts.set_password(name, PASSWORD)
    accounts.delete_user(name)
    accounts.delete_key(name)
    assert accounts.users() == accounts.keys() == []


def test_of_two_deletions_at_once_one_leaves_the_last_administrator(
    accounts, database, open_database
):
    for _ in range(5):
        for name in ("Ada", "Bob"):
            accounts.create_user(name, PASSWORD)
        barrier = threading.Barrier(2)
        refused: list[str] = []

        def delete(name: str, barrier=barrier, refused=refused) -> None:
            own = Accounts(open_database())
            barrier.wait()
            try:
                own.delete_user(name)
            except Conflict:
                refused.append(name)

        threads = [threading.Thread(target=delete, args=(name,)) for name in ("Ada", "Bob")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [user.name for user in accounts.users()] == refused
        with database.transaction() as transaction:
            transaction.execute("DELETE FROM users")


def test_short_password_is_refused(accounts):
    with pytest.raises(InvalidInput, match="10 to 1024"):
        accounts.create_user("Ada", "short")


def test_key_works_until_it_is_deleted(accounts, clock):
    key = accounts.create_key("script")
    assert accounts.by_key(key) == Principal("script", Via.KEY, Role.ADMINISTER)
    assert accounts.keys()[0].used_at == clock.at
    assert accounts.by_key(key + "x") is None
    accounts.delete_key("script")
    assert accounts.by_key(key) is None


def test_attempts_from_one_address_are_limited_and_forgotten_in_time(accounts, clock):
    accounts.create_user("Ada", PASSWORD)
    for _ in range(ATTEMPTS_PER_ADDRESS):
        with pytest.raises(NotSignedIn):
            accounts.sign_in("Ada", "wrong password", address="192.0.2.1")
    with pytest.raises(TooManyAttempts):
        accounts.sign_in("Ada", PASSWORD, address="192.0.2.1")
    assert accounts.sign_in("Ada", PASSWORD, address="192.0.2.2")
    clock.at += ATTEMPT_WINDOW_S + 1
    assert accounts.sign_in("Ada", PASSWORD, address="192.0.2.1")


def test_all_addresses_of_one_ipv6_network_count_as_one(accounts):
    for number in range(ATTEMPTS_PER_ADDRESS):
        with pytest.raises(NotSignedIn):
            accounts.sign_in("Ada", "wrong password", address=f"2001:db8::{number:x}")
    with pytest.raises(TooManyAttempts):
        accounts.sign_in("Ada", "wrong password", address="2001:db8::ffff")


def test_success_forgives_the_attempts_before_it(accounts):
    accounts.create_user("Ada", PASSWORD)
    for _ in range(3):
        for _ in range(ATTEMPTS_PER_ADDRESS - 1):
            with pytest.raises(NotSignedIn):
                accounts.sign_in("Ada", "wrong password", address="192.0.2.1")
        accounts.sign_in("Ada", PASSWORD, address="192.0.2.1")


def test_setup_link_is_the_same_for_concurrent_callers(open_database):
    links: list[str | None] = []
    barrier = threading.Barrier(4)

    def ask() -> None:
        accounts = Accounts(open_database())
        barrier.wait()
        links.append(accounts.setup_link("http://nas:5000/"))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(links) == 4
    assert len(set(links)) == 1
    assert str(links[0]).startswith("http://nas:5000/setup/")


def test_setup_link_works_once(accounts):
    link = accounts.setup_link("http://nas:5000")
    token = link.rpartition("/")[2]
    assert accounts.needs_setup()
    with pytest.raises(NotFound):
        accounts.complete_setup("guessed", "Eve", PASSWORD)
    accounts.complete_setup(token, "Ada", PASSWORD)
    assert not accounts.needs_setup()
    assert accounts.setup_link("http://nas:5000") is None
    with pytest.raises(NotFound):
        accounts.complete_setup(token, "Eve", PASSWORD)
    assert [user.name for user in accounts.users()] == ["Ada"]


@pytest.mark.parametrize("token", ["guessed", "", "é", "x" * 1024])
def test_wrong_setup_link_costs_no_hash(accounts, monkeypatch, token):
    accounts.setup_link("http://nas:5000")
    monkeypatch.setattr(Passwords, "hash", lambda *_: pytest.fail("hashed"))
    with pytest.raises(NotFound):
        accounts.complete_setup(token, "Eve", PASSWORD)


def test_only_a_few_may_wait_for_a_password_check(accounts, database):
    accounts.create_user("Ada", PASSWORD)
    passwords = accounts._passwords
    outcomes: list[str] = []

    def sign_in(number: int) -> None:
        try:
            accounts.sign_in("Ada", PASSWORD, address=f"192.0.2.{number}")
            outcomes.append("in")
        except TooManyAttempts:
            outcomes.append("refused")

    threads = [threading.Thread(target=sign_in, args=(number,)) for number in range(12)]
    with passwords._turn:
        for thread in threads:
            thread.start()
        while outcomes.count("refused") < len(threads) - MOST_IN_QUEUE:
            time.sleep(0.01)
    for thread in threads:
        thread.join()
    assert outcomes.count("in") == MOST_IN_QUEUE
    # Whoever was refused so has failed at nothing.
    assert accounts.sign_in("Ada", PASSWORD, address="192.0.2.11")
    rows = database.rows("SELECT source FROM login_failures")
    assert rows == []


def test_refused_attempts_do_not_wait_for_the_write_turn(accounts, open_database):
    for _ in range(ATTEMPTS_PER_ADDRESS):
        with pytest.raises(NotSignedIn):
            accounts.sign_in("Ada", "wrong password", address="192.0.2.1")
    with open_database().transaction(), pytest.raises(TooManyAttempts):
        accounts.sign_in("Ada", "wrong password", address="192.0.2.1")


def test_first_user_created_on_the_command_line_ends_the_setup(accounts):
    token = accounts.setup_link("http://nas:5000").rpartition("/")[2]
    accounts.create_user("Ada", PASSWORD)
    with pytest.raises(NotFound):
        accounts.complete_setup(token, "Eve", PASSWORD)


def test_key_can_be_made_before_the_setup(accounts):
    assert accounts.by_key(accounts.create_key("script")) is not None
    assert accounts.needs_setup()


def test_last_administrator_stays(accounts):
    accounts.create_user("Ada", PASSWORD)
    accounts.create_user("Bob", PASSWORD, Role.WORK)
    for refused in (
        lambda: accounts.delete_user("ada"),
        lambda: accounts.set_role("ADA", Role.LOOK),
    ):
        with pytest.raises(Conflict, match="only administrator"):
            refused()
    accounts.set_role("ada", Role.ADMINISTER)
    accounts.set_role("Bob", Role.ADMINISTER)
    accounts.set_role("Ada", Role.WORK)
    accounts.delete_user("Ada")
    with pytest.raises(NotFound):
        accounts.set_role("Ada", Role.LOOK)
    assert [(user.name, user.role) for user in accounts.users()] == [("Bob", Role.ADMINISTER)]


def test_first_user_is_an_administrator(accounts):
    with pytest.raises(Conflict, match="first one"):
        accounts.create_user("Ada", PASSWORD, Role.WORK)
    token = accounts.setup_link("http://nas").rpartition("/")[2]
    assert accounts.complete_setup(token, "Ada", PASSWORD).role is Role.ADMINISTER


def test_role_of_an_open_session_changes_at_once(accounts):
    accounts.create_user("Ada", PASSWORD)
    bob = accounts.create_user("Bob", PASSWORD, Role.LOOK)
    token = accounts.sign_in("Bob", PASSWORD)
    accounts.set_role("Bob", Role.WORK)
    assert accounts.by_session(token) == Principal("Bob", Via.SESSION, Role.WORK, bob.user_id)


def test_key_never_has_more_than_its_owner(accounts):
    accounts.create_user("Ada", PASSWORD)
    bob = accounts.create_user("Bob", PASSWORD, Role.WORK)
    key = accounts.create_key("script", Role.ADMINISTER, owner_id=bob.user_id)
    assert accounts.by_key(key).role is Role.WORK
    accounts.set_role("Bob", Role.LOOK)
    assert accounts.by_key(key).role is Role.LOOK
    listed = accounts.keys()
    assert [(one.role, one.owner) for one in listed] == [(Role.LOOK, "Bob")]
    accounts.delete_user("Bob")
    assert accounts.by_key(key) is None


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("other", Role)
def test_roles_include_those_before_them(role, other):
    order = [Role.LOOK, Role.WORK, Role.ADMINISTER]
    assert role.includes(other) == (order.index(role) >= order.index(other))
