"""Plans of many renames never overwrite: simulated 10,000 times, and carried out for real."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from comicmaintainer.comics.naming.rename_plan import (
    RenamePlan,
    place_key,
    plan_names,
    refused_names,
)

ALPHABET = [
    *("a.cbz", "A.cbz", "b.cbz", "B.CBZ", "c.cbz", "d.cbz", "e.cbz", "s/a.cbz", "s/b.cbz", "s"),
    *("caf\u00e9.cbz", "cafe\u0301.cbz", "CAF\u00c9.cbz", "stra\u00dfe.cbz", "STRASSE.cbz"),
    *("x" * 250 + ".cbz", "x" * 250 + ".CBZ", "a.cbz/b.cbz", "../out.cbz", "", "\udce9.cbz"),
]


def steps_of(*renames: tuple[str, str], existing: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    return [(step.source, step.target) for step in plan_names(renames, existing).steps]


def reasons_of(*renames: tuple[str, str], existing: tuple[str, ...] = ()) -> dict[str, str]:
    return {refused.old: refused.reason for refused in plan_names(renames, existing).refused}


def test_chain_is_carried_out_from_its_free_end() -> None:
    assert steps_of(("1", "2"), ("2", "3"), ("3", "4")) == [("3", "4"), ("2", "3"), ("1", "2")]


def test_swap_goes_through_one_temporary_name() -> None:
    steps = steps_of(("a", "b"), ("b", "a"))
    assert len(steps) == 3
    assert {source for source, _ in steps} >= {"a", "b"}
    assert steps[0][1].startswith(".comicmaintainer-rename-")


def test_case_only_change_goes_through_a_temporary_name_in_the_same_folder() -> None:
    steps = steps_of(("s/a.cbz", "s/A.cbz"))
    assert [step[0] for step in steps] == ["s/a.cbz", steps[0][1]]
    assert steps[0][1].startswith("s/.")
    assert steps[1][1] == "s/A.cbz"


def test_name_of_another_file_is_refused_whatever_its_case_or_normalisation() -> None:
    assert "another file" in reasons_of(("a", "B"), existing=("b",))["a"]
    assert "another file" in reasons_of(("a", "e\u0301"), existing=("\u00e9",))["a"]


def test_first_of_two_requests_for_one_name_wins() -> None:
    plan = plan_names([("a", "x"), ("b", "X")])
    assert [step.source for step in plan.steps] == ["a"]
    assert plan.refused[0].rename == 1


def test_refused_file_keeps_its_place_and_all_that_would_follow_are_refused() -> None:
    reasons = reasons_of(("a", "b"), ("b", "c"), ("c", "d"), existing=("d",))
    assert set(reasons) == {"a", "b", "c"}


def test_refused_requests_name_the_file_that_has_the_place_in_the_end() -> None:
    def blockers(*renames: tuple[str, str], existing: tuple[str, ...] = ()) -> dict[str, str]:
        return {one.old: one.blocker or "" for one in refused_names(renames, existing)}

    assert blockers(("a", "x"), ("b", "X")) == {"b": "x"}
    assert blockers(("a", "b"), ("b", "c"), existing=("c",)) == {"a": "b", "b": "c"}
    assert blockers(("a", "B"), existing=("b",)) == {"a": "b"}
    assert blockers(("A", "b"), ("b", "A"), ("a", "a")) == {"A": "b", "b": "a"}
    assert blockers(("a", "b/c"), existing=("b",)) == {"a": ""}


def test_refused_names_are_those_of_the_plan() -> None:
    randomness = random.Random(77)
    for _ in range(300):
        renames, library = generated(randomness)
        assert refused_names(renames, library) == plan_names(renames, library).refused


def test_unchanged_names_take_no_step_but_hold_their_place() -> None:
    plan = plan_names([("a", "a"), ("b", "A")])
    assert (plan.steps, plan.unchanged) == ((), ("a",))
    assert plan.refused[0].old == "b"


@pytest.mark.parametrize("new", ["", "..", "../x", "a//b", "x" * 256, "é" * 128, "\udce9", "a\0"])
def test_names_that_can_be_no_path_are_refused(new: str) -> None:
    assert "new" in reasons_of(("a", new))["a"]


def test_folder_and_file_of_one_name_are_refused() -> None:
    assert "folder" in reasons_of(("a", "b/c"), existing=("b",))["a"]
    assert "folder" in reasons_of(("a", "b"), existing=("b/c",))["a"]


def test_file_named_twice_is_renamed_once() -> None:
    assert "twice" in reasons_of(("a", "b"), ("a", "c"))["a"]


def test_ten_thousand_files_in_one_chain_are_planned() -> None:
    renames = [(f"{n}", f"{n + 1}") for n in range(10_000)]
    plan = plan_names(renames)
    assert [step.rename for step in plan.steps] == list(range(9_999, -1, -1))
    assert len(plan_names(renames, ["10000"]).refused) == 10_000


def generated(randomness: random.Random) -> tuple[list[tuple[str, str]], list[str]]:
    """A library as some filesystem could hold it, and renames of some of its files."""
    library = [name for name in ALPHABET if name and randomness.random() < 0.5 and "/b" not in name]
    library = [name for name in library if name not in ("s", "../out.cbz")]
    moved = [name for name in library if randomness.random() < 0.7]
    if randomness.random() < 0.3:  # permutations are where cycles come from
        targets = randomness.sample(moved, len(moved))
    else:
        targets = [randomness.choice(ALPHABET) for _ in moved]
    renames = list(zip(moved, targets, strict=True))
    if renames and randomness.random() < 0.1:
        renames.append(randomness.choice(renames))
    return renames, library


def simulate(plan: RenamePlan, library: list[str], *, folding: bool) -> dict[str, str]:
    """Carry the plan out on a model filesystem; returns place -> original name."""
    key = place_key if folding else str
    files = {key(name): name for name in library}
    assert len(files) == len(library)
    for step in plan.steps:
        assert key(step.target) not in files, "overwrites"
        files[key(step.target)] = files.pop(key(step.source))
    return files


def test_ten_thousand_generated_plans_overwrite_nothing() -> None:
    randomness = random.Random(20240531)
    carried_out = cycles = 0
    for _ in range(10_000):
        renames, library = generated(randomness)
        plan = plan_names(renames, library)
        done = {step.rename for step in plan.steps}
        refused = {refusal.rename for refusal in plan.refused}
        assert not done & refused
        assert len(done) + len(refused) + len(plan.unchanged) == len(renames)
        after = simulate(plan, library, folding=False)
        for index in done:
            old, new = renames[index]
            assert after[new] == old
        if len({place_key(name) for name in library}) == len(library):
            simulate(plan, library, folding=True)
        carried_out += len(done)
        cycles += len(plan.steps) > len(done)
    assert carried_out > 10_000
    assert cycles > 500


def test_generated_plans_carried_out_on_a_real_folder_lose_nothing(tmp_path: Path) -> None:
    randomness = random.Random(7)
    for number in range(100):
        root = tmp_path / str(number)
        root.mkdir()
        renames, library = generated(randomness)
        for name in library:
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).write_text(ascii(name))
        for step in plan_names(renames, library).steps:
            target = root / step.target
            target.parent.mkdir(exist_ok=True)
            os.link(root / step.source, target)  # refuses to overwrite
            (root / step.source).unlink()
        contents = sorted(path.read_text() for path in root.rglob("*") if path.is_file())
        assert contents == sorted(ascii(name) for name in library)
