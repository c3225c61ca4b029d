"""`identify`: find out online what comics are, or explain one without changing it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from comicmaintainer.cli import match_lines, output, targets
from comicmaintainer.cli.change_lines import count_of
from comicmaintainer.cli.kind_commands import kind_options, params_of
from comicmaintainer.cli.kind_jobs import job_options, run_kind
from comicmaintainer.cli.session import Session, pass_session
from comicmaintainer.errors import InvalidInput
from comicmaintainer.matching.model import FileFacts
from comicmaintainer.matching.plain_values import candidate_to_json, facts_to_json
from comicmaintainer.operations.declared.identify import KIND as IDENTIFY


@click.command(help=IDENTIFY.command_help)
@targets.PATHS
@targets.EVERYTHING
@click.option(
    "--explain",
    is_flag=True,
    help="Only show what speaks for and against candidates of a FILE.",
)
@kind_options(IDENTIFY)
@job_options()
@pass_session
def identify(
    session: Session,
    /,
    paths: tuple[Path, ...],
    everything: bool,
    explain: bool,
    **options: Any,
) -> None:
    """Run `identify`, or explain the match of one comic."""
    if explain:
        if len(paths) != 1 or not paths[0].is_file():
            raise InvalidInput("--explain takes one FILE.")
        _explain(session, paths[0].resolve(), params_of(IDENTIFY, options), options["as_json"])
        return
    chosen = targets.choose(session.services, paths, everything=everything)
    run_kind(session, IDENTIFY.name, chosen, params_of(IDENTIFY, options), **options)


def _explain(session: Session, path: Path, params: dict[str, Any], as_json: bool) -> None:
    from comicmaintainer.operations.planners.identify import explained
    from comicmaintainer.services.patient_sources import PatientSources
    from comicmaintainer.services.worker_tools import WorkerTools

    tools = WorkerTools.build(session.services)
    patient = PatientSources(tools.context.sources, now=session.services.now)
    try:
        group, matches = explained(tools.context, path, params, patient.answer)
    finally:
        tools.close()
    facts = next(file for file in group.files if file.key == str(path))
    if as_json:
        output.as_json(
            {
                "path": str(path),
                "group": [file.key for file in group.files],
                "sources": {
                    source: {
                        "level": str(match.level),
                        "reason": match.reason,
                        "candidates": [
                            candidate_to_json(each)
                            | {
                                "issue": facts_to_json(each.issues[str(path)])
                                if str(path) in each.issues
                                else None
                            }
                            for each in match.candidates
                        ],
                    }
                    for source, match in matches.items()
                },
            }
        )
        return
    output.say(str(path), bold=True)
    output.say(f"  {_facts_line(facts)}")
    if len(group.files) > 1:
        others = count_of(len(group.files) - 1, "file")
        output.say(f"  matched together with {others} of its folder")
    for source, match in matches.items():
        output.say(f"{source}: {match.level}; {match.reason}", bold=True)
        for candidate in match.candidates:
            match_lines.say_candidate(candidate)
            issue = candidate.issues.get(str(path))
            output.say(f"    issue {issue.number}, {issue.id}" if issue else "    no such issue")


def _facts_line(facts: FileFacts) -> str:
    parts = [
        ("series", facts.series),
        ("number", facts.number),
        ("year", ", ".join(map(str, facts.years)) or None),
        ("first year", facts.start_year),
        ("publisher", facts.publisher),
        ("pages", facts.page_count),
    ]
    return ", ".join(f"{name} {value}" for name, value in parts if value is not None)
