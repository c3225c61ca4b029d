"""Writers take turns."""

from __future__ import annotations

import threading
from pathlib import Path

from comicmaintainer.database.write_turn import WriteTurn


def test_only_one_holds_the_turn_at_a_time(tmp_path: Path) -> None:
    holding, most = 0, 0
    guard = threading.Lock()

    def write() -> None:
        nonlocal holding, most
        turn = WriteTurn(tmp_path / "turn")
        for _ in range(50):
            with turn.held():
                with guard:
                    holding += 1
                    most = max(most, holding)
                with guard:
                    holding -= 1
        turn.close()

    threads = [threading.Thread(target=write) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (holding, most) == (0, 1)
