"""Judges how sure a match is, and says why in a sentence.

Certain needs two things: the best is near, and the next one is far behind it. Limits and what they
were measured on: docs/decisions/0120-matching.md.
"""

from __future__ import annotations

from collections.abc import Sequence

from comicmaintainer.matching.model import Candidate, Evidence, FileFacts, Level, Match, SeriesFacts

CERTAIN = 0.28
"""At most this far is the best of a certain match: another name is farther."""
CERTAIN_BY_COVER = 0.45
"""The same if its cover is that of the files."""
CONTRADICTED = 0.4
"""From here on something contradicts even the best: the right series may have another name."""
WITHOUT_COVER = 0.12
"""At most this far is the best whose cover is not compared, if no other is near."""
GAP = 0.25
"""At least this much farther is the next."""
SHOWN = 0.7
"""No person would choose what is farther."""
MOST_SHOWN = 10
MOST_NAMED = 3


def near_best(ranked: Sequence[Candidate]) -> list[Candidate]:
    """The best and all that are not far enough behind it."""
    return [each for each in ranked if each.distance < ranked[0].distance + GAP]


def is_for_covers(near: Sequence[Candidate]) -> bool:
    """Whether covers are needed, and could make the best certain."""
    best = near[0]
    is_sure = best.distance <= WITHOUT_COVER or _has_same_cover(best)
    return best.distance <= CERTAIN_BY_COVER and (len(near) > 1 or not is_sure)


def contradicts(match: Match) -> bool:
    """Whether no candidate fits well, so that other words may find a better one."""
    return match.best is None or match.best.distance >= CONTRADICTED


def judged(ranked: Sequence[Candidate], files: Sequence[FileFacts]) -> Match:
    """The match of files that fit the best candidate."""
    near, best = near_best(ranked), ranked[0]
    keys = tuple(file.key for file in files)
    shown = tuple(each for each in ranked[:MOST_SHOWN] if each.distance <= SHOWN)
    if len(near) > 1:
        return Match(Level.LIKELY, keys, shown, _several(near))
    if best.distance > _limit(best) or len(best.issues) < len(files):
        return Match(Level.LIKELY, keys, shown, _difference(best))
    by_cover = " and the cover is the same" if _has_same_cover(best) else ""
    reason = f"{titled(best.series)} agrees{by_cover}, and no other series comes near."
    return Match(Level.CERTAIN, keys, shown, reason)


def known_by_id(candidate: Candidate, files: Sequence[FileFacts]) -> Match:
    """The match of files that have an id and agree with it."""
    reason = f"The files have an id of {titled(candidate.series)}, and their numbers agree."
    return Match(Level.CERTAIN, tuple(file.key for file in files), (candidate,), reason)


def unknown(name: str, *, is_named: bool, files: Sequence[FileFacts]) -> Match:
    """The match of files that are no issue of any series; `is_named` if one has the name."""
    numbers = ", ".join(dict.fromkeys(file.number for file in files if file.number is not None))
    if not is_named:
        reason = f"No series has a name like “{name}”."
    elif numbers:
        reason = f"No series named “{name}” has the number {numbers}."
    else:
        reason = f"No series named “{name}” has one issue only, and the files have no number."
    return Match(Level.UNKNOWN, tuple(file.key for file in files), (), reason)


def titled(series: SeriesFacts) -> str:
    """The series with its year, as people tell series of one name apart."""
    return f"{series.name} ({series.start_year})" if series.start_year else series.name


def _limit(best: Candidate) -> float:
    return CERTAIN_BY_COVER if _has_same_cover(best) else CERTAIN


def _has_same_cover(candidate: Candidate) -> bool:
    return any(each.name == "cover" and each.penalty == 0 for each in candidate.evidence)


def _several(near: Sequence[Candidate]) -> str:
    names = ", ".join(titled(each.series) for each in near[:MOST_NAMED])
    more = ", …" if len(near) > MOST_NAMED else ""
    return f"{len(near)} series agree about as well: {names}{more}."


def _difference(best: Candidate) -> str:
    worst = max(best.evidence, key=lambda each: each.penalty * each.weight)
    return _SENTENCES.get(worst.name, _differs)(worst)


def _differs(evidence: Evidence) -> str:
    noun = evidence.name.replace("_", " ")
    if evidence.name == "cover":
        return "The cover is that of no issue that it may be."
    if evidence.ours is None or evidence.theirs is None:
        return f"The {noun} differs."
    return f"The {noun} differs: {evidence.ours}, but {evidence.theirs} at the source."


def _year(evidence: Evidence) -> str:
    if evidence.ours is None:
        return "Neither names nor folders say the year, and no cover was found to be the same."
    return _differs(evidence)


def _number(evidence: Evidence) -> str:
    if evidence.ours is None:
        return "The files have no number."
    return "The source has several issues with this number."


def _pages(evidence: Evidence) -> str:
    if evidence.theirs is None:
        return "It has the size or the format of a collected edition."
    return _differs(evidence)


_SENTENCES = {"year": _year, "number": _number, "page_count": _pages}
