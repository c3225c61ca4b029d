"""Whether commands say what was found, what is wrong, and what to do next."""

from __future__ import annotations

import io
import os
import subprocess
import zipfile
from pathlib import Path

import click
import pytest
from PIL import Image

from comicmaintainer.cli.main import comicmaintainer_command
from comicmaintainer.operations.declared.kinds import KINDS
from tests.cli.conftest import CommandLine
from tests.kit.command_tree import commands_of


def test_files_and_jobs_are_filtered_by_states_as_they_are_printed(run: CommandLine) -> None:
    run.comic("Saga/Saga 007 (2012).cbz")
    assert run("scan").code == 0
    [listed] = run("files", "--state", "unprocessed", "--order", "path", "--json").value
    assert listed["state"] == "unprocessed"
    [job] = run("jobs", "list", "--status", "completed", "--json").value
    assert job["status"] == "completed"


def test_scan_reports_how_many_comics_it_found(run: CommandLine) -> None:
    run.comic("Saga/Saga 007 (2012).cbz")
    assert "1 comic, 1 new" in run("scan").out
    assert "1 comic\n" in run("scan").out


@pytest.mark.parametrize(
    "command", [["convert"], ["delete"], ["rename"], ["tag", "--clear", "year"]]
)
def test_a_command_without_files_is_bad_usage(run: CommandLine, command: list[str]) -> None:
    done = run(*command)
    assert done.code == 2
    assert "PATHS" in done.err


def test_preview_and_job_suggest_the_next_command(run: CommandLine) -> None:
    run.comic("Saga/Saga 007 (2012).cbz")
    shown = run("process", "--all", "--preview")
    command = shown.err.strip().splitlines()[-1].split("comicmaintainer ")[1].split()
    applied = run(*command)
    assert applied.code == 0, applied.err
    command = applied.err.strip().splitlines()[-1].split("comicmaintainer ")[1].split()
    assert command[0] == "undo"
    assert run(*command).code == 0
    assert (run.library / "Saga" / "Saga 007 (2012).cbz").exists()


def test_a_failed_file_is_named_once(run: CommandLine) -> None:
    path = run.library / "Broken 1.cbz"
    path.write_bytes(b"")
    done = run("process", path)
    assert done.code == 1
    assert done.err.count(str(path)) == 1


def test_duplicates_are_named_with_the_one_to_keep(run: CommandLine) -> None:
    first, second = run.comic("a.cbz", pages=3), run.comic("b.cbz", pages=3)
    assert run("scan").code == 0
    done = run("duplicates", "--all")
    assert done.code == 0, done.err
    assert f"{second}: has the same pages as {first}" in done.out


def test_compact_of_everything_leaves_other_formats_out(run: CommandLine) -> None:
    run.comic("a.cbz")
    (run.library / "b.cbr").write_bytes(b"Rar!\x1a\x07\x00 no more")
    done = run("compact", "--all", "--json")
    assert done.code == 0, done.err
    assert done.value["total_items"] == 1


def test_retry_without_a_service_does_the_work_here(run: CommandLine) -> None:
    path = run.library / "a.cbz"
    path.write_bytes(b"")
    job = run("tag", path, "--set", "series=Saga", "--json").value["job_id"]
    run.comic("a.cbz")
    retried = run("jobs", "retry", job)
    assert retried.code == 0, retried.err
    assert run("jobs", "show", job, "--json").value["status"] == "completed"
    assert run("jobs", "show", job, "--json").value["failed_items"] == 0


def test_parse_gives_no_fields_without_a_value(run: CommandLine) -> None:
    value = run("parse", "Saga 7.cbz", "--json").value
    assert "from_folder" not in value
    assert "issue_from_volume" not in value


def test_an_unusable_file_name_is_explained(run: CommandLine) -> None:
    done = run("rename", run.comic("a.cbz"), "--to", "Two")
    assert done.code == 2
    assert "suffix" in done.err


