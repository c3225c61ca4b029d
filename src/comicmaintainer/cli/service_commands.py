"""`serve` and its parts: the processes of the service."""

from __future__ import annotations

import click

from comicmaintainer.cli.session import Session, pass_session
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.processes import serve as whole_service
from comicmaintainer.processes import web_server
from comicmaintainer.processes import worker as daemon


@click.command()
@pass_session
def serve(session: Session) -> None:
    """Run the whole service, configured by the environment: web pages, API, worker and watcher."""
    whole_service.run(session.settings)


@click.command()
@pass_session
def web(session: Session) -> None:
    """Run only the web server; a worker must run beside it."""
    LibraryRoots(session.settings.watched_dirs)  # reports bad settings here, before Gunicorn starts
    web_server.replace_process()


@click.command()
@pass_session
def worker(session: Session) -> None:
    """Run only a worker process; several may run at a time."""
    daemon.run(session.settings)
