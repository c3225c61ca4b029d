"""`web`: the web server by itself."""

from __future__ import annotations

import click

from comicmaintainer.cli.session import Session, pass_session
from comicmaintainer.processes import serve


@click.command()
@pass_session
def web(session: Session) -> None:
    """Run only the web server; a worker must run beside it."""
    serve.run_web(session.settings)
