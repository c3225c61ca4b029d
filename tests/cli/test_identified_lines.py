"""How the command line says how far a job that identifies comics is."""

from __future__ import annotations

from comicmaintainer.cli import output
from comicmaintainer.cli.identified_lines import identified_line
from comicmaintainer.matching.model import Level
from comicmaintainer.services.identification_progress import Pace, Progress
from comicmaintainer.sources.comicvine import INFO


def files(certain: int, likely: int = 0, unknown: int = 0) -> dict[Level, int]:
    return {Level.CERTAIN: certain, Level.LIKELY: likely, Level.UNKNOWN: unknown}


def test_the_sentence_says_what_was_found_and_what_holds_the_job_up() -> None:
    at = 1_800_000_000.0
    found = Progress(files(1240, 300), 35, 300, Pace(INFO, INFO.limits[1], at, at - 60, at + 60))
    assert identified_line(found, 20_000) == (
        "1,240 of 20,000 identified, 35 series wait for review; ComicVine allows 200 an hour; "
        f"done about {output.when(at)}."
    )


def test_an_end_that_is_not_known_yet_is_said_as_a_span() -> None:
    earliest, latest = 1_800_000_000.0, 1_800_090_000.0
    found = Progress(files(3), 0, 0, Pace(INFO, INFO.limits[1], None, earliest, latest))
    assert identified_line(found, 900) == (
        "3 of 900 identified; ComicVine allows 200 an hour; "
        f"done between {output.when(earliest)} and {output.when(latest)}."
    )
    found = Progress(files(0), 0, 0, Pace(INFO, INFO.limits[1], None, earliest, None))
    assert identified_line(found, 900).endswith(f"; not done before {output.when(earliest)}.")


def test_what_is_not_there_is_not_mentioned() -> None:
    assert identified_line(Progress(files(3), 0, 0, None), 3) == "3 of 3 identified."
    assert identified_line(Progress(files(2, 1, 4), 1, 1, None), 7) == (
        "2 of 7 identified, 4 unknown, 1 series waits for review."
    )
