"""Tags set, cleared and copied by hand."""

from __future__ import annotations

from workbench import Workbench, details, page_bytes, snapshot, tags


def test_fields_are_set_and_cleared(bench: Workbench) -> None:
    path = bench.comic("a.cbz", "<Series>Batman</Series><Year>2011</Year><Writer>Kane</Writer>")
    pages = page_bytes(path)
    bench.run("tag", [path], {"set": {"number": "71.4", "writer": "Finger"}, "clear": ["year"]})
    found = tags(path)
    assert (found.series, found.issue, found.year) == ("Batman", "71.4", None)
    assert found.people("Writer") == ("Finger",)
    assert page_bytes(path) == pages


def test_tags_are_copied_from_another_comic(bench: Workbench) -> None:
    source = bench.comic("a.cbz", "<Series>Batman</Series><Publisher>DC</Publisher>")
    target = bench.comic("b.cbz", "<Series>Robin</Series><Year>1990</Year>")
    bench.run("tag", [target], {"copy_from": "a.cbz", "fields": ["publisher"]})
    assert (tags(target).series, tags(target).publisher) == ("Robin", "DC")
    bench.run("tag", [target], {"copy_from": str(source), "set": {"title": "Begins"}})
    found = tags(target)
    assert (found.series, found.year, found.title) == ("Batman", 1990, "Begins")


def test_copying_from_outside_the_library_is_refused(bench: Workbench) -> None:
    path = bench.comic("a.cbz")
    (result,) = bench.run("tag", [path], {"copy_from": "/etc/passwd.cbz"})
    assert result.code == "outside_library"


def test_setting_what_is_set_already_writes_nothing(bench: Workbench) -> None:
    path = bench.comic("a.cbz", "<Series>Batman</Series>")
    before = snapshot(bench.library)
    (result,) = bench.run("tag", [path], {"set": {"series": "Batman"}})
    assert details(result)["unchanged"]
    assert snapshot(bench.library) == before


def test_tagging_keeps_the_state_of_the_file(bench: Workbench) -> None:
    path = bench.comic("Batman 5.cbz")
    bench.catalogued(path)
    bench.run("tag", [path], {"set": {"series": "Batman"}})
    assert bench.state_of(path) == "unprocessed"
    (result,) = bench.run("process", [path])
    target = details(result)["path"]
    bench.run("tag", [target], {"set": {"title": "Begins"}})
    assert bench.state_of(target) == "processed"


def test_unknown_fields_and_wrong_values_are_named(bench: Workbench) -> None:
    path = bench.comic("a.cbz")
    errors = [
        bench.run("tag", [path], params)[0].error or ""
        for params in ({"set": {"colour": "red"}}, {"set": {"year": "soon"}}, {})
    ]
    assert "colour" in errors[0]
    assert "soon" in errors[1]
    assert "'set', 'clear' and 'copy_from'" in errors[2]
