"""What is counted three times is found, and hardly anything else."""

from __future__ import annotations

import random

from comicmaintainer.library.repeated_pages.page_counter import PageCounter


def test_what_was_counted_three_times_is_always_found_and_little_else() -> None:
    source = random.Random(7)
    thrice = [source.randrange(-(1 << 63), 1 << 63) for _ in range(50)]
    once = [source.randrange(-(1 << 63), 1 << 63) for _ in range(30_000)]
    counter = PageCounter(len(thrice) * 3 + len(once))
    for numbers in (thrice, thrice, thrice, once):
        counter.add(numbers)
    found = counter.repeated([*thrice, *once])
    assert set(thrice) <= set(found)
    assert len(found) < len(thrice) + len(once) / 100


def test_counting_one_number_again_and_again_does_not_spill_into_others() -> None:
    counter = PageCounter(10)
    for _ in range(100):
        counter.add([5])
    assert counter.repeated([5]) == [5]
    assert counter.repeated([number for number in range(2_000) if number != 5]) == []
