"""How many helpers fit beside a process, by cores and free memory."""

from __future__ import annotations

import pytest

from comicmaintainer.computer import Computer
from comicmaintainer.isolation.capacity import room_for_helpers

GIB = 1 << 30


@pytest.mark.parametrize(
    ("most", "cores", "free_bytes", "room"),
    [
        (2, 4, 8 * GIB, 2),
        (5, 4, 8 * GIB, 4),
        (5, 2, 8 * GIB, 2),
        (5, 1, 8 * GIB, 0),
        (5, 4, 3 * GIB // 2, 1),
        (5, 4, GIB - 1, 0),
    ],
)
def test_helpers_are_bounded_by_cores_and_free_memory(
    most: int, cores: int, free_bytes: int, room: int
) -> None:
    assert room_for_helpers(most, GIB, Computer(cores, 16 * GIB, free_bytes)) == room


def test_this_computer_is_asked() -> None:
    assert room_for_helpers(0, GIB) == 0
    assert 0 <= room_for_helpers(2, GIB) <= 2