def test_a_name_that_is_not_valid_utf8_is_reported_in_one_line(run: CommandLine) -> None:
    comic = os.fsdecode(os.fsencode(run.comic("a 1.cbz")).replace(b"a 1", b"a\xff 1"))
    (run.library / "a 1.cbz").rename(comic)
    for command in (["process", comic], ["undo", comic], ["history", "\udcff"]):
        done = run(*command)
        assert done.code == 2, done
        assert "UTF-8" in done.err
        assert done.err.count("\n") == 1


def test_a_job_that_changed_nothing_offers_no_undo(run: CommandLine) -> None:
    path = run.library / "a.cbz"
    path.write_bytes(b"")
    assert "undo" not in run("tag", path, "--clear", "year").err


def test_a_job_is_found_by_a_prefix_of_its_id(run: CommandLine) -> None:
    run.comic("Saga/Saga 007 (2012).cbz")
    assert run("process", "--all").code == 0
    [job] = run("jobs", "list", "--json").value
    shown = run("jobs", "show", job["job_id"][:6])
    assert shown.code == 0, shown.err
    assert shown.out.startswith("1 of 1 file done.")
    assert "rename: Saga 007 (2012).cbz → " in shown.out
    assert run("undo", job["job_id"][:6]).code == 0
    assert (run.library / "Saga" / "Saga 007 (2012).cbz").exists()


def test_what_is_neither_a_job_nor_a_file_is_not_found(run: CommandLine) -> None:
    for command in (
        ("undo", "nothing"),
        ("history", "nothing"),
        ("history", run.library / "x.cbz"),
    ):
        done = run(*command)
        assert (done.code, "nothing" in done.err or "x.cbz" in done.err) == (3, True)


def test_progress_in_a_pipe_has_no_control_characters(run: CommandLine) -> None:
    for number in range(3):
        run.comic(f"Saga/Saga {number}.cbz")
    done = run("process", "--all", "--wait")
    assert (done.code, "\r" in done.out + done.err, "\x1b" in done.out + done.err) == (
        0,
        False,
        False,
    )


def test_several_files_can_not_get_one_name(run: CommandLine) -> None:
    run.comic("Saga/Saga 1.cbz")
    run.comic("Saga/Saga 2.cbz")
    done = run("rename", run.library / "Saga", "--to", "Saga.cbz")
    assert (done.code, "2" in done.err) == (2, True)
    assert run("jobs", "list", "--json").value == []


def test_show_names_credits_and_the_source_of_tags(run: CommandLine) -> None:
    path = run.comic("Saga 1.cbz", pages=1)
    assert run("tag", path, "--set", "writer=Ann One, Bob Two").code == 0
    shown = run("show", path).out
    assert "1 page\n" in shown
    assert "tags from ComicInfo" in shown
    assert "Ann One (Writer), Bob Two (Writer)" in shown


def test_failed_files_are_listed_with_their_reason(run: CommandLine) -> None:
    (run.library / "Broken 1.cbz").write_bytes(b"")
    assert run("scan").code == 0
    assert "the file is empty" in run("files", "--state", "failed").out


def test_help_has_the_sentence_of_every_command(run: CommandLine) -> None:
    help_text = " ".join(run("--help").out.split())
    for name, command in commands_of(comicmaintainer_command).items():
        assert command.name == name
        sentence = " ".join((command.help or "").split("\n\n")[0].split())
        assert f" {name} {sentence} " in help_text


def test_help_of_the_command_of_a_kind_is_what_the_kind_declares() -> None:
    found = commands_of(comicmaintainer_command)
    commands = {name: found[name].help for name in KINDS if name != "restore"}  # of the database
    assert commands == {name: KINDS[name].command_help for name in commands}


