"""The desk: answers a request from what was kept, or makes it when it is its turn.

Used by the facade. All of its state is in the database, shared by all processes: an answer is kept
as soon as it is there, a request is made by one process at a time, and nothing is asked twice while
its answer is kept. A process that is killed loses at most the answer that is just under way.

A request moves on so: *waiting* (has a slot) → *under way* (claimed, counted) → *answered* (kept).
It falls back to *waiting* after an error; a claim whose process is gone ends by itself. One whose
turn has come takes others along that wait and fit into the same answer; see `company`.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from comicmaintainer.database import Database, Transaction
from comicmaintainer.errors import (
    AnswerDelayed,
    SourceError,
    SourceFailed,
    SourceStopped,
    UnusableAnswer,
)
from comicmaintainer.outgoing.transport import Call, Reply, Transport
from comicmaintainer.sources import answers, company, failures, rests, turns
from comicmaintainer.sources.answers import Kept
from comicmaintainer.sources.client import Client, SourceLimit
from comicmaintainer.sources.company import Companion
from comicmaintainer.sources.model import COVERS, Access, Request
from comicmaintainer.sources.sharing import Portion
from comicmaintainer.sources.source_settings import hash_of
from comicmaintainer.sources.under_way import UnderWay

logger = logging.getLogger(__name__)

PEER_S = 2.0
"""How soon to ask again for an answer that another process is getting."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A request to a source, and how its reply becomes what is kept.

    `urgent` is for a person who waits: it goes before the requests that have a slot. `anew` does
    not look at what was kept, and asks also while the source rests or is stopped. An answer that is
    older than `max_age_s` is not used. `for_details` tells what the request is counted as. With
    `more_come`, others are about to be asked for which a request with a portion may wait.
    """

    client: Client
    access: Access
    request: Request
    read: Callable[[Reply], Any]
    urgent: bool = False
    anew: bool = False
    max_age_s: float | None = None
    for_details: bool = False
    more_come: bool = False

    @property
    def key(self) -> str:
        """The name of the request among the answers."""
        return self.request.key(self.client.info.name)


@dataclass(frozen=True, slots=True)
class _Turn:
    """The right of `owner` to make a request, together with its companions."""

    wish: Wish
    owner: str
    request: Request
    companions: Sequence[Companion] = ()


class Desk:
    """Where all processes ask all sources; `keep_s` is how long an answer is kept.

    `threads` are those of this process that may ask.
    """

    def __init__(
        self,
        database: Database,
        transport: Transport,
        *,
        keep_s: float,
        now: Callable[[], float],
        threads: int,
    ) -> None:
        self._database = database
        self._transport = transport
        self._keep_s = keep_s
        self._now = now
        self._under_way = UnderWay(threads)

    def with_threads(self, threads: int) -> Desk:
        """Return the desk of a process with so many threads that may ask."""
        return Desk(
            self._database, self._transport, keep_s=self._keep_s, now=self._now, threads=threads
        )

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
            self._require_no_failure(wish)
        self._require_turn_come(wish)
        name = wish.client.info.name
        with self._under_way.place(name) as has_place:
            if not has_place:
                raise AnswerDelayed(_all_wait(wish), until=self._now() + PEER_S)
            return self._make(wish)

    def _require_no_failure(self, wish: Wish) -> None:
        """Ask nothing that could not be answered a while ago.

        Raises:
            UnusableAnswer: it says why, and when it is asked again.
        """
        found = failures.remembered(
            self._database, wish.key, asked_with=partial(hash_of, wish.access), now=self._now()
        )
        if found is not None:
            raise UnusableAnswer(found.message)

    def _make(self, wish: Wish) -> Any:
        """Make the request if it is its turn; return its answer."""
        turn = self._take_turn(wish)
        if isinstance(turn, Kept):
            return turn.value
        try:
            reply = self._transport.send(_call(turn, self._transport))
            value = wish.read(reply)
        except SourceError as error:
            raise self._failed(turn, error) from error
        return self._answered(turn, reply, value)

    def kept(self, source: str, request: Request) -> Kept | None:
        """Return the answer to a request if it was kept; nothing is asked."""
        return answers.kept(self._database, request.key(source), self._now() - self._keep_s)

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

    def _take_turn(self, wish: Wish) -> Kept | _Turn:
        """Claim the request; return its answer if there is one meanwhile.

        Raises:
            AnswerDelayed, SourceStopped: it is not its turn.
        """
        info, request, now = wish.client.info, wish.request, self._now()
        limits = info.limits_of(request.resource)
        owner = f"{os.getpid()}-{threading.get_ident()}-{os.urandom(4).hex()}"
        delay: AnswerDelayed | None = None
        turn = _Turn(wish, owner, request)
        self._require_started(wish)
        with self._database.transaction() as transaction:
            if not wish.anew:
                kept = answers.kept(transaction, wish.key, now - self._age_s(wish))
                if kept is not None:
                    return kept
            turns.sweep(transaction, info.name, info.limits, now=now)
            slot = turns.slot_of(transaction, wish.key)
            if slot is not None and slot.is_under_way(now):
                until = min(slot.claimed_until, now + PEER_S)
                raise AnswerDelayed(f"{info.title} is being asked this already.", until=until)
            condition = rests.condition(transaction, info.name)
            is_resting = condition.rest_until > now and not wish.anew
            portion = _portion(wish, slot)
            others: list[Companion] = []
            place = slot
            if portion is not None:
                since = now - self._keep_s
                company.bring(transaction, info.name, request, now=now, since=since)
                others = company.waiting(transaction, info.name, request)
                place = company.place(slot, others)
            at = turns.earliest(
                transaction,
                info.name,
                request.resource,
                limits,
                now=condition.rest_until if is_resting else now,
                slot=place,
                urgent=wish.urgent,
            )
            if portion is not None and slot is None and wish.more_come:
                at = max(at, now + (0.0 if company.is_full(portion, others) else company.GATHER_S))
            if at <= now:
                companions = company.chosen(info.name, request, others)
                company.claim(transaction, companions, owner=owner, now=now)
                turns.spend(
                    transaction,
                    info.name,
                    request.resource,
                    wish.key,
                    slot,
                    owner=owner,
                    now=now,
                    for_details=wish.for_details,
                )
                rests.count_request(transaction, info.name)
                turn = _Turn(wish, owner, _together(request, companions), companions)
            else:
                if not wish.urgent:
                    turns.wait(
                        transaction,
                        info.name,
                        request.resource,
                        wish.key,
                        slot,
                        at,
                        for_details=wish.for_details,
                        portion=(None, None) if portion is None else (portion.id, portion.size),
                    )
                reason = condition.rest_reason if is_resting else None
                delay = AnswerDelayed(reason or _busy(wish), until=at)
        if delay is not None:
            raise delay
        return turn

    def _require_started(self, wish: Wish) -> None:
        condition = rests.condition(self._database, wish.client.info.name)
        if condition.stop_reason is None or wish.anew:
            return
        if condition.stopped_with == hash_of(wish.access):
            raise SourceStopped(condition.stop_reason)

    # --- what came of it -------------------------------------------------------------------------

    def _answered(self, turn: _Turn, reply: Reply, value: Any) -> Any:
        """Keep the answer, and those to the companions; return that to the wish.

        Raises:
            AnswerDelayed: it can't be told from the others; it is asked for alone.
        """
        wish, owner = turn.wish, turn.owner
        info, now = wish.client.info, self._now()
        parts = _parts(turn, value)
        delay: AnswerDelayed | None = None
        with self._database.transaction() as transaction:
            unknown: list[Companion] = []
            for each in turn.companions:
                if each.id not in parts:
                    unknown.append(each)
                    continue
                part = parts[each.id]
                answers.keep(
                    transaction, info.name, each.request, part, now=now, keep_s=self._keep_s
                )
                company.answered(transaction, each, owner=owner)
            company.part(transaction, unknown, owner=owner)
            turns.release(transaction, wish.key, owner=owner, now=now)
            if wish.key in parts:
                value = parts[wish.key]
                answers.keep(transaction, info.name, wish.key, value, now=now, keep_s=self._keep_s)
                failures.forget(transaction, wish.key)
            else:
                delay = self._parted(transaction, wish)
            if wish.anew:
                rests.start_again(transaction, info.name)
            else:
                rests.end_rests(transaction, info.name, now=now)
            self._correct(transaction, wish, reply)
        if delay is not None:
            raise delay
        return value

    def _parted(self, transaction: Transaction, wish: Wish) -> AnswerDelayed:
        """Let a request wait that has to be made alone, because the common one did not serve it."""
        now, name = self._now(), wish.client.info.name
        turns.wait(transaction, name, wish.request.resource, wish.key, None, now)
        return AnswerDelayed(_busy(wish), until=now)

    def _correct(self, transaction: Transaction, wish: Wish, reply: Reply) -> None:
        if wish.request.resource == COVERS:
            return
        for left in wish.client.left(wish.request.resource, reply):
            turns.correct(
                transaction, wish.client.info.name, wish.request.resource, left, now=self._now()
            )

    def _failed(self, turn: _Turn, error: SourceError) -> SourceError:
        """Record an error and return the one that whoever asked should see."""
        found = self._recorded(turn, error)
        if isinstance(found, UnusableAnswer):
            self._remember(turn.wish, found)
        return found

    def _recorded(self, turn: _Turn, error: SourceError) -> SourceError:
        wish, owner = turn.wish, turn.owner
        name, now = wish.client.info.name, self._now()
        if isinstance(error, SourceStopped):
            settings_hash = hash_of(wish.access)
            with self._database.transaction() as transaction:
                turns.release(transaction, wish.key, owner=owner, now=now)
                company.leave(transaction, turn.companions, owner=owner, at=now)
                rests.stop(transaction, name, error.message, settings_hash)
            logger.warning("%s", error.message)
            return error
        with self._database.transaction() as transaction:
            if not isinstance(error, SourceFailed):
                turns.release(transaction, wish.key, owner=owner, now=now)
                if turn.companions:  # only some of them may be what can't be answered
                    company.part(transaction, turn.companions, owner=owner)
                    return self._parted(transaction, wish)
                return error
            wish_s = error.wish_s if isinstance(error, SourceLimit) else None
            until = rests.rest(transaction, name, error.message, now=now, wish_s=wish_s)
            company.leave(transaction, turn.companions, owner=owner, at=until)
            if wish.urgent:
                turns.release(transaction, wish.key, owner=owner, now=now)
            elif self._is_given_up(transaction, wish, owner, until):
                return UnusableAnswer(f"{error.message} It was asked {turns.MOST_FAILURES} times.")
        logger.warning("%s It is left alone for %d s.", error.message, until - now)
        return error if wish.urgent else AnswerDelayed(error.message, until=until)

    def _remember(self, wish: Wish, error: SourceError) -> None:
        name, asked_with = wish.client.info.name, hash_of(wish.access)
        with self._database.transaction() as transaction:
            failures.remember(
                transaction, name, wish.key, error.message, asked_with=asked_with, now=self._now()
            )

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


def _all_wait(wish: Wish) -> str:
    return f"{wish.client.info.title} has not answered earlier questions yet; this one waits."


def _portion(wish: Wish, slot: turns.Slot | None) -> Portion | None:
    """What the request is of a common one; None if it is made alone."""
    is_shared = slot is None or slot.is_shared
    return wish.request.portion if is_shared and not (wish.urgent or wish.anew) else None


def _together(request: Request, companions: Sequence[Companion]) -> Request:
    if request.portion is None or not companions:
        return request
    return request.portion.sharing.together([request.portion.id, *(each.id for each in companions)])


def _parts(turn: _Turn, value: Any) -> dict[str, Any]:
    """The answers that are in the value: to the wish by its key, to its companions by their ids."""
    wish = turn.wish
    if wish.request.portion is None or not turn.companions:
        return {wish.key: value}
    own = wish.request.portion
    ids = [own.id, *(each.id for each in turn.companions)]
    parts = dict(own.sharing.apart(value, ids))
    if own.id in parts:
        parts[wish.key] = parts.pop(own.id)
    return parts


def _call(turn: _Turn, transport: Transport) -> Call:
    wish, request = turn.wish, turn.request
    info = wish.client.info
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
