"""Names among the files of one job: chains, circles and collisions, shown and carried out."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from comicmaintainer.errors import DiskFull
from comicmaintainer.jobs.model import HandIn, ItemState, JobRequest, JobResult, JobStatus
from comicmaintainer.library.journal import ChangeState
from comicmaintainer.operations.runners import build_runners
from comicmaintainer.services.requests import Requests
from tests.operations.workbench import (
    Guard,
    Workbench,
    details,
    outcome_of,
    page_bytes,
    sha256,
    snapshot,
    tags,
)

BY_NUMBER = {"template": "{series} {issue}", "padding": 1}


def numbered(
    bench: Workbench, wishes: Mapping[str, str], folder: str = "Saga", *, copies: bool = False
) -> list[Path]:
    """Comics by the name that they have and the number that their tags give them.

    With `copies` those of one number have the same pages, else all are different comics.
    """
    paths = []
    for name, number in wishes.items():
        xml = f"<Series>Saga</Series><Number>{number}</Number>"
        seed = number if copies else f"{folder}/{name}"
        paths.append(bench.comic(f"{folder}/Saga {name}.cbz", xml, seed=seed))
    bench.catalogued(*paths)
    return paths


def held(bench: Workbench, folder: str = "Saga") -> dict[str, str]:
    """The numbers in the tags by the names that the files have."""
    found = sorted((bench.library / folder).glob("*.cbz"))
    return {path.stem.removeprefix("Saga "): tags(path).issue or "" for path in found}


def preview(bench: Workbench, paths: Sequence[Path], kind: str = "rename") -> list[JobResult]:
    before = snapshot(bench.library)
    shown = bench.run(kind, paths, BY_NUMBER, preview=True)
    assert snapshot(bench.library) == before
    return shown


def apply(bench: Workbench, shown: Sequence[JobResult]) -> list[JobResult]:
    requests = Requests(bench.manager, bench.journal)
    job = bench.manager.submit(requests.apply(shown[0].job_id))
    bench.work()
    assert bench.manager.get(job.job_id).status is JobStatus.COMPLETED
    return bench.results(job.job_id)


def undo(bench: Workbench, job_id: str) -> list[JobResult]:
    changes = bench.journal.changes_of_job(job_id, limit=1000, state=ChangeState.APPLIED)
    return bench.run("undo", [str(change.change_id) for change in changes])


def outcome(results: Sequence[JobResult]) -> list[Any]:
    """What people are shown of each item: its changes, or the code of its failure."""
    return [
        (result.item, result.details["changes"] if result.details else result.code)
        for result in results
    ]


@pytest.mark.parametrize("kind", ["rename", "process"])
@pytest.mark.parametrize("wanted", [1, 50])
@pytest.mark.parametrize(
    "wishes",
    [
        {"1": "2", "2": "3", "3": "4"},
        {"4": "3", "3": "2", "2": "1"},
        {"1": "2", "2": "1"},
        {"1": "2", "2": "3", "3": "1", "4": "5", "5": "4", "6": "7"},
    ],
)
def test_files_of_a_job_that_hold_each_others_names_all_get_theirs(
    bench: Workbench, wishes: dict[str, str], wanted: int, kind: str
) -> None:
    paths = numbered(bench, wishes)
    pages = {wishes[path.stem.removeprefix("Saga ")]: page_bytes(path) for path in paths}
    rows = {path: bench.catalogue.by_path(path) for path in paths}
    before = snapshot(bench.library)
    job = bench.submit(kind, paths, BY_NUMBER)
    bench.work(wanted=wanted)
    results = bench.results(job.job_id)
    assert [result.error for result in results] == [None] * len(paths)
    assert held(bench) == {number: number for number in wishes.values()}
    for result in results:
        target = Path(details(result)["path"])
        assert page_bytes(target) == pages[target.stem.removeprefix("Saga ")]
        assert details(result)["changes"] == [
            {"type": "rename", "from": result.item, "to": str(target)}
        ]
        old, new = rows[Path(result.item)], bench.catalogue.by_path(target)
        assert old is not None
        assert new is not None
        assert old.file_id == new.file_id
    undone = undo(bench, job.job_id)
    assert [result.error for result in undone] == [None] * len(paths)
    assert {name: digest for name, (digest, _) in snapshot(bench.library).items()} == {
        name: digest for name, (digest, _) in before.items()
    }
    again = {path: bench.catalogue.by_path(path) for path in paths}
    assert {p: r and r.file_id for p, r in again.items()} == {
        p: r and r.file_id for p, r in rows.items()
    }
    assert bench.journal.open_changes() == []


def test_tags_and_names_change_together_in_a_circle(bench: Workbench) -> None:
    first = bench.comic("Saga/Saga 1 (2011).cbz", "<Series>Saga</Series><Number>2</Number>")
    second = bench.comic("Saga/Saga 2 (2011).cbz", "<Series>Saga</Series><Number>1</Number>")
    originals = {path: sha256(path) for path in (first, second)}
    bench.catalogued(first, second)
    params = {"template": "{series} {issue} ({year})", "padding": 1}
    results = bench.run("process", [first, second], params)
    assert [[change["type"] for change in details(r)["changes"]] for r in results] == [
        ["tags", "rename"],
        ["tags", "rename"],
    ]
    assert [tags(path).issue for path in (first, second)] == ["1", "2"]
    assert [tags(path).year for path in (first, second)] == [2011, 2011]
    undo(bench, results[0].job_id)
    assert {path: sha256(path) for path in (first, second)} == originals


@pytest.mark.parametrize("kind", ["rename", "process"])
def test_a_preview_shows_chains_and_circles_and_apply_does_them(
    bench: Workbench, kind: str
) -> None:
    wishes = {"1": "2", "2": "3", "3": "4", "7": "8", "8": "7"}
    paths = numbered(bench, wishes)
    shown = preview(bench, paths, kind)
    folder = bench.library / "Saga"
    assert outcome(shown) == [
        (
            str(folder / f"Saga {old}.cbz"),
            [
                {
                    "type": "rename",
                    "from": str(folder / f"Saga {old}.cbz"),
                    "to": str(folder / f"Saga {new}.cbz"),
                }
            ],
        )
        for old, new in wishes.items()
    ]
    assert outcome(apply(bench, shown)) == outcome(shown)
    assert held(bench) == {number: number for number in wishes.values()}


@pytest.mark.parametrize("places", [True, False])
def test_a_preview_shows_which_of_its_files_will_be_the_duplicate(
    tmp_path: Path, places: bool
) -> None:
    bench = Workbench(tmp_path, duplicate_dir=tmp_path / "duplicates" if places else None)
    paths = numbered(bench, {"a": "5", "b": "5", "c": "5"}, copies=True)
    shown = preview(bench, paths)
    target = str(bench.library / "Saga" / "Saga 5.cbz")
    assert [details(each).get("duplicate_of") for each in shown] == [None, target, target]
    assert [details(each).get("after") for each in shown] == [None, str(paths[0]), str(paths[0])]
    done = apply(bench, shown)
    assert outcome(done) == outcome(shown)
    assert bench.state_of(Path(details(done[1])["path"])) == (None if places else "duplicate")


@pytest.mark.parametrize("places", [True, False])
def test_a_preview_shows_which_of_its_files_will_be_in_conflict(
    tmp_path: Path, places: bool
) -> None:
    bench = Workbench(tmp_path, duplicate_dir=tmp_path / "duplicates" if places else None)
    paths = numbered(bench, {"a": "5", "b": "5", "c": "5"})
    shown = preview(bench, paths)
    target = str(bench.library / "Saga" / "Saga 5.cbz")
    assert [details(each).get("conflict_with") for each in shown] == [None, target, target]
    assert [details(each).get("after") for each in shown] == [None, str(paths[0]), str(paths[0])]
    assert [details(each)["path"] for each in shown] == [target, *map(str, paths[1:])]
    done = apply(bench, shown)
    assert outcome(done) == outcome(shown)
    assert sorted(path.name for path in (bench.library / "Saga").iterdir()) == [
        "Saga 5.cbz",
        "Saga b.cbz",
        "Saga c.cbz",
    ]
    assert not list((tmp_path / "duplicates").rglob("*.cbz"))
    for path in paths[1:]:
        row = bench.catalogue.by_path(path)
        assert row is not None
        assert (row.state, row.conflict_with, row.duplicate_of) == ("conflict", target, None)
        assert row.reason == "Another comic has the name Saga 5.cbz."
    undo(bench, done[0].job_id)
    assert [bench.state_of(path) for path in paths] == ["unprocessed"] * 3


@pytest.mark.parametrize("spelling", ["SAGA", "Saga"])
@pytest.mark.parametrize("kind", ["duplicate_of", "conflict_with"])
def test_names_that_differ_in_letter_case_only_collide_in_a_preview(
    bench: Workbench, spelling: str, kind: str
) -> None:
    seeds = ("one", "one" if kind == "duplicate_of" else "two")
    first = bench.comic("x/a.cbz", "<Series>Saga</Series><Number>1</Number>", seed=seeds[0])
    second = bench.comic("x/b.cbz", f"<Series>{spelling}</Series><Number>1</Number>", seed=seeds[1])
    bench.catalogued(first, second)
    shown = preview(bench, [first, second])
    assert details(shown[1])[kind] == str(first.with_name("Saga 1.cbz"))
    assert outcome(apply(bench, shown)) == outcome(shown)
    assert sorted(path.name for path in first.parent.iterdir()) == ["Saga 1.cbz", "b.cbz"]


@pytest.mark.parametrize("places", [True, False])
def test_who_follows_a_file_that_stays_is_shown_in_conflict_with_it(
    tmp_path: Path, places: bool
) -> None:
    bench = Workbench(tmp_path, duplicate_dir=tmp_path / "duplicates" if places else None)
    first, second, third = numbered(bench, {"1": "2", "2": "3", "3": "3"})
    shown = preview(bench, [first, second, third])
    expected = [str(second), str(third), None]
    assert [details(each).get("conflict_with") for each in shown] == expected
    assert outcome(apply(bench, shown)) == outcome(shown)[:2]
    direct = bench.run("rename", [first, second, third], BY_NUMBER)
    assert [details(each).get("conflict_with") for each in direct] == expected
    assert [details(each)["unchanged"] for each in direct] == [True, True, True]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("wanted", [1, 3])
@pytest.mark.parametrize("taken", ["5", "7", "9"])
def test_names_that_a_circle_sets_free_go_to_its_own_files(
    bench: Workbench, seed: int, wanted: int, taken: str
) -> None:
    circle = {"5": "9", "9": "7", "7": "5"}
    paths = numbered(bench, {"8": taken, **circle})
    job = bench.submit("rename", paths, BY_NUMBER)
    chance = random.Random(seed)
    runners = build_runners(bench.context)
    done: list[HandIn] = []
    while (claims := bench.claim(wanted)) or done:
        chance.shuffle(claims)
        done += [HandIn(claim, outcome_of(runners, claim, Guard()), 0.01) for claim in claims]
        chance.shuffle(done)
        bench.manager.items.exchange(bench.worker_id, [done.pop()], 0, (), bench.clock())
    assert held(bench) == {"5": "5", "7": "7", "8": taken, "9": "9"}
    results = [details(each) for each in bench.results(job.job_id)]
    assert results[0]["path"] == str(paths[0])
    assert results[0]["conflict_with"] == str(paths[0].with_name(f"Saga {taken}.cbz"))


@pytest.mark.parametrize("places", [True, False])
def test_files_that_exchange_names_go_before_an_earlier_one_that_wants_one_of_these(
    tmp_path: Path, places: bool
) -> None:
    bench = Workbench(tmp_path, duplicate_dir=tmp_path / "duplicates" if places else None)
    paths = numbered(bench, {"8": "5", "5": "9", "9": "5"})
    shown = preview(bench, paths)
    assert [details(each)["path"] for each in shown] == [
        str(paths[0]),
        str(paths[2]),
        str(paths[1]),
    ]
    assert details(shown[0])["conflict_with"] == str(paths[1])
    assert outcome(apply(bench, shown)) == outcome(shown)
    assert held(bench) == {"5": "5", "8": "5", "9": "9"}


def test_who_follows_a_duplicate_that_stays_is_in_conflict_with_it(bench: Workbench) -> None:
    first = numbered(bench, {"1": "2"})[0]
    second, third = numbered(bench, {"2": "3", "3": "3"}, copies=True)
    shown = preview(bench, [first, second, third])
    assert details(shown[0])["conflict_with"] == str(second)
    assert details(shown[1])["duplicate_of"] == str(third)
    assert outcome(apply(bench, shown)) == outcome(shown)[:2]


def test_who_follows_a_duplicate_that_is_moved_away_gets_its_name(tmp_path: Path) -> None:
    for folder in ("direct", "previewed"):
        (tmp_path / folder).mkdir()
        bench = Workbench(tmp_path / folder, duplicate_dir=tmp_path / folder / "duplicates")
        paths = numbered(bench, {"1": "2", "2": "3", "3": "3"}, copies=True)
        if folder == "direct":
            bench.run("rename", paths, BY_NUMBER)
        else:
            shown = preview(bench, paths)
            assert outcome(apply(bench, shown)) == outcome(shown)[:2]
        assert held(bench) == {"2": "2", "3": "3"}
        assert [path.name for path in (tmp_path / folder / "duplicates" / "Saga").iterdir()] == [
            "Saga 2.cbz"
        ]


def test_duplicates_of_one_name_are_shown_at_different_places(tmp_path: Path) -> None:
    bench = Workbench(tmp_path, duplicate_dir=tmp_path / "duplicates")
    wishes = {"1": "1", "01": "1"}
    paths = [
        *numbered(bench, wishes, "A/Saga", copies=True),
        *numbered(bench, wishes, "B/Saga", copies=True),
    ]
    shown = preview(bench, paths)
    places = [Path(details(each)["path"]).name for each in shown]
    assert places == ["Saga 1.cbz", "Saga 01.cbz", "Saga 1.cbz", "Saga 01 (2).cbz"]
    assert outcome(apply(bench, shown)) == [each for each in outcome(shown) if each[1]]


@pytest.mark.parametrize("place", ["../../elsewhere.cbz", "Saga/.hidden.cbz", "Saga/other.exe"])
def test_a_place_invented_in_a_stored_preview_is_not_used(tmp_path: Path, place: str) -> None:
    bench = Workbench(tmp_path, duplicate_dir=tmp_path / "duplicates")
    (tmp_path / "duplicates").mkdir()
    paths = numbered(bench, {"1": "1", "01": "1"}, copies=True)
    shown = preview(bench, paths)
    plan = json.loads(json.dumps(shown[1].details))
    made_up = str(tmp_path / "duplicates" / place)
    plan["changes"][0]["to"] = plan["path"] = made_up
    before = snapshot(bench.library)
    request = JobRequest(
        "rename", [str(paths[1])], BY_NUMBER, item_params={str(paths[1]): {"plan": plan}}
    )
    job = bench.manager.submit(request)
    bench.work()
    assert [result.code for result in bench.results(job.job_id)] == ["file_changed"]
    assert snapshot(bench.library) == before
    assert not Path(made_up).exists()


def test_a_preview_applied_after_a_file_of_it_changed_refuses_that_and_its_followers(
    bench: Workbench,
) -> None:
    first, second, third = numbered(bench, {"1": "2", "2": "3", "9": "9"})
    shown = preview(bench, [first, second, third])
    with second.open("ab") as file:
        file.write(b"changed")
    done = apply(bench, shown)
    assert [result.code for result in done] == ["target_exists", "file_changed"]
    assert held(bench) == {"1": "2", "2": "3", "9": "9"}


def test_a_file_whose_name_is_held_by_one_that_failed_fails_with_that_reason(
    bench: Workbench,
) -> None:
    first, second = numbered(bench, {"1": "2", "2": "3"})
    second.write_bytes(b"no archive" * 100)
    before = snapshot(bench.library)
    for is_preview in (False, True):
        results = bench.run("rename", [first, second], BY_NUMBER, preview=is_preview)
        assert [result.code for result in results] == ["target_exists", "not_an_archive"]
        assert str(second) in (results[0].error or "")
    assert snapshot(bench.library) == before


def test_retrying_the_failed_gives_all_of_them_their_names(bench: Workbench) -> None:
    first, second = numbered(bench, {"1": "2", "2": "3"})
    content = second.read_bytes()
    second.write_bytes(b"no archive" * 100)
    failed = bench.run("rename", [first, second], BY_NUMBER)
    second.write_bytes(content)
    assert bench.manager.retry(failed[0].job_id) == 2
    bench.work()
    assert held(bench) == {"2": "2", "3": "3"}


@pytest.mark.parametrize("kind", ["rename", "process"])
def test_of_items_that_want_one_name_the_first_gets_it_in_whatever_order_they_run(
    bench: Workbench, kind: str
) -> None:
    paths = numbered(bench, {"b": "5", "a": "5", "c": "5", "d": "6"})
    job = bench.submit(kind, paths, BY_NUMBER)
    runners = build_runners(bench.context)
    while claims := bench.claim():
        for claim in reversed(claims):
            done = HandIn(claim, outcome_of(runners, claim, Guard()), 0.01)
            bench.manager.items.exchange(bench.worker_id, [done], 0, (), bench.clock())
    results = bench.results(job.job_id)
    assert [Path(details(each)["path"]).name for each in results] == [
        "Saga 5.cbz",
        "Saga a.cbz",
        "Saga c.cbz",
        "Saga 6.cbz",
    ]


@pytest.mark.parametrize("kind", ["duplicate_of", "conflict_with"])
def test_a_name_that_a_file_outside_the_job_has(bench: Workbench, kind: str) -> None:
    first, second = numbered(bench, {"1": "2", "2": "2"}, copies=kind == "duplicate_of")
    shown = preview(bench, [first])
    (direct,) = bench.run("rename", [first], BY_NUMBER)
    assert details(direct)[kind] == details(shown[0])[kind] == str(second)


def test_a_file_with_two_names_among_items_of_equal_place(bench: Workbench) -> None:
    lower, upper = numbered(bench, {"x": "1", "X": "2"})
    shown = preview(bench, [lower, upper])
    assert [details(each)["changes"][0]["type"] for each in shown] == ["rename", "rename"]
    apply(bench, shown)
    assert held(bench) == {"1": "1", "2": "2"}


def test_who_waits_for_a_file_that_then_fails_fails_too_and_waits_no_longer(
    bench: Workbench,
) -> None:
    paths = numbered(bench, {"1": "2", "2": "3"})
    job = bench.submit("rename", paths, BY_NUMBER)
    full = [True]

    def no_space() -> None:
        if full:
            full.clear()
            raise DiskFull("no space")

    bench.work(Guard(no_space))
    codes = [result.code for result in bench.results(job.job_id)]
    assert codes == ["target_exists", "disk_full"]
    assert held(bench) == {"1": "2", "2": "3"}


# --- jobs that are stopped while a file stands aside ---------------------------------------------


def stopped_aside(bench: Workbench, paths: Sequence[Path]) -> JobRequest | str:
    """Run a job over a circle until one of its files stands aside; returns the job's id."""
    job = bench.submit("rename", paths, BY_NUMBER)
    bench.work(wanted=1, until=lambda: bool(list(bench.library.rglob("*.moving.cbz"))))
    assert len(list(bench.library.rglob("*.moving.cbz"))) == 1
    return job.job_id


