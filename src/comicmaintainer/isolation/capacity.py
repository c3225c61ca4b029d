"""How many helper processes this computer has room for beside the process that asks."""

from __future__ import annotations

from comicmaintainer.computer import Computer


def room_for_helpers(most: int, memory_bytes: int, computer: Computer | None = None) -> int:
    """Return how many helpers that use `memory_bytes` each can run, none with one core."""
    computer = computer or Computer.here()
    if computer.cores < 2:
        return 0
    return min(most, computer.cores, computer.free_bytes // memory_bytes)
