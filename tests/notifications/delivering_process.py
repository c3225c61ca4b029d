"""A process that hands out events and delivers them until it is killed.

    python -m tests.notifications.delivering_process DATABASE CLOCK

Its time is what the file CLOCK says.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from comicmaintainer.database import SqliteDatabase
from comicmaintainer.notifications.dispatcher import Dispatcher
from comicmaintainer.notifications.senders.webhook import WebhookSender


def main() -> None:
    """Deliver."""
    path, clock = map(Path, sys.argv[1:])

    def now() -> float:
        return float(clock.read_text(encoding="ascii"))

    dispatcher = Dispatcher(SqliteDatabase(path), WebhookSender(now), {}, now=now)
    while True:
        dispatcher.hand_out()
        dispatcher.deliver_due()
        time.sleep(0.01)


if __name__ == "__main__":
    main()
