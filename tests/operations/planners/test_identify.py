"""Comics are identified by a server; what is certain is written, and everything can be undone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from comicmaintainer.comics.rules.inboxes import Inboxes
from comicmaintainer.database import SqliteDatabase
from comicmaintainer.errors import InvalidInput, SourceOff
from comicmaintainer.jobs.model import Job, JobStatus
from comicmaintainer.library.catalogue.file_filter import FileFilter
from comicmaintainer.library.catalogue.listing import Listing
from comicmaintainer.library.catalogue.model import FileState
from comicmaintainer.library.matches.model import MatchState, StoredMatch, Verdict
from comicmaintainer.matching.model import SeriesFacts
from comicmaintainer.operations.planners.identify import explained
from comicmaintainer.outgoing.transport import Transport
from comicmaintainer.services.patient_sources import PatientSources
from comicmaintainer.services.requests import Requests
from comicmaintainer.services.review import Review
from comicmaintainer.services.series_issues import SeriesIssues
from comicmaintainer.sources.source_settings import GivenSettings
from comicmaintainer.sources.sources import Sources
from tests.kit.clock import Clock
from tests.kit.replay_catalogue import series_of
from tests.kit.replay_server import ReplayServer
from tests.kit.shared_reader import COMICS
from tests.operations.workbench import Workbench, details, sha256, tags

SERIES = [
    {
        "id": 10,
        "name": "Harbour Lights",
        "start_year": 2016,
        "publisher": "Tern Press",
        "issues": [[100 + number, str(number), 2016 + number // 13] for number in range(1, 25)],
    },
    {
        "id": 11,
        "name": "Harbour Lights",
        "start_year": 1974,
        "publisher": "Lantern Comics",
        "issues": [[900 + number, str(number), 1974] for number in range(1, 10)],
    },
    {
        "id": 12,
        "name": "Velvet Orchard",
        "start_year": 2001,
        "publisher": "Tern Press",
        "issues": [[950 + number, str(number), 2001] for number in range(1, 7)],
    },
]


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    with ReplayServer(series_of(SERIES)).running() as running:
        yield running


@pytest.fixture
def bench(tmp_path: Path, server: ReplayServer) -> Iterator[Workbench]:
    clock = Clock()
    transport = Transport()
    given = {"comicvine": GivenSettings(True, server.address("comicvine"), {"key": "k3y"})}
    sources = Sources.build(
        SqliteDatabase(tmp_path / "config" / "jobs.db"),
        given,
        answer_days=30,
        now=clock,
        transport=transport,
    ).of_worker(lambda content: COMICS.image_hashes(content, name="cover")[0], 4)
    bench = Workbench(tmp_path, sources=sources)
    bench.clock = clock
    object.__setattr__(bench.context, "now", clock)
    yield bench
    transport.close()


@pytest.fixture
def patient(bench: Workbench) -> PatientSources:
    def pause(seconds: float) -> None:
        bench.clock.advance(seconds)

    return PatientSources(bench.context.sources, now=bench.clock, pause=pause)


@pytest.fixture
def inboxes() -> dict[str, Any]:
    """The inboxes that the review knows, for a test to fill."""
    return {}


@pytest.fixture
def review(bench: Workbench, patient: PatientSources, inboxes: dict[str, Any]) -> Review:
    return Review(
        bench.matches,
        bench.decisions,
        patient,
        bench.manager,
        Requests(bench.manager, bench.journal),
        bench.journal,
        lambda: Inboxes.from_dict(inboxes),
    )


def comics(bench: Workbench, *names: str) -> list[Path]:
    paths = [bench.comic(name) for name in names]
    bench.catalogued(*paths)
    return paths


def run(bench: Workbench, paths: list[Path], **params: Any) -> list[Mapping[str, Any]]:
    """Run a job, letting the clock go on while its items wait for the source."""
    job = bench.submit("identify", paths, params)
    finish(bench, job)
    return [details(result) for result in bench.results(job.job_id)]


def finish(bench: Workbench, job: Job) -> None:
    for _ in range(50):
        bench.work()
        if bench.manager.get(job.job_id).status is JobStatus.COMPLETED:
            return
        bench.clock.advance(2)
    pytest.fail("the job did not end")


def test_a_certain_match_is_written_and_undone_to_the_byte(
    bench: Workbench, server: ReplayServer
) -> None:
    paths = comics(bench, *(f"Harbour Lights (2016)/Harbour Lights {n:03}.cbz" for n in (1, 2, 3)))
    before = [sha256(path) for path in paths]
    job = bench.submit("identify", paths)
    finish(bench, job)
    for number, path in enumerate(paths, 1):
        found = tags(path)
        assert (found.series, found.issue, found.publisher) == (
            "Harbour Lights",
            str(number),
            "Tern Press",
        )
        assert any(f"4000-{100 + number}" in address for address in found.web)
    assert server.paid_twice() == []
    undo = Requests(bench.manager, bench.journal).undo_job(job.job_id)
    bench.manager.submit(undo)
    bench.work()
    assert [sha256(path) for path in paths] == before


def test_an_identified_file_needs_no_further_request(
    bench: Workbench, server: ReplayServer
) -> None:
    paths = comics(bench, "Harbour Lights (2016)/Harbour Lights 001.cbz")
    run(bench, paths)
    asked = len(server.log())
    content = sha256(paths[0])
    (again,) = run(bench, paths)
    assert again["unchanged"]
    assert again["identified"]["level"] == "certain"
    assert sha256(paths[0]) == content
    # Only a check of its id, if that was not asked before.
    assert len(server.log()) <= asked + 2


def test_what_is_not_certain_goes_to_review_and_an_answer_is_written(
    bench: Workbench, review: Review
) -> None:
    paths = comics(bench, "New/Harbour Lights 001.cbz", "New/Harbour Lights 002.cbz")
    before = [sha256(path) for path in paths]
    found = run(bench, paths, covers=False)
    assert [each["identified"]["level"] for each in found] == ["likely", "likely"]
    assert [sha256(path) for path in paths] == before
    (match,), _ = bench.matches.page(MatchState.OPEN)
    assert match.files == 2
    old = next(each.series for each in match.candidates if each.series.start_year == 1974)

    answer = review.choose(match.match_id, old, decided_by="ann")
    assert answer.request is not None
    finish(bench, bench.manager.submit(answer.request))
    assert [tags(path).publisher for path in paths] == ["Lantern Comics"] * 2
    assert bench.matches.count(MatchState.OPEN) == (0, 0)

    (later,) = comics(bench, "New/Harbour Lights 003.cbz")
    (third,) = run(bench, [later])
    assert third["identified"]["level"] == "certain"
    assert tags(later).publisher == "Lantern Comics"

    undo = review.take_back(answer.decision.decision_id)
    assert undo is not None
    bench.manager.submit(undo)
    bench.work()
    assert [sha256(path) for path in paths] == before
    assert tags(later).publisher is None
    assert bench.decisions.of_group(answer.decision.group) is None
    assert bench.matches.certain_series("Harbour Lights") == []
    (again,), _ = bench.matches.page(MatchState.OPEN)
    assert [each.series for each in again.candidates] == [each.series for each in match.candidates]
    assert [file.path for file in bench.matches.files(again.match_id)] == list(map(str, paths))
    assert all(file.issue_of(old) for file in bench.matches.files(again.match_id))


def test_files_of_a_series_that_is_never_matched_are_left_alone(
    bench: Workbench, review: Review, server: ReplayServer
) -> None:
    paths = comics(bench, "New/Harbour Lights 001.cbz")
    run(bench, paths, covers=False)
    (match,), _ = bench.matches.page(MatchState.OPEN)
    assert review.never(match.match_id).decision.verdict is Verdict.NEVER
    asked = len(server.log())
    (found,) = run(bench, paths)
    assert found["identified"]["level"] == "unknown"
    assert len(server.log()) == asked
    decision = bench.decisions.of_group(match.group)
    assert decision is not None
    assert review.take_back(decision.decision_id) is None
    assert bench.matches.count(MatchState.OPEN) == (1, 1)


def test_another_series_is_chosen_by_the_address_of_its_page(
    bench: Workbench, review: Review
) -> None:
    paths = comics(bench, "New/Harbour Lights 001.cbz")
    run(bench, paths, covers=False)
    (match,), _ = bench.matches.page(MatchState.OPEN)
    series = review.series_at("https://comicvine.gamespot.com/velvet-orchard/4050-12/")
    answer = review.choose(match.match_id, series)
    assert answer.request is not None
    finish(bench, bench.manager.submit(answer.request))
    assert tags(paths[0]).series == "Velvet Orchard"


def test_an_answer_counts_also_if_the_folder_was_renamed_meanwhile(
    bench: Workbench, review: Review
) -> None:
    paths = comics(bench, "New/Harbour Lights 001.cbz", "New/Harbour Lights 002.cbz")
    run(bench, paths, covers=False)
    (match,), _ = bench.matches.page(MatchState.OPEN)
    root = paths[0].parent.parent
    (root / "New").rename(root / "Newer")
    bench.run("scan", [root])
    answer = review.choose(match.match_id, _older(match))
    assert answer.request is not None
    finish(bench, bench.manager.submit(answer.request))
    assert [tags(root / "Newer" / path.name).publisher for path in paths] == ["Lantern Comics"] * 2
    assert bench.matches.count(MatchState.OPEN) == (0, 0)


@pytest.mark.parametrize("is_gone", [False, True])
def test_the_chosen_series_is_looked_at_once_for_all_files_of_a_group(
    bench: Workbench, review: Review, is_gone: bool
) -> None:
    numbers = (1, 2, 3, 98, 99)
    paths = comics(bench, *(f"New/Harbour Lights {number:03}.cbz" for number in numbers))
    run(bench, paths, covers=False)
    matches, _ = bench.matches.page(MatchState.OPEN)
    # As a search shows it: what is known of one series alone may differ.
    series = replace(_older(matches[0]), aliases=(), id="777" if is_gone else "11")
    for each in matches:
        review.choose(each.match_id, series)
    job = bench.submit("identify", paths)
    finish(bench, job)
    found = [details(result)["identified"] for result in bench.results(job.job_id)]
    assert len({each["match_id"] for each in found}) == 1
    level = "unknown" if is_gone else "certain"
    assert [each["level"] for each in found] == [level] * 3 + ["unknown"] * 2


def test_a_decision_that_is_taken_back_while_its_files_wait_changes_none_of_them(
    bench: Workbench, review: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = comics(bench, "New/Harbour Lights 001.cbz", "New/Harbour Lights 002.cbz")
    before = [sha256(path) for path in paths]
    run(bench, paths, covers=False)
    (match,), _ = bench.matches.page(MatchState.OPEN)
    answer = review.choose(match.match_id, _older(match))
    assert answer.request is not None
    job = bench.manager.submit(answer.request)
    ask = bench.context.sources.details

    def taken_back(*args: Any, **more: Any) -> Any:
        """The person clicks while the details are on their way."""
        found = ask(*args, **more)
        if bench.decisions.page()[0]:
            assert review.take_back(answer.decision.decision_id) is None
        return found

    monkeypatch.setattr(bench.context.sources, "details", taken_back)
    finish(bench, job)
    assert [sha256(path) for path in paths] == before
    first = details(bench.results(job.job_id)[0])["identified"]
    assert first["reason"] == "the decision was taken back meanwhile"


def _older(match: StoredMatch) -> SeriesFacts:
    return next(each.series for each in match.candidates if each.series.start_year == 1974)


def test_a_preview_changes_nothing_and_shows_the_tags(bench: Workbench) -> None:
    paths = comics(bench, "Harbour Lights (2016)/Harbour Lights 001.cbz")
    before = sha256(paths[0])
    job = bench.submit("identify", paths, preview=True)
    finish(bench, job)
    (result,) = bench.results(job.job_id)
    assert details(result)["changes"]
    assert sha256(paths[0]) == before


def test_fields_are_kept_filled_or_overwritten_as_asked(bench: Workbench) -> None:
    xml = "<Series>Harbour Lights</Series><Number>1</Number><Publisher>Mine</Publisher>"
    path = bench.comic("Harbour Lights (2016)/a.cbz", xml)
    other = bench.comic("Harbour Lights (2016)/b.cbz", xml.replace(">1<", ">2<"))
    third = bench.comic("Harbour Lights (2016)/c.cbz", xml.replace(">1<", ">3<"))
    bench.catalogued(path, other, third)
    run(bench, [path], keep=["publisher"])
    run(bench, [other], mode="fill")
    run(bench, [third])
    assert [tags(each).publisher for each in (path, other, third)] == ["Mine", "Mine", "Tern Press"]
    assert all(tags(each).credits for each in (path, other, third))


def test_items_wait_without_failing_while_the_source_allows_no_request(
    bench: Workbench, server: ReplayServer
) -> None:
    names = ("Harbour Lights", "Velvet Orchard")
    paths = comics(bench, *(f"{name}/{name} 001.cbz" for name in names))
    server.fail("429", times=1)
    job = bench.submit("identify", paths)
    bench.work()
    waiting = bench.manager.get(job.job_id)
    assert (waiting.status, waiting.failed_items) == (JobStatus.PROCESSING, 0)
    for _ in range(200):
        bench.clock.advance(60)
        bench.manager.workers.heartbeat(bench.worker_id, [], bench.clock())
        bench.work()
        if bench.manager.get(job.job_id).status is JobStatus.COMPLETED:
            break
    done = bench.manager.get(job.job_id)
    assert (done.status, done.failed_items) == (JobStatus.COMPLETED, 0)
    assert server.paid_twice() == []


def test_without_a_source_the_item_says_what_to_do(tmp_path: Path) -> None:
    bench = Workbench(tmp_path)
    path = bench.comic("Harbour Lights 001.cbz")
    (result,) = bench.run("identify", [path])
    assert not result.success
    assert result.code == "source_off"
    assert "Switch one on" in (result.error or "")


def test_a_source_that_is_off_or_unknown_is_refused_before_it_is_asked(bench: Workbench) -> None:
    sources = bench.context.sources
    assert sources.require_active() == sources.require_active(["comicvine"]) == ("comicvine",)
    with pytest.raises(SourceOff, match=r"Metron is not switched on. Switch it on in the settings"):
        sources.require_active(["comicvine", "metron"])
    with pytest.raises(InvalidInput, match="no source of this name"):
        sources.require_active(["metrom"])


def test_an_answer_is_applied_also_if_another_source_of_the_job_is_off_by_now(
    bench: Workbench, review: Review, server: ReplayServer
) -> None:
    metron = bench.context.sources.info("metron")
    address, secrets = server.address("metron"), {"token": "t0ken"}
    settings = bench.context.sources.settings
    settings.change(metron, enabled=True, address=address)
    settings.change(metron, secrets=secrets)
    paths = comics(bench, "New/Harbour Lights 001.cbz")
    run(bench, paths, covers=False, sources=["metron", "comicvine"])
    (match,), _ = bench.matches.page(MatchState.OPEN)
    settings.change(metron, enabled=False)
    series = review.series_at("https://comicvine.gamespot.com/velvet-orchard/4050-12/")
    answer = review.choose(match.match_id, series)
    assert answer.request is not None
    finish(bench, bench.manager.submit(answer.request))
    assert tags(paths[0]).series == "Velvet Orchard"


def test_refresh_asks_by_id_and_leaves_what_a_person_changed(
    bench: Workbench, server: ReplayServer
) -> None:
    (path,) = comics(bench, "Harbour Lights (2016)/Harbour Lights 001.cbz")
    (without,) = comics(bench, "Velvet Orchard 001.cbz")
    run(bench, [path])
    bench.run("tag", [path], {"set": {"publisher": "Mine", "year": 1999}})
    credits_before = tags(path).credits
    asked = len(server.log())
    bench.clock.advance(2 * 86400)
    bench.manager.workers.heartbeat(bench.worker_id, [], bench.clock())
    job = bench.submit("refresh", [path, without])
    finish(bench, job)
    refreshed, unknown = (details(result) for result in bench.results(job.job_id))
    assert tags(path).publisher == "Mine"
    assert tags(path).year == 1999
    assert tags(path).credits == credits_before
    assert refreshed["identified"]["level"] == "certain"
    assert unknown["identified"]["level"] == "unknown"
    later = [logged.address for logged in server.log()[asked:]]
    assert later
    assert all("4000-101" in address or "4050-10" in address for address in later)


def test_a_person_keeps_fields_also_when_the_comic_is_identified_again(bench: Workbench) -> None:
    (path,) = comics(bench, "Harbour Lights (2016)/Harbour Lights 001.cbz")
    run(bench, [path])
    bench.run("tag", [path], {"set": {"publisher": "Mine"}})
    run(bench, [path])
    assert tags(path).publisher == "Mine"


def test_only_decided_series_are_identified_if_asked(
    bench: Workbench, review: Review, server: ReplayServer
) -> None:
    (path,) = comics(bench, "New/Harbour Lights 001.cbz")
    (found,) = run(bench, [path], decided_only=True)
    assert found["identified"]["level"] == "unknown"
    assert server.log() == []


def test_issues_that_no_file_is_are_listed_by_the_source(
    bench: Workbench, patient: PatientSources
) -> None:
    paths = comics(bench, *(f"Velvet Orchard/Velvet Orchard {n:03} (2001).cbz" for n in (1, 2, 5)))
    run(bench, paths)
    (listed,) = SeriesIssues(bench.matches, patient).of_series("velvet orchard")
    assert (listed.series.id, listed.issues) == ("12", 6)
    assert [issue.number for issue in listed.missing] == ["3", "4", "6"]
    assert SeriesIssues(bench.matches, patient).of_series("Harbour Lights") == []


def test_an_explanation_shows_the_candidates_and_stores_nothing(
    bench: Workbench, patient: PatientSources
) -> None:
    (path,) = comics(bench, "New/Harbour Lights 001.cbz")
    group, matches = explained(bench.context, path, {"covers": False}, patient.answer)
    assert [file.key for file in group.files] == [str(path)]
    match = matches["comicvine"]
    assert {each.series.start_year for each in match.candidates} == {1974, 2016}
    assert all(each.evidence for each in match.candidates)
    assert bench.matches.count(MatchState.OPEN) == (0, 0)


def test_a_decision_holds_when_the_tags_name_the_first_year(
    bench: Workbench, review: Review
) -> None:
    formats = ["comicinfo", "metroninfo"]
    paths = comics(bench, "New/Harbour Lights 001.cbz")
    run(bench, paths, covers=False, formats=formats)
    (match,), _ = bench.matches.page(MatchState.OPEN)
    old = next(each.series for each in match.candidates if each.series.start_year == 1974)
    answer = review.choose(match.match_id, old)
    assert answer.request is not None
    finish(bench, bench.manager.submit(answer.request))
    assert tags(paths[0]).series_start_year == 1974
    (later,) = comics(bench, "New/Harbour Lights 002.cbz")
    (other,) = comics(bench, "New/Harbour Lights (2016) 003.cbz")
    second, third = run(bench, [later, other], covers=False)
    assert second["identified"]["level"] == "certain"
    assert tags(later).publisher == "Lantern Comics"
    assert third["identified"]["level"] == "certain"
    assert tags(other).publisher == "Tern Press"


def test_a_decision_holds_when_the_product_moves_the_files_to_a_folder_with_another_year(
    bench: Workbench, review: Review, server: ReplayServer
) -> None:
    paths = comics(bench, "New/Harbour Lights 001.cbz", "New/Harbour Lights 002.cbz")
    run(bench, paths, covers=False)
    (match,), _ = bench.matches.page(MatchState.OPEN)
    decision = review.never(match.match_id).decision
    template = "{series} (2016)/{series} #{issue}"
    bench.run("process", paths, {"template": template, "tags": False})
    folder = bench.library / "Harbour Lights (2016)"
    moved = [folder / f"Harbour Lights #{number:04}.cbz" for number in (1, 2)]
    assert all(path.exists() for path in moved)
    asked = len(server.log())
    (later,) = comics(bench, "Harbour Lights (2016)/Harbour Lights 003.cbz")
    found = run(bench, [*moved, later])
    reason = "a person decided never to match this series"
    assert [each["identified"]["reason"] for each in found] == [reason] * 3
    assert len(server.log()) == asked
    review.take_back(decision.decision_id)
    again = run(bench, [*moved, later], covers=False)
    assert [each["identified"]["level"] for each in again] == ["certain"] * 3


def test_what_followed_from_a_decision_is_taken_back_also_in_another_folder(
    bench: Workbench, review: Review
) -> None:
    paths = comics(bench, "New/Harbour Lights 001.cbz")
    run(bench, paths, covers=False)
    (match,), _ = bench.matches.page(MatchState.OPEN)
    answer = review.choose(match.match_id, _older(match))
    assert answer.request is not None
    finish(bench, bench.manager.submit(answer.request))
    bench.run("rename", paths, {"template": "Other/{series} #{issue}"})
    (later,) = comics(bench, "Other/Harbour Lights 002.cbz")
    assert bench.decisions.folders_with_series([str(later.parent)]) == {str(later.parent)}
    (found,) = run(bench, [later], covers=False)
    assert found["identified"]["series"]["start_year"] == 1974
    review.take_back(answer.decision.decision_id)
    assert bench.matches.certain_series("Harbour Lights") == []
    assert bench.decisions.folders_with_series([str(later.parent)]) == set()


def test_an_identified_file_says_so_until_it_is_processed(bench: Workbench) -> None:
    path, other = comics(bench, *(f"Velvet Orchard (2001)/Velvet Orchard {n}.cbz" for n in (1, 2)))

    job = bench.submit("identify", [path])
    finish(bench, job)
    assert (bench.state_of(path), bench.state_of(other)) == ("identified", "unprocessed")
    listing = Listing(bench.database)
    for states, found in (("unprocessed", 2), ("identified", 1), ("processed", 0)):
        wanted = FileFilter(states=(FileState(states),))
        assert len(list(listing.paths(wanted))) == found
        assert listing.count(wanted).files == found
    bench.manager.submit(Requests(bench.manager, bench.journal).undo_job(job.job_id))
    bench.work()
    assert bench.state_of(path) == "unprocessed"
    run(bench, [path])
    bench.run("process", [path], {"rename": False})
    assert bench.state_of(path) == "processed"
    run(bench, [path])
    assert bench.state_of(path) == "processed"


def test_a_comic_of_an_inbox_is_filed_once_it_is_certain_what_it_is(
    bench: Workbench, review: Review, inboxes: dict[str, Any]
) -> None:
    """It waits for the job that identifies it, and then for the person who is asked."""
    (path,) = comics(bench, "New/Harbour Lights 001.cbz")
    target = {"target": str(bench.library), "folders": "{publisher}/{series}"}
    inboxes[str(path.parent)] = target
    identify = bench.submit("identify", [path], {"covers": False})
    filing = bench.submit("file", [path], {"inboxes": inboxes, "await_identify": True})
    bench.manager.pause(identify.job_id)
    bench.work()
    assert bench.results(filing.job_id) == []
    bench.manager.resume(identify.job_id)
    for _ in range(20):
        bench.work()
        bench.clock.advance(20)
    (left,) = bench.results(filing.job_id)
    assert details(left)["why"] == {"path": "which series it is waits for an answer in the review"}
    assert path.exists()
    (match,), _ = bench.matches.page(MatchState.OPEN)
    answer = review.choose(match.match_id, match.candidates[0].series)
    assert answer.request is not None
    assert answer.filing is not None
    finish(bench, bench.manager.submit(answer.request))
    filed = bench.manager.submit(
        replace(answer.filing, params={**answer.filing.params, "inboxes": inboxes})
    )
    finish(bench, filed)
    (result,) = bench.results(filed.job_id)
    publisher = match.candidates[0].series.publisher or ""
    series = bench.library / publisher / "Harbour Lights"
    assert Path(details(result)["path"]).parent == series
    assert not path.exists()
