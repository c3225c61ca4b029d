"""Saved jobs and schedules on the command line: shown, edited, refused."""

from __future__ import annotations

from tests.cli.conftest import CommandLine


def test_a_saved_job_is_shown_in_words_and_edited(run: CommandLine) -> None:
    made = run("templates", "create", "Nightly", "--kind", "verify", "--params", '{"heal": true}')
    assert made.code == 0, made.err
    assert run("schedules", "add", "Nightly", "--cron", "0 3 * * 0").code == 0
    shown = run("templates", "show", "Nightly").out
    assert "over: every comic" in shown
    assert "heal: true" in shown
    assert "runs: At 03:00, only on Sunday" in shown
    edited = run(
        *("templates", "edit", "Nightly", "--rename", "Weekly", "--priority", "low"),
        *("--filter", '{"states": ["unprocessed"], "formats": ["cbz"]}'),
    )
    assert edited.code == 0, edited.err
    shown = run("templates", "show", "Weekly").out
    assert "over: comics that are unprocessed, of the format cbz" in shown
    assert "priority: low" in shown
    assert "heal: true" in shown
    assert run("templates", "show", "Nightly").code == 3
    deleted = run("templates", "delete", "Weekly")
    assert "Its schedule Nightly is deleted too: At 03:00, only on Sunday (UTC)" in deleted.out


def test_a_schedule_is_shown_and_edited_by_its_name(run: CommandLine) -> None:
    assert run("templates", "create", "Look", "--kind", "verify").code == 0
    berlin = ("--timezone", "Europe/Berlin")
    assert run("schedules", "add", "Look", "--cron", "0 3 * * 0", *berlin).code == 0
    shown = run("schedules", "show", "Look", "--count", "7", "--json").value
    assert (len(shown["next_runs"]), shown["template"], shown["slots"]) == (7, "Look", [])
    edited = run("schedules", "edit", "Look", "--rename", "Daily", "--cron", "30 4 * * *")
    assert (edited.code, "At 04:30 (Europe/Berlin)" in edited.out) == (0, True)
    text = run("schedules", "show", "Daily").out
    assert "runs: Look" in text
    assert text.count("next: ") == 5
    assert "missed runs: run once" in text
    once = run("schedules", "edit", shown["schedule_id"][:8], "--at", "2089-01-02 03:04:05")
    assert (once.code, "2089-01-02 03:04:05" in once.out) == (0, True)
    [listed] = run("schedules", "list", "--json").value
    assert listed["when"] == "once on 2 January 2089 at 03:04 (Europe/Berlin)"
    for refused, code in (
        (("Daily",), 2),
        (("Daily", "--cron", "every day"), 2),
        (("Daily", "--at", "1999-01-01"), 2),
        (("Daily", "--cron", "0 3 * * 0", "--at", "2089-01-01"), 2),
        (("Daily", "--template", "Nothing"), 3),
        (("Look", "--rename", "B"), 3),
    ):
        assert run("schedules", "edit", *refused).code == code, refused
    [listed] = run("schedules", "list", "--json").value
    assert listed["when"] == "once on 2 January 2089 at 03:04 (Europe/Berlin)"


def test_a_single_run_uses_the_clock_of_its_time_zone(run: CommandLine) -> None:
    assert run("templates", "create", "Look", "--kind", "verify").code == 0
    berlin = ("--timezone", "Europe/Berlin")
    for at, zone, words, means in (
        ("2027-06-01T02:30:00", berlin, "1 June 2027 at 02:30", "2027-06-01 02:30:00 +0200"),
        ("2027-06-01T02:30+05:00", berlin, "31 May 2027 at 23:30", "2027-05-31 23:30:00 +0200"),
        ("2027-12-01", (), "1 December 2027 at 00:00", "2027-12-01 00:00:00 +0900"),
    ):
        made = run("schedules", "add", "Look", "--at", at, *zone, "--name", at, TZ="Asia/Tokyo")
        assert made.code == 0, made.err
        assert made.out.startswith(f"{at}: once on {words} (")
        assert made.out.endswith(f"  {means}\n")
    gap = run("schedules", "add", "Look", "--at", "2027-03-28 02:30", *berlin)
    assert (gap.code, "clocks go forward" in gap.err) == (2, True)
    twice = run("schedules", "edit", "2027-12-01", "--at", "2027-10-31T02:30", *berlin)
    assert "  2027-10-31 02:30:00 +0200" in twice.out
    assert "occurs twice" in twice.err
    assert "2027-10-31T02:30:00+01:00" in twice.err
    assert run("schedules", "add", "Look", "--at", "soon").code == 2
    assert "once on 1 June 2027 at 02:30 (" in run("templates", "show", "Look").out


