"""Plans the `series.json` beside the comics of a folder, with one of their items.

    all comics of the folder are of one series → the item claims the folder → what its source says
    → the file as it is → the change, or nothing

Used by the kinds that find out what comics are, where the setting is on, and by the kind
`series-json`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from comicmaintainer.comics.metadata import series_json
from comicmaintainer.errors import (
    AnswerDelayed,
    FileChanged,
    ReadOnlyStorage,
    SourceError,
    SourceOff,
)
from comicmaintainer.jobs.model import ClaimedItem
from comicmaintainer.matching.model import IssueFacts, SeriesDetails, SeriesFacts
from comicmaintainer.matching.questions import IssueList, Question, SeriesDetailsById
from comicmaintainer.operations.changes.file_change import ChangeType, series_json_change
from comicmaintainer.operations.changes.plan import Plan
from comicmaintainer.operations.changes.written_file import content_of
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.identification.series_values import series_values

WHY = "series_json"


def with_series_json(context: OperationContext, plan: Plan, claim: ClaimedItem) -> Plan:
    """Return the plan with the `series.json` of the comic's folder, if this item is to write it.

    Raises:
        AnswerDelayed: the source can't be asked about the series now.
        StorageError.
    """
    folder = plan.path.parent
    if context.roots.root_of(folder) is None or not _may_write(context, folder, claim):
        return plan
    series = context.matches.series_of_folder(os.fspath(folder))
    if series is None or not _is_writer(context, folder, claim):
        return plan
    details, issues = _about(context, series)
    values = series_values(details, issues, now_at=context.now())
    if values is None:
        return _left(plan, "its source does not say since when it runs, or how many issues it has")
    path = folder / series_json.NAME
    try:
        before = content_of(path, most_bytes=series_json.LARGEST_BYTES)
        new = series_json.brought_up_to_date(before, values.known, values.guesses)
    except (FileChanged, ReadOnlyStorage, ValueError) as error:
        problem = str(error) if isinstance(error, ValueError) else error.message
        return _left(plan, f"{path} was left as it is: {problem.rstrip('.')}")
    if new is None:
        return plan
    if not os.access(folder, os.W_OK | os.X_OK):
        return _left(plan, f"{path} was not written: its folder is not writable")
    return replace(plan, beside=(series_json_change(path, before, new, plan.path),))


def _left(plan: Plan, reason: str) -> Plan:
    return replace(plan, why={**plan.why, WHY: reason})


def _may_write(context: OperationContext, folder: Path, claim: ClaimedItem) -> bool:
    """Tell cheaply whether the item may still become the writer of its folder."""
    shown = _previewed(claim)
    if shown is not None:
        return shown
    return context.folder_writers.writer(claim.job_id, os.fspath(folder)) in (None, claim.seq)


def _is_writer(context: OperationContext, folder: Path, claim: ClaimedItem) -> bool:
    if _previewed(claim) is not None:
        return True
    return context.folder_writers.claim(claim.job_id, os.fspath(folder), claim.seq)


def _previewed(claim: ClaimedItem) -> bool | None:
    """Tell whether the preview that the item applies has the change; None if it applies none."""
    preview: Mapping[str, Any] | None = claim.item_params.get("plan")
    if preview is None:
        return None
    return any(each.get("type") == ChangeType.SERIES_JSON for each in preview.get("changes", ()))


def _about(
    context: OperationContext, series: SeriesFacts
) -> tuple[SeriesDetails, tuple[IssueFacts, ...]]:
    """Return what its source says of the series and its issues, as far as it can be asked."""
    details = _answer(context, series.source, SeriesDetailsById(series.id))
    about: SeriesDetails = details or SeriesDetails(series)
    issues = _answer(context, series.source, IssueList(series.id, about.facts.issue_count))
    return about, issues or ()


def _answer(context: OperationContext, source: str, question: Question) -> Any:
    """Answer a question, or with what was kept if the source is off or refuses; None without."""
    sources = context.sources
    if isinstance(question, SeriesDetailsById) and not sources.info(source).has_series_details:
        return None
    try:
        return sources.answer(source, question)
    except AnswerDelayed:
        raise
    except (SourceError, SourceOff):
        return sources.kept_answer(source, question)
