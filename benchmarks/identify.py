"""Identifies drawn comics against a replay server, and compares their tags with the truth.

    python benchmarks/identify.py --catalogue SERIES.jsonl --cases CASES.jsonl [--covers]
        [--cases-limit N] [--limit 200/3600 --speed N] [--rival comictagger] [--again]

The server is a process; the job `identify` runs in real worker processes. The catalogue and the
cases are as for matching.py. What counts as certain is what stands in the archives afterwards: a
right series with a wrong issue is wrong, and so is any issue of a file that is of none. "Dated" are
files of an issue whose name has a year, or whose folder has one. Requests are those of matching, in
folders of four files and more, which are identified before the others; details cost one request
more for each file and each series.

The product keeps to ComicVine's limits by itself, so its clock runs `--speed` times faster than
time, and the server's too; with `--limit` the server has limits as well. `--again` identifies
fresh copies once more, when all answers are there. `--rival comictagger` lets ComicTagger tag other
copies, with the covers, since it can't do without. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import tempfile
import time
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from comicmaintainer.matching.model import Level
from comictagger_identify import identify as let_comictagger_identify
from comictagger_identify import issue_of as comictaggers_issue_of
from drawn_library import DrawnComic, draw_cases
from fast_services import FastClock, FastWorkers, run_job
from replay_process import ReplayProcess
from rivals import python_of

FAST = 20_000.0
"""At this speed an hour's budget is there again after a fifth of a second."""
SHOWN_FIRST = 3
OF_DETAILS = ("issue", "volume", "covers")
RIVALS_FOLDER = Path("/srv/rivals")
_ISSUE_PAGE = re.compile(rb"/4000-(\d+)")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a comic: the id in its tags, and what the job says of it."""

    comic: DrawnComic
    tagged: str | None
    level: str = ""
    reason: str = ""
    is_shown_first: bool = False

    @property
    def is_right(self) -> bool:
        """Whether the tags have the id of the right issue."""
        return self.tagged is not None and self.tagged == str(self.comic.issue)

    @property
    def miss(self) -> str | None:
        """Why it is not tagged with the right issue; None if it is, or is of none and untagged."""
        if self.is_right or (self.tagged is None and self.comic.issue is None):
            return None
        if self.tagged is not None:
            return "TAGGED, WRONG" if self.comic.issue is not None else "TAGGED, OF NO ISSUE"
        place = ""
        if self.level == Level.LIKELY:
            place = ", among the first three" if self.is_shown_first else ", NOT AMONG THEM"
        return f"{self.level or 'left'}{place}: {self.reason}"


@dataclass(slots=True)
class Run:
    """What one engine did: outcomes, answered requests by resource, and times in seconds."""

    outcomes: list[Outcome] = field(default_factory=list)
    requests: Counter[str] = field(default_factory=Counter)
    large_requests: Counter[str] = field(default_factory=Counter)
    again: int = 0
    seconds: float = 0.0
    processor_s: float = 0.0

    def count(self, requests: Sequence[dict[str, Any]], *, is_large: bool) -> None:
        """Count the requests of one part that were answered."""
        answered = [each for each in requests if each["status"] in (200, 404)]
        found = Counter(each["resource"] for each in answered)
        self.requests += found
        self.again += len(answered) - len({each["address"] for each in answered})
        if is_large:
            self.large_requests += found


class Product:
    """The product over one library, with two jobs: folders of four files and more, and the rest."""

    def __init__(self, options: argparse.Namespace, folder: Path, server: ReplayProcess) -> None:
        self._options = options
        self._server = server
        self._environment = {
            **os.environ,
            "WATCHED_DIR": str(folder / "library"),
            "CONFIG_DIR": str(folder / "config"),
            "WATCH_MODE": "off",
            "SOURCES": "comicvine",
            "COMICVINE_KEY": "k",
            "COMICVINE_ADDRESS": server.comicvine,
            "ANSWER_DAYS": "3650",
            "TZ": "UTC",
        }
        self._services = options.clock.services(self._environment)

    def run(self, comics: Sequence[DrawnComic]) -> Run:
        """Scan the library and identify all comics."""
        run, services, options = Run(), self._services, self._options
        workers = FastWorkers(options.workers, options.clock, self._environment)
        try:
            run_job(services, "scan", [str(path) for path in services.roots.paths])
        finally:
            workers.stop()
        jobs: list[str] = []
        workers = FastWorkers(options.workers, options.clock, self._environment)
        began = time.monotonic()
        try:
            for is_large in (True, False):
                items = [str(c.path) for c in comics if c.is_of_large_group is is_large]
                if not items:
                    continue
                before = len(self._server.requests())
                job = run_job(services, "identify", items, covers=options.covers)
                jobs.append(job.job_id)
                run.count(self._server.requests(before), is_large=is_large)
            run.seconds = time.monotonic() - began
        finally:
            workers.stop()
        run.processor_s = workers.used_s
        run.outcomes = list(self._outcomes(comics, jobs))
        return run

    def _outcomes(self, comics: Sequence[DrawnComic], jobs: Sequence[str]) -> Iterator[Outcome]:
        services = self._services
        results = {
            result.item: result for job in jobs for result in services.manager.results.in_order(job)
        }
        ids = services.catalogue.ids_at(str(comic.path) for comic in comics)
        for comic in comics:
            result = results[str(comic.path)]
            found = (result.details or {}).get("identified", {})
            yield Outcome(
                comic,
                page_in_tags(comic.path),
                found.get("level", "failed"),
                found.get("reason") or result.error or "",
                self._is_shown_first(ids[str(comic.path)], str(comic.issue)),
            )

    def _is_shown_first(self, file_id: int, issue_id: str) -> bool:
        stored = self._services.matches.of_file(file_id)
        if stored is None:
            return False
        match, file = stored
        first = (file.issue_of(each.series) for each in match.candidates[:SHOWN_FIRST])
        return any(issue is not None and issue.id == issue_id for issue in first)


def page_in_tags(path: Path) -> str | None:
    """Return the id of ComicVine's page that the tags of a comic name; None if they name none."""
    with zipfile.ZipFile(path) as archive:
        if "ComicInfo.xml" not in archive.namelist():
            return None
        found = _ISSUE_PAGE.search(archive.read("ComicInfo.xml"))
    return None if found is None else found[1].decode()


