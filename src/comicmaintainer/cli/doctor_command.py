"""`doctor`: what may be wrong with this installation, and how to mend it."""

from __future__ import annotations

import dataclasses

import click

from comicmaintainer import doctor as examination
from comicmaintainer.cli import output
from comicmaintainer.cli.exit_codes import ExitCode
from comicmaintainer.cli.session import Session, pass_session
from comicmaintainer.doctor import Verdict

_COLOURS = {Verdict.OK: "green", Verdict.WARNING: "yellow", Verdict.PROBLEM: "red"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def doctor(session: Session, as_json: bool) -> None:
    """Examine the installation: SQLite, folders, permissions, filesystems, disk, database.

    Exits with 1 if there is a problem, otherwise with 0, even if there are warnings.
    """
    checks = examination.examine(session.settings, session.unchecked_services.database)
    if as_json:
        output.as_json([dataclasses.asdict(check) for check in checks])
    else:
        for check in checks:
            output.marked(
                f"{check.verdict:8}", f"{check.name}: {check.finding}", fg=_COLOURS[check.verdict]
            )
            if check.advice:
                output.say(f"{'':8} {check.advice}")
    if any(check.verdict is Verdict.PROBLEM for check in checks):
        raise SystemExit(ExitCode.SOME_FAILED)
