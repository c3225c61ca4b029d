"""Saved jobs and schedules on the command line: shown, edited, refused."""

from __future__ import annotations

from tests.cli.conftest import CommandLine


def test_a_saved_job_is_shown_in_words_and_edited(run: CommandLine) -> None:
    made = run("templates", "create", "Nightly", "--kind", "verify", "--params", '{"heal": true}')
    assert made.code == 0, made.err
    assert run("schedules", "add", "Nightly", "--cron", "0 3 * * 0").code == 0
    told = run("templates", "show", "Nightly").out
    assert "over: every comic" in told
    assert "heal: true" in told
    assert "runs: At 03:00, only on Sunday" in told
    edited = run(
        *("templates", "edit", "Nightly", "--rename", "Weekly", "--priority", "low"),
        *("--filter", '{"states": ["unprocessed"], "formats": ["cbz"]}'),
    )
    assert edited.code == 0, edited.err
    told = run("templates", "show", "Weekly").out
    assert "over: comics that are unprocessed, of the format cbz" in told
    assert "priority: low" in told
    assert "heal: true" in told
    assert run("templates", "show", "Nightly").code == 3


def test_what_can_not_be_saved_is_refused(run: CommandLine) -> None:
    typo = run("templates", "create", "A", "--kind", "verify", "--filter", '{"state": ["failed"]}')
    assert (typo.code, "no part 'state'" in typo.err) == (2, True)
    gone = run("templates", "create", "A", "--kind", "verify", "--folder", run.library / "gone")
    assert gone.code == 3
    both = run("templates", "create", "A", "--kind", "verify", "--all", "--folder", run.library)
    assert both.code == 2
    assert run("templates", "edit", "Verify the library", "--rename", "A").code == 4
    assert run("templates", "edit", "Verify the library").code == 2


def test_lists_of_nothing_say_so(run: CommandLine) -> None:
    for command, told in (
        (("schedules", "list"), "no schedules yet"),
        (("jobs", "list"), "no jobs yet"),
        (("jobs", "history"), "history is empty"),
        (("trash", "list"), "trash is empty"),
        (("files", "nothing"), "No file"),
    ):
        done = run(*command)
        assert (done.code, done.out) == (0, "")
        assert told in done.err
