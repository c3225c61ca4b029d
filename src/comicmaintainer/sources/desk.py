"""The desk: answers a request from what was kept, or makes it when it is its turn.

Used by the facade. All of its state is in the database, shared by all processes: an answer is kept
as soon as it is there, a request is made by one process at a time, and nothing is asked twice while
its answer is kept. A process that is killed loses at most the answer that is just under way.

A request moves on so: *waiting* (has a slot) → *under way* (claimed, counted) → *answered* (kept).
It falls back to *waiting* after an error; a claim whose process is gone ends by itself.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from comicmaintainer.database import Database, Transaction
from comicmaintainer.errors import (
    AnswerDelayed,
    SourceError,
    SourceFailed,
    SourceStopped,
    UnusableAnswer,
)
from comicmaintainer.sources import answers, rests, turns
from comicmaintainer.sources.answers import Kept
from comicmaintainer.sources.client import Client, SourceLimit
from comicmaintainer.sources.model import COVERS, Access, Reply, Request
from comicmaintainer.sources.source_settings import hash_of
from comicmaintainer.sources.transport import Call, Transport

logger = logging.getLogger(__name__)

PEER_S = 2.0
"""How soon to ask again for an answer that another process is getting."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A request to a source, and how its reply becomes what is kept.

    `urgent` is for a person who waits: it goes before the requests that have a slot. `anew` does
    not look at what was kept, and asks also while the source rests or is stopped. An answer that is
    older than `max_age_s` is not used.
    """

    client: Client
    access: Access
    request: Request
    read: Callable[[Reply], Any]
    urgent: bool = False
    anew: bool = False
    max_age_s: float | None = None

    @property
    def key(self) -> str:
        """The name of the request among the answers."""
        return self.request.key(self.client.info.name)


class Desk:
    """Where all processes ask all sources; `keep_s` is how long an answer is kept."""

    def __init__(
        self,
        database: Database,
        transport: Transport,
        *,
        keep_s: float,
        now: Callable[[], float],
    ) -> None:
        self._database = database
        self._transport = transport
        self._keep_s = keep_s
        self._now = now

    def _age_s(self, wish: Wish) -> float:
        """How old an answer may be that is used instead of a request."""
        return self._keep_s if wish.max_age_s is None else min(self._keep_s, wish.max_age_s)

    def ask(self, wish: Wish) -> Any:
        """Return the JSON of a request's answer; None if the source has no such thing.

        Raises:
            AnswerDelayed: it can't be answered now; `until` is when to ask again.
            SourceStopped: the source refuses the key.
            UnusableAnswer: this answer can't be used.
        """
        if not wish.anew:
            kept = answers.kept(self._database, wish.key, self._now() - self._age_s(wish))
            if kept is not None:
                return kept.value
        self._require_turn_come(wish)
        owner = f"{os.getpid()}-{threading.get_ident()}-{os.urandom(4).hex()}"
        kept = self._take_turn(wish, owner)
        if kept is not None:
            return kept.value
        try:
            reply = self._transport.send(_call(wish, self._transport))
            value = wish.read(reply)
        except SourceError as error:
            raise self._failed(wish, owner, error) from error
        self._answered(wish, owner, reply, value)
        return value

    # --- taking a turn ---------------------------------------------------------------------------

    def _require_turn_come(self, wish: Wish) -> None:
        """Send away at once, without a write, who comes before the time that the request has.

        All files of a series ask the same; a commit for each would cost more than their matching.

        Raises:
            AnswerDelayed: it is not its turn.
        """
        if wish.urgent or wish.anew:
            return
        slot = turns.slot_of(self._database, wish.key)
        if slot is None or slot.is_spent or slot.at <= self._now():
            return
        condition = rests.condition(self._database, wish.client.info.name)
        if condition.stop_reason is None and condition.rest_until <= self._now():
            raise AnswerDelayed(_busy(wish), until=slot.at)

    def _take_turn(self, wish: Wish, owner: str) -> Kept | None:
        """Claim the request for `owner`; return its answer if there is one meanwhile.

        Raises:
            AnswerDelayed, SourceStopped: it is not its turn.
        """
        info, request, now = wish.client.info, wish.request, self._now()
        limits = info.limits_of(request.resource)
        delay: AnswerDelayed | None = None
        self._require_started(wish)
        with self._database.transaction() as transaction:
            if not wish.anew:
                kept = answers.kept(transaction, wish.key, now - self._age_s(wish))
                if kept is not None:
                    return kept
            turns.sweep(transaction, info.name, info.limits, now=now)
            slot = turns.slot_of(transaction, wish.key)
            if slot is not None and slot.is_spent:
                until = min(slot.claimed_until, now + PEER_S)
                raise AnswerDelayed(f"{info.title} is being asked this already.", until=until)
            condition = rests.condition(transaction, info.name)
            is_resting = condition.rest_until > now and not wish.anew
            at = turns.earliest(
                transaction,
                info.name,
                request.resource,
                limits,
                now=condition.rest_until if is_resting else now,
                slot=slot,
                urgent=wish.urgent,
            )
            if at <= now:
                turns.spend(
                    transaction, info.name, request.resource, wish.key, slot, owner=owner, now=now
                )
                rests.count_request(transaction, info.name)
            else:
                if not wish.urgent:
                    turns.wait(transaction, info.name, request.resource, wish.key, slot, at)
                reason = condition.rest_reason if is_resting else None
                delay = AnswerDelayed(reason or _busy(wish), until=at)
        if delay is not None:
            raise delay
        return None

    def _require_started(self, wish: Wish) -> None:
        condition = rests.condition(self._database, wish.client.info.name)
        if condition.stop_reason is None or wish.anew:
            return
        if condition.stopped_with == hash_of(wish.access):
            raise SourceStopped(condition.stop_reason)

    # --- what came of it -------------------------------------------------------------------------

    def _answered(self, wish: Wish, owner: str, reply: Reply, value: Any) -> None:
        info, now = wish.client.info, self._now()
        with self._database.transaction() as transaction:
            answers.keep(transaction, info.name, wish.key, value, now=now, keep_s=self._keep_s)
            turns.release(transaction, wish.key, owner=owner, now=now)
            if wish.anew:
                rests.start_again(transaction, info.name)
            else:
                rests.end_rests(transaction, info.name, now=now)
            self._correct(transaction, wish, reply)

    def _correct(self, transaction: Transaction, wish: Wish, reply: Reply) -> None:
        if wish.request.resource == COVERS:
            return
        for left in wish.client.left(wish.request.resource, reply):
            turns.correct(
                transaction, wish.client.info.name, wish.request.resource, left, now=self._now()
            )

    def _failed(self, wish: Wish, owner: str, error: SourceError) -> SourceError:
        """Record an error and return the one that whoever asked should see."""
        name, now = wish.client.info.name, self._now()
        if isinstance(error, SourceStopped):
            settings_hash = hash_of(wish.access)
            with self._database.transaction() as transaction:
                turns.release(transaction, wish.key, owner=owner, now=now)
                rests.stop(transaction, name, error.message, settings_hash)
            logger.warning("%s", error.message)
            return error
        with self._database.transaction() as transaction:
            if not isinstance(error, SourceFailed):
                turns.release(transaction, wish.key, owner=owner, now=now)
                return error
            wish_s = error.wish_s if isinstance(error, SourceLimit) else None
            until = rests.rest(transaction, name, error.message, now=now, wish_s=wish_s)
            if wish.urgent:
                turns.release(transaction, wish.key, owner=owner, now=now)
            elif self._is_given_up(transaction, wish, owner, until):
                return UnusableAnswer(f"{error.message} It was asked {turns.MOST_FAILURES} times.")
        logger.warning("%s It is left alone for %d s.", error.message, until - now)
        return error if wish.urgent else AnswerDelayed(error.message, until=until)

    def _is_given_up(self, transaction: Transaction, wish: Wish, owner: str, until: float) -> bool:
        """Let a request that failed wait again, or give it up if it has failed too often."""
        failures = turns.fall_back(transaction, wish.key, owner=owner, now=self._now(), until=until)
        if failures < turns.MOST_FAILURES:
            return False
        turns.give_up(transaction, wish.key)
        return True


def _busy(wish: Wish) -> str:
    info = wish.client.info
    if wish.request.resource == COVERS:
        return f"Covers of {info.title} are downloaded one after the other."
    limits = " and ".join(str(limit) for limit in info.limits)
    return f"{info.title} allows {limits}; this question waits for its turn."


def _call(wish: Wish, transport: Transport) -> Call:
    info, request = wish.client.info, wish.request
    if request.resource == COVERS:
        return Call(info.title, request.path, transport.limits.image_bytes)
    signature = wish.client.signature(wish.access.secrets)
    return Call(
        info.title,
        wish.access.address + request.path,
        transport.limits.answer_bytes,
        (*request.query, *signature.query),
        signature.headers,
        request.body,
    )
