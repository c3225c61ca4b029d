"""What the commands do, say and exit with."""

from __future__ import annotations

import zipfile

from tests.cli.conftest import CommandLine


def test_process_tags_and_renames_and_a_second_run_changes_nothing(run: CommandLine) -> None:
    run.comic("Saga/Saga 007 (2012).cbz")
    first = run("process", "--all", "--json")
    assert first.code == 0, first.err
    assert first.value["failed_items"] == 0
    [named] = (run.library / "Saga").iterdir()
    tags = run("show", named, "--json").value["tags"]
    assert tags["series"] == "Saga"
    assert tags["issue"] == "7"
    before = named.read_bytes(), named.stat().st_mtime_ns
    second = run("process", "--all", "--json")
    assert [r["details"]["unchanged"] for r in second.value["results"]] == [True]
    assert (named.read_bytes(), named.stat().st_mtime_ns) == before


def test_preview_shows_the_new_name_and_touches_nothing(run: CommandLine) -> None:
    comic = run.comic("Saga/Saga 007 (2012).cbz")
    before = comic.read_bytes(), comic.stat().st_mtime_ns
    shown = run("process", "--all", "--preview")
    assert shown.code == 0
    assert "Saga #0007 (2012).cbz" in shown.out
    assert (comic.read_bytes(), comic.stat().st_mtime_ns) == before


def test_apply_does_what_the_preview_showed(run: CommandLine) -> None:
    comic = run.comic("Saga/Saga 007 (2012).cbz")
    preview = run("process", "--all", "--preview", "--json").value["job_id"]
    applied = run("jobs", "apply", preview, "--json")
    assert applied.code == 0, applied.err
    assert applied.value["processed_items"] == 1
    assert not comic.exists()
    again = run("jobs", "apply", preview)
    assert (again.code, "already applied" in again.err) == (4, True)
    assert run("undo", applied.value["job_id"]).code == 0
    assert comic.exists()
    late = run("jobs", "apply", preview)
    assert (late.code, "preview it again" in late.err) == (1, True)


def test_undo_of_a_job_brings_names_and_bytes_back(run: CommandLine) -> None:
    comic = run.comic("Saga/Saga 007 (2012).cbz")
    before = comic.read_bytes()
    job = run("process", "--all", "--json").value["job_id"]
    undone = run("undo", job)
    assert undone.code == 0, undone.err
    assert comic.read_bytes() == before


def test_tag_sets_the_named_fields_of_a_file_outside_the_library(
    run: CommandLine, tmp_path_factory: object
) -> None:
    comic = run.comic("../elsewhere/One.cbz")
    done = run("tag", comic, "--set", "series=Elsewhere", "--set", "number=3", "--json")
    assert done.code == 0, done.err
    tags = run("show", comic, "--json").value["tags"]
    assert (tags["series"], tags["issue"]) == ("Elsewhere", "3")


def test_unreadable_tags_are_replaced_on_request(run: CommandLine) -> None:
    comic = run.comic("Saga/Saga 007 (2012).cbz")
    with zipfile.ZipFile(comic, "a") as archive:
        archive.writestr("ComicInfo.xml", "<ComicInfo><Series>")
    refused = run("tag", comic, "--set", "title=One")
    assert (refused.code, "--on-malformed replace" in refused.err) == (1, True)
    done = run("tag", comic, "--set", "title=One", "--on-malformed", "replace")
    assert done.code == 0, done.err
    assert run("show", comic, "--json").value["tags"]["title"] == "One"
    assert run("process", comic, "--on-malformed", "replace", "--no-rename").code == 0


def test_items_that_fail_are_named_and_give_exit_code_1(run: CommandLine) -> None:
    run.comic("Saga/Saga 007 (2012).cbz")
    (run.library / "Saga" / "Broken 1.cbz").write_bytes(b"PK\3\4 cut off")
    done = run("process", "--all")
    assert done.code == 1
    assert "Broken 1.cbz" in done.err
    assert "1 failed" in done.out


