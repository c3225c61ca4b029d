"""What Metron's client makes of its answers, and of what its headers say."""

from __future__ import annotations

import pytest

from comicmaintainer.comics.metadata.model import Identifier, Price, StoryArc, Universe
from comicmaintainer.database import Database
from comicmaintainer.errors import AnswerDelayed, InvalidInput, SourceStopped
from comicmaintainer.matching.questions import (
    IssueById,
    IssueList,
    IssuesNumbered,
    SeriesById,
    SeriesDetailsById,
    SeriesSearch,
)
from comicmaintainer.outgoing.transport import Transport
from comicmaintainer.sources.metron import Metron
from comicmaintainer.sources.source_settings import GivenSettings
from comicmaintainer.sources.sources import Sources
from tests.kit.clock import Clock
from tests.kit.replay_server import ReplayServer
from tests.sources.conftest import KEY


def test_a_search_takes_words_and_bares_the_names(sources: Sources) -> None:
    found = sources.answer("metron", SeriesSearch("lights harbour"))
    assert [(s.id, s.name, s.start_year, s.issue_count) for s in found] == [
        ("11", "Harbour Lights", 1974, 3),
        ("10", "Harbour Lights", 2016, 250),
    ]
    assert found[1].publisher == "Tern Press"
    assert found[1].other_ids == {"comicvine": "10"}


def test_a_series_by_its_id_has_other_names(sources: Sources) -> None:
    found = sources.answer("metron", SeriesById("10"))
    assert (found.name, found.aliases) == ("Harbour Lights", ("Harbour Lights Comics",))
    assert found.link == "https://metron.cloud/series/10/"
    assert sources.answer("metron", SeriesById("77")) is None


def test_a_series_has_a_volume_and_a_state(sources: Sources) -> None:
    found = sources.answer("metron", SeriesDetailsById("10"))
    assert (found.facts.name, found.volume, found.is_ongoing) == ("Harbour Lights", 1, True)
    assert (found.description, found.imprint) == (None, None)
    assert sources.answer("metron", SeriesDetailsById("77")) is None


def test_a_list_of_issues_comes_in_pages(sources: Sources, server: ReplayServer) -> None:
    found = sources.answer("metron", IssueList("10"))
    assert [issue.number for issue in found] == [str(n) for n in range(1, 251)]
    assert {issue.series_id for issue in found} == {"10"}
    assert len(server.log()) == 3


def test_issues_with_a_number_are_one_request_for_each_series(
    sources: Sources, server: ReplayServer
) -> None:
    found = sources.answer("metron", IssuesNumbered(("10", "11"), "2"))
    assert [(issue.id, issue.series_id) for issue in found] == [("102", "10"), ("901", "11")]
    assert len(server.log()) == 2


def test_the_hash_of_a_cover_needs_no_download(sources: Sources, server: ReplayServer) -> None:
    server.knobs.hashes = True
    expected = int(server.cover_hash(950), 16)
    issue = sources.answer("metron", IssueById("950"))
    assert issue.cover_hash == expected
    assert (issue.page_count, issue.title) == (32, "The Crossing; Low Water")
    assert issue.other_ids == {"comicvine": "950", "gcd": "1900"}
    assert issue.variants == (f"{server.root}/covers/950b.jpg",)


def test_details_hold_all_that_is_known(sources: Sources) -> None:
    details = sources.details("metron", "102")
    assert details is not None
    assert (details.series, details.issue, details.volume) == ("Harbour Lights", "2", 1)
    assert details.title == "The Crossing; Low Water"
    assert (details.year, details.month, details.day) == (2016, 2, 1)
    assert details.prices == (Price("3.99", "US"),)
    assert details.universes == (Universe("Tidewater"),)
    assert details.reprints == ("Paper Crown (1969) #2",)
    assert details.story_arcs == (StoryArc("High Water"),)
    assert details.upc == "76194134182700111"
    assert details.age_rating == "Teen"
    assert details.summary == "Number 2 of Harbour Lights & more.\n\nThe end."
    assert details.identifiers == (
        Identifier("Metron", "102", primary=True),
        Identifier("Comic Vine", "102"),
        Identifier("Grand Comics Database", "204"),
    )
    assert details.web == ("https://metron.cloud/issue/102/",)
    assert details.non_empty().keys() <= sources.info("metron").fields
    assert sources.details("metron", "77") is None


