"""A process that asks ComicVine for issues until it has all of them, whatever happens to others.

    python -m tests.sources.asking_process DATABASE ADDRESS SPEED BEGAN SEED ISSUE…

Its clock runs `SPEED` times faster than time, since `BEGAN`.
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

from comicmaintainer.database import SqliteDatabase
from comicmaintainer.errors import AnswerDelayed
from comicmaintainer.matching.questions import IssueById
from comicmaintainer.sources.source_settings import GivenSettings
from comicmaintainer.sources.sources import Sources


def main() -> None:
    """Ask in an order of its own; come back at the times that are given."""
    path, address, speed, began, seed, *issues = sys.argv[1:]
    start, pace = float(began), float(speed)

    def now() -> float:
        return start + (time.time() - start) * pace

    given = {"comicvine": GivenSettings(True, address, {"key": "k"})}
    sources = Sources.build(SqliteDatabase(Path(path)), given, answer_days=30, now=now)
    random.Random(seed).shuffle(issues)
    waiting = dict.fromkeys(issues, 0.0)
    while waiting:
        issue, at = min(waiting.items(), key=lambda pair: pair[1])
        time.sleep(max(0.0, (at - now()) / pace))
        try:
            sources.answer("comicvine", IssueById(issue))
            del waiting[issue]
        except AnswerDelayed as delay:
            waiting[issue] = delay.until


if __name__ == "__main__":
    main()
