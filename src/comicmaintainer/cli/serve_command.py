"""`serve`: the whole service."""

from __future__ import annotations

import click

from comicmaintainer.cli.session import Session, pass_session
from comicmaintainer.processes import serve as whole_service


@click.command()
@pass_session
def serve(session: Session) -> None:
    """Run the whole service, configured by the environment: web pages, API, worker and watcher."""
    whole_service.run(session.settings)