def run_comictagger(folder: Path, server: ReplayProcess, comics: Sequence[DrawnComic]) -> Run:
    """Let ComicTagger identify all comics, in the same two parts."""
    run = Run()
    python = python_of("comictagger", RIVALS_FOLDER)
    began = time.monotonic()
    for is_large in (True, False):
        paths = [comic.path for comic in comics if comic.is_of_large_group is is_large]
        before = len(server.requests())
        let_comictagger_identify(python, paths, server.comicvine, folder / "settings")
        run.count(server.requests(before), is_large=is_large)
    run.seconds = time.monotonic() - began
    run.outcomes = [Outcome(each, comictaggers_issue_of(each.path)) for each in comics]
    return run


def figures(run: Run) -> dict[str, Any]:
    """Return the figures of a run; shares are percentages."""
    outcomes = run.outcomes
    certain = [each for each in outcomes if each.tagged is not None]
    wrong = [each for each in certain if not each.is_right]
    dated = [each for each in outcomes if each.comic.is_dated and each.comic.issue is not None]
    review = [each for each in outcomes if each.level == Level.LIKELY and each.tagged is None]
    real = [each for each in review if each.comic.issue is not None]
    large = sum(each.comic.is_of_large_group for each in outcomes)
    asked = sum(n for name, n in run.large_requests.items() if name not in OF_DETAILS)
    return {
        "files": len(outcomes),
        "certain": len(certain),
        "certain_wrong": len(wrong),
        "certain_wrong_percent": _percent(len(wrong), len(certain)),
        "dated": len(dated),
        "dated_certain_right_percent": _percent(sum(e.is_right for e in dated), len(dated)),
        "review": len(review),
        "review_first_three": sum(each.is_shown_first for each in real),
        "review_first_three_percent": _percent(sum(e.is_shown_first for e in real), len(real)),
        "unknown": sum(each.level == Level.UNKNOWN for each in outcomes),
        "failed": sum(each.level == "failed" for each in outcomes),
        "requests": sum(run.requests.values()) - run.requests["covers"],
        "requests_by_resource": dict(run.requests),
        "requests_of_large_groups": dict(run.large_requests),
        "requests_per_comic_in_large_groups": round(asked / max(1, large), 3),
        "answered_again": run.again,
        "seconds": round(run.seconds, 1),
        "files_per_s": round(len(outcomes) / max(run.seconds, 0.001), 1),
        "processor_ms_per_file": round(1000 * run.processor_s / max(1, len(outcomes)), 2),
    }


