"""The command line: which commands and options there are, and what each prints with `--json`."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from contextlib import suppress
from typing import Any

import click
import pytest
from click.testing import CliRunner

from comicmaintainer.cli.main import comicmaintainer_command
from tests.golden.matches import add_match
from tests.golden.recorded import new_kinds, require_as_recorded
from tests.golden.scene import Scene
from tests.golden.scrub import Scrub
from tests.golden.work_of_each_kind import do_each_kind
from tests.kit.command_tree import commands_of

ASKING_A_SOURCE = {("review", "search")}
TIDE = "Tide Warden/Tide Warden #0003 (2021).cbz"


def commands(group: click.Group, *names: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command below the group with its names."""
    for name, command in commands_of(group).items():
        if isinstance(command, click.Group):
            yield from commands(command, *names, name)
        else:
            yield (*names, name), command


def test_commands_take_what_is_recorded() -> None:
    taken = {
        " ".join(names): [_parameter(parameter) for parameter in command.params]
        for names, command in commands(comicmaintainer_command)
        if names[0] not in new_kinds()
    }
    require_as_recorded("commands", taken)


@pytest.mark.parametrize("names", [names for names, _ in commands(comicmaintainer_command)])
def test_help_of_each_command_names_its_options(names: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(comicmaintainer_command, [*names, "--help"])
    command = dict(commands(comicmaintainer_command))[names]
    assert shown.exit_code == 0
    assert [name for name in _options(command) if name not in shown.output] == []


def test_every_command_prints_json_as_recorded(
    scene: Scene, scrub: Scrub, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in scene.environment.items():
        monkeypatch.setenv(name, value)
    ids = do_each_kind(scene)
    printed: dict[str, Any] = {}
    lines = _lines(scene, ids)
    line, code = next(lines)
    with suppress(StopIteration):
        while True:
            shown = CliRunner().invoke(comicmaintainer_command, [*line, "--json"])
            assert shown.exit_code == code, (line, shown.output, shown.exception)
            value = json.loads(shown.stdout)
            printed[scrub.text(" ".join(line))] = scrub(value)
            line, code = lines.send(value)
    asked = {
        " ".join(names)
        for names, command in commands(comicmaintainer_command)
        if "--json" in _options(command)
        and names[0] not in new_kinds()
        and names not in ASKING_A_SOURCE
    }
    assert {
        names for names in asked if not any(line.startswith(names) for line in printed)
    } == set()
    printed["kinds"] = [kind for kind in printed["kinds"] if kind["name"] not in new_kinds()]
    require_as_recorded("command_json", printed)


def _parameter(parameter: click.Parameter) -> dict[str, Any]:
    described = parameter.to_info_dict()
    kept = ("name", "opts", "secondary_opts", "required", "nargs", "multiple", "is_flag", "default")
    shown = {name: repr(described[name]) for name in kept if name in described}
    return shown | {"choices": list(getattr(parameter.type, "choices", ()))}


def _options(command: click.Command) -> list[str]:
    options = [each for each in command.params if isinstance(each, click.Option)]
    return [option.opts[-1] for option in options]


def _lines(scene: Scene, ids: dict[str, str]) -> Generator[tuple[tuple[str, ...], int], Any, None]:
    """Command lines in the order in which they are run, with their exit codes.

    What a line has printed comes back from its `yield`.
    """
    library = scene.library
    file = str(library / TIDE)
    second = str(library / "Tide Warden" / "Second.cbz")
    broken = str(library / "Harbour" / "Harbour 03 (2019).cbz")
    yield ("scan",), 0
    yield ("files",), 0
    yield ("files", "tide", "--state", "processed"), 0
    yield ("show", file), 0
    yield ("series",), 0
    yield ("kinds",), 0
    yield ("settings",), 0
    yield ("notices", "list"), 0
    yield ("audit", "--action", "trash_emptied"), 0
    yield ("protect", "list"), 0
    yield ("process", file, "--preview"), 0
    yield ("process", file), 0
    renamed = yield ("rename", second, "--to", "Third.cbz"), 0
    yield ("undo", renamed["job_id"], "--preview"), 0
    yield ("undo", renamed["job_id"]), 0
    yield ("tag", file, "--set", "title=North by Nothing"), 0
    yield ("verify", broken), 1
    yield ("convert", file), 0
    yield ("compact", file), 0
    yield ("remove-pages", file, "--page", "1"), 0
    yield ("duplicates", "--all"), 0
    yield ("conflicts",), 0
    yield ("repeated-pages",), 0
    _say("lists", "create", "Tides", "--filter", '{"series": "Tide Warden"}')
    yield ("lists", "list"), 0
    yield ("lists", "show", "Tides"), 0
    yield ("missing",), 0
    _say("rules", "save", "Mine", "--padding", "3")
    _say("rules", "assign", "--rules", "Mine")
    yield ("rules", "list"), 0
    yield ("rules", "folders"), 0
    yield ("rules", "of", str(scene.library)), 0
    _say("rules", "assign", "--rules", "above")
    yield ("pages", file), 0
    yield ("history", file), 0
    yield ("delete", file), 0
    yield ("trash", "list"), 0
    yield ("parse", "Tide Warden v2 012 (2021) (Digital).cbz"), 0
    yield ("jobs", "list", "--limit", "2"), 0
    yield ("jobs", "show", ids["process"]), 0
    yield ("jobs", "failures", ids["verify"]), 0
    yield ("jobs", "history"), 0
    yield ("jobs", "overview"), 0
    yield ("jobs", "statistics"), 0
    yield ("jobs", "repeat", ids["verify"]), 1
    preview = yield ("rename", "--all", "--padding", "2", "--preview"), 1
    yield ("jobs", "apply", preview["job_id"]), 0
    rehearsal = yield (
        "rehearse", "--all", "--folder", str(library.parent / "trial"), "--count", "2",
    ), 0  # fmt: skip
    yield ("rest", rehearsal["job_id"], "--preview"), 1
    yield ("remove-copies", rehearsal["job_id"]), 0
    exported = str(library.parent / "jobs.jsonl")
    _say("export", exported, "--job", ids["process"])
    yield ("import", exported), 0
    _say("templates", "create", "Tidy", "--kind", "verify", "--all")
    _say(
        "schedules", "add", "Tidy", "--cron", "0 3 * * *", "--name", "Nightly", "--timezone", "UTC"
    )
    yield ("templates", "list"), 0
    yield ("templates", "show", "Tidy"), 0
    yield ("templates", "run", "Tidy"), 1
    yield ("schedules", "list"), 0
    yield ("schedules", "show", "Nightly"), 0
    yield ("schedules", "run", "Nightly"), 1
    yield ("schedules", "preview", "0 3 * * *"), 0
    yield ("backups",), 0
    yield ("roots", "list"), 0
    yield ("doctor",), 0
    match_id = add_match(scene.services, broken)
    yield ("review", "list"), 0
    yield ("review", "show", str(match_id)), 0
    yield ("review", "decisions"), 0
    yield ("sources", "list"), 0
    yield ("webhooks", "list"), 0
    yield ("webhooks", "deliveries"), 0
    _say("servers", "add", "komga", "Home", "http://127.0.0.1:9", stdin="key")
    yield ("servers", "list"), 0
    yield ("servers", "test", "Home"), 1


def _say(*line: str, stdin: str = "") -> None:
    shown = CliRunner().invoke(comicmaintainer_command, line, input=stdin)
    assert shown.exit_code == 0, (line, shown.output, shown.exception)
