"""A decision about a group is remembered until it is taken back."""

from __future__ import annotations

import pytest

from comicmaintainer.database import Database
from comicmaintainer.errors import DecisionNotFound
from comicmaintainer.library.matches.decision_store import DecisionStore
from comicmaintainer.library.matches.model import GroupKey, Verdict
from comicmaintainer.matching.model import SeriesFacts
from tests.kit.clock import Clock

GROUP = GroupKey("/comics/Rain", "rain|2016")
SERIES = SeriesFacts("metron", "7", "Rain", other_ids={"comicvine": "99"})


@pytest.fixture
def decisions(database: Database) -> DecisionStore:
    return DecisionStore(database, now=Clock())


def test_the_newest_decision_about_a_group_counts(decisions: DecisionStore) -> None:
    assert decisions.of_group(GROUP) is None
    decisions.decide(GROUP, "Rain", Verdict.NEVER)
    first = decisions.decide(GROUP, "Rain", Verdict.SERIES, SERIES, decided_by="ann")
    found = decisions.of_group(GROUP)
    assert found is not None
    assert (found, found.series, found.decided_by) == (first, SERIES, "ann")
    assert len(decisions.page()[0]) == 1


def test_a_decision_that_is_taken_back_is_gone(decisions: DecisionStore) -> None:
    decision = decisions.decide(GROUP, "Rain", Verdict.NEVER)
    assert decisions.delete(decision.decision_id) == []
    assert decisions.of_group(GROUP) is None
    with pytest.raises(DecisionNotFound):
        decisions.delete(decision.decision_id)


def test_what_followed_a_decision_is_known_when_it_is_taken_back(decisions: DecisionStore) -> None:
    decision = decisions.decide(GROUP, "Rain", Verdict.SERIES, SERIES)
    for _ in range(2):  # an item may run twice
        assert decisions.add_item(decision.decision_id, "job-1", 7)
    assert not decisions.add_item(decision.decision_id + 1, "job-1", 8)
    assert decisions.delete(decision.decision_id) == [("job-1", 7)]
    assert not decisions.add_item(decision.decision_id, "job-1", 9)


def test_decisions_are_listed_by_name(decisions: DecisionStore) -> None:
    for name in ("B", "C", "A"):
        decisions.decide(GroupKey("/comics", name), name, Verdict.NEVER)
    page, key = decisions.page(limit=2)
    assert [each.name for each in page] == ["A", "B"]
    assert [each.name for each in decisions.page(after_key=key)[0]] == ["C"]
