"""The web pages: the title, the module and the place in the rail of each.

Used by `pages` for addresses and by the templates for titles, scripts, the rail and its keyboard
shortcuts. A new page is declared here; see docs/contributing/add-a-page.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from comicmaintainer.accounts.roles import Role
from comicmaintainer.texts.current import marked


@dataclass(frozen=True, slots=True)
class Page:
    """One page: `templates/{template}.html`, filled by `static/js/pages/{module}.js`.

    `parent` is the page whose entry in the rail is marked. `role` is the role that it needs; its
    tab is hidden from others.
    """

    title: str
    template: str
    module: str | None = None
    parent: Page | None = None
    role: Role = field(default=Role.LOOK, kw_only=True)

    @property
    def place(self) -> Page:
        """The page that the rail marks while this one is shown."""
        return self.parent or self


@dataclass(frozen=True, slots=True, kw_only=True)
class Place(Page):
    """A page with an entry in the rail.

    `icon` is a symbol of icons.svg. `key` opens the page when pressed after "g"; it is listed with
    the keyboard shortcuts.
    """

    path: str
    icon: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section(Page):
    """A part of a place with an address of its own, which a tab opens; see SECTIONS."""

    path: str


LIBRARY = Place("Library", "library", "library", path="/", icon="library", key="l")
JOBS = Place("Jobs", "jobs", "jobs", path="/jobs", icon="jobs", key="j")
DUPLICATES = Place(
    "Duplicates", "duplicates", "duplicates", path="/duplicates", icon="duplicates", key="d"
)
REVIEW = Place("Review", "review", "review", path="/review", icon="review", key="v")
SCHEDULES = Place(
    "Schedules", "schedules", "schedules", path="/schedules", icon="schedules", key="s"
)
LISTS = Place("Reading lists", "lists", "lists", path="/lists", icon="lists", key="r")
STATISTICS = Place(
    "Statistics", "collection", "collection", path="/statistics", icon="statistics", key="t"
)
SETTINGS = Place("Settings", "settings", "settings", path="/settings", icon="settings", key="e")
SYSTEM = Place("System", "system", "system", path="/system", icon="system", key="y")

# In rail order.
PLACES = (LIBRARY, JOBS, DUPLICATES, REVIEW, SCHEDULES, LISTS, STATISTICS, SETTINGS, SYSTEM)

# The parts of places that have several.
RULES = Section("Rules", "rules", "rules", SETTINGS, path="/settings/rules")
SOURCES = Section("Sources", "sources", "sources", SETTINGS, path="/settings/sources")
WEBHOOKS = Section(
    "Webhooks", "webhooks", "webhooks", SETTINGS, path="/settings/webhooks", role=Role.ADMINISTER
)
SERVERS = Section(
    "Komga and Kavita",
    "servers",
    "servers",
    SETTINGS,
    path="/settings/servers",
    role=Role.ADMINISTER,
)
ACCESS = Section("Users and keys", "access", "access", SETTINGS, path="/settings/access")
LOG = Section("Log", "log", "log", SYSTEM, path="/system/log", role=Role.ADMINISTER)
BACKUPS = Section(
    "Backups", "backups", "backups", SYSTEM, path="/system/backups", role=Role.ADMINISTER
)
AUDIT = Section("Audit", "audit", "audit", SYSTEM, path="/system/audit", role=Role.ADMINISTER)
TRASH = Section("Trash", "trash", "trash", SYSTEM, path="/system/trash")
TRANSFER = Section(
    "Import and export",
    "transfer",
    "transfer",
    SYSTEM,
    path="/system/transfer",
    role=Role.ADMINISTER,
)
VARIABLES = Section(
    "Environment variables",
    "variables",
    "variables",
    SYSTEM,
    path="/system/variables",
    role=Role.ADMINISTER,
)
WELCOME = Section("Getting started", "welcome", "welcome", LIBRARY, path="/welcome")
SECTIONS: Mapping[Page, Mapping[str, Place | Section]] = {
    SETTINGS: {
        marked("General", "page"): SETTINGS,
        "Rules": RULES,
        "Sources": SOURCES,
        "Webhooks": WEBHOOKS,
        "Komga and Kavita": SERVERS,
        "Users and keys": ACCESS,
    },
    SYSTEM: {
        marked("State", "page"): SYSTEM,
        "Log": LOG,
        "Backups": BACKUPS,
        "Trash": TRASH,
        "Audit": AUDIT,
        "Import and export": TRANSFER,
        marked("Variables", "page"): VARIABLES,
    },
}
"""The tabs of a place, in their order."""

# Pages that are reached from one of these.
SERIES = Page("Series", "series", "series", LIBRARY)
SERIES_GONE = Page("Series", "series-gone", None, LIBRARY)
TAG_SHEET = Page("Sheet", "sheet", "tag-sheet", LIBRARY)
COMIC = Page("Comic", "file", "file", LIBRARY)
COMIC_GONE = Page("Comic", "file-gone", None, LIBRARY)
JOB = Page("Job", "job", "job", JOBS)
JOB_HISTORY = Page("Job history", "history", "history", JOBS)
JOB_STATISTICS = Page("Statistics", "statistics", "statistics", STATISTICS)
CONFLICTS = Page("Duplicates", "duplicates", "conflicts", DUPLICATES)
REPEATED_PAGES = Page("Duplicates", "duplicates", "repeated-pages", DUPLICATES)

# Pages without an entry in the rail.
SIGN_IN = Page("Sign in", "login", "sign-in")
SETUP = Page("Welcome", "setup", "sign-in")
ERROR = Page("Not possible", "error")
NOT_FOUND = Page("No such page", "error")
OFFLINE = Page("Offline", "offline")
PLAIN_LIBRARY = Page("Library", "plain-library")
PLAIN_COMIC = Page("Comic", "plain-comic")
PLAIN_JOBS = Page("Jobs", "plain-jobs")
