"""A real database and a clock that stands still, for the tests of the library."""

from __future__ import annotations

import pytest

from comicmaintainer.database import Database
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.catalogue.listing import Listing
from comicmaintainer.library.catalogue.series_listing import SeriesListing
from comicmaintainer.library.journal import Journal
from tests.kit.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def catalogue(database: Database, clock: Clock) -> Catalogue:
    catalogue = Catalogue(database, now=clock)
    catalogue.add_root("/comics")
    return catalogue


@pytest.fixture
def listing(database: Database) -> Listing:
    return Listing(database)


@pytest.fixture
def series_listing(database: Database, listing: Listing) -> SeriesListing:
    return SeriesListing(database, listing)


@pytest.fixture
def journal(database: Database, clock: Clock) -> Journal:
    return Journal(database, now=clock)