def test_a_schedule_is_run_now_by_its_unique_name(run: CommandLine) -> None:
    run.comic("Saga/Saga 007 (2012).cbz")
    assert run("templates", "create", "Look", "--kind", "compact").code == 0
    for _ in range(2):
        assert run("schedules", "add", "Look", "--cron", "0 3 * * 0").code == 0
    listed = run("schedules", "list", "--json").value
    assert {each["name"] for each in listed} == {"Look", "Look (2)"}
    taken = run("schedules", "add", "Look", "--cron", "0 3 * * 0", "--name", "Look")
    assert (taken.code, "already" in taken.err) == (4, True)
    [first] = [each for each in listed if each["name"] == "Look (2)"]
    assert run("schedules", "pause", first["schedule_id"]).code == 0
    ran = run("schedules", "run", first["schedule_id"], "--json")
    assert (ran.code, ran.value["total_items"], ran.value["trigger"]) == (0, 1, "schedule")
    assert "It is paused" in run("schedules", "show", first["schedule_id"]).out
    assert run("schedules", "delete", first["schedule_id"]).code == 0
    assert run("schedules", "resume", "Look").code == 0
    assert run("schedules", "run", "none").code == 3


def test_run_times_of_a_cron_expression_are_previewed(run: CommandLine) -> None:
    berlin = ("--timezone", "Europe/Berlin", "--count", "3")
    shown = run("schedules", "preview", "0 3 * * 0", *berlin, "--json").value
    assert shown["in_words"] == "At 03:00, only on Sunday (Europe/Berlin)"
    assert len(shown["next_runs"]) == 3
    assert run("schedules", "preview", "0 3 * * 0").out.count("\n") == 6
    assert run("schedules", "preview", "0 3 * *").code == 2


def test_a_job_is_repeated_and_its_failures_are_grouped(run: CommandLine) -> None:
    run.comic("Saga/Saga 007 (2012).cbz")
    for number in range(2):
        (run.library / f"Broken {number}.cbz").write_bytes(b"PK\3\4 cut off")
    job = run("process", "--all", "--no-rename", "--json").value["job_id"]
    again = run("jobs", "repeat", job, "--json")
    assert (again.code, again.value["total_items"]) == (1, 3)
    assert again.value["job_id"] != job
    groups = run("jobs", "failures", again.value["job_id"], "--json").value
    assert sum(group["items"] for group in groups) == 2
    code = groups[0]["code"]
    assert code in run("jobs", "failures", job).out
    nothing = run("jobs", "retry", job, "--code", "nope")
    assert (nothing.code, f"Codes of its failed items: {code};" in nothing.err) == (3, True)
    assert run("jobs", "repeat", "none").code == 3


def test_a_job_is_saved_for_single_files(run: CommandLine) -> None:
    files = [run.comic(f"Saga {number}.cbz") for number in (1, 2, 3)][:2]
    named = [part for file in files for part in ("--file", file)]
    assert run("templates", "create", "Two", "--kind", "compact", *named).code == 0
    assert "over: 2 named files" in run("templates", "show", "Two").out
    assert run("templates", "run", "Two", "--wait", "--json").value["total_items"] == 2
    gone = ("--file", run.library / "none.cbz")
    assert run("templates", "edit", "Two", *gone).code == 3
    assert run("templates", "edit", "Two", "--all", *gone).code == 2


def test_invalid_templates_are_refused(run: CommandLine) -> None:
    typo = run("templates", "create", "A", "--kind", "verify", "--filter", '{"state": ["failed"]}')
    assert (typo.code, "no part 'state'" in typo.err) == (2, True)
    gone = run("templates", "create", "A", "--kind", "verify", "--folder", run.library / "gone")
    assert gone.code == 3
    both = run("templates", "create", "A", "--kind", "verify", "--all", "--folder", run.library)
    assert both.code == 2
    assert run("templates", "edit", "Verify the library", "--rename", "A").code == 4
    assert run("templates", "edit", "Verify the library").code == 2


def test_empty_lists_print_a_remark(run: CommandLine) -> None:
    for command, remark in (
        (("schedules", "list"), "no schedules yet"),
        (("jobs", "list"), "no jobs yet"),
        (("jobs", "history"), "history is empty"),
        (("jobs", "history", "--kind", "verify"), "has no verify job"),
        (("jobs", "list", "--kind", "verify"), "no such jobs"),
        (("jobs", "statistics", "--hours", "3"), "in the last 3 hours"),
        (("jobs", "statistics", "--kind", "verify"), "No verify job"),
        (("trash", "list"), "trash is empty"),
        (("files", "nothing"), "No file"),
    ):
        done = run(*command)
        assert (done.code, done.out) == (0, "")
        assert remark in done.err
    for name in ("list", "history", "statistics"):
        refused = run("jobs", name, "--kind", "bogus")
        assert (refused.code, "Known: process, " in refused.err) == (2, True)


def test_statistics_are_shown_by_hour_and_for_one_kind(run: CommandLine) -> None:
    run.comic("Saga/Saga 007 (2012).cbz")
    assert run("process", "--all").code == 0
    assert run("scan").code == 0
    found = run("jobs", "statistics", "--hours", "2", "--kind", "process", "--json").value
    assert [(each["kind"], each["items"]) for each in found] == [("process", 1)]
    assert run("jobs", "statistics", "--hours", "2").out.startswith("hour ")