def report(name: str, run: Run, show: int) -> dict[str, Any]:
    """Print a run: its figures, and its misses by reason with some examples each."""
    found = figures(run)
    print(f"{name}:")
    for key, value in found.items():
        print(f"  {key:38} {value}")
    misses: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in run.outcomes:
        if outcome.miss is not None:
            dated = "dated" if outcome.comic.is_dated else "undated"
            misses[f"{dated}: {outcome.miss}"].append(outcome)
    for miss, some in sorted(misses.items(), key=lambda each: -len(each[1])):
        print(f"  {len(some):6}  {miss}")
        for each in some[:show]:
            place = "/".join(each.comic.path.parts[-3:])
            print(f"          {place}: is {each.comic.issue}, tags say {each.tagged}")
    return found


def measure(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Run everything that was asked for; return what the last line says."""
    limits = [f"comicvine:{each}" for each in options.limit]
    arguments = ["--catalogue", str(options.catalogue)]
    arguments += [word for limit in limits for word in ("--limit", limit)]
    server = ReplayProcess(folder / "requests.jsonl", options.clock, arguments)
    try:
        library = folder / "library"
        comics = draw_cases(options.cases, library, server.cover, options.cases_limit)
        shutil.copytree(library, folder / "fresh")
        product = Product(options, folder, server)
        measured = report("ComicMaintainer", product.run(comics), options.show)
        if options.again:
            shutil.rmtree(library)
            shutil.copytree(folder / "fresh", library)
            again = product.run(comics)
            measured["again"] = report("The same with all answers there", again, 0)
        if options.rival:
            shutil.rmtree(library)
            shutil.move(folder / "fresh", library)
            rival = run_comictagger(folder, server, comics)
            measured["comictagger"] = report("ComicTagger", rival, options.show)
    finally:
        server.stop()
    return measured


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 2) if whole else 0.0


def main() -> None:
    """Draw the comics, let each engine identify them, and print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--catalogue", type=Path, required=True)
    parser.add_argument("--cases", type=Path, required=True)
    parser.add_argument("--cases-limit", type=int, help="so many folders only")
    parser.add_argument("--covers", action="store_true", help="compare covers in doubt")
    parser.add_argument("--limit", action="append", default=[], metavar="COUNT/SECONDS")
    parser.add_argument("--speed", type=float, default=FAST, help="how much faster the clocks run")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--again", action="store_true", help="once more, with all answers there")
    parser.add_argument("--rival", choices=["comictagger"])
    parser.add_argument("--show", type=int, default=3, help="examples of each kind of miss")
    parser.add_argument("--folder", type=Path, help="where to work (a temporary folder)")
    options = parser.parse_args()
    options.clock = FastClock(time.time(), options.speed)
    folder = Path(tempfile.mkdtemp(prefix="identify-", dir=options.folder))
    try:
        measured = measure(options, folder)
    finally:
        shutil.rmtree(folder)
    print(json.dumps(measured))


if __name__ == "__main__":
    main()
