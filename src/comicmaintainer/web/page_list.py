"""The web pages: the title, the module and the place in the rail of each.

Used by `pages` for addresses and by the templates for titles, scripts, the rail and its keyboard
shortcuts. A new page is declared here; see docs/contributing/add-a-page.md.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """One page: `templates/{template}.html`, filled by `static/js/pages/{module}.js`.

    `parent` is the page whose entry in the rail is marked.
    """

    title: str
    template: str
    module: str | None = None
    parent: Page | None = None

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
    "Statistics", "statistics", "statistics", path="/statistics", icon="statistics", key="t"
)
SETTINGS = Place("Settings", "settings", "settings", path="/settings", icon="settings", key="e")
SYSTEM = Place("System", "system", "system", path="/system", icon="system", key="y")

# In rail order.
PLACES = (LIBRARY, JOBS, DUPLICATES, REVIEW, SCHEDULES, LISTS, STATISTICS, SETTINGS, SYSTEM)

# Pages that are reached from one of these.
COMIC = Page("Comic", "file", "file", LIBRARY)
COMIC_GONE = Page("Comic", "file-gone", None, LIBRARY)
JOB = Page("Job", "job", "job", JOBS)
JOB_HISTORY = Page("Job history", "history", "history", JOBS)
CONFLICTS = Page("Duplicates", "duplicates", "conflicts", DUPLICATES)

# Pages without an entry in the rail.
SIGN_IN = Page("Sign in", "login", "sign-in")
SETUP = Page("Welcome", "setup", "sign-in")
ERROR = Page("Not possible", "error")
