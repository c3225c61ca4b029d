"""Reading lists and missing issues on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from comicmaintainer.library.reading_lists.cbl import read_cbl, write_cbl
from comicmaintainer.library.reading_lists.model import ListEntry
from tests.cli.conftest import CommandLine

OWLS = tuple(ListEntry("Owl", number, 2016, 2016) for number in ("2", "1", "9"))


@pytest.fixture
def owls(run: CommandLine) -> CommandLine:
    """A library with three issues of a series."""
    for number in ("1", "2", "4"):
        run.comic(f"Owl {number} (2016).cbz")
    assert run("scan").code == 0
    return run


def document(folder: Path, name: str, list_name: str = "") -> Path:
    path = folder / name
    path.write_bytes(write_cbl(list_name, OWLS))
    return path


def test_a_list_is_imported_shown_exported_and_removed(owls: CommandLine, tmp_path: Path) -> None:
    assert "There are no reading lists" in owls("lists", "list").err
    done = owls("lists", "import", document(tmp_path, "x.cbl", "Night owls"))
    assert (done.code, done.out) == (0, "Night owls: 2 of 3 here\n")
    (listed,) = owls("lists", "list", "--json").value
    assert (listed["name"], listed["entries"], listed["here"]) == ("Night owls", 3, 2)
    assert "Night owls" in owls("lists", "list").out
    shown = owls("lists", "show", "night owls")
    assert shown.out.splitlines()[0] == "Night owls: 2 of 3 here"
    assert str(owls.library / "Owl 2 (2016).cbz") in shown.out.splitlines()[2]
    assert shown.out.splitlines()[4].split() == ["3", "Owl", "#9", "(2016)", "missing"]
    only = owls("lists", "show", "Night owls", "--missing", "--json").value
    assert [each["title"] for each in only["items"]] == ["Owl #9 (2016)"]
    target = tmp_path / "out.cbl"
    assert owls("lists", "export", "Night owls", target).code == 0
    assert read_cbl(target.read_bytes()) == ("Night owls", OWLS)
    assert owls("lists", "export", "Night owls", target).code == 4
    values = owls("lists", "export", "Night owls", tmp_path / "out.json")
    assert values.code == 0
    assert '"title": "Owl #2 (2016)"' in (tmp_path / "out.json").read_text("utf-8")
    assert owls("lists", "export", "Night owls", "-").out.encode() == target.read_bytes()
    removed = owls("lists", "remove", "Night owls")
    assert (removed.code, removed.out) == (0, "Night owls is removed; no file was touched.\n")
    assert owls("lists", "show", "Night owls").code == 3


def test_one_file_of_several_that_is_no_list_does_not_stop_the_others(
    owls: CommandLine, tmp_path: Path
) -> None:
    (tmp_path / "odd.cbl").write_text("<Odd/>")
    good = document(tmp_path, "Good.cbl")
    done = owls("lists", "import", tmp_path / "odd.cbl", tmp_path / "none.cbl", good)
    assert (done.code, done.out) == (1, "Good: 2 of 3 here\n")
    assert "odd.cbl: This is not a reading list" in done.err
    assert "none.cbl does not exist" in done.err
    assert owls("lists", "import", tmp_path / "odd.cbl").code == 2
    assert owls("lists", "import", good).code == 4
    assert owls("lists", "import", good, "--replace").code == 0
    assert owls("lists", "import", good, "--name", "Other").out == "Other: 2 of 3 here\n"
    assert owls("lists", "import", good, good, "--name", "Other").code == 2


def test_a_list_is_made_of_a_filter_or_of_an_arc(owls: CommandLine) -> None:
    made = owls("lists", "create", "Mine", "--filter", '{"series": "Owl"}')
    assert made.out == "Mine: 3 of 3 here\n"
    named = owls("lists", "create", "Two", "--file", owls.library / "Owl 4 (2016).cbz")
    assert named.out == "Two: 1 of 1 here\n"
    file = owls.library / "Owl 2 (2016).cbz"
    tagged = owls("tag", file, "--set", "story_arcs=The Long Night", "--wait")
    assert tagged.code == 0, tagged.err
    arc = owls("lists", "create", "Night", "--arc", "the long night")
    assert arc.out == "Night: 1 of 1 here\n"
    assert owls("lists", "create", "None", "--arc", "Day").code == 3
    assert owls("lists", "create", "None").code == 2


def test_missing_issues_are_listed(owls: CommandLine) -> None:
    listed = owls("missing")
    assert listed.out.splitlines()[1].split() == ["Owl", "-", "3", "from", "1", "to", "4", "3"]
    (owl,) = owls("missing", "the owl", "--json").value
    assert (owl["name"], owl["volumes"][0]["numbers"]) == ("Owl", ["3"])
    assert owls("missing", "Fox").code == 3
    owls.comic("Owl 3 (2016).cbz")
    assert owls("scan").code == 0
    assert "Nothing is missing." in owls("missing").err
    assert owls("missing", "Owl", "--json").value == [{"name": "Owl", "volumes": []}]
