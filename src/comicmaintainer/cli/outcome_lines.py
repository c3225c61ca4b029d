"""What a preview or a job came to, file by file, as the command line prints it.

Files come in the order in which they were given. Changes that many files share are printed once,
with the names of the files below. Used by work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from comicmaintainer.cli import output
from comicmaintainer.cli.change_lines import count_of
from comicmaintainer.jobs.model import Job
from comicmaintainer.jobs.result_groups import UNCHANGED, Chosen

if TYPE_CHECKING:
    from comicmaintainer.jobs.job_manager import JobManager

_NAMED_UNCHANGED = 5


def print_changes(manager: JobManager, job: Job) -> None:
    """Print the files that would change, or have changed."""
    groups = manager.groups
    alike = groups.alike(job.job_id)
    for group in alike:
        output.changes(f"{count_of(group.items, 'file')}, all the same:", group.first.details)
        for result in groups.all(job.job_id, Chosen(group=group.group)):
            output.say(f"    {result.item}")
    effects = [effect for effect in groups.effects(job.job_id) if effect != UNCHANGED]
    single = Chosen(effects, failures=False, apart=[group.group for group in alike])
    for result in groups.all(job.job_id, single):
        output.changes(result.item, result.details)


def print_unchanged(manager: JobManager, job: Job) -> None:
    """Print the files that needed no change, or how many there are."""
    unchanged = manager.groups.effects(job.job_id).get(UNCHANGED, 0)
    if unchanged > _NAMED_UNCHANGED:
        output.say(f"{count_of(unchanged, 'file')}: nothing to change")
        return
    for result in manager.groups.all(job.job_id, Chosen([UNCHANGED], failures=False)):
        if job.preview or (result.details or {}).get("unchanged"):
            output.changes(result.item, result.details)
