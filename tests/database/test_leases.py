"""Leases, which one holder has until it gives them up or does not renew them in time."""

from __future__ import annotations

import pytest

from comicmaintainer.database import Database
from comicmaintainer.database.leases import Lease
from tests.kit.clock import Clock
from tests.kit.databases import Place

pytestmark = pytest.mark.both_databases


@pytest.fixture
def database(place: Place) -> Database:
    return place.open()


def test_one_holder_has_a_lease_until_it_ends(database: Database) -> None:
    clock = Clock()
    nas, pc = (Lease(database, "watch /a", host, now=clock) for host in ("nas", "pc"))
    other = Lease(database, "watch /b", "pc", now=clock)
    assert [nas.take(10), pc.take(10), other.take(10)] == [True, False, True]
    clock.advance(6)
    assert [nas.take(10), pc.take(10)] == [True, False]
    clock.advance(9)
    assert not pc.take(10)
    clock.advance(1)
    assert [pc.take(10), nas.take(10)] == [True, False]
    nas.give_up()
    assert not nas.take(10)
    pc.give_up()
    assert nas.take(10)
    database.close()