def test_bad_usage_gives_one_clear_line_and_exit_code_2(run: CommandLine) -> None:
    for arguments, words in (
        (("process",), "PATHS, --all or --unprocessed"),
        (("process", "--all", "--template", "{nonsense}"), "nonsense"),
        (("tag", run.comic("A 1.cbz"), "--set", "nonsense=1"), "nonsense"),
        (("process", run.library / "notes.txt"), "notes.txt"),
        (("nonsense",), "nonsense"),
    ):
        if "notes.txt" in str(arguments[-1]):
            (run.library / "notes.txt").write_text("no comic")
        done = run(*arguments)
        assert done.code == 2, (arguments, done)
        assert words in done.err
        assert "Traceback" not in done.err


def test_bad_setting_names_the_variable_and_gives_exit_code_2(run: CommandLine) -> None:
    done = run("jobs", "list", MAX_WORKERS="many")
    assert done.code == 2
    assert "MAX_WORKERS" in done.err
    assert done.err.count("\n") == 1


def test_unknown_job_gives_exit_code_3(run: CommandLine) -> None:
    done = run("jobs", "show", "no-such-job")
    assert done.code == 3
    assert "no-such-job" in done.err


def test_token_is_alone_on_the_last_line_also_before_setup(run: CommandLine) -> None:
    done = run("token", "create", "reader")
    assert done.code == 0
    assert len(done.out.strip().splitlines()) == 1
    assert run("token", "list").out.splitlines()[-1].startswith("reader")


def test_parse_shows_the_field_of_each_part_of_a_name(run: CommandLine) -> None:
    done = run("parse", "Saga v2 #007 (2012) (digital).cbz", "--json")
    assert (done.value["series"], done.value["issue"], done.value["year"]) == ("Saga", "7", "2012")
    assert any(role == "issue" for _, _, role in done.value["explanation"])


def test_scan_fills_the_catalogue_that_files_lists(run: CommandLine) -> None:
    run.comic("Saga/Saga 007 (2012).cbz")
    assert run("scan").code == 0
    [listed] = run("files", "saga", "--json").value
    assert listed["path"].endswith("Saga 007 (2012).cbz")
    assert listed["state"] == "unprocessed"


def test_backup_made_by_one_command_is_restored_by_another(run: CommandLine) -> None:
    run("token", "create", "kept")
    target = run.config / "copy.db"
    assert run("backup", target).code == 0
    run("token", "delete", "kept")
    assert run("restore", target).code == 0
    assert "kept" in run("token", "list").out


def test_a_saved_job_runs_and_is_scheduled_by_its_name(run: CommandLine) -> None:
    run.comic("Saga/Saga 007 (2012).cbz")
    assert run("scan").code == 0
    saved = run("templates", "create", "Look", "--kind", "verify", "--filter", '{"text": "saga"}')
    assert saved.code == 0, saved.err
    ran = run("templates", "run", "Look", "--json")
    assert ran.value["total_items"] == 1
    added = run("schedules", "add", "Look", "--cron", "0 3 * * 0", "--timezone", "Europe/Berlin")
    assert added.code == 0, added.err
    assert "Sunday" in added.out
    [listed] = run("schedules", "list", "--json").value
    assert listed["name"] == "Look"


def test_built_in_templates_exist_from_the_start(run: CommandLine) -> None:
    names = {template["name"] for template in run("templates", "list", "--json").value}
    assert {"Process new files", "Verify the library", "Convert CBR to CBZ"} <= names


def test_export_import_export_is_byte_identical(run: CommandLine) -> None:
    run.comic("Saga/Saga 007 (2012).cbz")
    assert run("process", "--all").code == 0
    first, second = run.config / "first.jsonl", run.config / "second.jsonl"
    assert run("export", first).code == 0
    other = CommandLine(run.library, run.config.parent / "other")
    assert other("import", first).code == 0
    assert other("export", second).code == 0
    assert first.read_bytes() == second.read_bytes()