def test_help_of_a_group_cuts_no_sentence_short_and_needs_no_database(run: CommandLine) -> None:
    for name, group in commands_of(comicmaintainer_command).items():
        if isinstance(group, click.Group):
            help_text = " ".join(run(name, "--help").out.split())
            for command in group.commands.values():
                sentence = " ".join((command.help or "").split("\n\n")[0].split())
                assert f" {command.name} {sentence}" in help_text
                assert run(name, command.name, "--help").code == 0
    assert not (run.config / "jobs.db").exists()


def test_a_mistyped_command_is_told_what_is_similar(run: CommandLine) -> None:
    done = run("verfy", "Saga 1.cbz")
    assert (done.code, "'verify'" in done.err) == (2, True)


def test_a_backup_into_a_missing_folder_is_refused(run: CommandLine) -> None:
    done = run("backup", run.library / "disk" / "jobs.db")
    assert (done.code, "There is no folder" in done.err) == (3, True)


def test_tags_are_copied_from_a_comic_outside_the_library(run: CommandLine) -> None:
    inside = run.comic("Saga 1.cbz")
    outside = run.comic("../elsewhere/Other 2.cbz")
    assert run("tag", outside, "--set", "publisher=Small Hours").code == 0
    copied = run("tag", inside, "--copy-from", outside)
    assert copied.code == 0, copied.err
    assert run("show", inside, "--json").value["tags"]["publisher"] == "Small Hours"
    assert run("tag", inside, "--copy-from", run.library / "gone.cbz").code == 3
    assert run("tag", inside).code == 2


def test_healing_is_reported_even_if_missing_pages_are_unknown(run: CommandLine) -> None:
    path = run.library / "Saga 007 (2012).cbz"
    picture = io.BytesIO()
    Image.new("L", (8, 8)).save(picture, "PNG")
    with zipfile.ZipFile(path, "w") as archive:
        for number in (1, 2, 3):
            archive.writestr(f"{number}.png", picture.getvalue())
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"PK\x01\x02")])
    healed = run("verify", "--heal", path)
    assert healed.code == 0, healed.err
    assert "rebuilt from 3 intact files inside" in healed.out
    assert "pages may be missing; nothing records how many there were" in healed.out


def test_names_never_control_the_terminal(run: CommandLine) -> None:
    name = "Saga 007\nforged \x1b[31m\u202e(2012).cbz"
    path = run.comic(f"Saga/{name}")
    assert run("scan").code == 0
    printed = run("files").out + run("show", path).out + run("process", path, "--preview").out
    printed += run("roots", "forget", b"/\xff".decode("utf-8", "surrogateescape")).err
    assert not set("\x1b\u202e\udcff").intersection(printed)
    assert "Saga 007\\nforged \\x1b[31m\\u202e(2012).cbz" in printed
    assert "/\\xff" in printed


def test_json_never_controls_the_terminal_and_keeps_its_values(run: CommandLine) -> None:
    name = "Saga \x7f\x85\x9b31m\u202e\u2066 é 7.cbz"
    run.comic(name)
    assert run("scan").code == 0
    listed = run("files", "--json")
    assert not set("\x7f\x85\x9b\u202e\u2066").intersection(listed.out)
    assert "é" in listed.out
    assert Path(listed.value[0]["path"]).name == name


@pytest.mark.parametrize("depth", [200, 950, 30_000])
def test_option_that_is_nested_too_deep_is_refused_in_one_line(
    run: CommandLine, depth: int
) -> None:
    option = '{"a":' + "[" * depth + "]" * depth + "}"
    for arguments in (
        ("templates", "create", "Mine", "--kind", "verify", "--filter", option),
        ("templates", "create", "Mine", "--kind", "process", "--all", "--params", option),
    ):
        refused = run(*arguments)
        assert refused.code == 2, refused.err
        assert "levels deep" in refused.err
        assert len(refused.err) < 2000


