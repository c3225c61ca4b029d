"""`worker`: a worker process by itself. It stays small without the web server's libraries."""

from __future__ import annotations

import click

from comicmaintainer.cli.session import Session, pass_session
from comicmaintainer.processes import worker as daemon


@click.command()
@pass_session
def worker(session: Session) -> None:
    """Run only a worker process; several may run at a time."""
    daemon.run(session.settings)
