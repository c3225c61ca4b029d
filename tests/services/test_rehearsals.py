"""From a rehearsal to the job that it was of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from comicmaintainer.errors import InvalidInput, JobNotFound, JobStateConflict, OutsideLibrary
from comicmaintainer.jobs.model import HandIn, Job, JobStatus, Outcome, Trigger
from comicmaintainer.library.catalogue.file_filter import FileFilter
from comicmaintainer.library.catalogue.model import SeenFile
from comicmaintainer.library.rehearsal_copies import place_of_copy
from comicmaintainer.services import Services
from comicmaintainer.settings import Settings
from tests.kit.clock import Clock
from tests.kit.living_worker import register_worker

DAY_S = 86400.0


@pytest.fixture
def clock() -> Clock:
    return Clock(1_800_000_000.0)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "comics"
    for series in ("Akira", "Bone", "Saga"):
        for number in range(1, 11):
            path = folder / series / f"{series} {number:02}.cbz"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"x")
    return folder


@pytest.fixture
def services(tmp_path: Path, library: Path, clock: Clock) -> Iterator[Services]:
    settings = {"WATCHED_DIR": str(library), "CONFIG_DIR": str(tmp_path / "config")}
    services = Services.build(Settings.from_environment(settings), now=clock)
    yield services
    services.database.close()


def finish(services: Services, job: Job) -> None:
    """Hand in a good result for every item, as a worker would that copied it."""
    manager = services.manager
    register_worker(services.database, now=services.now())
    _, claims = manager.items.exchange("w", (), 1000, ("rehearse", "process"), services.now())
    done = []
    for claim in claims:
        copy = place_of_copy(
            Path(services.rehearsals.describe(job.job_id).folder), services.roots, Path(claim.item)
        )
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(b"copy")
        done.append(HandIn(claim, Outcome(True, {"path": str(copy), "copy": str(copy)}), 0.1))
    manager.items.exchange("w", done, 0, (), services.now())
    assert manager.get(job.job_id).status is JobStatus.COMPLETED


def rehearsed(services: Services, selection: dict[str, object], **params: object) -> Job:
    request = services.rehearsals.request(selection, {"folder": "Try", **params})
    job = services.manager.submit(request)
    finish(services, job)
    return job


def test_rest_covers_the_whole_selection_with_the_same_kind_and_parameters(
    services: Services, library: Path
) -> None:
    job = rehearsed(services, {"all": True}, count=6, params={"preset": "manga"})
    assert job.total_items == 6
    rest = services.rehearsals.rest(job.job_id, Trigger.WEB, preview=True)
    assert (rest.kind, rest.preview, rest.source_job_id) == ("process", True, job.job_id)
    assert rest.params["preset"] == "manga"
    assert sorted(rest.items) == sorted(str(path) for path in library.rglob("*/*.cbz")
                                        if "rehearsal" not in str(path))  # fmt: skip


def test_selection_is_evaluated_when_the_rest_is_requested(
    services: Services, library: Path
) -> None:
    job = rehearsed(services, {"folders": ["Saga"]}, count=2)
    (library / "Saga" / "Saga 99.cbz").write_bytes(b"x")
    rest = services.rehearsals.rest(job.job_id)
    assert len(rest.items) == 11


@pytest.mark.parametrize("count", [3, 6, 7, 20])
def test_sample_is_spread_over_all_folders(services: Services, count: int) -> None:
    first = services.rehearsals.request({"all": True}, {"folder": "Try", "count": count})
    again = services.rehearsals.request({"all": True}, {"folder": "Try", "count": count})
    assert first.items == again.items
    assert len(set(first.items)) == count
    by_folder = [Path(item).parent.name for item in first.items]
    shares = [by_folder.count(series) for series in ("Akira", "Bone", "Saga")]
    assert max(shares) - min(shares) <= 1


def test_sample_of_a_large_catalogue_is_spread_over_its_series(
    services: Services, library: Path
) -> None:
    services.catalogue.add_root(library)
    seen = [
        SeenFile(f"{library}/Series {series:03}/Series {series:03} {number:03}.cbz", 9, 9, 1, 1)
        for series in range(60)
        for number in range(25)
    ]
    services.catalogue.upsert(seen)
    unprocessed = {"filter": {"states": ["unprocessed"]}}
    request = services.rehearsals.request(unprocessed, {"folder": "Try"})
    assert len({Path(item).parent for item in request.items}) == 20
    assert request.selection is not None
    assert request.selection["count"] == 1500
    one = services.listing.spread(FileFilter(folder=f"{library}/Series 007"), 20)
    assert len(one) == 20
    assert len(services.listing.spread(FileFilter(folder=f"{library}/Series 007"), 30)) == 25
    assert services.listing.spread(FileFilter(text="nothing"), 5) == []


def test_long_list_of_paths_is_kept_in_rows_of_bounded_size(
    services: Services, library: Path
) -> None:
    names = [f"Many/Comic {number:05}.cbz" for number in range(5000)]
    (library / "Many").mkdir()
    for name in names:
        (library / name).write_bytes(b"")
    job = rehearsed(services, {"paths": names}, count=1)
    rows = services.database.rows("SELECT length(selection) AS n FROM job_selections")
    assert max(row["n"] for row in rows) < 64_000
    assert [Path(item).name for item in services.rehearsals.rest(job.job_id).items] == [
        Path(name).name for name in names
    ]
    services.manager.delete_job(job.job_id)
    assert services.database.value("SELECT count(*) FROM job_selections") == 0


def test_rehearsal_reports_its_files_and_copies(services: Services) -> None:
    job = rehearsed(services, {"all": True}, count=4)
    told = services.rehearsals.describe(job.job_id)
    assert (told.kind, told.files, told.copies, told.ended) == ("process", 30, 4, None)
    assert told.folder.endswith(f"/comics/Try/ComicMaintainer rehearsal {job.job_id[:8]}")


@pytest.mark.parametrize("selection", [{"all": True}, {"folders": ["Saga"]}])
def test_file_count_shown_before_the_rest_matches_the_rest(
    services: Services, library: Path, selection: dict[str, object]
) -> None:
    services.catalogue.add_root(library)
    services.catalogue.upsert([SeenFile(str(library / "Saga" / "Saga 01.cbz"), 1, 1, 1, 1)])
    job = rehearsed(services, selection, count=2)
    told = services.rehearsals.describe(job.job_id)
    assert told.files == len(services.rehearsals.rest(job.job_id).items) > 1


def test_removal_selects_only_the_copies(services: Services, library: Path) -> None:
    job = rehearsed(services, {"folders": ["Saga"]}, count=3)
    top = Path(services.rehearsals.describe(job.job_id).folder)
    (top / "comics" / "Saga" / "mine.cbz").write_bytes(b"x")
    removal = services.rehearsals.removal(job.job_id)
    assert removal.kind == "delete"
    assert len(removal.items) == 3
    assert not any(item.endswith("mine.cbz") for item in removal.items)
    for item in removal.items:
        Path(item).unlink()
    with pytest.raises(JobStateConflict, match="No copies"):
        services.rehearsals.removal(job.job_id)


def test_rehearsal_is_kept_longer_than_other_jobs_then_reported_as_cleaned_up(
    services: Services, clock: Clock
) -> None:
    job = rehearsed(services, {"all": True}, count=2)
    clock.at += DAY_S
    services.manager.clean_up()
    assert services.rehearsals.rest(job.job_id).items
    clock.at += 7 * DAY_S
    services.manager.clean_up()
    assert services.rehearsals.describe(job.job_id).ended is not None
    with pytest.raises(
        JobStateConflict, match=r"cleaned up.*Start a new 'process' job over these files"
    ):
        services.rehearsals.rest(job.job_id)
    with pytest.raises(JobStateConflict, match=r"Delete the folder .*ComicMaintainer rehearsal"):
        services.rehearsals.removal(job.job_id)


def test_only_a_completed_rehearsal_has_a_rest(services: Services) -> None:
    with pytest.raises(JobNotFound):
        services.rehearsals.rest("nothing")
    request = services.rehearsals.request({"all": True}, {"folder": "Try", "count": 2})
    job = services.manager.submit(request)
    with pytest.raises(JobStateConflict, match="queued"):
        services.rehearsals.rest(job.job_id)
    finish(services, job)
    other = services.manager.submit(services.rehearsals.rest(job.job_id))
    with pytest.raises(JobStateConflict, match="not a rehearsal"):
        services.rehearsals.rest(other.job_id)


def test_rehearsals_of_rehearsals_are_refused(services: Services) -> None:
    job = rehearsed(services, {"all": True}, count=2)
    folder = services.rehearsals.describe(job.job_id).folder
    copy = next(Path(folder).rglob("*.cbz"))

    def expand(paths: object) -> list[str]:
        return [str(copy)]

    named = {"named": [str(copy)]}
    with pytest.raises(InvalidInput, match="Select the originals"):
        services.rehearsals.request(named, {"folder": "Try"}, expand=expand)
    with pytest.raises(InvalidInput, match="choose another folder"):
        services.rehearsals.request({"all": True}, {"folder": folder}, expand=expand)
    with pytest.raises(InvalidInput, match="can't be rehearsed"):
        services.rehearsals.request({"all": True}, {"folder": "Try", "kind": "rehearse"})
    with pytest.raises(InvalidInput):
        services.rehearsals.request({"paths": [str(copy)]}, {"folder": "Try"})


def test_named_files_from_the_command_line_are_checked_when_the_rest_is_requested_elsewhere(
    services: Services, library: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "elsewhere" / "x.cbz"
    outside.parent.mkdir()
    outside.write_bytes(b"x")

    def expand(paths: object) -> list[str]:
        return [str(outside)]

    request = services.rehearsals.request(
        {"named": [str(outside)]}, {"folder": str(tmp_path)}, expand=expand
    )
    job = services.manager.submit(request)
    finish(services, job)
    assert services.rehearsals.rest(job.job_id, expand=expand).items == [str(outside)]
    with pytest.raises(OutsideLibrary):
        services.rehearsals.rest(job.job_id)


def test_rehearsal_is_not_saved_as_a_template(services: Services) -> None:
    with pytest.raises(InvalidInput, match="can't be saved"):
        services.templates.create("x", "rehearse", {"all": True}, params={"folder": "Try"})


def test_folder_that_is_no_longer_watched_is_not_sampled(services: Services) -> None:
    services.catalogue.add_root("/before")
    services.catalogue.upsert([SeenFile("/before/A/A 1.cbz", 9, 9, 1, 1)])
    request = services.rehearsals.request({"all": True}, {"folder": "Try"})
    assert len(request.items) == 20
    assert not any(item.startswith("/before") for item in request.items)
