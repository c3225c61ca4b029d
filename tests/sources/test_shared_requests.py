"""Short lists of issues that wait are asked for together, and kept as if each had been alone."""

from __future__ import annotations

import pytest

from comicmaintainer.database import Database
from comicmaintainer.errors import AnswerDelayed, SourceStopped
from comicmaintainer.matching.model import IssueFacts
from comicmaintainer.matching.questions import IssueList, IssueLists, IssuesNumbered
from comicmaintainer.sources.company import GATHER_S
from comicmaintainer.sources.sources import Sources
from comicmaintainer.sources.turns import CLAIM_S, SHARED_GRACE_S
from tests.kit.clock import Clock
from tests.kit.replay_catalogue import series_of
from tests.kit.replay_server import ReplayServer
from tests.sources.conftest import MakeSources

FEW = 30
FIRST, SECOND, THIRD, FOURTH = (IssueList(str(id_), FEW) for id_ in (21, 22, 23, 24))
LONG = IssueList("29", 250)


@pytest.fixture
def server() -> ReplayServer:  # type: ignore[misc]
    made = [
        {
            "id": id_,
            "name": f"Tide {id_}",
            "start_year": 2000,
            "publisher": None,
            "issues": [[id_ * 1000 + n, str(n), 2000] for n in range(1, count + 1)],
        }
        for id_, count in ((21, FEW), (22, FEW), (23, FEW), (24, FEW), (29, 250))
    ]
    with ReplayServer(series_of(made)).running() as running:
        yield running


def ask(sources: Sources, question: object, *, more_come: bool = True) -> tuple[IssueFacts, ...]:
    found: tuple[IssueFacts, ...] = sources.answer("comicvine", question, more_come=more_come)  # type: ignore[arg-type]
    return found


def until(sources: Sources, question: object) -> float:
    with pytest.raises(AnswerDelayed) as raised:
        ask(sources, question)
    return raised.value.until


def filters(server: ReplayServer) -> list[str]:
    return [each.address.split("filter=")[1].split("&")[0] for each in server.log()]


def test_a_list_waits_for_others_and_takes_them_along(
    sources: Sources, server: ReplayServer, clock: Clock
) -> None:
    assert until(sources, FIRST) == clock.at + GATHER_S
    until(sources, SECOND)
    clock.advance(GATHER_S)
    assert len(ask(sources, SECOND)) == FEW
    assert {issue.series_id for issue in ask(sources, FIRST)} == {"21"}
    assert filters(server) == ["volume%3A22%7C21"]


def test_lists_that_fill_an_answer_do_not_wait(
    sources: Sources, server: ReplayServer, clock: Clock
) -> None:
    for question in (FIRST, SECOND, THIRD):
        assert until(sources, question) == clock.at + GATHER_S
    assert len(ask(sources, FOURTH)) == FEW
    clock.advance(GATHER_S)
    assert [len(ask(sources, each)) for each in (FIRST, SECOND, THIRD)] == [FEW] * 3
    assert filters(server) == ["volume%3A24%7C21%7C22", "volume%3A23"]


def test_a_list_that_comes_alone_or_is_long_does_not_wait(
    sources: Sources, server: ReplayServer, clock: Clock
) -> None:
    assert len(ask(sources, FIRST, more_come=False)) == FEW
    clock.advance(1)
    with pytest.raises(AnswerDelayed, match="1 a second"):
        ask(sources, LONG)
    clock.advance(1)
    with pytest.raises(AnswerDelayed):
        ask(sources, LONG)
    clock.advance(1)
    assert len(ask(sources, LONG)) == 250
    assert filters(server) == ["volume%3A21"] + ["volume%3A29"] * 3


def test_lists_of_one_question_share_a_request_with_others(
    sources: Sources, server: ReplayServer, clock: Clock
) -> None:
    until(sources, FIRST)
    until(sources, IssueLists((SECOND, THIRD)))
    clock.advance(GATHER_S)
    found = ask(sources, IssueLists((SECOND, THIRD)))
    assert {issue.series_id for issue in found} == {"22", "23"}
    assert filters(server) == ["volume%3A22%7C23%7C21"]


def test_a_person_asks_alone(sources: Sources, server: ReplayServer, clock: Clock) -> None:
    until(sources, FIRST)
    sources.answer("comicvine", SECOND, urgent=True)
    assert filters(server) == ["volume%3A22"]
    clock.advance(GATHER_S)
    ask(sources, FIRST)
    assert filters(server) == ["volume%3A22", "volume%3A21"]


