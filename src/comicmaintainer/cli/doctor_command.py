"""What may be wrong with this installation, and how to mend it: `doctor` and `support-bundle`."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from comicmaintainer import doctor as examination
from comicmaintainer.cli import change_lines, output
from comicmaintainer.cli.exit_codes import ExitCode
from comicmaintainer.cli.new_file import write_new
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


@click.command("support-bundle")
@click.argument("target", required=False, type=click.Path(path_type=Path))
@click.option("--names", is_flag=True, help="Keep the names of comics in it.")
@pass_session
def support_bundle(session: Session, target: Path | None, names: bool) -> None:
    """Write what helps others to find a fault to TARGET, a new ZIP file.

    It has versions, settings, checks, counts and the end of the log. It has no passwords, keys or
    tokens; names of users, hosts and comics are replaced.
    """
    # Loads what no other command needs.
    from comicmaintainer.support_bundle import bundle_name
    from comicmaintainer.support_bundle import support_bundle as bundle

    services = session.unchecked_services
    target = target or Path(bundle_name(services.now()))
    content = bundle(services, with_names=names)
    write_new(target, [content])
    output.say(f"Wrote {target} ({change_lines.size(len(content))}).")
