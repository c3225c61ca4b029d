"""Identifies a comic with the sources that are switched on, and plans its tags.

What is not certain changes nothing: it goes to the review queue, or is left with the reason. An
item whose source can't be asked yet waits without a thread.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from comicmaintainer.comics.metadata import ComicMetadata, to_dict
from comicmaintainer.comics.rules.rules import MalformedPolicy
from comicmaintainer.errors import AnswerDelayed, SourceOff
from comicmaintainer.filesystem.shared_steps import run_alone
from comicmaintainer.jobs.model import ClaimedItem, ItemGuard, Outcome
from comicmaintainer.library.matches.identified_store import IdentifiedFile
from comicmaintainer.matching.model import FileGroup, IssueFacts, Level, Match
from comicmaintainer.matching.plain_values import facts_to_json
from comicmaintainer.operations.changes.plan import Plan
from comicmaintainer.operations.comic import Comic, read_comic, require_sound
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.identification.found_tags import FieldChoice, found_tags
from comicmaintainer.operations.identification.identification import (
    Ask,
    Identification,
    Identified,
    Wishes,
    shown_candidates,
)
from comicmaintainer.operations.items.item_run import run_item
from comicmaintainer.operations.new_tags import formats_to_write, plan_tags

SHOWN = 3
"""Candidates that the result of an uncertain file names."""


class Identify:
    """The runner of `identify` items."""

    def __init__(self, context: OperationContext) -> None:
        self._context = context
        self._identification = Identification.of_context(context)

    def __call__(self, claim: ClaimedItem, guard: ItemGuard, params: Mapping[str, Any]) -> Outcome:
        """Identify one comic, and write its tags unless this is a preview.

        Raises:
            SourceError: no source gave an answer that can be used.
            ArchiveError, FileMissing, FileChanged, StorageError, ItemInterrupted.
        """

        def plan(context: OperationContext, path: Path, params: Mapping[str, Any]) -> Plan:
            guard.check()
            comic = read(context, path, params)
            found = self._identification.of(comic, wishes_of(context, params), claim.job_id)
            planned = plan_found(context, comic, found, params, is_kept=not claim.preview)
            if found.decision_id is None or claim.preview:
                return planned
            if context.decisions.add_item(found.decision_id, claim.job_id, claim.seq):
                return planned
            found = Identified(Level.UNKNOWN, "the decision was taken back meanwhile")
            return plan_found(context, comic, found, params, is_kept=False)

        try:
            return run_alone(run_item(self._context, claim, guard, plan=plan, params=params))
        except AnswerDelayed as delay:
            return Outcome(False, error=delay.message, not_before=delay.until)


def read(context: OperationContext, path: Path, params: Mapping[str, Any]) -> Comic:
    """Read a comic whose tags are going to be written.

    Raises:
        MalformedMetadata: its tags can't be read, and must not be replaced.
        ArchiveError, FileMissing, StorageError.
    """
    comic = read_comic(context.comics, path)
    if params.get("on_malformed") != MalformedPolicy.REPLACE:
        require_sound(comic)
    return comic


def plan_found(
    context: OperationContext,
    comic: Comic,
    found: Identified,
    params: Mapping[str, Any],
    *,
    is_kept: bool,
    max_age_s: float | None = None,
) -> Plan:
    """Plan the tags of a comic that was identified; what is going to be written `is_kept`.

    What a source said longer than `max_age_s` ago is asked again.

    Fields that a person changed since the comic was identified before stay.

    Raises:
        AnswerDelayed: the source of its details can't be asked now.
        SourceError, ArchiveError, FileMissing, FileChanged, StorageError.
    """
    path = comic.path
    known = context.catalogue.by_path(path)
    facts = {"identified": identified_to_json(found)}
    if found.issue is None:
        return Plan(path, comic.identity, facts=facts, known=known)
    written = None if known is None else context.identified.get(known.file_id)
    own = frozenset[str]() if written is None else written.changed_since(to_dict(comic.metadata))
    choice = FieldChoice.of(params, also_keep=own)
    details = _details(context, found.issue, wishes_of(context, params), choice, max_age_s)
    wanted, origins = found_tags(comic.metadata, details, choice)
    if not comic.is_writable:
        why = {"tags": f"{comic.format.upper()} files are not written; convert it to CBZ first"}
        return Plan(path, comic.identity, why=why, facts=facts, known=known)
    tags = plan_tags(
        context,
        comic,
        wanted,
        formats=formats_to_write(comic, params.get("formats", ("comicinfo",))),
        replace_malformed=params.get("on_malformed") == MalformedPolicy.REPLACE,
    )
    if known is not None and is_kept:
        after = comic.metadata if tags is None else tags.after.merged
        values = IdentifiedFile.of(
            found.issue.source, found.issue.id, to_dict(comic.metadata), to_dict(after), origins
        )
        context.identified.put(known.file_id, values)
    changed = set() if tags is None else {each.field for each in tags.fields}
    return Plan(
        path,
        comic.identity,
        () if tags is None else (tags.change,),
        why={name: source for name, source in origins.items() if name in changed},
        facts=facts,
        known=known,
    )


def wishes_of(context: OperationContext, params: Mapping[str, Any]) -> Wishes:
    """Return how a job asks: its sources, by default all that are switched on.

    Raises:
        SourceOff: none is, or one that the job names is not.
    """
    active = context.sources.active()
    wanted = tuple(params.get("sources") or active)
    for name in wanted:
        if name not in active:
            raise SourceOff(f"The source {name} is not switched on; see the settings.")
    if not wanted:
        raise SourceOff("No source is switched on; switch one on in the settings.")
    return Wishes(
        wanted,
        covers=params.get("covers", True),
        decided_only=params.get("decided_only", False),
    )


def identified_to_json(found: Identified) -> dict[str, Any]:
    """Return what a result says about the identification of its file."""
    shown: dict[str, Any] = {"level": str(found.level), "reason": found.reason}
    if found.series is not None:
        shown["series"] = facts_to_json(found.series)
    if found.issue is not None:
        shown["issue"] = facts_to_json(found.issue)
    if found.match_id is not None:
        shown["match_id"] = found.match_id
    if found.level is Level.LIKELY and found.match is not None:
        shown["candidates"] = shown_candidates(found.match.candidates[:SHOWN])
    return shown


def _details(
    context: OperationContext,
    issue: IssueFacts,
    wishes: Wishes,
    choice: FieldChoice,
    max_age_s: float | None,
) -> dict[str, ComicMetadata]:
    """What each source knows of the issue, in the order of the job's sources.

    Answers older than `max_age_s` are asked for again.

    Others than the one that identified it are asked only if a field prefers them and its id there
    is known.
    """
    own = issue.source
    details = context.sources.details(own, issue.id, max_age_s=max_age_s)
    known = {} if details is None else {own: details}
    for source in wishes.sources:
        issue_id = issue.other_ids.get(source)
        if source == own or source not in choice.sources() or issue_id is None:
            continue
        more = context.sources.details(source, issue_id, max_age_s=max_age_s)
        if more is not None:
            known[source] = more
    order = dict.fromkeys((*wishes.sources, own))
    return {source: known[source] for source in order if source in known}


def explained(
    context: OperationContext, path: Path, params: Mapping[str, Any], ask: Ask
) -> tuple[FileGroup, Mapping[str, Match]]:
    """Match one comic and its group with each source, for a person; nothing is stored or changed.

    `ask` asks a source.

    Raises:
        As `Identify`.
    """
    identification = Identification.of_context(context)
    comic = read_comic(context.comics, path)
    return identification.explain(comic, wishes_of(context, params), ask)
