"""The composition root: builds everything that shares one database from the settings.

`Services` is what every process needs (web worker, worker process, command line) and loads no image
or XML library, so that a web worker stays small. `worker_tools` holds what only workers need.

Each part is imported where it is built: a short command uses a few of them, and would otherwise
spend most of its time on importing the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Self

from comicmaintainer.database.opening import open_database
from comicmaintainer.library.roots import LibraryRoots

if TYPE_CHECKING:
    from comicmaintainer.accounts import Accounts
    from comicmaintainer.accounts.identities import Identities
    from comicmaintainer.audit.audit_log import AuditLog
    from comicmaintainer.jobs.job_manager import JobManager
    from comicmaintainer.jobs.model import JobRequest
    from comicmaintainer.jobs.saved.schedules import Schedules
    from comicmaintainer.jobs.saved.templates import Templates
    from comicmaintainer.library.catalogue.catalogue import Catalogue
    from comicmaintainer.library.catalogue.choices import Choices
    from comicmaintainer.library.catalogue.listing import Listing
    from comicmaintainer.library.catalogue.series_listing import SeriesListing
    from comicmaintainer.library.collection import Collection
    from comicmaintainer.library.conflicts import Conflicts
    from comicmaintainer.library.duplicates.duplicates import Duplicates
    from comicmaintainer.library.host_roots import HostRoots
    from comicmaintainer.library.hosts import Hosts
    from comicmaintainer.library.journal import Journal
    from comicmaintainer.library.kept_parts import KeptParts
    from comicmaintainer.library.matches.decision_store import DecisionStore
    from comicmaintainer.library.matches.identified_store import IdentifiedStore
    from comicmaintainer.library.matches.match_store import MatchStore
    from comicmaintainer.library.missing_issues import Incomplete
    from comicmaintainer.library.protected_folders import ProtectedFolders
    from comicmaintainer.library.reading_lists.reading_lists import ReadingLists
    from comicmaintainer.library.repeated_pages.repeated_pages import RepeatedPages
    from comicmaintainer.library.root_states import RootStates
    from comicmaintainer.library.rule_book import RuleBook
    from comicmaintainer.library.series_figures import SeriesFigures
    from comicmaintainer.library.series_shelf import Shelves
    from comicmaintainer.library.trash import Trash
    from comicmaintainer.media_servers.servers import MediaServers
    from comicmaintainer.notifications.receivers import Receivers
    from comicmaintainer.openid import ProviderSignIn
    from comicmaintainer.operations.identified_issues import IdentifiedIssues
    from comicmaintainer.operations.shown_by_rules import ShownByRules
    from comicmaintainer.services.chosen_settings import ChosenSettings
    from comicmaintainer.services.disks import Disks
    from comicmaintainer.services.first_run import FirstRun
    from comicmaintainer.services.identification_progress import IdentificationProgress
    from comicmaintainer.services.job_outcomes import JobOutcomes
    from comicmaintainer.services.patient_sources import PatientSources
    from comicmaintainer.services.rehearsals import Rehearsals
    from comicmaintainer.services.requests import Requests
    from comicmaintainer.services.review import Review
    from comicmaintainer.services.selections import Selections
    from comicmaintainer.services.series_issues import SeriesIssues
    from comicmaintainer.services.watching import Watching
    from comicmaintainer.settings import Settings
    from comicmaintainer.sources.sources import Sources

DAY_S = 86400.0
_WEB_THREADS = 8
_OTHER_THREADS = 4
"""Threads besides those that run items: heartbeat, cleanup, scheduler, watcher."""


class Services:
    """Everything that processes share through the database.

    A part is built when it is first used; the database is opened when first used. Once all parts
    are built (see `build`), threads can share it.
    """

    def __init__(self, settings: Settings, *, now: Callable[[], float] | None = None) -> None:
        """Check the version of SQLite and the watched folders; `now` is the database's by default.

        Raises:
            DatabaseUnusable: this version of SQLite is not safe to use.
            InvalidSetting: a watched folder is a file, or the database's address can't be used.
        """
        self.settings = settings
        self.database = open_database(
            settings.database_path,
            settings.database_url,
            host=settings.host_name,
            cache_bytes=settings.db_cache_bytes,
            connections=max(_WEB_THREADS, settings.item_threads) + _OTHER_THREADS,
        )
        self.now = now or self.database.now
        self.roots = LibraryRoots(settings.watched_dirs)

    @classmethod
    def build(cls, settings: Settings, *, now: Callable[[], float] | None = None) -> Self:
        """Return services with all parts, for a process that runs long or has threads.

        Raises:
            DatabaseUnusable, InvalidSetting: see above.
        """
        services = cls(settings, now=now)
        for name, part in vars(cls).items():
            if isinstance(part, cached_property):
                getattr(services, name)
        return services

    # --- the library -----------------------------------------------------------------------------

    @cached_property
    def catalogue(self) -> Catalogue:
        """What is known of the files in the watched folders."""
        from comicmaintainer.library.catalogue.catalogue import Catalogue

        return Catalogue(self.database, now=self.now)

    @cached_property
    def listing(self) -> Listing:
        """Searches and pages of the catalogue."""
        from comicmaintainer.library.catalogue.listing import Listing

        return Listing(self.database)

    @cached_property
    def series_listing(self) -> SeriesListing:
        """Pages of the series."""
        from comicmaintainer.library.catalogue.series_listing import SeriesListing

        return SeriesListing(self.database, self.listing)

    @cached_property
    def choices(self) -> Choices:
        """The letters, publishers and folders to choose from."""
        from comicmaintainer.library.catalogue.choices import Choices

        return Choices(self.database)

    @cached_property
    def series_figures(self) -> SeriesFigures:
        """What the files of each series say together."""
        from comicmaintainer.library.series_figures import SeriesFigures

        return SeriesFigures(self.database)

    @cached_property
    def all_roots(self) -> LibraryRoots:
        """The watched folders that a job may be asked for, also those of other hosts."""
        hosts = self.host_roots
        if hosts is None:
            return self.roots
        from comicmaintainer.library.shared_roots import SharedRoots

        return SharedRoots(self.roots, hosts, self.catalogue, self.listing)

    @cached_property
    def host_roots(self) -> HostRoots | None:
        """Which watched folders are on which host; None if the database is of one host."""
        if not self.database.is_shared:
            return None
        from comicmaintainer.library.host_roots import HostRoots

        return HostRoots(self.database, self.roots, now=self.now)

    @cached_property
    def hosts(self) -> Hosts:
        """The hosts that share the library."""
        from comicmaintainer.library.hosts import Hosts

        return Hosts(self.database, now=self.now)

    @cached_property
    def root_states(self) -> RootStates:
        """When the watched folders were scanned."""
        from comicmaintainer.library.root_states import RootStates

        return RootStates(self.database, self.catalogue, self.roots, now=self.now)

    @cached_property
    def journal(self) -> Journal:
        """The changes to files."""
        from comicmaintainer.library.journal import Journal

        return Journal(self.database, now=self.now)

    @cached_property
    def trash(self) -> Trash:
        """The deleted files."""
        from comicmaintainer.library.trash import Trash

        return Trash(self.roots, now=self.now, protecting=self.protected.protecting)

    @cached_property
    def kept_parts(self) -> KeptParts:
        """The parts of replaced archives."""
        from comicmaintainer.library.kept_parts import KeptParts

        return KeptParts(self.roots, self.settings.keep_dir, protecting=self.protected.protecting)

    @cached_property
    def duplicates(self) -> Duplicates:
        """The groups of copies."""
        from comicmaintainer.library.duplicates.duplicates import Duplicates

        return Duplicates(self.database)

    @cached_property
    def repeated_pages(self) -> RepeatedPages:
        """The pages that many comics have."""
        from comicmaintainer.library.repeated_pages.repeated_pages import RepeatedPages

        return RepeatedPages(self.database, now=self.now)

    @cached_property
    def conflicts(self) -> Conflicts:
        """The files whose names other comics have."""
        from comicmaintainer.library.conflicts import Conflicts

        return Conflicts(self.database, self.journal)

    @cached_property
    def reading_lists(self) -> ReadingLists:
        """The reading lists."""
        from comicmaintainer.library.reading_lists.reading_lists import ReadingLists

        return ReadingLists(self.database, self.listing, now=self.now)

    @cached_property
    def collection(self) -> Collection:
        """The figures of the whole library."""
        from comicmaintainer.library.collection import Collection

        return Collection(self.database, self.series_figures, now=self.now)

    @cached_property
    def incomplete(self) -> Incomplete:
        """The series with missing issues."""
        from comicmaintainer.library.missing_issues import Incomplete

        return Incomplete(self.database)

    @cached_property
    def shelves(self) -> Shelves:
        """The series with their volumes and gaps."""
        from comicmaintainer.library.series_shelf import Shelves

        return Shelves(self.database)

    @cached_property
    def identified(self) -> IdentifiedStore:
        """What sources knew of files."""
        from comicmaintainer.library.matches.identified_store import IdentifiedStore

        return IdentifiedStore(self.database)

    @cached_property
    def rule_book(self) -> RuleBook:
        """The rules that people made, and which folder uses which."""
        from comicmaintainer.library.rule_book import RuleBook

        return RuleBook(self.database, now=self.now)

    @cached_property
    def shown_by_rules(self) -> ShownByRules:
        """What the catalogue shows of files whose tags don't say everything."""
        from comicmaintainer.library.catalogue.shown_rows import ShownRows
        from comicmaintainer.operations.shown_by_rules import ShownByRules

        rows = ShownRows(self.database, now=self.now)
        return ShownByRules(rows, self.roots, self.rule_book.current)

    @cached_property
    def protected(self) -> ProtectedFolders:
        """The folders whose files are never written."""
        from comicmaintainer.library.protected_folders import ProtectedFolders

        return ProtectedFolders(self.database)

    @cached_property
    def chosen_settings(self) -> ChosenSettings:
        """The settings that can be chosen on a page."""
        from comicmaintainer.services.chosen_settings import ChosenSettings

        return ChosenSettings(self.settings, self.database, now=self.now)

    @cached_property
    def matches(self) -> MatchStore:
        """What series files were matched with."""
        from comicmaintainer.library.matches.match_store import MatchStore

        return MatchStore(self.database, now=self.now)

    @cached_property
    def decisions(self) -> DecisionStore:
        """What people decided about matches."""
        from comicmaintainer.library.matches.decision_store import DecisionStore

        return DecisionStore(self.database, now=self.now)

    @cached_property
    def identified_issues(self) -> IdentifiedIssues:
        """What is stored of the issues that files were identified as."""
        from comicmaintainer.operations.identified_issues import IdentifiedIssues

        return IdentifiedIssues(self.catalogue, self.matches, self.decisions, self.sources)

    @cached_property
    def disks(self) -> Disks:
        """The disks of the configuration and of the watched folders."""
        from comicmaintainer.services.disks import Disks

        return Disks(self.settings, self.database, self.roots)

    @cached_property
    def watching(self) -> Watching:
        """How well the library is being watched."""
        from comicmaintainer.services.watching import Watching

        return Watching(self.settings, self.database, self.manager.workforce)

    # --- jobs ------------------------------------------------------------------------------------

    @cached_property
    def manager(self) -> JobManager:
        """The entry point to jobs."""
        from comicmaintainer.jobs.job_manager import JobManager, Retention
        from comicmaintainer.services.job_kinds import JobKinds

        settings = self.settings
        return JobManager(
            self.database,
            JobKinds(self.selections, self.sources, self.rule_book, self._item_roots()),
            retention=Retention(
                jobs_s=settings.job_retention_s,
                history_s=settings.history_days * DAY_S,
                interval_s=settings.job_cleanup_interval_s,
            ),
            now=self.now,
        )

    def _item_roots(self) -> Callable[[JobRequest], Mapping[str, int]] | None:
        """Return what tells in which watched folders items lie; None if there is one host."""
        hosts = self.host_roots
        if hosts is None:
            return None
        from comicmaintainer.services.item_roots import ItemRoots

        return ItemRoots(hosts, self.journal)

    @cached_property
    def first_run(self) -> FirstRun:
        """How far a new user has come."""
        from comicmaintainer.services.first_run import FirstRun

        return FirstRun(self.database, self.root_states, self.disks, now=self.now)

    @cached_property
    def selections(self) -> Selections:
        """What a selection of files means now."""
        from comicmaintainer.services.selections import Selections

        return Selections(self.all_roots, self.listing, self.duplicates, self.journal, self.trash)

    @cached_property
    def outcomes(self) -> JobOutcomes:
        """What jobs came to."""
        from comicmaintainer.library.job_changes import JobChanges
        from comicmaintainer.services.job_outcomes import JobOutcomes

        return JobOutcomes(self.manager, JobChanges(self.database))

    @cached_property
    def requests(self) -> Requests:
        """Jobs made of other jobs and of changes."""
        from comicmaintainer.services.requests import Requests

        return Requests(self.manager, self.journal)

    @cached_property
    def review(self) -> Review:
        """The answers to matches that are not certain."""
        from comicmaintainer.services.review import Review

        return Review(
            self.matches,
            self.decisions,
            self.patient_sources,
            self.manager,
            self.requests,
            self.journal,
            self.rule_book.inboxes,
        )

    @cached_property
    def patient_sources(self) -> PatientSources:
        """The sources, asked while a person waits."""
        from comicmaintainer.services.patient_sources import PatientSources

        return PatientSources(self.sources, now=self.now)

    @cached_property
    def series_issues(self) -> SeriesIssues:
        """What sources list of the library's series."""
        from comicmaintainer.services.series_issues import SeriesIssues

        return SeriesIssues(self.matches, self.patient_sources)

    @cached_property
    def identification_progress(self) -> IdentificationProgress:
        """How far jobs that identify comics are."""
        from comicmaintainer.services.identification_progress import IdentificationProgress

        return IdentificationProgress(self.manager, self.matches, self.sources, now=self.now)

    @cached_property
    def rehearsals(self) -> Rehearsals:
        """Jobs tried on copies."""
        from comicmaintainer.services.rehearsals import Rehearsals

        return Rehearsals(self.manager, self.roots, self.listing, self.journal, self.selections)

    @cached_property
    def templates(self) -> Templates:
        """Saved jobs."""
        from comicmaintainer.jobs.saved.template_store import TemplateStore
        from comicmaintainer.jobs.saved.templates import Templates

        return Templates(TemplateStore(self.database), self.manager, now=self.now)

    @cached_property
    def schedules(self) -> Schedules:
        """When saved jobs run."""
        from comicmaintainer.jobs.saved.schedule_store import ScheduleStore
        from comicmaintainer.jobs.saved.schedules import Schedules

        return Schedules(ScheduleStore(self.database), self.templates, now=self.now)

    @cached_property
    def sources(self) -> Sources:
        """Who knows comics online. Building it sends nothing and opens nothing."""
        from comicmaintainer.services.given_sources import given_sources
        from comicmaintainer.sources.sources import Sources

        return Sources.build(
            self.database,
            given_sources(self.settings),
            answer_days=self.settings.answer_days,
            now=self.now,
            folder=self.settings.config_dir / "sources",
        )

    @cached_property
    def receivers(self) -> Receivers:
        """Who hears of events. Building it sends nothing."""
        from comicmaintainer.notifications.receivers import Receivers
        from comicmaintainer.notifications.senders.webhook import WebhookSender

        return Receivers(self.database, WebhookSender(self.now), now=self.now)

    @cached_property
    def media_servers(self) -> MediaServers:
        """The programs that show the library to readers. Building it asks none."""
        from comicmaintainer.media_servers.clients import clients_over
        from comicmaintainer.media_servers.servers import MediaServers

        roots = [str(path) for path in self.roots.paths]
        return MediaServers(self.database, clients_over(), roots, now=self.now)

    # --- access ----------------------------------------------------------------------------------

    @cached_property
    def audit(self) -> AuditLog:
        """Who did what."""
        from comicmaintainer.audit.audit_log import AuditLog

        return AuditLog(self.database, now=self.now)

    @cached_property
    def accounts(self) -> Accounts:
        """Who may sign in."""
        from comicmaintainer.accounts import Accounts

        return Accounts(self.database, now=self.now)

    @cached_property
    def identities(self) -> Identities:
        """The users whom the sign-in provider vouches for."""
        from comicmaintainer.accounts.identities import Identities

        return Identities(self.database, self.accounts, now=self.now)

    @cached_property
    def provider_sign_in(self) -> ProviderSignIn | None:
        """Signing in by OpenID Connect; None if it is off. Building it sends nothing."""
        from comicmaintainer.services.given_provider import registration_of

        registration = registration_of(self.settings)
        if registration is None:
            return None
        from comicmaintainer.openid import ProviderSignIn

        return ProviderSignIn(registration, self.database, now=self.now)
