"""Renames that would clash are refused, and nothing that is accepted could overwrite a file."""

from __future__ import annotations

import random

import pytest

from comicmaintainer.comics.naming.name_clashes import place_key, refused_names

ALPHABET = [
    *("a.cbz", "A.cbz", "b.cbz", "B.CBZ", "c.cbz", "d.cbz", "e.cbz", "s/a.cbz", "s/b.cbz", "s"),
    *("caf\u00e9.cbz", "cafe\u0301.cbz", "CAF\u00c9.cbz", "stra\u00dfe.cbz", "STRASSE.cbz"),
    *("x" * 250 + ".cbz", "x" * 250 + ".CBZ", "a.cbz/b.cbz", "../out.cbz", "", "\udce9.cbz"),
]


def reasons_of(*renames: tuple[str, str], existing: tuple[str, ...] = ()) -> dict[str, str]:
    return {refused.old: refused.reason for refused in refused_names(renames, existing)}


def test_name_of_another_file_is_refused_whatever_its_case_or_normalisation() -> None:
    assert "another file" in reasons_of(("a", "B"), existing=("b",))["a"]
    assert "another file" in reasons_of(("a", "e\u0301"), existing=("\u00e9",))["a"]


def test_first_of_two_requests_for_one_name_wins() -> None:
    assert [one.rename for one in refused_names([("a", "x"), ("b", "X")])] == [1]


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


def test_unchanged_names_hold_their_place() -> None:
    assert list(reasons_of(("a", "a"), ("b", "A"))) == ["b"]


def test_chains_circles_and_changes_of_case_are_not_refused() -> None:
    assert refused_names([("1", "2"), ("2", "3"), ("3", "4")]) == ()
    assert refused_names([("a", "b"), ("b", "a")]) == ()
    assert refused_names([("s/a.cbz", "s/A.cbz")]) == ()


@pytest.mark.parametrize("new", ["", "..", "../x", "a//b", "x" * 256, "é" * 128, "\udce9", "a\0"])
def test_names_that_can_be_no_path_are_refused(new: str) -> None:
    assert "new" in reasons_of(("a", new))["a"]


def test_folder_and_file_of_one_name_are_refused() -> None:
    assert "folder" in reasons_of(("a", "b/c"), existing=("b",))["a"]
    assert "folder" in reasons_of(("a", "b"), existing=("b/c",))["a"]


def test_file_named_twice_is_renamed_once() -> None:
    assert "twice" in reasons_of(("a", "b"), ("a", "c"))["a"]


def test_ten_thousand_files_in_one_chain_are_compared() -> None:
    renames = [(f"{n}", f"{n + 1}") for n in range(10_000)]
    assert refused_names(renames) == ()
    assert len(refused_names(renames, ["10000"])) == 10_000


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


def test_accepted_renames_end_at_distinct_places() -> None:
    randomness = random.Random(20240531)
    accepted = 0
    for _ in range(10_000):
        renames, library = generated(randomness)
        refused = {one.rename for one in refused_names(renames, library)}
        moved = dict(pair for index, pair in enumerate(renames) if index not in refused)
        staying = {place_key(name) for name in library if moved.get(name, name) == name}
        places = [place_key(new) for old, new in moved.items() if old != new]
        assert len(places) == len(set(places))
        assert not staying & set(places)
        accepted += len(places)
    assert accepted > 10_000
