"""Receivers that the environments of hosts name: addresses of NOTIFY_URLS, and EVENT_COMMAND.

A host with such a setting sends what goes to it. The same address or command on several hosts is
one receiver: an event goes to it once, from whichever host is first. One that only some hosts have
waits for these. Used by the worker process that sends. The database has only hashes of the
settings, since they may hold secrets.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from comicmaintainer.database import Database, Transaction
from comicmaintainer.notifications import receiver_host_store, receiver_store
from comicmaintainer.notifications.delivery_store import KEPT_S
from comicmaintainer.notifications.model import MEANINGS, EventType, ReceiverKind

GIVEN_NAMES: Mapping[ReceiverKind, str] = {
    ReceiverKind.APPRISE: "NOTIFY_URLS",
    ReceiverKind.COMMAND: "EVENT_COMMAND",
}
"""The names of the receivers that the environment names; further ones have a number, too."""
HOST_KEPT_S = KEPT_S
"""For how long a host that is away is waited for: as long as its deliveries are kept."""
_SALT = b"comicmaintainer receivers"


@dataclass(frozen=True)
class GivenReceiver:
    """An address or a command that the environment of this host names, and what goes to it."""

    kind: ReceiverKind
    setting: str = field(repr=False)
    events: Sequence[EventType]

    @property
    def fingerprint(self) -> str:
        """A text that is the same on all hosts, and from which no secret can be found out."""
        return _fingerprint(self.kind, self.setting)


@cache  # of the few settings of this process, each of which takes some 50 ms
def _fingerprint(kind: ReceiverKind, setting: str) -> str:
    text = f"{kind}\n{setting}".encode(errors="surrogateescape")
    return hashlib.scrypt(text, salt=_SALT, n=2**14, r=8, p=1, dklen=16).hex()


class GivenReceivers:
    """What the environment of this host names, in a database that other hosts may share."""

    def __init__(
        self, database: Database, given: Sequence[GivenReceiver], *, now: Callable[[], float]
    ) -> None:
        self._database = database
        # The name of a single host may change: that of a container does each time it is made.
        self._host = database.host if database.is_shared else receiver_host_store.ONLY_HOST
        self._given = {each.fingerprint: each for each in given}
        self._now = now
        self._seen_at = now()

    def announce(self) -> None:
        """Store what this host names from now on; what no host names any more is switched off.

        What replaces something that no other host has takes its place, with what waits.
        """
        with self._database.transaction() as transaction:
            for kind in GIVEN_NAMES:
                self._announce(transaction, kind)
        self._seen_at = self._now()

    def renew(self) -> None:
        """Say that this host is still there.

        What another process of this host has announced since is left as it is.
        """
        now = self._now()
        if now - self._seen_at > HOST_KEPT_S:
            self.announce()  # the others have forgotten this host
            return
        with self._database.transaction() as transaction:
            receiver_host_store.renew(transaction, self._host, self._given.keys(), now)
            for kind in GIVEN_NAMES:
                _bring_together(transaction, kind, now)
        self._seen_at = now

    def _announce(self, transaction: Transaction, kind: ReceiverKind) -> None:
        now, given = self._now(), [each for each in self._given.values() if each.kind is kind]
        vacant = self._left(transaction, kind)
        for each in given:
            receiver_id = receiver_store.with_fingerprint(transaction, each.fingerprint)
            if receiver_id is None and vacant:
                receiver_id = vacant.pop(0)
                receiver_store.set_fingerprint(transaction, receiver_id, each.fingerprint)
            elif receiver_id is None:
                receiver_id = receiver_store.insert(
                    transaction,
                    kind,
                    _free_name(transaction, kind),
                    events=each.events,
                    fingerprint=each.fingerprint,
                    now=now,
                )
            receiver_host_store.store(transaction, receiver_id, self._host, each.events, now)
        _bring_together(transaction, kind, now)

    def _left(self, transaction: Transaction, kind: ReceiverKind) -> list[int]:
        """Take back what this host names no longer; return what nobody else has, by age."""
        left = receiver_host_store.leave(transaction, self._host, kind, self._given.keys())
        if self._database.is_shared:
            left |= receiver_host_store.leave(transaction, receiver_host_store.ONLY_HOST, kind, ())
        else:
            receiver_host_store.keep_only(transaction, self._host)
        # Those without a fingerprint are of releases that knew one receiver of each kind.
        return [
            receiver_id
            for receiver_id, fingerprint in receiver_store.without_hosts(transaction, kind)
            if fingerprint not in self._given and (receiver_id in left or not fingerprint)
        ]


def expire(database: Database, now: float) -> None:
    """Forget hosts that have been away for too long, and receivers of which nothing is left."""
    with database.transaction() as transaction:
        receiver_host_store.forget_before(transaction, now - HOST_KEPT_S)
        for kind in GIVEN_NAMES:
            _bring_together(transaction, kind, now)
            receiver_store.delete_unused(transaction, kind)


def _bring_together(transaction: Transaction, kind: ReceiverKind, now: float) -> None:
    """Let the receivers of a kind get what any of their hosts wants; without hosts they are off."""
    wanted = receiver_host_store.wanted(transaction, kind)
    for receiver_id, chosen in wanted.items():
        events = None if chosen is None else _together(kind, chosen)
        receiver_store.switch(transaction, receiver_id, events, now)


def _together(kind: ReceiverKind, chosen: Sequence[str]) -> list[EventType]:
    events = [each for each in MEANINGS if each in chosen]
    if kind is ReceiverKind.APPRISE and EventType.JOB_ENDED in events:
        # Of a job that failed there is one message.
        events = [each for each in events if each is not EventType.JOB_FAILED]
    return events


def _free_name(transaction: Transaction, kind: ReceiverKind) -> str:
    name, number = GIVEN_NAMES[kind], 1
    while receiver_store.is_name_taken(transaction, name):
        number += 1
        name = f"{GIVEN_NAMES[kind]} {number}"
    return name
