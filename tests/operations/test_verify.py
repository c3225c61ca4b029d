"""Verification: sound, arrived broken, or rotted; and pages healed from a copy."""

from __future__ import annotations

from drawn import cbt, cbz, damage, pages_of
from workbench import Workbench, details, page_bytes, snapshot


def test_a_sound_comic_is_noted_as_verified(bench: Workbench) -> None:
    path = cbz(bench.library / "a.cbz", pages_of("one"))
    bench.catalogued(path)
    before = snapshot(bench.library)
    (result,) = bench.run("verify", [path])
    assert details(result)["report"]["sound"]
    row = bench.catalogue.by_path(path)
    assert row is not None
    assert row.verified_at == bench.clock()
    assert snapshot(bench.library) == before


def test_a_comic_that_arrived_broken_fails_with_a_report(bench: Workbench) -> None:
    pages = pages_of("one")
    path = cbz(bench.library / "a.cbz", pages)
    damage(path, pages["p02.png"])
    bench.catalogued(path)
    (result,) = bench.run("verify", [path])
    assert (result.success, result.code) == (False, "damaged_archive")
    assert result.details is not None
    assert [each["name"] for each in result.details["report"]["broken"]] == ["p02.png"]
    assert bench.state_of(path) == "failed"


def test_damage_in_a_file_that_nobody_wrote_is_bit_rot(bench: Workbench) -> None:
    pages = pages_of("one")
    path = cbz(bench.library / "a.cbz", pages)
    bench.catalogued(path)
    bench.run("verify", [path])
    damage(path, pages["p02.png"])
    (result,) = bench.run("verify", [path])
    assert result.code == "bit_rot"


def test_bit_rot_is_found_where_the_format_has_no_checksums(bench: Workbench) -> None:
    tail = b"what follows a picture is not looked at by decoders"
    pages = {name: content + tail for name, content in pages_of("one").items()}
    path = cbt(bench.library / "a (1).cbt", pages)
    bench.catalogued(path)
    (first,) = bench.run("verify", [path])
    assert first.success
    (renamed,) = bench.run("rename", [path], {"to": "b.cbt"})
    path = path.with_name("b.cbt")
    assert details(renamed)["path"] == str(path)
    assert bench.run("verify", [path])[0].success
    damage(path, tail)
    (result,) = bench.run("verify", [path])
    assert result.code == "bit_rot"
    assert bench.state_of(path) == "failed"


def test_a_broken_page_is_healed_from_a_copy(bench: Workbench) -> None:
    pages = pages_of("one")
    path = cbz(bench.library / "a.cbz", pages)
    copy = cbz(bench.library / "copy.cbz", {f"x-{name}": each for name, each in pages.items()})
    bench.catalogued(path, copy)
    damage(path, pages["p02.png"])
    (result,) = bench.run("verify", [path], {"heal": True})
    assert details(result)["changes"] == [{"type": "heal", "pages": ["p02.png"], "copy": str(copy)}]
    assert page_bytes(path) == pages
    assert bench.state_of(path) == "unprocessed"


def test_healing_needs_a_copy_that_is_sound_itself(bench: Workbench) -> None:
    pages = pages_of("one")
    path, copy = (cbz(bench.library / name, pages) for name in ("a.cbz", "b.cbz"))
    bench.catalogued(path, copy)
    for each in (path, copy):
        damage(each, pages["p02.png"])
    before = snapshot(bench.library)
    (result,) = bench.run("verify", [path], {"heal": True})
    assert result.code == "damaged_archive"
    assert snapshot(bench.library) == before


def test_a_preview_of_healing_shows_the_pages_and_changes_nothing(bench: Workbench) -> None:
    pages = pages_of("one")
    path, copy = (cbz(bench.library / name, pages) for name in ("a.cbz", "b.cbz"))
    bench.catalogued(path, copy)
    damage(path, pages["p02.png"])
    before = snapshot(bench.library)
    (result,) = bench.run("verify", [path], {"heal": True}, preview=True)
    assert result.details is not None
    assert result.details["changes"][0]["pages"] == ["p02.png"]
    assert snapshot(bench.library) == before
