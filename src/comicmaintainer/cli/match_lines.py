"""How commands show series, candidates and their evidence."""

from __future__ import annotations

from comicmaintainer.cli import output
from comicmaintainer.library.matches.model import series_ref
from comicmaintainer.matching.model import Candidate, Evidence, SeriesFacts


def series_line(series: SeriesFacts) -> str:
    """Return a series as people name it: "Rain (2016), Harbour Press, 12 issues"."""
    year = f" ({series.start_year})" if series.start_year else ""
    publisher = f", {series.publisher}" if series.publisher else ""
    issues = f", {series.issue_count:,} issues" if series.issue_count else ""
    return f"{series.name}{year}{publisher}{issues}"


def say_candidate(candidate: Candidate) -> None:
    """Print a candidate with its evidence, what differs first."""
    series = candidate.series
    output.say(f"  {series_ref(series)}  {series_line(series)}")
    output.say(f"    distance {candidate.distance:.2f}")
    for each in sorted(candidate.evidence, key=lambda each: -each.penalty * each.weight):
        output.say(f"    {evidence_line(each)}")
    if series.link:
        output.say(f"    {series.link}")


def evidence_line(evidence: Evidence) -> str:
    """Return one piece of evidence: "year differs (0.20): 2015, there 2016"."""
    name = evidence.name.replace("_", " ")
    sides = [evidence.ours, evidence.theirs and f"there {evidence.theirs}"]
    shown = ", ".join(side for side in sides if side)
    cost = evidence.penalty * evidence.weight
    if cost >= 0.005 and evidence.ours is None and evidence.theirs is not None:
        return f"{name} unknown here ({cost:.2f}): {shown}"
    verb = f"differs ({cost:.2f})" if cost >= 0.005 else "agrees"
    return f"{name} {verb}" + (f": {shown}" if shown else "")
