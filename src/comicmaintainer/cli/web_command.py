"""`web`: the web server by itself."""

from __future__ import annotations

import click

from comicmaintainer.cli.session import Session, pass_session
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.processes import web_server


@click.command()
@pass_session
def web(session: Session) -> None:
    """Run only the web server; a worker must run beside it."""
    LibraryRoots(session.settings.watched_dirs)  # reports bad settings here, before Gunicorn starts
    web_server.replace_process()