@pytest.mark.parametrize("stop", ["cancel_job", "pause", "delete_job"])
def test_a_file_set_aside_gets_its_old_name_when_its_job_is_stopped(
    bench: Workbench, stop: str
) -> None:
    paths = numbered(bench, {"1": "2", "2": "3", "3": "1"})
    job_id = stopped_aside(bench, paths)
    assert bench.finish_stopped() == 0
    assert bench.recover() == 0
    getattr(bench.manager, stop)(job_id)
    assert bench.finish_stopped() == 1
    assert held(bench) == {"1": "2", "2": "3", "3": "1"}
    assert bench.journal.open_changes() == []
    assert all(bench.catalogue.by_path(path) for path in paths)
    if stop == "pause":
        bench.manager.resume(str(job_id))
        bench.work()
        assert held(bench) == {"1": "1", "2": "2", "3": "3"}


def test_a_file_set_aside_whose_names_are_both_taken_gets_its_old_one_with_a_number(
    bench: Workbench,
) -> None:
    paths = numbered(bench, {"1": "2", "2": "1"})
    job_id = str(stopped_aside(bench, paths))
    (aside,) = bench.library.rglob("*.moving.cbz")
    number = tags(aside).issue
    (old,) = [path for path in paths if not path.exists()]
    numbered(bench, {old.stem.removeprefix("Saga "): "77"})
    bench.manager.cancel_job(job_id)
    bench.finish_stopped()
    home = old.with_name(f"{old.stem} (2).cbz")
    assert tags(home).issue == number
    assert not aside.exists()
    (change,) = bench.journal.changes_of_job(job_id, state=ChangeState.APPLIED)
    assert (change.path_before, change.path_after) == (str(old), str(home))


def test_items_wait_and_are_not_run_while_the_holder_is(bench: Workbench) -> None:
    paths = numbered(bench, {"1": "2", "2": "3"})
    job = bench.submit("rename", paths, BY_NUMBER)
    bench.work(wanted=1, until=lambda: True)
    states = {seq: state for seq, _, state in bench.manager.results.items(job.job_id)}
    assert states == {0: ItemState.WAITING, 1: ItemState.QUEUED}
