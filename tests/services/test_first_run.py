"""What a new user is told of the watched folders, and how the first run ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from comicmaintainer.services import Services
from comicmaintainer.services.first_run import FirstRunState
from comicmaintainer.settings import Settings


def services_of(tmp_path: Path, *folders: Path) -> Services:
    variables = {"CONFIG_DIR": str(tmp_path / "config")}
    if folders:
        variables["WATCHED_DIR"] = ":".join(map(str, folders))
    return Services.build(Settings.from_environment(variables))


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    folder.mkdir()
    return folder


def test_a_sound_folder_has_no_problem_and_says_what_can_be_done(
    tmp_path: Path, library: Path
) -> None:
    services = services_of(tmp_path, library)
    (folder,) = services.first_run.view(services.roots.paths).folders
    assert (folder.path, folder.problem) == (str(library), None)
    assert folder.can_read
    assert folder.can_write
    assert folder.free_bytes > 0
    assert folder.filesystem
    assert (folder.files, folder.last_scan_at) == (0, None)
    assert list(library.iterdir()) == [], "nothing is written"


def test_a_folder_that_is_not_there_says_so_and_what_to_do(tmp_path: Path) -> None:
    services = services_of(tmp_path, tmp_path / "gone")
    (folder,) = services.first_run.view(services.roots.paths).folders
    assert folder.problem == f"{tmp_path / 'gone'} does not exist."
    assert "mounted" in (folder.advice or "")
    assert not folder.can_read
    assert not folder.can_write
    assert folder.filesystem is None


def test_without_a_folder_one_sentence_says_what_to_set(tmp_path: Path) -> None:
    services = services_of(tmp_path)
    view = services.first_run.view(services.roots.paths)
    assert view.folders == ()
    assert "WATCHED_DIR" in (view.advice or "")


def test_the_first_run_is_over_unless_setup_has_begun_it(tmp_path: Path, library: Path) -> None:
    first_run = services_of(tmp_path, library).first_run
    assert first_run.state is FirstRunState.DONE
    for state in (FirstRunState.OPEN, FirstRunState.SKIPPED):
        first_run.set_state(state)
        assert services_of(tmp_path, library).first_run.state is state
