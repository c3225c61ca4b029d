"""Identifies a comic with the sources that are switched on, and plans its tags.

What is not certain changes nothing: it goes to the review queue, or is left with the reason. An
item whose source can't be asked yet waits without a thread.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comicmaintainer.comics.metadata import ComicMetadata, to_dict
from comicmaintainer.errors import AnswerDelayed
from comicmaintainer.filesystem.shared_steps import Alone, Steps
from comicmaintainer.jobs.model import ClaimedItem, ItemGuard, Outcome
from comicmaintainer.library.catalogue.model import CatalogueFile, FileMark, FileState
from comicmaintainer.library.matches.identified_store import IdentifiedFile
from comicmaintainer.matching.model import FileGroup, IssueFacts, Level, Match
from comicmaintainer.matching.plain_values import facts_to_json
from comicmaintainer.operations.changes.plan import Plan
from comicmaintainer.operations.comic import Comic, read_comic, require_sound
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.declared.rules_parameters import formats_of, replaces_malformed
from comicmaintainer.operations.identification.found_tags import FieldChoice, found_tags
from comicmaintainer.operations.identification.identification import (
    Ask,
    Identification,
    Identified,
    Wishes,
    shown_candidates,
)
from comicmaintainer.operations.identification.series_files import with_series_json
from comicmaintainer.operations.items.item_run import ParamsSteps, run_item
from comicmaintainer.operations.new_tags import formats_to_write, plan_tags

LONGEST_ASKING_S = 2.0
SHOWN = 3
"""Candidates that the result of an uncertain file names."""


def identify_steps(context: OperationContext) -> ParamsSteps:
    """Return the steps of `identify` items."""
    identification = Identification.of_context(context)
    patience = Patience()

    async def run(claim: ClaimedItem, guard: ItemGuard, params: Mapping[str, Any]) -> Outcome:
        def plan(context: OperationContext, path: Path, params: Mapping[str, Any]) -> Plan:
            guard.check()
            comic, known = read(context, path, params), context.catalogue.by_path(path)
            wishes = wishes_of(context, params)
            found = identification.of(comic, known, wishes, claim.job_id)
            asked = ReadFile(comic, known, wishes, params, is_kept=not claim.preview)
            planned = with_series(context, plan_found(context, asked, found), claim)
            if found.decision_id is None or claim.preview:
                return planned
            file_id = None if planned.known is None else planned.known.file_id
            if context.decisions.add_item(found.decision_id, claim.job_id, claim.seq, file_id):
                return planned
            found = Identified(Level.UNKNOWN, "the decision was taken back meanwhile")
            return plan_found(context, asked, found)

        return await patience.with_item(run_item(context, claim, guard, plan=plan, params=params))

    return run


class Patience:
    """How long the items of one group may ask sources before they let others go on.

    Those whose turn comes later run alone, so that neither results nor other jobs wait long for a
    slow source. A runner of single items has one as well, which has no effect.
    """

    def __init__(self) -> None:
        self._until = time.monotonic() + LONGEST_ASKING_S

    async def with_item(self, steps: Steps[Outcome]) -> Outcome:
        """Take the steps of an item; if its source can't be asked yet, it is put off."""
        try:
            if time.monotonic() > self._until:
                await Alone()
            return await steps
        except AnswerDelayed as delay:
            return Outcome(False, error=delay.message, not_before=delay.until)
        finally:
            steps.close()


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A comic that was read, its row in the catalogue, and how its job wants it identified.

    What is going to be written `is_kept`. What a source said longer than `max_age_s` ago is asked
    again.
    """

    comic: Comic
    known: CatalogueFile | None
    wishes: Wishes
    params: Mapping[str, Any]
    is_kept: bool
    max_age_s: float | None = None


def read(context: OperationContext, path: Path, params: Mapping[str, Any]) -> Comic:
    """Read a comic whose tags are going to be written.

    Raises:
        MalformedMetadata: its tags can't be read, and must not be replaced.
        ArchiveError, FileMissing, StorageError.
    """
    comic = read_comic(context.comics, path)
    if not replaces_malformed(params, path):
        require_sound(comic)
    return comic


def with_series(context: OperationContext, plan: Plan, claim: ClaimedItem) -> Plan:
    """Return the plan with the `series.json` of the comic's folder, if the setting is on.

    Raises:
        AnswerDelayed, StorageError.
    """
    return with_series_json(context, plan, claim) if context.writes_series_json() else plan


def plan_found(context: OperationContext, file: ReadFile, found: Identified) -> Plan:
    """Plan the tags of a comic that was identified.

    Fields that a person changed since the comic was identified before stay.

    Raises:
        AnswerDelayed: the source of its details can't be asked now.
        SourceError, ArchiveError, FileMissing, FileChanged, StorageError.
    """
    comic, known, params = file.comic, file.known, file.params
    path = comic.path
    facts = {"identified": identified_to_json(found)}
    if found.issue is None:
        return Plan(path, comic.identity, facts=facts, known=known)
    written = None if known is None else context.identified.get(known.file_id)
    own = frozenset[str]() if written is None else written.changed_since(to_dict(comic.metadata))
    choice = FieldChoice.of(params, also_keep=own)
    details = _details(context, found.issue, file.wishes, choice, file.max_age_s)
    wanted, origins = found_tags(comic.metadata, details, choice)
    if not comic.is_writable:
        why = {"tags": f"{comic.format.upper()} files are not written; convert it to CBZ first"}
        return Plan(path, comic.identity, why=why, facts=facts, known=known)
    tags = plan_tags(
        context,
        comic,
        wanted,
        formats=formats_to_write(comic, formats_of(params, path)),
        replace_malformed=replaces_malformed(params, path),
    )
    if known is not None and file.is_kept:
        after = comic.metadata if tags is None else tags.after.merged
        values = IdentifiedFile.of(
            found.issue.source, found.issue.id, to_dict(comic.metadata), to_dict(after), origins
        )
        context.journal_batch.identify(known.file_id, values)
    changed = set() if tags is None else {each.field for each in tags.fields}
    return Plan(
        path,
        comic.identity,
        () if tags is None else (tags.change,),
        why={name: source for name, source in origins.items() if name in changed},
        facts=facts,
        known=known,
        mark=_mark(known),
    )


def _mark(known: CatalogueFile | None) -> FileMark | None:
    """The mark of a comic with a source's tags; None if it is processed, or keeps another state."""
    if known is None or known.state in (FileState.UNPROCESSED, FileState.FAILED):
        return FileMark(FileState.IDENTIFIED)
    return None


def wishes_of(context: OperationContext, params: Mapping[str, Any]) -> Wishes:
    """Return how a job asks: its sources, by default all that are switched on.

    Raises:
        SourceOff: none is, or one that the job names is not.
        InvalidInput: the job names a source that does not exist.
    """
    return Wishes(
        context.sources.require_active(params.get("sources") or ()),
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
        SourceError, ArchiveError, FileMissing, StorageError.
    """
    identification = Identification.of_context(context)
    comic = read_comic(context.comics, path)
    return identification.explain(comic, wishes_of(context, params), ask)
