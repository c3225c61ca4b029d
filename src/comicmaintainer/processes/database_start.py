"""Waits at the start of a process until the database can be used.

Used by serve and by worker processes. A disk that is full is waited for as long as it takes; a
server for `SERVER_WITHIN_S`, because it may just be starting, too.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from comicmaintainer.database import Database, schema_check
from comicmaintainer.errors import DatabaseBusy, DatabaseFull

logger = logging.getLogger(__name__)

TRY_AGAIN_S = 10.0
ASK_AGAIN_S = 2.0
SERVER_WITHIN_S = 300.0


def wait_for_file(prepare: Callable[[], object], stopping: threading.Event) -> bool:
    """Call `prepare` until the disk is not full and nobody is in the way; False if stopped."""
    while not stopping.is_set():
        try:
            prepare()
        except (DatabaseFull, DatabaseBusy) as error:
            logger.warning("%s Trying again every %d s.", error, TRY_AGAIN_S)
            stopping.wait(TRY_AGAIN_S)
        else:
            return True
    return False


def wait_for_server(database: Database, stopping: threading.Event) -> bool:
    """Wait until the server answers, and check the schema; False if stopped.

    Raises:
        DatabaseBusy: it has not answered within SERVER_WITHIN_S.
        DatabaseError: it refuses, or its database can't be used.
    """
    deadline = time.monotonic() + SERVER_WITHIN_S
    logged = False
    while not stopping.is_set():
        try:
            schema_check.require_whole(database)
        except DatabaseBusy as error:
            if time.monotonic() > deadline:
                raise
            if not logged:
                logger.warning("%s Waiting for it, %d s at most.", error, SERVER_WITHIN_S)
            logged = True
            stopping.wait(ASK_AGAIN_S)
        else:
            return True
    return False