def test_the_seal_of_the_comics_code_is_an_age_rating(sources: Sources) -> None:
    details = sources.details("metron", "901")
    assert details is not None
    assert details.age_rating == "Everyone"


def test_an_id_that_is_none_is_refused(sources: Sources, server: ReplayServer) -> None:
    for question in (IssueById("x"), SeriesById("../1"), IssuesNumbered(("1,2",), "1")):
        with pytest.raises(InvalidInput):
            sources.answer("metron", question)
    assert server.log() == []


def test_odd_values_are_left_out(sources: Sources, server: ReplayServer) -> None:
    server.fail("odd", times=2)
    assert sources.answer("metron", IssueList("10")) == ()
    assert sources.answer("metron", SeriesById("10")) is None
    server.fail("list")
    with pytest.raises(AnswerDelayed) as raised:
        sources.details("metron", "101")
    assert raised.value.message == "Metron sent something else than what was asked for."


@pytest.mark.parametrize(
    ("secrets", "header"),
    [
        ({"token": KEY, "user": "ada", "password": "x"}, f"Bearer {KEY}"),
        ({"user": "ada", "password": "pässword"}, "Basic YWRhOnDDpHNzd29yZA=="),
    ],
)
def test_a_token_goes_before_user_and_password(
    database: Database,
    server: ReplayServer,
    transport: Transport,
    clock: Clock,
    secrets: dict[str, str],
    header: str,
) -> None:
    server.knobs.keys["metron"] = header
    given = {"metron": GivenSettings(True, server.address("metron"), secrets)}
    sources = Sources.build(database, given, answer_days=1, now=clock, transport=transport)
    sources.test("metron")
    server.knobs.keys["metron"] = "other"
    with pytest.raises(SourceStopped, match="Metron refuses"):
        sources.test("metron")


# --- limits ------------------------------------------------------------------------------------


def test_twenty_a_minute_go_at_once_and_then_one_after_the_other(
    sources: Sources, clock: Clock
) -> None:
    for number in range(101, 121):
        sources.answer("metron", IssueById(str(number)))
    untils = []
    for number in range(121, 145):
        with pytest.raises(AnswerDelayed) as raised:
            sources.answer("metron", IssueById(str(number)))
        untils.append(raised.value.until - clock.at)
    assert untils == [60] * 20 + [120] * 4


def test_what_others_spent_with_the_same_token_counts(
    sources: Sources, server: ReplayServer, clock: Clock
) -> None:
    reset = str(int(clock.at) + 30)
    server.knobs.limits["metron"] = [(20, 60.0), (5000, 86400.0)]
    server.knobs.headers = {"X-RateLimit-Burst-Remaining": "1", "X-RateLimit-Burst-Reset": reset}
    sources.answer("metron", IssueById("101"))
    server.knobs.headers = {}
    sources.answer("metron", IssueById("102"))
    with pytest.raises(AnswerDelayed) as raised:
        sources.answer("metron", IssueById("103"))
    assert raised.value.until == clock.at + 30
    clock.at = raised.value.until
    sources.answer("metron", IssueById("103"))


@pytest.mark.parametrize("value", ["-5", "nan", "inf", "1e400", "many", ""])
def test_headers_that_make_no_sense_do_no_harm(
    sources: Sources, server: ReplayServer, value: str
) -> None:
    server.knobs.headers = {
        "X-RateLimit-Burst-Remaining": value,
        "X-RateLimit-Burst-Reset": value,
        "X-RateLimit-Sustained-Remaining": "20",
        "X-RateLimit-Sustained-Reset": value,
    }
    assert sources.answer("metron", IssueById("101")).id == "101"


def test_a_limit_that_is_reached_all_the_same_is_waited_for(
    sources: Sources, server: ReplayServer, clock: Clock
) -> None:
    server.fail("429", Retry_After="42")
    with pytest.raises(AnswerDelayed) as raised:
        sources.answer("metron", IssueById("102"))
    assert raised.value.message == "Metron says that its limit is reached (HTTP 429)."
    assert raised.value.until == clock.at + 42


def test_the_client_declares_what_it_needs() -> None:
    info = Metron().info
    assert info.needs == (("token",), ("user", "password"))
    assert [str(limit) for limit in info.limits] == ["20 a minute", "5,000 a day"]
