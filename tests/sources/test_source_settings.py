"""Settings of sources: from the environment, from the page, and that secrets stay secret."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from comicmaintainer.database import Database
from comicmaintainer.errors import InvalidInput, InvalidSetting, SourceOff
from comicmaintainer.jobs.transfer.exporter import Exporter
from comicmaintainer.services import Services
from comicmaintainer.services.given_sources import given_sources
from comicmaintainer.settings import Settings
from comicmaintainer.sources import metron
from comicmaintainer.sources.comicvine import INFO
from comicmaintainer.sources.source_settings import GivenSettings, SourceSettings, hash_of
from tests.kit.clock import Clock

KEY = "k3y-that-nobody-may-see"


def stored(database: Database, clock: Clock, given: GivenSettings | None = None) -> SourceSettings:
    return SourceSettings(database, {"comicvine": given or GivenSettings()}, now=clock)


def environment(tmp_path: Path, **variables: str) -> Settings:
    return Settings.from_environment({"CONFIG_DIR": str(tmp_path / "config"), **variables})


def test_a_source_is_off_until_it_is_switched_on(database: Database, clock: Clock) -> None:
    settings = stored(database, clock)
    settings.change(INFO, secrets={"key": KEY})
    assert not settings.is_enabled(INFO)
    with pytest.raises(SourceOff):
        settings.access(INFO)
    settings.change(INFO, enabled=True)
    assert settings.access(INFO).address == "https://comicvine.gamespot.com/api"
    assert settings.access(INFO).secrets == {"key": KEY}
    settings.change(INFO, enabled=False)
    assert not settings.is_enabled(INFO)


def test_what_is_stored_is_seen_by_others_at_once(database: Database, clock: Clock) -> None:
    one, other = stored(database, clock), stored(database, clock)
    one.change(INFO, enabled=True, secrets={"key": KEY}, address="https://mirror.example/cv/")
    assert other.access(INFO).address == "https://mirror.example/cv"
    other.change(INFO, secrets={"key": ""}, address="")
    assert one.missing(INFO) == "ComicVine needs an API key."
    assert one.address(INFO) == ("https://comicvine.gamespot.com/api", False)


def test_the_environment_wins(database: Database, clock: Clock) -> None:
    given = GivenSettings(True, "https://given.example/api", {"key": "given"})
    settings = stored(database, clock, given)
    settings.change(INFO, enabled=False, address="https://mirror.example", secrets={"key": KEY})
    assert settings.is_enabled(INFO)
    assert settings.is_enabled_by_environment(INFO)
    assert settings.access(INFO).secrets == {"key": "given"}
    assert settings.address(INFO) == ("https://given.example/api", True)
    (key,) = settings.secrets(INFO)
    assert (key.is_set, key.from_environment) == (True, True)


def test_a_secret_is_read_back_only_as_set(database: Database, clock: Clock) -> None:
    settings = stored(database, clock)
    assert [each.is_set for each in settings.secrets(INFO)] == [False]
    settings.change(INFO, enabled=True, secrets={"key": KEY})
    assert [each.is_set for each in settings.secrets(INFO)] == [True]
    access = settings.access(INFO)
    assert KEY not in repr(settings.secrets(INFO)) + repr(access) + hash_of(access)


@pytest.mark.parametrize(
    "address",
    [
        "http://metron.cloud",
        "https://a.example/?key=1",
        "https://user:pw@a.example",
        "x",
        "ftp://a",
    ],
)
def test_an_address_that_may_not_be_asked_is_refused(
    database: Database, clock: Clock, address: str
) -> None:
    with pytest.raises(InvalidInput) as raised:
        stored(database, clock).change(INFO, address=address)
    assert raised.value.field == "address"
    assert "pw" not in str(raised.value)


@pytest.mark.parametrize(("name", "value"), [("word", "x"), ("key", "a\nb"), ("key", "x" * 1001)])
def test_a_secret_that_can_not_be_is_refused(
    database: Database, clock: Clock, name: str, value: str
) -> None:
    with pytest.raises(InvalidInput) as raised:
        stored(database, clock).change(INFO, secrets={name: value})
    assert raised.value.field == f"secrets.{name}"


def test_the_environment_names_sources_and_their_secrets(tmp_path: Path) -> None:
    given = given_sources(environment(tmp_path, COMICVINE_KEY=KEY))
    assert given["comicvine"] == GivenSettings(False, None, {"key": KEY})
    settings = environment(
        tmp_path, SOURCES=" ComicVine ", COMICVINE_ADDRESS="http://localhost:8000/api/"
    )
    given = given_sources(settings)
    assert given["comicvine"] == GivenSettings(True, "http://localhost:8000/api", {})


def test_metron_needs_a_token_or_both_others(tmp_path: Path, database: Database) -> None:
    def missing(**variables: str) -> str | None:
        given = given_sources(environment(tmp_path, **variables))
        return SourceSettings(database, given, now=Clock()).missing(metron.INFO)

    assert missing() == "Metron needs an API token, or a user name and a password."
    assert missing(METRON_USER="ada") == missing()
    assert missing(METRON_TOKEN=KEY) is None
    assert missing(METRON_USER="ada", METRON_PASSWORD=KEY) is None


def test_a_secret_can_be_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")
    assert environment(tmp_path, COMICVINE_KEY_FILE=str(file)).comicvine_key == KEY
    both = environment(tmp_path, COMICVINE_KEY_FILE=str(file), COMICVINE_KEY="other")
    assert both.comicvine_key == "other"
    with pytest.raises(InvalidSetting, match="COMICVINE_KEY_FILE is '/nowhere'; allowed: the path"):
        environment(tmp_path, COMICVINE_KEY_FILE="/nowhere")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SOURCES", "comicvine,mylar"),
        ("COMICVINE_ADDRESS", "http://comicvine.example"),
        ("COMICVINE_KEY", "a\tb"),
        ("ANSWER_DAYS", "0"),
    ],
)
def test_settings_that_are_not_allowed_are_refused(
    tmp_path: Path, variable: str, value: str
) -> None:
    with pytest.raises(InvalidSetting, match=f"^{variable} is .*; allowed: ") as raised:
        environment(tmp_path, **{variable: value})
    assert "a\tb" not in str(raised.value)


def test_no_export_and_no_listing_holds_a_secret(tmp_path: Path) -> None:
    settings = environment(tmp_path, COMICVINE_KEY=KEY, SOURCES="comicvine")
    services = Services(settings)
    services.sources.settings.change(INFO, secrets={"key": f"{KEY}-stored"})
    exported = b"".join(Exporter(services.database).lines()).decode()
    assert KEY not in exported
    assert KEY not in repr(settings) + repr(services.sources.status())
    assert json.loads(exported.splitlines()[0])
    services.database.close()


def test_a_stored_secret_never_follows_to_another_host(database: Database, clock: Clock) -> None:
    settings = stored(database, clock)
    settings.change(INFO, enabled=True, secrets={"key": KEY})
    settings.change(INFO, address="https://comicvine.gamespot.com/other")
    assert settings.access(INFO).secrets == {"key": KEY}
    settings.change(INFO, address="https://mirror.example/api")
    assert settings.missing(INFO) == "ComicVine needs an API key."
    settings.change(INFO, address="https://third.example/api", secrets={"key": "new"})
    assert settings.access(INFO).secrets == {"key": "new"}


def test_a_secret_of_the_environment_keeps_its_address(database: Database, clock: Clock) -> None:
    settings = stored(database, clock, GivenSettings(True, None, {"key": "given"}))
    with pytest.raises(InvalidInput, match="COMICVINE_ADDRESS"):
        settings.change(INFO, address="https://mirror.example/api")
    assert settings.access(INFO).address == "https://comicvine.gamespot.com/api"
