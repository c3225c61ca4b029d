"""Says how media servers keep progress when a job changes files: before, and while it waits.

Used by the outcome of a job, on pages and on the command line.
"""

from __future__ import annotations

from collections.abc import Mapping

from comicmaintainer.jobs.model import ACTIVE, Job
from comicmaintainer.media_servers.model import MediaServer, ProgressMode
from comicmaintainer.media_servers.order_store import OrderStore
from comicmaintainer.operations.declared.effects import CHANGED_CONTENTS, CHANGED_NAMES
from comicmaintainer.services import Services
from comicmaintainer.texts.current import t, tn


def progress_told(services: Services, job: Job, effects: Mapping[str, int]) -> list[str]:
    """Return sentences for people, one for each server that is switched on.

    For a preview they say how progress will be kept, for a job that is going on what waits.
    `effects` is the number of files with each effect.
    """
    if job.preview:
        changed = [set(effect.split()) for effect in effects]
        if not any(types & (CHANGED_CONTENTS | CHANGED_NAMES) for types in changed):
            return []
        is_both = any(types & CHANGED_CONTENTS and types & CHANGED_NAMES for types in changed)
        servers = [each for each in services.media_servers.all() if each.enabled]
        return [_will_be_kept(each, is_both=is_both) for each in servers]
    waiting = OrderStore(services.database).waiting(job.job_id) if job.status in ACTIVE else 0
    if not waiting:
        return []
    names = ", ".join(
        each.name
        for each in services.media_servers.all()
        if each.enabled and each.progress is ProgressMode.ORDERED
    )
    return [
        tn(
            "1 file waits until {server} has seen what has changed so far.",
            "{n} files wait until {server} has seen what has changed so far.",
            waiting,
            server=names,
        )
    ]


def _will_be_kept(server: MediaServer, *, is_both: bool) -> str:
    name = server.name
    match server.progress:
        case ProgressMode.OFF:
            return t("Progress in {server} is not kept.", server=name)
        case ProgressMode.CARRIED:
            told = t("Progress in {server} is carried over.", server=name)
        case ProgressMode.ORDERED if is_both:
            told = t(
                "Progress in {server} is kept in order: it sees the new contents before files get"
                " their new names.",
                server=name,
            )
        case ProgressMode.ORDERED:
            told = t("Progress in {server} is kept: it recognises the files itself.", server=name)
    if not server.failures:
        return told
    return f"{told} {t('It does not answer now; files wait for it.')}"
