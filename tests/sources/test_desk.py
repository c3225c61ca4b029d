"""Budgets, rests and kept answers, shared by processes through the database."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import pytest

from comicmaintainer.database import Database, SqliteDatabase
from comicmaintainer.errors import (
    AnswerDelayed,
    SourceError,
    SourceFailed,
    SourceOff,
    SourceStopped,
    UnusableAnswer,
)
from comicmaintainer.matching.questions import (
    CoverHash,
    IssueById,
    IssueList,
    Question,
    SeriesById,
    SeriesSearch,
)
from comicmaintainer.outgoing.transport import Transport, TransportLimits
from comicmaintainer.sources import turns
from comicmaintainer.sources.comicvine import ComicVine
from comicmaintainer.sources.desk import PEER_S
from comicmaintainer.sources.failures import FIRST_S
from comicmaintainer.sources.sources import Sources
from comicmaintainer.sources.turns import CLAIM_S, GRACE_S, UNDER_WAY_S
from tests.kit.clock import Clock
from tests.kit.replay_server import ReplayServer
from tests.kit.waiting import wait_until
from tests.sources.conftest import KEY, THREADS, MakeSources

HOUR_S = 3600.0


def delay_of(sources: Sources, question: object) -> AnswerDelayed:
    with pytest.raises(AnswerDelayed) as raised:
        sources.answer("comicvine", question)  # type: ignore[arg-type]
    return raised.value


def ask_until_answered(sources: Sources, clock: Clock, question: object) -> object:
    """Come back at the times that are given, as jobs do."""
    while True:
        try:
            return sources.answer("comicvine", question)  # type: ignore[arg-type]
        except AnswerDelayed as delay:
            clock.at = max(clock.at + 0.001, delay.until)


def test_an_answer_is_paid_for_once(
    sources: Sources, make_sources: MakeSources, server: ReplayServer, clock: Clock
) -> None:
    first = ask_until_answered(sources, clock, IssueList("10"))
    requests = len(server.log())
    assert make_sources().answer("comicvine", IssueList("10")) == first
    assert len(server.log()) == requests
    assert server.paid_twice() == []


def test_an_answer_is_asked_anew_when_it_is_too_old(
    make_sources: MakeSources, server: ReplayServer, clock: Clock, database: SqliteDatabase
) -> None:
    sources = make_sources(answer_days=2)
    sources.answer("comicvine", SeriesById("10"))
    clock.advance(2 * 86400 - 1)
    sources.answer("comicvine", SeriesById("10"))
    assert len(server.log()) == 1
    clock.advance(2)
    sources.answer("comicvine", SeriesById("10"))
    assert len(server.log()) == 2
    clock.advance(3 * 86400)
    sources.answer("comicvine", SeriesById("11"))
    rows = database.rows("SELECT request FROM source_answers")
    assert ["4050-11" in row["request"] for row in rows] == [True]


def test_waiting_questions_get_slots_one_after_the_other(sources: Sources, clock: Clock) -> None:
    sources.answer("comicvine", SeriesById("10"))
    start = clock.at
    untils = [delay_of(sources, SeriesById(str(n))).until - start for n in (11, 12, 13, 12, 11)]
    assert untils == [1, 2, 3, 2, 1]
    sentence = "ComicVine allows 1 a second and 200 an hour; this question waits for its turn."
    assert delay_of(sources, SeriesById("13")).message == sentence


def test_each_comes_at_its_slot_and_is_answered(sources: Sources, clock: Clock) -> None:
    sources.answer("comicvine", SeriesById("10"))
    slots = {n: delay_of(sources, IssueById(str(n))).until for n in range(101, 106)}
    for number, until in slots.items():
        clock.at = until
        sources.answer("comicvine", IssueById(str(number)))


def test_the_hours_limit_holds_for_each_resource(
    sources: Sources, clock: Clock, server: ReplayServer, database: SqliteDatabase
) -> None:
    start = clock.at
    times = []
    for number in range(101, 311):
        ask_until_answered(sources, clock, IssueById(str(number)))
        times.append(clock.at - start)
    assert times[199] < 260
    assert times[200] >= HOUR_S
    for first, later in zip(times, times[200:], strict=False):
        assert later - first >= HOUR_S
    state = sources.state("comicvine")
    (resource,) = state.resources
    assert (resource.resource, state.requests) == ("issue", 210)
    assert len(server.log()) == 210


def test_a_person_goes_before_all_that_wait(sources: Sources, clock: Clock) -> None:
    sources.answer("comicvine", SeriesById("10"))
    for number in range(101, 111):
        delay_of(sources, IssueById(str(number)))
    clock.advance(1)
    assert sources.answer("comicvine", SeriesById("11"), urgent=True).id == "11"
    with pytest.raises(AnswerDelayed) as raised:
        sources.answer("comicvine", SeriesById("12"), urgent=True)
    assert raised.value.until == clock.at + 1


def test_a_slot_that_nobody_comes_for_is_given_up(sources: Sources, clock: Clock) -> None:
    sources.answer("comicvine", SeriesById("10"))
    for number in range(101, 151):
        delay_of(sources, IssueById(str(number)))
    assert delay_of(sources, IssueById("200")).until == clock.at + 51
    clock.advance(GRACE_S + 60)
    assert sources.answer("comicvine", IssueById("201")).id == "201"


def test_covers_count_against_no_limit_of_the_api(
    sources: Sources, clock: Clock, server: ReplayServer
) -> None:
    sources.answer("comicvine", SeriesById("10"))
    covers = [CoverHash(f"{server.root}/covers/{number}.jpg") for number in range(101, 106)]
    assert all(sources.answer("comicvine", cover) for cover in covers[:4])
    assert delay_of(sources, covers[4]).until == clock.at + 1
    clock.advance(100)
    assert sources.answer("comicvine", covers[4])
    assert [state.resource for state in sources.state("comicvine").resources] == ["volume"]
    assert sources.state("comicvine").resources[0].spent == 1


def test_status_tells_what_was_spent_and_when_the_next_is_possible(
    sources: Sources, clock: Clock
) -> None:
    assert sources.state("comicvine").resources == ()
    sources.answer("comicvine", SeriesById("10"))
    delay_of(sources, SeriesById("11"))
    (volume,) = sources.state("comicvine").resources
    assert (volume.resource, volume.spent, volume.left, volume.waiting) == ("volume", 1, 0, 1)
    assert volume.next_at == clock.at + 1
    clock.advance(5)
    (volume,) = sources.state("comicvine").resources
    assert (volume.spent, volume.left, volume.next_at) == (1, 199, None)


# --- claims ------------------------------------------------------------------------------------


def test_an_answer_that_another_process_is_getting_is_waited_for(
    make_sources: MakeSources, server: ReplayServer, clock: Clock, transport: Transport
) -> None:
    server.knobs.delay_s = 0.5
    one, other = make_sources(), make_sources()
    found: list[object] = []

    def ask() -> None:
        found.append(one.answer("comicvine", SeriesById("10")))
        transport.close()

    thread = threading.Thread(target=ask)
    thread.start()
    wait_until(lambda: _claims(one) == 1)
    delay = delay_of(other, SeriesById("10"))
    assert clock.at < delay.until <= clock.at + CLAIM_S
    thread.join()
    assert [other.answer("comicvine", SeriesById("10"))] == found
    assert server.paid_twice() == []


def test_a_request_whose_process_is_gone_is_made_anew_and_counts_twice(
    sources: Sources, database: SqliteDatabase, clock: Clock, server: ReplayServer
) -> None:
    key = next(ComicVine().answer(SeriesById("10"))).key("comicvine")
    with database.transaction() as transaction:
        turns.spend(transaction, "comicvine", "volume", key, None, owner="gone", now=clock.at)
    delay = delay_of(sources, SeriesById("10"))
    assert delay.message == "ComicVine is being asked this already."
    clock.advance(CLAIM_S + 1)
    assert sources.answer("comicvine", SeriesById("10")).id == "10"
    clock.advance(2)
    assert sources.state("comicvine").resources[0].spent == 2


def test_a_request_under_way_counts_as_made_now(
    sources: Sources, database: SqliteDatabase, clock: Clock
) -> None:
    with database.transaction() as transaction:
        turns.spend(transaction, "comicvine", "volume", "x", None, owner="slow", now=clock.at)
    clock.advance(5)
    assert delay_of(sources, SeriesById("10")).until == clock.at + 1
    clock.advance(UNDER_WAY_S)
    assert sources.answer("comicvine", SeriesById("10")).id == "10"


def _claims(sources: Sources) -> int:
    count: int = sources._database.value(
        "SELECT count(*) FROM source_turns WHERE owner IS NOT NULL"
    )
    return count


# --- errors ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("420", "ComicVine says that its limit is reached (HTTP 420)."),
        ("429", "ComicVine says that its limit is reached (HTTP 429)."),
        ("cv107", "ComicVine says that its limit is reached."),
        ("cv105", "ComicVine answered with an error (status 105)."),
        ("500", "ComicVine answered with an error (HTTP 500)."),
        ("503", "ComicVine answered with an error (HTTP 503)."),
        ("html", "ComicVine sent something that is not JSON, or only a part of it."),
        ("list", "ComicVine answered with an error (no status)."),
        ("cut", "ComicVine stopped in the middle of its answer."),
        ("silence", "ComicVine took too long to answer."),
        (
            "redirect",
            "ComicVine sends to another host (elsewhere.example), which is not followed. Check"
            " its address in the settings, and the network.",
        ),
    ],
)
def test_an_error_of_the_source_puts_it_to_rest_and_loses_nothing(
    sources: Sources,
    server: ReplayServer,
    clock: Clock,
    database: SqliteDatabase,
    caplog: pytest.LogCaptureFixture,
    kind: str,
    sentence: str,
) -> None:
    server.fail(kind)
    delay = delay_of(sources, SeriesById("10"))
    assert (delay.message, delay.until) == (sentence, clock.at + 60)
    assert database.rows("SELECT 1 FROM source_answers") == []
    assert delay_of(sources, SeriesById("11")).message == sentence  # the whole source rests
    assert len(server.log()) == 1
    state = sources.state("comicvine")
    assert (state.resting_until, state.rest_reason) == (delay.until, sentence)
    clock.at = delay.until
    assert sources.answer("comicvine", SeriesById("10")).id == "10"
    assert sources.state("comicvine").resting_until is None
    assert KEY not in caplog.text


def test_rests_grow_until_an_answer_comes(
    sources: Sources, server: ReplayServer, clock: Clock
) -> None:
    server.fail("500", times=8)
    pauses = []
    for _ in range(8):
        delay = delay_of(sources, SeriesById("10"))
        pauses.append(delay.until - clock.at)
        clock.at = delay.until
    assert pauses == [60, 120, 240, 480, 960, 1920, 3600, 3600]
    sources.answer("comicvine", SeriesById("10"))
    server.fail("500")
    clock.advance(10)
    assert delay_of(sources, SeriesById("11")).until == clock.at + 60


def test_the_source_itself_says_how_long_it_wants_to_rest(
    sources: Sources, server: ReplayServer, clock: Clock
) -> None:
    server.fail("429", Retry_After="17")
    assert delay_of(sources, SeriesById("10")).until == clock.at + 17
    clock.advance(17)
    server.fail("429", Retry_After="99999999")
    assert delay_of(sources, SeriesById("10")).until == clock.at + 86400


def test_a_question_that_always_fails_holds_up_nobody_and_is_given_up(
    sources: Sources, server: ReplayServer, clock: Clock, database: SqliteDatabase
) -> None:
    server.fail("500", times=100, on="4050-13")
    questions: list[Question] = [SeriesById("13"), *(IssueById(str(n)) for n in range(101, 141))]
    waiting: dict[Question, float] = dict.fromkeys(questions, 0.0)
    answered = 0
    for _ in range(2000):
        question, at = min(waiting.items(), key=lambda pair: pair[1])
        clock.at = max(clock.at + 0.001, at)
        try:
            sources.answer("comicvine", question)
            answered += 1
            del waiting[question]
        except AnswerDelayed as delay:
            waiting[question] = delay.until
        except UnusableAnswer as error:
            given_up = error
            break
    assert answered == 40
    assert given_up.message == (
        "ComicVine answered with an error (HTTP 500). It was asked 20 times."
    )
    assert database.value("SELECT count(*) FROM source_turns WHERE request IS NOT NULL") == 0


def test_those_that_waited_keep_their_order_after_a_rest(
    sources: Sources, server: ReplayServer, clock: Clock
) -> None:
    sources.answer("comicvine", SeriesById("10"))
    slots = {n: delay_of(sources, IssueById(str(n))).until for n in range(101, 106)}
    clock.at = slots[101]
    server.fail("500")
    rest = delay_of(sources, IssueById("101")).until
    clock.at = slots[105]
    order = [102, 103, 104, 105, 101]  # the one that failed comes last
    untils = [delay_of(sources, IssueById(str(number))).until for number in order]
    assert [until - rest for until in untils] == [0, 1, 2, 3, 4]
    clock.at = rest
    assert delay_of(sources, IssueById("105")).until == rest + 3
    for number in order:
        assert sources.answer("comicvine", IssueById(str(number))).id == str(number)
        clock.advance(1)


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("cv100", "ComicVine refuses the API key. Check it in the settings."),
        (
            "401",
            "ComicVine refuses the request (HTTP 401). Check its key or password in the settings.",
        ),
        (
            "403",
            "ComicVine refuses the request (HTTP 403). Check its key or password in the settings.",
        ),
    ],
)
def test_a_wrong_key_stops_the_source_until_its_settings_change(
    sources: Sources,
    make_sources: MakeSources,
    server: ReplayServer,
    clock: Clock,
    kind: str,
    sentence: str,
) -> None:
    server.fail(kind)
    for _ in range(3):
        with pytest.raises(SourceStopped) as raised:
            sources.answer("comicvine", SeriesById("10"))
        assert raised.value.message == sentence
        clock.advance(HOUR_S)
    assert len(server.log()) == 1
    assert sources.state("comicvine").stop_reason == sentence
    other = make_sources(key="another")
    assert other.state("comicvine").stop_reason is None
    assert other.answer("comicvine", SeriesById("10")).id == "10"


def test_settings_that_are_stored_again_start_a_stopped_source(
    sources: Sources, server: ReplayServer, clock: Clock
) -> None:
    server.fail("403")
    with pytest.raises(SourceStopped):
        sources.answer("comicvine", SeriesById("10"))
    clock.advance(2)
    sources.settings.change(sources.info("comicvine"), enabled=True)
    assert sources.answer("comicvine", SeriesById("10")).id == "10"


@pytest.mark.parametrize("kind", ["half", "large", "gzip_bomb", "400", "cv104"])
def test_an_answer_that_can_not_be_used_is_not_kept_and_stops_nobody(
    sources: Sources, server: ReplayServer, clock: Clock, database: SqliteDatabase, kind: str
) -> None:
    server.fail(kind)
    with pytest.raises(UnusableAnswer, match=r"^ComicVine (sent|refuses this question) .*\.$"):
        sources.answer("comicvine", SeriesById("10"))
    assert database.rows("SELECT 1 FROM source_answers") == []
    clock.advance(2)
    assert sources.answer("comicvine", SeriesById("11")).id == "11"


def unusable(sources: Sources, *, urgent: bool = False) -> str:
    with pytest.raises(UnusableAnswer) as raised:
        sources.answer("comicvine", SeriesById("10"), urgent=urgent)
    return raised.value.message


def test_an_answer_that_could_not_be_used_is_not_asked_for_by_every_comic(
    sources: Sources, make_sources: MakeSources, server: ReplayServer, clock: Clock
) -> None:
    server.fail("400", times=3)
    unusable(sources)
    clock.advance(FIRST_S - 1)
    assert unusable(make_sources(), urgent=True) == unusable(sources)
    assert unusable(sources) == (
        "ComicVine refuses this question (HTTP 400). That was at 2023-11-14 22:13 UTC; it is asked "
        "again from 2023-11-14 23:13 UTC on."
    )
    assert len(server.log()) == 1
    clock.advance(1)
    unusable(sources)
    clock.advance(FIRST_S)
    unusable(sources)  # remembered for twice as long
    assert len(server.log()) == 2
    clock.advance(FIRST_S)
    unusable(sources)
    assert len(server.log()) == 3
    clock.advance(4 * FIRST_S)
    assert sources.answer("comicvine", SeriesById("10")).id == "10"


def test_other_settings_ask_at_once_what_could_not_be_answered(
    sources: Sources, make_sources: MakeSources, server: ReplayServer, clock: Clock
) -> None:
    server.fail("400")
    unusable(sources)
    clock.advance(2)
    assert make_sources(key="another").answer("comicvine", SeriesById("10")).id == "10"


def test_an_answer_ends_the_row_of_failures(
    sources: Sources, server: ReplayServer, clock: Clock, database: SqliteDatabase
) -> None:
    server.fail("400")
    unusable(sources)
    clock.advance(FIRST_S)
    sources.answer("comicvine", SeriesById("10"))
    assert database.rows("SELECT 1 FROM source_failures") == []


def test_a_silent_source_leaves_threads_for_other_work(
    sources: Sources, server: ReplayServer, clock: Clock, transport: Transport
) -> None:
    transport.limits = TransportLimits(silence_s=10, whole_s=20)
    half = THREADS // 2
    server.fail("silence", times=half, on="comicvine")
    hanging = []
    for number in range(half):
        clock.advance(UNDER_WAY_S + 1)
        hanging.append(threading.Thread(target=answer_or_not, args=(sources, str(101 + number))))
        hanging[-1].start()
        wait_until(lambda: len(server.log()) == len(hanging), "a request under way")
    clock.advance(2)
    with pytest.raises(AnswerDelayed, match="has not answered earlier questions yet") as raised:
        sources.answer("comicvine", IssueById("150"))
    assert raised.value.until == clock.at + PEER_S
    assert all(thread.is_alive() for thread in hanging)
    assert sources.answer("metron", SeriesById("10")).id == "10"
    for thread in hanging:
        thread.join(30)
    clock.advance(HOUR_S)
    assert sources.answer("comicvine", IssueById("150")).id == "150"


def answer_or_not(sources: Sources, issue: str) -> None:
    with pytest.raises(AnswerDelayed):
        sources.answer("comicvine", IssueById(issue))


def test_a_list_that_breaks_off_in_the_middle_goes_on_from_there(
    sources: Sources, server: ReplayServer, clock: Clock
) -> None:
    server.fail("500", on="offset=100")
    assert len(ask_until_answered(sources, clock, IssueList("10"))) == 250  # type: ignore[arg-type]
    answered = [each.address for each in server.log(answered=True)]
    assert len(answered) == 3
    assert server.paid_twice() == []


# --- test of the connection --------------------------------------------------------------------


def test_a_test_is_one_request_that_counts_and_ends_a_rest(
    sources: Sources, server: ReplayServer, clock: Clock
) -> None:
    server.fail("500")
    delay_of(sources, SeriesById("10"))
    clock.advance(2)
    sources.test("comicvine")
    assert [each.resource for each in server.log()] == ["volume", "publisher"]
    assert sources.state("comicvine").resting_until is None
    assert sources.state("comicvine").requests == 2
    clock.advance(2)
    sources.test("comicvine")
    assert len(server.log()) == 3


def test_a_test_with_a_wrong_key_says_so(
    make_sources: MakeSources, server: ReplayServer, clock: Clock
) -> None:
    server.knobs.keys["comicvine"] = "right"
    with pytest.raises(SourceStopped, match="Check its key"):
        make_sources(key="wrong").test("comicvine")
    clock.advance(2)
    make_sources(key="right").test("comicvine")


def test_a_test_that_fails_says_why_and_not_when(sources: Sources, server: ReplayServer) -> None:
    server.fail("503")
    with pytest.raises(SourceFailed, match="HTTP 503"):
        sources.test("comicvine")


def test_a_source_that_is_off_is_not_asked(make_sources: MakeSources, server: ReplayServer) -> None:
    off = make_sources(enabled=False)
    for ask in (
        lambda: off.answer("comicvine", SeriesSearch("x")),
        lambda: off.details("comicvine", "1"),
        lambda: off.test("comicvine"),
    ):
        with pytest.raises(SourceOff, match="Switch it on"):
            ask()
    with pytest.raises(SourceOff, match="needs an API key"):
        make_sources(key="").answer("comicvine", SeriesSearch("x"))
    assert server.log() == []
    assert off.active() == ()


def test_nothing_that_is_stored_or_raised_holds_a_secret(
    sources: Sources,
    server: ReplayServer,
    clock: Clock,
    database: SqliteDatabase,
    caplog: pytest.LogCaptureFixture,
) -> None:
    raised: list[SourceError] = []
    with caplog.at_level(logging.DEBUG):
        for kind in ("420", "403", "cut", "html", "large", "redirect"):
            server.fail(kind)
            clock.advance(2 * 86400)
            sources.settings.change(sources.info("comicvine"), enabled=True)
            with pytest.raises(SourceError) as error:
                sources.answer("comicvine", SeriesById("10"))
            raised.append(error.value)
        clock.advance(2 * 86400)
        sources.answer("comicvine", SeriesById("10"))
    stored = [
        repr([tuple(row) for row in database.rows(f"SELECT * FROM {table}")])
        for table in ("source_answers", "source_turns", "source_states")
    ]
    shown = [repr(sources.status()), caplog.text, *stored, *map(repr, raised), *map(str, raised)]
    assert not any(KEY in text for text in shown)


def test_who_comes_before_the_time_of_its_question_writes_nothing(
    sources: Sources,
    make_sources: MakeSources,
    clock: Clock,
    open_database: Callable[[], Database],
) -> None:
    sources.answer("comicvine", SeriesById("10"))
    first = delay_of(sources, IssueById("101"))
    other = open_database()  # only commits of other connections change the version
    before = other.data_version()
    again = delay_of(make_sources(), IssueById("101"))
    assert (again.message, again.until) == (first.message, first.until)
    assert other.data_version() == before
    clock.at = first.until
    assert sources.answer("comicvine", IssueById("101")).id == "101"
