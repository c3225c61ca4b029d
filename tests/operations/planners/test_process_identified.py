"""`process` fills fields from what is stored of a comic's issue, without asking anybody."""

from __future__ import annotations

from pathlib import Path

from comicmaintainer.library.matches.model import MatchState
from comicmaintainer.operations.identified_issues import IdentifiedIssues
from comicmaintainer.services.requests import Requests
from comicmaintainer.services.review import Review
from tests.kit.replay_server import ReplayServer
from tests.operations.planners.test_identify import (  # noqa: F401 - some are fixtures
    bench,
    comics,
    finish,
    inboxes,
    patient,
    review,
    run,
    server,
)
from tests.operations.workbench import Workbench, details, tags

DATED = "Harbour Lights (2016)/Harbour Lights 001.cbz"
UNDATED = "New/Harbour Lights 001.cbz"
ALL = {
    "fields": {
        "publisher": {"sources": ["identified", "filename"], "mode": "overwrite"},
        "credits": {"sources": ["identified"]},
    }
}


def switch_off(bench: Workbench) -> None:  # noqa: F811
    """Nobody may be asked any more; what was kept stays."""

    def refuse(*args: object) -> None:
        raise AssertionError("a request was made")

    bench.context.sources._desk._transport.send = refuse  # type: ignore[method-assign, assignment]


def test_fields_come_from_the_kept_answer_and_no_request_is_made(
    bench: Workbench,  # noqa: F811
    server: ReplayServer,  # noqa: F811
) -> None:
    (path,) = comics(bench, DATED)
    run(bench, [path], keep=["publisher", "credits"])
    assert (tags(path).publisher, tags(path).credits) == (None, ())
    switch_off(bench)
    params = {"rules": ALL, "rename": False}
    job = bench.submit("process", [path], params, preview=True)
    finish(bench, job)
    shown = details(bench.results(job.job_id)[0])
    assert shown["why"] == {"publisher": "comicvine", "credits": "comicvine"}
    assert tags(path).publisher is None
    bench.run("process", [path], params)
    assert tags(path).publisher == "Tern Press"
    assert tags(path).credits
    (again,) = bench.run("process", [path], params)
    assert details(again)["unchanged"]


def test_a_name_is_made_of_it_as_well(bench: Workbench) -> None:  # noqa: F811
    (path,) = comics(bench, DATED)
    run(bench, [path], keep=["publisher", "year"])
    switch_off(bench)
    rules = {"template": "{series} #{issue} ({year}, {publisher})", **ALL}
    params = {"rules": rules, "tags": False}
    bench.run("process", [path], params)
    name = path.with_name("Harbour Lights #0001 (2016, Tern Press).cbz")
    assert name.exists()
    (again,) = bench.run("process", [name], params)
    assert details(again)["unchanged"]


def test_without_a_kept_answer_the_match_says_what_it_knows(
    bench: Workbench,  # noqa: F811
) -> None:
    (path,) = comics(bench, DATED)
    run(bench, [path], keep=["publisher", "credits"])
    with bench.database.transaction() as transaction:
        transaction.execute("DELETE FROM source_answers")
    switch_off(bench)
    bench.run("process", [path], {"rules": ALL, "rename": False})
    assert (tags(path).publisher, tags(path).credits) == ("Tern Press", ())


def test_what_is_not_certain_or_was_taken_back_says_nothing(
    bench: Workbench,  # noqa: F811
    review: Review,  # noqa: F811
) -> None:
    unsure, certain = comics(bench, UNDATED, DATED)
    run(bench, [unsure], covers=False)
    job = bench.submit("identify", [certain])
    finish(bench, job)
    known = bench.context.identified_issues
    assert known.of(unsure) is None
    assert known.of(certain) is not None
    bench.manager.submit(Requests(bench.manager, bench.journal).undo_job(job.job_id))
    bench.work()
    assert known.of(certain) is None


def test_of_a_series_that_a_person_chose_the_series_is_known(
    bench: Workbench,  # noqa: F811
    review: Review,  # noqa: F811
) -> None:
    paths = comics(bench, UNDATED, "New/Harbour Lights 002.cbz")
    run(bench, paths, covers=False)
    (match,), _ = bench.matches.page(MatchState.OPEN)
    old = next(each.series for each in match.candidates if each.series.start_year == 1974)
    decision = review.choose(match.match_id, old).decision  # nobody runs its job
    switch_off(bench)
    bench.run("process", paths, {"rules": ALL, "rename": False})
    assert [tags(path).publisher for path in paths] == ["Lantern Comics"] * 2
    review.take_back(decision.decision_id)
    assert bench.context.identified_issues.of(paths[0]) is None


def test_a_file_outside_the_catalogue_is_not_known(
    bench: Workbench,  # noqa: F811
    tmp_path: Path,
) -> None:
    known: IdentifiedIssues = bench.context.identified_issues
    assert known.of(tmp_path / "other.cbz") is None
