"""Rules and the folders that use them on the command line."""

from __future__ import annotations

from tests.cli.conftest import CommandLine


def test_rules_are_made_given_to_a_folder_and_used(run: CommandLine) -> None:
    comic = run.comic("Manga/Rain/Rain 5.cbz")
    assert run("rules", "save", "Weekly", "--like", "manga", "--padding", "3").code == 0
    assert run("rules", "show", "weekly").value["padding"] == 3
    assert "Weekly" in run("rules", "list").out
    folder = run.library / "Manga"
    assert run("rules", "assign", folder, "--rules", "Weekly", "--new-files", "ask").code == 0
    told = run("rules", "of", comic, "--json").value
    assert (told["name"], told["folder"], told["new_files"]) == ("Weekly", str(folder), "ask")
    assert run("process", comic).code == 0
    assert (comic.parent / "Rain - Chapter 005.cbz").exists()
    assert run("rules", "remove", "Weekly").code == 4
    assert run("rules", "save", "Weekly", "--rename", "Chapters", "--padding", "2").code == 0
    listed = run("rules", "folders", "--json").value
    assert [(one["folder"], one["rules"]) for one in listed] == [
        ("", "comics"),
        (str(folder), "Chapters"),
    ]
    assert run("rules", "assign", folder, "--rules", "above", "--new-files", "above").code == 0
    assert run("rules", "remove", "Chapters").code == 0
    assert "Manga" not in run("rules", "folders").out


def test_the_whole_library_has_rules_and_a_treatment_of_new_files(run: CommandLine) -> None:
    assert run("rules", "assign", "--rules", "manga", "--new-files", "tag").code == 0
    (library,) = run("rules", "folders", "--json").value
    shown = {name: value for name, value in library.items() if value is not None}
    assert shown == {"folder": "", "rules": "manga", "new_files": "tag"}
    settings = {each["variable"]: each for each in run("settings", "--json").value}
    assert (settings["NEW_FILES"]["value"], settings["NEW_FILES"]["origin"]) == ("tag", "page")
    assert run("rules", "assign").code == 2


def test_a_folder_becomes_an_inbox_whose_comics_are_filed(run: CommandLine) -> None:
    comic = run.comic("New/Rain 5.cbz")
    inbox, series = run.library / "New", run.library / "Comics"
    assert run("rules", "inbox", inbox, series, "--folders", "{series}").code == 0
    assert str(series) in run("rules", "folders").out
    assert run("file", inbox, "--preview").code == 0
    assert comic.exists()
    assert run("file", inbox).code == 0
    assert (series / "Rain" / "Rain #0005.cbz").exists()
    assert not comic.exists()
    assert run("rules", "inbox", inbox, "--off").code == 0
    assert [one["folder"] for one in run("rules", "folders", "--json").value] == [""]
    assert run("rules", "inbox", inbox).code == 2


def test_an_inbox_can_not_file_into_itself(run: CommandLine) -> None:
    run.comic("New/Rain 5.cbz")
    refused = run("rules", "inbox", run.library / "New", run.library / "New" / "Sorted")
    assert refused.code == 2
    assert "lies in the inbox" in refused.err