def test_a_common_request_counts_once(
    sources: Sources, server: ReplayServer, clock: Clock, database: Database
) -> None:
    until(sources, FIRST)
    until(sources, SECOND)
    clock.advance(GATHER_S)
    ask(sources, FIRST)
    (issues,) = sources.state("comicvine").resources
    assert (issues.resource, issues.spent, issues.waiting) == ("issues", 1, 0)
    assert database.value("SELECT count(*) FROM source_turns") == 1


def test_lists_that_have_grown_beyond_an_answer_are_asked_for_alone(
    sources: Sources, server: ReplayServer, clock: Clock
) -> None:
    """The count that a search gave is older than the list."""
    short, grown = IssueList("21", 30), IssueList("29", 30)
    until(sources, short)
    until(sources, grown)
    clock.advance(GATHER_S)
    until(sources, short)
    clock.advance(2)
    assert len(ask(sources, short)) == FEW
    for _ in range(3):
        clock.advance(2)
        try:
            assert len(ask(sources, grown)) == 250
        except AnswerDelayed:
            continue
    assert filters(server) == ["volume%3A21%7C29", "volume%3A21"] + ["volume%3A29"] * 3


def test_a_list_that_is_not_in_the_common_answer_is_asked_for_alone(
    sources: Sources, server: ReplayServer, clock: Clock
) -> None:
    """A mirror may not know the filter, so an empty part proves nothing."""
    nothing = IssueList("99", 5)
    until(sources, nothing)
    until(sources, FIRST)
    clock.advance(GATHER_S)
    assert len(ask(sources, FIRST)) == FEW
    clock.advance(2)
    assert ask(sources, nothing) == ()
    assert filters(server) == ["volume%3A21%7C99", "volume%3A99"]


@pytest.mark.parametrize("failure", ["503", "large", "half"])
def test_a_common_request_that_fails_loses_nothing(
    sources: Sources, server: ReplayServer, clock: Clock, failure: str
) -> None:
    until(sources, FIRST)
    until(sources, SECOND)
    clock.advance(GATHER_S)
    server.fail(failure)
    again = until(sources, FIRST)
    clock.at = max(clock.at, again) + 2
    assert len(ask(sources, FIRST)) == FEW
    clock.advance(2)
    assert len(ask(sources, SECOND)) == FEW


def test_a_key_that_is_refused_leaves_those_that_were_taken_along_waiting(
    sources: Sources, server: ReplayServer, clock: Clock, make_sources: MakeSources
) -> None:
    until(sources, FIRST)
    until(sources, SECOND)
    clock.advance(GATHER_S)
    server.fail("401")
    with pytest.raises(SourceStopped):
        ask(sources, FIRST)
    clock.advance(2)
    assert len(ask(make_sources(key="new"), SECOND)) == FEW


def test_the_claim_of_a_killed_process_ends_for_those_that_it_took_along(
    sources: Sources, server: ReplayServer, clock: Clock, database: Database
) -> None:
    until(sources, FIRST)
    until(sources, SECOND)
    with database.transaction() as transaction:
        transaction.execute(
            "UPDATE source_turns SET owner = 'gone', claimed_until = ?", (clock.at + CLAIM_S,)
        )
    clock.advance(GATHER_S)
    with pytest.raises(AnswerDelayed, match="being asked this already"):
        ask(sources, SECOND)
    clock.advance(CLAIM_S)
    assert len(ask(sources, SECOND)) == FEW
    assert filters(server) == ["volume%3A22%7C21"]


def test_a_list_that_nobody_comes_back_for_is_still_taken_along_for_an_hour(
    sources: Sources, server: ReplayServer, clock: Clock
) -> None:
    until(sources, FIRST)
    clock.advance(SHARED_GRACE_S)
    ask(sources, IssuesNumbered(("24",), "1"))
    clock.advance(2)
    ask(sources, SECOND, more_come=False)
    assert filters(server)[-1] == "volume%3A22%7C21"
    until(sources, THIRD)
    clock.advance(2 * SHARED_GRACE_S)
    ask(sources, SECOND, more_come=False)
    ask(sources, FOURTH, more_come=False)
    assert filters(server)[-1] == "volume%3A24"