def test_a_renamed_file_is_found_by_its_old_name(run: CommandLine) -> None:
    path = run.comic("Saga 1.cbz")
    assert run("rename", path, "--to", "Other 1.cbz").code == 0
    # As people type it, in the folder of the file.
    history = run("history", "Saga 1.cbz", cwd=path.parent)
    assert (history.code, "rename, applied  job " in history.out) == (0, True)
    assert run("undo", "Saga 1.cbz", cwd=path.parent).code == 0
    assert path.exists()


def test_meaningless_options_are_refused_before_a_job_is_made(run: CommandLine) -> None:
    path = run.comic("Saga 1.cbz")
    for arguments, message in (
        (("verify",), "PATHS or --all."),
        (("duplicates", "--action", "trash"), "PATHS or --all."),
        (("duplicates", path, "--keep", "nope.cbz"), "nope.cbz does not exist"),
        (("convert", path, "--quality", "50"), "--quality needs --images"),
        (("tag", path, "--set", "series=A", "--clear", "series"), "either --set or --clear"),
    ):
        refused = run(*arguments)
        assert refused.code != 0
        assert message in refused.err
    assert run("jobs", "list", "--json").value == []


def test_unchanged_files_are_reported_with_the_reason(run: CommandLine) -> None:
    path = run.comic("Saga 1.cbz")
    done = run("convert", path)
    assert "Saga 1.cbz: nothing to change (it is a CBZ already)" in done.out
    shown = run("convert", path, "--preview")
    assert "nothing to change" in shown.out
    assert "jobs apply" not in shown.err
    assert "nothing to change" in run("compact", path).out


def test_a_preview_counts_what_would_change_and_what_would_not(run: CommandLine) -> None:
    for number in range(7):
        run.comic(f"Saga/Saga {number}.cbz")
    run.library.joinpath("Saga", "Saga 8.cbz").write_bytes(b"")
    run("process", *(run.library / "Saga" / f"Saga {number}.cbz" for number in range(6)))
    shown = run("process", "--all", "--preview")
    assert "6 files: nothing to change" in shown.out
    assert "rename: Saga 6.cbz" in shown.out
    assert "1 would get other tags, 6 stay as they are, 1 refused." in shown.err


def test_an_undo_is_shown_before_it_is_made(run: CommandLine) -> None:
    path = run.comic("Saga 1.cbz")
    run("tag", path, "--set", "title=One")
    run("rename", path, "--to", "Other 1.cbz")
    tagged = path.with_name("Other 1.cbz").read_bytes()
    shown = run("undo", path.with_name("Other 1.cbz"), "--preview")
    assert "undo rename: Saga 1.cbz → Other 1.cbz" in shown.out
    assert "1 change would be undone." in shown.out
    [change] = run("undo", path, "--preview", "--json").value
    assert change["kind"] == "rename"
    assert path.with_name("Other 1.cbz").read_bytes() == tagged


def test_permanent_deletion_is_reported(run: CommandLine) -> None:
    path = run.comic("Saga 1.cbz")
    run("delete", path)
    digest = run("trash", "list", "--json").value["digest"]
    assert run("trash", "empty", "--digest", digest).code == 0
    refused = run("undo", path)
    assert "Saga 1.cbz: it was deleted for good from the trash" in refused.err


def test_folder_that_cannot_be_listed_is_named_and_the_rest_is_done(run: CommandLine) -> None:
    run.comic("Saga/Saga 001 (2012).cbz")
    parent = os.open(run.library, os.O_RDONLY)
    for _ in range(25):  # deeper than a path may be long
        os.mkdir("d" * 200, dir_fd=parent)
        folder = os.open("d" * 200, os.O_RDONLY, dir_fd=parent)
        os.close(parent)
        parent = folder
    os.close(parent)
    try:
        done = run("process", "--all")
        assert done.code == 0, done.err
        assert "can't be listed; its comics are left out" in done.err
    finally:
        subprocess.run(["rm", "-rf", str(run.library / ("d" * 200))], check=True)
