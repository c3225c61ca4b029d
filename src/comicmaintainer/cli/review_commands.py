"""`review`: matches that a person has to look at, and the decisions about them."""

from __future__ import annotations

import os

import click

from comicmaintainer.cli import match_lines, output, work
from comicmaintainer.cli.change_lines import count_of
from comicmaintainer.cli.command_group import CommandGroup
from comicmaintainer.cli.session import Session, pass_session
from comicmaintainer.database.paging import all_entries
from comicmaintainer.jobs.model import JobRequest, Trigger
from comicmaintainer.library.matches.model import MatchState, series_ref
from comicmaintainer.library.matches.plain_values import decision_of, match_of, matched_file_of
from comicmaintainer.matching.plain_values import facts_to_json


@click.group(cls=CommandGroup)
def review() -> None:
    """Choose the series of files that could not be identified with certainty."""


@review.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def list_matches(session: Session, as_json: bool) -> None:
    """List the series that wait for a decision."""
    store = session.services.matches
    matches = list(all_entries(lambda key: store.page(MatchState.OPEN, after_key=key)))
    if as_json:
        output.as_json([match_of(match) for match in matches])
        return
    if not matches:
        output.note("Nothing waits for a decision.")
        return
    output.as_table(
        ["id", "series", "files", "best candidate", "why"],
        [
            [
                str(match.match_id),
                match.name,
                f"{match.files:,}",
                match_lines.series_line(match.candidates[0].series) if match.candidates else "",
                match.reason,
            ]
            for match in matches
        ],
    )


@review.command()
@click.argument("match_id", type=int)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def show(session: Session, match_id: int, as_json: bool) -> None:
    """Show the files and the candidates of the match MATCH_ID, side by side with the evidence."""
    match = session.services.matches.get(match_id)
    files = session.services.matches.files(match_id)
    if as_json:
        shown = [matched_file_of(file) for file in files]
        output.as_json(match_of(match) | {"matched_files": shown})
        return
    output.say(f"{match.name} in {match.group.folder}", bold=True)
    output.say(f"  {count_of(match.files, 'file')}: {match.reason}")
    for candidate in match.candidates:
        match_lines.say_candidate(candidate)
    for file in files:
        output.say(f"  {os.path.basename(file.path)}")  # noqa: PTH119 - a stored text


@review.command()
@click.argument("match_id", type=int)
@click.argument("series")
@pass_session
def choose(session: Session, match_id: int, series: str) -> None:
    """Decide that the files of MATCH_ID are of SERIES, and write that into them.

    SERIES is a candidate or another series as source:id, or the address of its page.
    """
    services = session.services
    candidates = services.matches.get(match_id).candidates
    chosen = next(
        (each.series for each in candidates if series_ref(each.series) == series), None
    ) or services.review.series_at(series)
    answer = services.review.choose(match_id, chosen, trigger=Trigger.CLI)
    output.say(f"{answer.decision.name} is {match_lines.series_line(chosen)}.")
    output.note(
        f"Take it back with: comicmaintainer review take-back {answer.decision.decision_id}"
    )
    _run(session, answer.request, answer.filing)


@review.command()
@click.argument("match_id", type=int)
@pass_session
def never(session: Session, match_id: int) -> None:
    """Decide never to match the files of MATCH_ID, nor later ones of the series in its folder."""
    answer = session.services.review.never(match_id, trigger=Trigger.CLI)
    output.say(f"{answer.decision.name} will not be matched.")
    if answer.filing is not None:
        _run(session, answer.filing)


@review.command()
@click.argument("match_id", type=int)
@pass_session
def skip(session: Session, match_id: int) -> None:
    """Leave MATCH_ID until its files are identified again."""
    session.services.review.skip(match_id)
    output.say("Skipped.")


@review.command()
@click.argument("source")
@click.argument("text")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def search(session: Session, source: str, text: str, as_json: bool) -> None:
    """Search the series of SOURCE by other words; this costs a request."""
    found = session.services.review.search(source, text)
    if as_json:
        output.as_json([facts_to_json(series) for series in found])
        return
    for series in found:
        output.say(f"{series_ref(series)}  {match_lines.series_line(series)}")
    if not found:
        output.note("No series has such a name.")


@review.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def decisions(session: Session, as_json: bool) -> None:
    """List what was decided."""
    store = session.services.decisions
    found = list(all_entries(lambda key: store.page(after_key=key)))
    if as_json:
        output.as_json([decision_of(decision) for decision in found])
        return
    output.as_table(
        ["id", "series", "decision", "folder"],
        [
            [
                str(each.decision_id),
                each.name,
                "never match" if each.series is None else match_lines.series_line(each.series),
                each.group.folder,
            ]
            for each in found
        ],
    )


@review.command("take-back")
@click.argument("decision_id", type=int)
@pass_session
def take_back(session: Session, decision_id: int) -> None:
    """Forget the decision DECISION_ID, and undo what followed from it."""
    request = session.services.review.take_back(decision_id, trigger=Trigger.CLI)
    output.say("The decision is forgotten. Identify the files again to be asked again.")
    _run(session, request)


def _run(session: Session, *requests: JobRequest | None) -> None:
    """Submit the requests one after the other, and end with the worst of their exit codes."""
    codes = [
        work.submit(session.services, request, wait=True, json=False)
        for request in requests
        if request is not None
    ]
    if codes:
        raise SystemExit(max(codes))
