"""`worker`: a worker process by itself. It stays small without the web server's libraries."""

from __future__ import annotations

import click

from comicmaintainer.cli.session import Session, pass_session


@click.command()
@click.option(
    "--items-only",
    is_flag=True,
    help="Run items of jobs and nothing else: no watching, schedules, messages or maintenance.",
)
@pass_session
def worker(session: Session, items_only: bool) -> None:
    """Run only a worker process; several may run at a time."""
    if items_only:
        from comicmaintainer.processes import item_worker

        item_worker.run(session.settings)
    else:
        from comicmaintainer.processes import worker as main_worker

        main_worker.run(session.settings)
