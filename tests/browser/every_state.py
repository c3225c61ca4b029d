"""A library in which every page has something to show, and the states that its pages can be in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from comicmaintainer.database import notices
from comicmaintainer.jobs.model import JobRequest
from comicmaintainer.library.reading_lists.cbl import write_cbl
from comicmaintainer.library.reading_lists.model import ListEntry
from comicmaintainer.library.rule_book import FolderChoice
from comicmaintainer.media_servers.model import ServerKind
from comicmaintainer.services import Services
from comicmaintainer.services.worker_tools import WorkerTools
from comicmaintainer.settings import Settings
from comicmaintainer.web.api.backups import backups_of
from comicmaintainer.web.page_list import PLACES, SECTIONS, Place, Section
from tests.browser.running_service import PASSWORD, USER, RunningService, draw_comic
from tests.browser.test_live import Hand
from tests.golden.matches import add_match

TIDES = "<Series>Tides</Series><Publisher>Tern Press</Publisher><Year>2019</Year>"
SHEET = "dialog.sheet[open]"


@dataclass(frozen=True, slots=True)
class State:
    """An address and what is done there; it is reached once `shown` can be seen."""

    name: str
    path: str
    shown: str = "main h1"
    act: Callable[[Any], None] | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """A web server over that library; `ids` are those of the jobs, files and lists by name."""

    service: RunningService
    ids: dict[str, Any] = field(default_factory=dict)


def set_up(folder: Path) -> Stage:
    """Draw the library, do the jobs, and leave the web server running with jobs under way."""
    folders = f"{folder / 'comics'}:{folder / 'away'}"
    service = RunningService(folder, WATCHED_DIR=folders)
    _draw(service.comics)
    stage = Stage(service)
    services = Services.build(Settings.from_environment(service.environment))
    services.accounts.create_user(USER, PASSWORD)
    _work(stage, services)
    service.start("web")
    _begin(stage, services)
    services.database.close()
    return stage


def _draw(comics: Path) -> None:
    for number in (1, 2, 4, 5):
        path = comics / "Tides" / f"Tides {number:03} (2019).cbz"
        draw_comic(path, pages=4, seed=number, tags=f"{TIDES}<Number>{number}</Number>")
    first = (comics / "Tides" / "Tides 001 (2019).cbz").read_bytes()
    (comics / "Tides" / "Tides 001 (2019) copy.cbz").write_bytes(first)
    (comics / "Broken 1.cbz").write_bytes(first[:200])
    draw_comic(comics / "Saga" / "Saga 01 (2012).cbz", pages=4, seed=1)
    draw_comic(comics / "Saga" / "Saga 1 (2012) (Annual).cbz", pages=3, seed=2)
    for number in (1, 2, 3):
        draw_comic(comics / "Owl" / f"owl_{number}.cbz", seed=number + 7)


def _work(stage: Stage, services: Services) -> None:
    comics = stage.service.comics
    tools = WorkerTools.build(services)

    def run(name: str, kind: str, items: list[Path], *, preview: bool = False) -> None:
        request = JobRequest(kind, [str(item) for item in items], preview=preview)
        stage.ids[name] = job_id = services.manager.submit(request).job_id
        worker = tools.worker(only_job=job_id)
        worker.start()
        stage.service.wait_for_job(services.manager, job_id)
        worker.stop()

    run("scanned", "scan", [comics])
    run("processed", "process", sorted((comics / "Saga").iterdir()))
    run("verified", "verify", [comics / "Broken 1.cbz", comics / "Tides" / "Tides 001 (2019).cbz"])
    run("trashed", "delete", [comics / "Owl" / "owl_3.cbz"])
    paths = [Path(path) for path in services.selections.files({"all": True})]
    run("copies", "duplicates", paths)
    run("preview", "process", paths, preview=True)
    add_match(services, str(comics / "Owl" / "owl_1.cbz"))
    owls = [ListEntry("Owl", str(number), 2016, 2016) for number in (2, 9)]
    stage.ids["list"] = services.reading_lists.add_cbl(write_cbl("Night owls", owls)).list_id
    template = services.templates.create("Look after", "verify", {"all": True}).template_id
    services.schedules.create(template, name="Weekly", cron="0 3 * * 0")
    services.accounts.create_key("Tablet")
    webhook, _ = services.receivers.add("House", "http://127.0.0.1:9/hook")
    services.receivers.retry(services.receivers.test(webhook.receiver_id).delivery_id)
    services.receivers.test(webhook.receiver_id)
    services.media_servers.add(
        ServerKind.KOMGA, "Komga", "http://127.0.0.1:9", "key", path_map=[("/comics", "/data")]
    )
    notices.post(services.database, "clock", "The clock was set back.", services.now())
    backups_of(services).make()
    inbox = comics / "New"
    inbox.mkdir()
    services.rule_book.assign(FolderChoice(str(inbox), target=str(comics)))
    tools.close()
    for name, path in (("comic", "Tides/Tides 001 (2019).cbz"), ("damaged", "Broken 1.cbz")):
        (stage.ids[name],) = services.catalogue.ids_at([str(comics / path)]).values()


def _begin(stage: Stage, services: Services) -> None:
    """Leave one job half done, one paused and one waiting."""
    hand = Hand(services)
    running = hand.submit("verify", [f"/comics/{number}.cbz" for number in range(8)])
    hand.finish(hand.claim(4)[:2])
    paused = hand.submit("process", ["/comics/9.cbz"])
    services.manager.pause(paused.job_id)
    hand.submit("process", ["/comics/10.cbz"])
    stage.ids["running"] = running.job_id


def states(stage: Stage) -> list[State]:
    """Return the pages and their states, sheets and menus included."""
    ids = stage.ids
    tides, comic = "/series?name=Tides", f"/files/{ids['comic']}"
    cells, table = "/sheet?series=Tides", "/?view=table"
    pages: dict[str, Place | Section] = {place.path: place for place in PLACES}
    pages |= {page.path: page for tabs in SECTIONS.values() for page in tabs.values()}
    return [
        *(State(page.title, page.path) for page in pages.values()),
        State("issues", "/?view=issues", "#issues [data-key]"),
        State("table", table, "#files [data-key]"),
        State("folders", "/?view=folders", "#folders li"),
        State("no match", "/?text=zzz&state=failed", "#empty"),
        State("selection", table, "#selection", _select),
        State("menu of a file", table, ".menu", _open_menu),
        State("columns", table, SHEET, _press("Columns")),
        State("keyboard", "/jobs", SHEET, _press("Keyboard")),
        State("running jobs", "/lists", "#drawer[open]", _open_drawer),
        State("series", tides, "#shelf li[data-key]"),
        State("rename a series", tides, SHEET, _press("Rename")),
        State("edit tags", tides, SHEET, _press("Edit tags")),
        State("no such series", "/series?name=Nothing"),
        State("comic", comic, "#tags input"),
        State("viewer", comic, "dialog[open]", _open_viewer),
        State("menu of a comic", comic, ".menu", _press("More")),
        State("toast", comic, ".toast", _save_tags),
        State("damaged comic", f"/files/{ids['damaged']}", "#problem *"),
        State("no such comic", "/files/987654"),
        State("sheet", cells, "#cells td"),
        State("changed cells", cells, "#discard", _change_cells),
        State("replace in cells", cells, SHEET, _press("Find and replace")),
        State("job", f"/jobs/{ids['processed']}", "#results tr"),
        State("failures", f"/jobs/{ids['verified']}", "#groups *"),
        State("preview", f"/jobs/{ids['preview']}", "#results tr"),
        State("running job", f"/jobs/{ids['running']}", "#progress"),
        State("no such job", "/jobs/nope"),
        State("job history", "/jobs/history"),
        State("new job", "/jobs", SHEET, _press("New job")),
        State("edit rules", "/settings/rules", SHEET, _press("Copy Comics")),
        State("inbox", "/settings/rules", f"{SHEET} .name-examples .rename", _open_inbox),
        State("source", "/settings/sources", "details[open]", _open_details),
        State("add a webhook", "/settings/webhooks", SHEET, _press("Add a webhook")),
        State("change a webhook", "/settings/webhooks", SHEET, _press("Change House")),
        State("deliveries", "/settings/webhooks", "#deliveries [data-key]"),
        State("add a server", "/settings/servers", SHEET, _press("Add a server")),
        State("change a server", "/settings/servers", SHEET, _press("Change Komga")),
        State("decisions", "/review?show=decisions"),
        State("reading list", f"/lists?list={ids['list']}", "#rows td"),
        State("look alike", "/duplicates?by=look", "#groups > *"),
        State("same name", "/duplicates?by=name", "#groups > *"),
        State("statistics of jobs", "/statistics?of=jobs"),
        State("new schedule", "/schedules", SHEET, _press("New schedule")),
        State("new template", "/schedules", SHEET, _press("New template")),
        State("checks", "/system", "#fine[open] li", _open_details),
        State("no such page", "/nowhere"),
    ]


def _press(name: str) -> Callable[[Any], None]:
    def act(page: Any) -> None:
        page.get_by_role("button", name=name, exact=True).last.click()

    return act


def _select(page: Any) -> None:
    page.locator("#files [data-key] input").first.check()


def _open_inbox(page: Any) -> None:
    page.locator("#folders button.path").first.click()


def _open_menu(page: Any) -> None:
    _select(page)
    page.locator("#selection").get_by_role("button", name="More").click()


def _open_drawer(page: Any) -> None:
    page.locator("#running").click()


def _open_viewer(page: Any) -> None:
    page.locator(".page-grid button").first.click()


def _save_tags(page: Any) -> None:
    page.get_by_role("textbox", name="Title").fill("North by Nothing")
    page.get_by_role("button", name="Save tags").click()


def _change_cells(page: Any) -> None:
    page.locator("#cells tbody td.of-title").first.click()
    page.keyboard.type("North")
    page.keyboard.press("Enter")


def _open_details(page: Any) -> None:
    page.locator("main details summary").first.click()
