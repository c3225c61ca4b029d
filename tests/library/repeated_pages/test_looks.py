"""Repeated pages are found by hashes that differ in few bits."""

from __future__ import annotations

import random

from comicmaintainer.filesystem.stored_numbers import stored_number
from comicmaintainer.library.repeated_pages.looks import MOST_DISTANCE, LookIndex


def test_a_look_is_found_at_up_to_three_changed_bits_and_never_beyond_the_limit() -> None:
    source = random.Random(3)
    looks = [source.getrandbits(64) for _ in range(200)]
    index = LookIndex()
    for number, look in enumerate(looks):
        index.add(stored_number(look), number)
    for number, look in enumerate(looks):
        bits = source.sample(range(64), MOST_DISTANCE + 1)
        near = look ^ sum(1 << bit for bit in bits[:3])
        assert index.find(near) == number
        assert index.find(look ^ sum(1 << bit for bit in bits)) is None
