"""`servers` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import CommandLine
from tests.kit.komga_double import KomgaDouble

URL = "http://komga:25600"


def test_a_server_is_added_with_a_key_that_is_never_shown(run: CommandLine) -> None:
    done = run("servers", "add", "komga", "Home", URL, "--folder", "/comics=/data", stdin="s3cret")
    assert (done.code, done.out) == (0, "Server Home is added. Try it: servers test Home\n")
    (listed,) = json.loads(run("servers", "list", "--json").out)
    assert (listed["name"], listed["path_map"]) == ("Home", [{"here": "/comics", "there": "/data"}])
    assert "s3cret" not in run("servers", "list").out + run("servers", "list", "--json").out


def test_it_is_changed_switched_and_removed(run: CommandLine) -> None:
    run("servers", "add", "kavita", "Home", URL, stdin="key")
    assert run("servers", "change", "Home", "--name", "House", "--no-folders").code == 0
    assert run("servers", "change", "House", "--key", stdin="new").code == 0
    assert run("servers", "off", "House").code == 0
    assert " off " in run("servers", "list").out
    assert run("servers", "on", "House").code == 0
    assert run("servers", "remove", "House").code == 0
    assert json.loads(run("servers", "list", "--json").out) == []


def test_mistakes_are_said_in_a_sentence(run: CommandLine) -> None:
    assert "There is no server called Home." in run("servers", "test", "Home").err
    wrong = run("servers", "add", "komga", "Home", URL, "--folder", "/comics", stdin="key")
    assert "Write /comics as HERE=THERE, with the path of each side." in wrong.err
    assert "Enter the API key" in run("servers", "add", "komga", "Home", URL, stdin="").err


def test_a_test_lists_the_libraries(run: CommandLine, tmp_path: Path) -> None:
    with KomgaDouble(tmp_path, there="/data") as komga:
        run(
            "servers", "add", "komga", "Home", komga.url, "--folder", f"{tmp_path}=/data",
            stdin="komga-key",
        )  # fmt: skip
        done = run("servers", "test", "Home")
        assert done.code == 0
        assert done.out.splitlines()[-1].split() == ["Comics", "/data", str(tmp_path), "yes"]
        komga.status = 401
        failed = run("servers", "test", "Home")
        assert failed.code == 1
        assert failed.out.startswith("Home refuses the key (HTTP 401).")
        assert not json.loads(run("servers", "test", "Home", "--json").out)["answers"]