def test_results_of_a_job_are_exported_as_csv(run: CommandLine) -> None:
    run.comic("Saga/Saga 007 (2012).cbz")
    job = run("process", "--all", "--json").value["job_id"]
    table = run("export", "-", "--job", job, "--csv")
    assert table.code == 0, table.err
    assert "Saga 007 (2012).cbz" in table.out


def test_a_saved_scan_works_on_the_watched_folders(run: CommandLine) -> None:
    run.comic("Saga/Saga 007 (2012).cbz")
    assert run("templates", "run", "Scan the library").code == 0
    assert len(run("files", "--json").value) == 1


def test_rehearsal_works_on_copies_of_a_few_files_only(run: CommandLine) -> None:
    comics = [run.comic(f"Saga/Saga 00{number} (2012).cbz") for number in (1, 2, 3)]
    before = [comic.read_bytes() for comic in comics]
    copies = run.library / "Rehearsal"
    copies.mkdir()
    done = run("rehearse", run.library / "Saga", "--folder", copies, "--count", "2", "--json")
    assert done.code == 0, done.err
    assert done.value["total_items"] == 2
    assert len(list(copies.rglob("*.cbz"))) == 2
    assert [comic.read_bytes() for comic in comics] == before


def test_rehearsal_folder_may_be_anywhere_and_files_come_from_a_filter(run: CommandLine) -> None:
    comics = [run.comic(f"Saga/Saga 00{number} (2012).cbz") for number in (1, 2)]
    run("scan")
    outside = run.config.parent / "reader"
    chosen = ("--filter", '{"text": "001"}', "--priority", "high")
    done = run("rehearse", *chosen, "--folder", outside)
    assert (done.code, "Look at the copies in" in done.err) == (0, True), done.err
    assert len(list(outside.rglob("*.cbz"))) == 1
    assert all(comic.exists() for comic in comics)
    removed = run("remove-copies", done.err.split()[-1])
    assert removed.code == 0, removed.err
    assert f"delete {outside}/ComicMaintainer rehearsal" in removed.err
    assert [each for each in outside.rglob("*.cbz") if "trash" not in each.parts] == []
    assert run("rehearse", "--all", *chosen, "--folder", outside).code == 2


def test_failed_rehearsal_suggests_no_copies_to_look_at(run: CommandLine) -> None:
    broken = run.library / "Broken.cbz"
    broken.write_bytes(b"PK\3\4 cut off")
    done = run("rehearse", broken, "--folder", run.library / "Try")
    assert done.code == 1
    assert "Look at" not in done.err
    assert "comicmaintainer rest " not in done.err
    assert "comicmaintainer remove-copies" in done.err


def test_one_command_runs_the_rest_after_a_rehearsal(run: CommandLine) -> None:
    comics = [run.comic(f"Saga/Saga 00{number} (2012).cbz") for number in (1, 2, 3)]
    tried = run("rehearse", "--all", "--folder", run.library / "Try", "--count", "2")
    assert tried.code == 0, tried.err
    job_id = tried.err.partition("comicmaintainer rest ")[2].split()[0]
    assert run("scan", "--json").value["results"][0]["details"]["scan"]["files"] == 3
    preview = run("rest", job_id, "--preview", "--json")
    assert preview.value["total_items"] == 3
    assert all(comic.exists() for comic in comics)
    assert run("rest", job_id).code == 0
    assert not any(comic.exists() for comic in comics)
    assert run("remove-copies", job_id).code == 0
    assert list((run.library / "Try").iterdir()) == []
    again = run("remove-copies", job_id)
    assert again.code == 4
    assert "No copies" in again.err
    refused = run("rest", "nothing")
    assert refused.code == 3
