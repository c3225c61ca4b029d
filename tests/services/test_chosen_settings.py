"""Settings that can be chosen on a page; the environment wins."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from comicmaintainer.database import SqliteDatabase
from comicmaintainer.errors import ComicMaintainerError, Conflict, InvalidInput, NotFound
from comicmaintainer.services.chosen_settings import ChosenSetting, ChosenSettings, Origin
from comicmaintainer.settings import IdentifyNew, NewFiles, Settings
from tests.kit.clock import Clock

Build = Callable[..., ChosenSettings]


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    database = SqliteDatabase(tmp_path / "jobs.db")

    def build(**variables: str) -> ChosenSettings:
        settings = Settings.from_environment({"CONFIG_DIR": str(tmp_path), **variables})
        return ChosenSettings(settings, database, now=Clock())

    yield build
    database.close()


def test_a_choice_takes_effect_in_other_processes_at_once(build: Build) -> None:
    one, other = build(), build()
    assert (other.new_files, other.identify_new) == (NewFiles.PROCESS, IdentifyNew.OFF)
    one.choose("NEW_FILES", "ask")
    one.choose("IDENTIFY_NEW", "decided")
    assert (other.new_files, other.identify_new) == (NewFiles.ASK, IdentifyNew.DECIDED)
    one.choose("NEW_FILES", "")
    assert other.all()[0] == ChosenSetting("NEW_FILES", "process", Origin.DEFAULT)


def test_the_environment_wins_and_is_named(build: Build) -> None:
    build().choose("NEW_FILES", "ask")
    given = build(NEW_FILES="tag")
    assert given.new_files is NewFiles.TAG
    assert given.all()[0] == ChosenSetting("NEW_FILES", "tag", Origin.ENVIRONMENT)
    with pytest.raises(Conflict, match="The environment sets NEW_FILES"):
        given.choose("NEW_FILES", "process")


def test_an_environment_that_names_the_default_wins_as_well(build: Build) -> None:
    build().choose("NEW_FILES", "ask")
    assert build(NEW_FILES="process").new_files is NewFiles.PROCESS


@pytest.mark.parametrize(
    ("variable", "value", "error"),
    [("NEW_FILES", "perhaps", InvalidInput), ("WEB_PORT", "80", NotFound)],
)
def test_other_values_and_settings_are_refused(
    build: Build, variable: str, value: str, error: type[ComicMaintainerError]
) -> None:
    with pytest.raises(error):
        build().choose(variable, value)
