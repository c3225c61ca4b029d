"""Checks the health of a comic, and tells bit rot from other damage.

If a damaged file still has the size and time of an earlier sound verification, nobody wrote the
damage: that is bit rot, as opposed to files that arrived broken. `verify_healing` repairs damage on
request.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from comicmaintainer.comics.archives.model import ArchiveFormat, PageFact
from comicmaintainer.comics.archives.page_names import is_page
from comicmaintainer.comics.pages.fingerprint import known_fingerprints, page_fingerprint
from comicmaintainer.comics.pages.verify_report import VerifyReport
from comicmaintainer.errors import ComicMaintainerError, DamagedArchive, HoldsComics
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.filesystem.shared_steps import run_alone
from comicmaintainer.jobs.model import ClaimedItem, ItemGuard, Outcome
from comicmaintainer.library.catalogue.model import CatalogueFile, FileState, SeenFile
from comicmaintainer.operations.changes.file_change import ChangeType
from comicmaintainer.operations.changes.journal_batch import CatalogueUpdate
from comicmaintainer.operations.changes.plan import Plan
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.items import catalogue_update
from comicmaintainer.operations.items.item_run import ItemRun
from comicmaintainer.operations.planners.verify_healing import plan_healing

BIT_ROT = "bit_rot"
DAMAGED = DamagedArchive.code
SHOWN_PROBLEMS = 100
HEALING = frozenset({ChangeType.HEAL, ChangeType.REBUILD})


class Verify:
    """The runner of `verify` items."""

    def __init__(self, context: OperationContext) -> None:
        self._context = context

    def __call__(self, claim: ClaimedItem, guard: ItemGuard, params: Mapping[str, Any]) -> Outcome:
        """Check one comic, and heal it if requested and possible.

        Raises:
            FileMissing, FileBusy, StorageError, ItemInterrupted.
        """
        run = ItemRun(self._context, claim, guard)
        path = Path(claim.item) if claim.preview else run.resume()
        known = self._context.catalogue.by_path(path)
        if not claim.preview and (healed := run.done_earlier(HEALING)) is not None:
            # Only the end of an earlier attempt is missing: the file is as it left it.
            done = run_alone(run.carry_out(Plan(path, FileIdentity.of(path), known=known)))
            return self._healed(path, known, healed, done.details or {})
        report = self._context.comics.verify(path)
        change = None
        if params.get("heal") and not report.is_sound:
            change = plan_healing(self._context, report, known, guard.check)
        plan = Plan(path, report.identity, () if change is None else (change,), known=known)
        if claim.preview and change is not None:
            return Outcome(True, {**plan.details(), "report": _shown(report)})
        if claim.preview:
            return self._outcome(report, known, plan.details())
        if change is None:
            self._record(report, known)
            return self._outcome(report, known, plan.details())
        done = run_alone(run.carry_out(run.as_previewed(plan)))
        return self._healed(path, known, change.summary, done.details or {})

    def _healed(
        self,
        path: Path,
        known: CatalogueFile | None,
        change: Mapping[str, Any],
        details: Mapping[str, Any],
    ) -> Outcome:
        """Verify a file after it was healed; `change` is the summary of that change."""
        after = self._context.comics.verify(path)
        self._record(after, self._context.catalogue.by_path(path))
        if change["type"] == ChangeType.REBUILD and change["whole"] is False:
            return self._with_losses(after, change["lost"], details)
        return self._outcome(after, known, details)

    def _with_losses(
        self, report: VerifyReport, lost: Sequence[str], details: Mapping[str, Any]
    ) -> Outcome:
        """Report a file that can be opened again, but has lost members."""
        names = ", ".join(lost) or "pages whose names are not known"
        loss = DamagedArchive(
            f"it was put together again, but these are lost: {names}.", path=report.path
        )
        reason = loss.beside(report.path)
        self._context.catalogue.set_state(report.path, FileState.FAILED, reason=reason)
        return Outcome(False, {**details, "report": _shown(report)}, str(loss), loss.code)

    def _outcome(
        self, report: VerifyReport, known: CatalogueFile | None, details: Mapping[str, Any]
    ) -> Outcome:
        shown = {**details, "report": _shown(report)}
        problem = _problem(report, known)
        if problem is None:
            return Outcome(True, shown)
        if _was_sound(report, known):
            text = f"{problem} Its size and time have not changed: this is bit rot."
            return Outcome(False, shown, text, BIT_ROT)
        # An archive of comics is another thing than a comic, but it is not damaged.
        is_other = isinstance(problem, HoldsComics)
        return Outcome(False, shown, str(problem), problem.code if is_other else DAMAGED)

    def _record(self, report: VerifyReport, known: CatalogueFile | None) -> None:
        if known is None:
            return
        path = report.path
        problem = _problem(report, known)
        if problem is not None:
            reason = problem.beside(path)
            self._context.catalogue.set_state(path, FileState.FAILED, reason=reason)
            return
        fingerprint = _own_fingerprint(report)
        is_same = _is_same_file(report, known) and known.state is not FileState.FAILED
        if not is_same or (fingerprint is not None and known.fingerprint != fingerprint):
            catalogue_update.record(self._context, path, fingerprint=fingerprint)
        sound = SeenFile.of(str(path), report.identity)
        self._context.journal_batch.update(CatalogueUpdate(sound=sound))
        self._context.journal_batch.finish()


def _own_fingerprint(report: VerifyReport) -> bytes | None:
    """Return the fingerprint of the pages as read, if it is made of sizes and checksums."""
    if report.format not in (ArchiveFormat.CBT, ArchiveFormat.CBZ):
        return None
    return _fingerprint(report.page_facts)


def _known_fingerprints(report: VerifyReport) -> tuple[bytes | None, ...]:
    """Return the fingerprints that the catalogue may hold for these pages, the newest first."""
    fingerprints = known_fingerprints(report.page_facts)
    older = (None if each is None else bytes.fromhex(each) for each in fingerprints[1:])
    return _own_fingerprint(report), *older


def _fingerprint(pages: Iterable[PageFact]) -> bytes | None:
    found = page_fingerprint(pages)
    return None if found is None else bytes.fromhex(found)


def _problem(report: VerifyReport, known: CatalogueFile | None) -> ComicMaintainerError | None:
    """Return the problem of a comic, or None."""
    if report.error is not None:
        return report.error
    if report.broken:
        first = report.broken[0]
        more = f" and {len(report.broken) - 1} more" if len(report.broken) > 1 else ""
        return DamagedArchive(
            f"{first.name}{more} can't be read: {first.problem}.", path=report.path
        )
    if known is None or not _is_same_file(report, known):
        return None
    if report.format is ArchiveFormat.CBZ and known.page_count:
        names = [member.name for member in report.members if is_page(member.name)]
        if known.page_count not in (len(names), len(set(names))):
            return DamagedArchive(
                f"its size and time are as they were, but {len(names)} pages are found instead of "
                f"{known.page_count}.",
                path=report.path,
            )
    if known.fingerprint is not None and _was_sound(report, known):
        found = _known_fingerprints(report)
        if found[0] is not None and known.fingerprint not in found:
            return DamagedArchive(
                "its pages are not those that were verified before.", path=report.path
            )
    return None


def _was_sound(report: VerifyReport, known: CatalogueFile | None) -> bool:
    """Tell whether this file was verified as sound, and not written since."""
    if known is None or not known.is_verified:
        return False
    return _is_same_file(report, known)


def _is_same_file(report: VerifyReport, known: CatalogueFile) -> bool:
    now = report.identity
    return (known.size_bytes, known.mtime_ns) == (now.size_bytes, now.mtime_ns)


def _shown(report: VerifyReport) -> dict[str, Any]:
    broken = [
        {"name": member.name, "problem": member.problem}
        for member in report.broken[:SHOWN_PROBLEMS]
    ]
    return {
        "sound": report.is_sound,
        "format": None if report.format is None else str(report.format),
        "members": len(report.members),
        "broken": broken,
        "broken_count": len(report.broken),
        "problem": None if report.error is None else str(report.error),
    }
