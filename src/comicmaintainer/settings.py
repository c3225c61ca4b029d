"""Every setting of the product, read once from the environment into one frozen object.

Nothing else reads the environment. Each field names its variable, its default as text, and what is
allowed; an empty variable counts as unset. docs/configuration.md describes them for the user, and a
test compares it with this list.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Self, get_origin, get_type_hints

from comicmaintainer.computer import Computer
from comicmaintainer.errors import InvalidSetting
from comicmaintainer.setting_values import (
    Allowed,
    address,
    askable_address,
    choice,
    choices,
    command_line,
    database_address,
    folder,
    folders,
    header_name,
    issuer_address,
    line_of_text,
    network_list,
    networks_only,
    openid_scopes,
    optional_file,
    optional_folder,
    optional_text,
    roles_of_values,
    secret_text,
    url_list,
    url_prefix,
    whole_number,
    yes_or_no,
    zone_name,
)

IMAGE_CONFIG_DIR = Path("/Config")
MOST_WORKER_PROCESSES = 4
WORKER_PROCESS_BYTES = 200 << 20
_MOST_OF_A_FILE = 64 << 10
USUAL_ITEM_THREADS = 4


class Auth(StrEnum):
    """Whether a visitor must sign in."""

    ENABLED = "enabled"
    DISABLED = "disabled"


class NewUserRole(StrEnum):
    """The role of users who are created because somebody else vouches for them."""

    LOOK = "look"
    WORK = "work"
    ADMINISTER = "administer"


class TagWrite(StrEnum):
    """How tags are written into an archive."""

    AUTO = "auto"
    APPEND = "append"  # also on filesystems whose fsync can't be trusted
    REPLACE = "replace"


class HardLinks(StrEnum):
    """What to do with a hard-linked file: write the change to a new file, or leave it alone."""

    COPY = "copy"
    SKIP = "skip"


class WatchExisting(StrEnum):
    """What happens to files that are already there when a folder is first watched."""

    CATALOGUE = "catalogue"
    PROCESS = "process"


class NewFiles(StrEnum):
    """What happens to files as they arrive in a watched folder."""

    PROCESS = "process"
    """They are tagged and named."""
    TAG = "tag"
    """They are tagged; their names stay."""
    CATALOGUE = "catalogue"
    """They are only catalogued."""
    ASK = "ask"
    """A preview shows what would be done; a person applies it."""


class IdentifyNew(StrEnum):
    """Which new files are identified as they arrive."""

    OFF = "off"
    DECIDED = "decided"  # those of series about which a person has decided
    ALL = "all"


class SeriesJson(StrEnum):
    """Whether identifying comics writes a `series.json` beside them."""

    OFF = "off"
    ON = "on"


class WatchMode(StrEnum):
    """How changes in the watched folders are noticed."""

    AUTO = "auto"
    POLLING = "polling"
    OFF = "off"


class NotifyOn(StrEnum):
    """What sends a message."""

    END = "end"
    FAILURE = "failure"
    CONFLICT = "conflict"
    DAMAGE = "damage"
    REVIEW = "review"
    DISK = "disk"


class SourceName(StrEnum):
    """Those who know comics online."""

    METRON = "metron"
    COMICVINE = "comicvine"
    ANILIST = "anilist"
    MANGAUPDATES = "mangaupdates"
    MANGADEX = "mangadex"
    GCD = "gcd"
    MANGABAKA = "mangabaka"


@dataclass(frozen=True, slots=True)
class Setting:
    """One variable: its name, its default as text, what is allowed, and whether it is a secret.

    An empty default means "not set", or that it is found out (see `_FOUND`). A secret can be in a
    file as well, which the variable with `_FILE` at the end of its name names.
    """

    variable: str
    default: str
    allowed: Allowed[Any]
    secret: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Settings:
    """All settings. Folders are absolute; `None` and empty tuples mean "not set"."""

    # Folders
    watched_dirs: Annotated[tuple[Path, ...], Setting("WATCHED_DIR", "", folders())]
    config_dir: Annotated[Path, Setting("CONFIG_DIR", "", folder())]
    duplicate_dir: Annotated[Path | None, Setting("DUPLICATE_DIR", "", optional_folder())]
    config_on_network: Annotated[bool, Setting("CONFIG_ON_NETWORK", "false", yes_or_no())]

    # Web
    web_host: Annotated[str, Setting("WEB_HOST", "0.0.0.0", address())]  # noqa: S104 - a container's port must be reachable; sign-in guards it
    web_port: Annotated[int, Setting("WEB_PORT", "5000", whole_number(1, 65535))]
    base_path: Annotated[str, Setting("BASE_PATH", "", url_prefix())]
    ssl_certfile: Annotated[Path | None, Setting("SSL_CERTFILE", "", optional_file())]
    ssl_keyfile: Annotated[Path | None, Setting("SSL_KEYFILE", "", optional_file())]
    auth: Annotated[Auth, Setting("AUTH", "enabled", choice(Auth))]
    trusted_proxies: Annotated[
        tuple[str, ...], Setting("TRUSTED_PROXIES", "127.0.0.1,::1", network_list())
    ]
    remote_user_from: Annotated[tuple[str, ...], Setting("REMOTE_USER_FROM", "", networks_only())]
    remote_user_header: Annotated[str, Setting("REMOTE_USER_HEADER", "Remote-User", header_name())]
    remote_user_create: Annotated[bool, Setting("REMOTE_USER_CREATE", "false", yes_or_no())]
    new_user_role: Annotated[NewUserRole, Setting("NEW_USER_ROLE", "look", choice(NewUserRole))]
    oidc_issuer: Annotated[str | None, Setting("OIDC_ISSUER", "", issuer_address())]
    oidc_client_id: Annotated[str | None, Setting("OIDC_CLIENT_ID", "", optional_text())]
    oidc_client_secret: Annotated[
        str | None, Setting("OIDC_CLIENT_SECRET", "", secret_text(), secret=True)
    ]
    oidc_name: Annotated[str, Setting("OIDC_NAME", "OpenID Connect", line_of_text())]
    oidc_scopes: Annotated[str, Setting("OIDC_SCOPES", "openid profile", openid_scopes())]
    oidc_name_claim: Annotated[
        str, Setting("OIDC_NAME_CLAIM", "preferred_username", line_of_text())
    ]
    oidc_role_claim: Annotated[str, Setting("OIDC_ROLE_CLAIM", "groups", line_of_text())]
    oidc_roles: Annotated[tuple[str, ...], Setting("OIDC_ROLES", "", roles_of_values(NewUserRole))]
    max_connections: Annotated[int, Setting("MAX_CONNECTIONS", "1000", whole_number(10, 50_000))]
    max_connections_per_address: Annotated[
        int, Setting("MAX_CONNECTIONS_PER_ADDRESS", "600", whole_number(0, 50_000))
    ]

    # Processes
    gunicorn_workers: Annotated[int, Setting("GUNICORN_WORKERS", "2", whole_number(1, 64))]
    worker_processes: Annotated[int, Setting("WORKER_PROCESSES", "", whole_number(1, 64))]
    max_workers: Annotated[int, Setting("MAX_WORKERS", "", whole_number(1, 64))]

    # Reading comics
    reading_memory_mb: Annotated[int, Setting("READING_MEMORY_MB", "192", whole_number(96, 65536))]
    reading_time_s: Annotated[int, Setting("READING_TIME_S", "25", whole_number(1, 86400))]

    # Database and jobs
    database_url: Annotated[
        str | None, Setting("DATABASE_URL", "", database_address(), secret=True)
    ]
    host_name: Annotated[str | None, Setting("HOST_NAME", "", optional_text())]
    db_cache_size_mb: Annotated[int, Setting("DB_CACHE_SIZE_MB", "32", whole_number(1, 4096))]
    job_retention_s: Annotated[
        int, Setting("JOB_RETENTION_SECONDS", "3600", whole_number(0, 10**9))
    ]
    job_cleanup_interval_s: Annotated[
        int, Setting("JOB_CLEANUP_INTERVAL_SECONDS", "300", whole_number(1, 86400))
    ]
    history_days: Annotated[int, Setting("HISTORY_DAYS", "365", whole_number(0, 36500))]
    audit_days: Annotated[int, Setting("AUDIT_DAYS", "365", whole_number(0, 36500))]
    backup_keep: Annotated[int, Setting("BACKUP_KEEP", "7", whole_number(0, 365))]

    # Watching
    watch_mode: Annotated[WatchMode, Setting("WATCH_MODE", "auto", choice(WatchMode))]
    watch_existing: Annotated[
        WatchExisting, Setting("WATCH_EXISTING", "catalogue", choice(WatchExisting))
    ]
    new_files: Annotated[NewFiles, Setting("NEW_FILES", "process", choice(NewFiles))]
    identify_new: Annotated[IdentifyNew, Setting("IDENTIFY_NEW", "off", choice(IdentifyNew))]
    poll_interval_s: Annotated[int, Setting("POLL_INTERVAL_S", "60", whole_number(1, 86400))]
    stable_after_s: Annotated[int, Setting("STABLE_AFTER_S", "5", whole_number(1, 3600))]

    # Changing comics
    tag_write: Annotated[TagWrite, Setting("TAG_WRITE", "auto", choice(TagWrite))]
    append_on_fuse: Annotated[bool, Setting("APPEND_ON_FUSE", "false", yes_or_no())]
    append_on_network: Annotated[bool, Setting("APPEND_ON_NETWORK", "false", yes_or_no())]
    hardlinks: Annotated[HardLinks, Setting("HARDLINKS", "copy", choice(HardLinks))]
    undo_days: Annotated[int, Setting("UNDO_DAYS", "30", whole_number(0, 3650))]
    trash_days: Annotated[int, Setting("TRASH_DAYS", "30", whole_number(0, 3650))]
    trash_max_gb: Annotated[int, Setting("TRASH_MAX_GB", "0", whole_number(0, 10**6))]

    series_json: Annotated[SeriesJson, Setting("SERIES_JSON", "off", choice(SeriesJson))]

    # Sources
    sources: Annotated[tuple[SourceName, ...], Setting("SOURCES", "", choices(SourceName))]
    answer_days: Annotated[int, Setting("ANSWER_DAYS", "30", whole_number(1, 3650))]
    metron_token: Annotated[str | None, Setting("METRON_TOKEN", "", secret_text(), secret=True)]
    metron_user: Annotated[str | None, Setting("METRON_USER", "", secret_text(), secret=True)]
    metron_password: Annotated[
        str | None, Setting("METRON_PASSWORD", "", secret_text(), secret=True)
    ]
    metron_address: Annotated[str | None, Setting("METRON_ADDRESS", "", askable_address())]
    comicvine_key: Annotated[str | None, Setting("COMICVINE_KEY", "", secret_text(), secret=True)]
    comicvine_address: Annotated[str | None, Setting("COMICVINE_ADDRESS", "", askable_address())]
    anilist_address: Annotated[str | None, Setting("ANILIST_ADDRESS", "", askable_address())]
    mangaupdates_address: Annotated[
        str | None, Setting("MANGAUPDATES_ADDRESS", "", askable_address())
    ]
    mangadex_address: Annotated[str | None, Setting("MANGADEX_ADDRESS", "", askable_address())]

    # Messages and log
    notify_urls: Annotated[tuple[str, ...], Setting("NOTIFY_URLS", "", url_list(), secret=True)]
    notify_on: Annotated[tuple[NotifyOn, ...], Setting("NOTIFY_ON", "end", choices(NotifyOn))]
    event_command: Annotated[
        tuple[str, ...], Setting("EVENT_COMMAND", "", command_line(), secret=True)
    ]
    log_max_bytes: Annotated[int, Setting("LOG_MAX_BYTES", "5000000", whole_number(10_000, 10**12))]
    debug: Annotated[bool, Setting("DEBUG_MODE", "false", yes_or_no())]
    time_zone: Annotated[str, Setting("TZ", "UTC", zone_name())]

    given: frozenset[str] = frozenset()
    """The variables that the environment sets; the others have their defaults."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read all settings; other variables are ignored.

        Raises:
            InvalidSetting: one line that names the variable, its value and what is allowed.
        """
        values: dict[str, Any] = {}
        given: set[str] = set()
        for name, setting in cls.declared().items():
            text = _given_text(setting, environment)
            if text:
                given.add(setting.variable)
            text = text or setting.default
            if not text and name in _FOUND:
                text = _FOUND[name](environment, values)
            try:
                values[name] = setting.allowed.read(text)
            except ValueError as error:
                shown = "set to something else" if setting.secret else repr(text)
                raise _invalid(setting.variable, shown, setting.allowed.text) from error
        settings = cls(**values, given=frozenset(given))
        _check_together(settings)
        return settings

    @classmethod
    @cache
    def declared(cls) -> Mapping[str, Setting]:
        """Return the setting of every field, in the order of the docs."""
        hints = get_type_hints(cls, include_extras=True)
        declared = {name: hint for name, hint in hints.items() if get_origin(hint) is Annotated}
        return MappingProxyType({name: hint.__metadata__[0] for name, hint in declared.items()})

    def __repr__(self) -> str:
        """Return a text without secrets, so that settings can be logged."""
        shown = ", ".join(
            f"{name}={'...' if setting.secret else repr(getattr(self, name))}"
            for name, setting in self.declared().items()
        )
        return f"Settings({shown})"

    @property
    def database_path(self) -> Path:
        """The database file."""
        return self.config_dir / "jobs.db"

    @property
    def log_path(self) -> Path:
        """The log that all processes write to."""
        return self.config_dir / "Log" / "ComicMaintainer.log"

    @property
    def backup_dir(self) -> Path:
        """Where the daily backups of the database are kept."""
        return self.config_dir / "backups"

    @property
    def keep_dir(self) -> Path:
        """Parts of replaced archives that have no folder in a root."""
        return self.config_dir / "keep"

    @property
    def cache_dir(self) -> Path:
        """Thumbnails and other files that can be made again."""
        return self.config_dir / "cache"

    @property
    def is_watching(self) -> bool:
        """Whether a worker process watches folders."""
        return bool(self.watched_dirs) and self.watch_mode is not WatchMode.OFF

    @property
    def item_threads(self) -> int:
        """How many items all worker processes run at once; a process that is alone runs as many."""
        return self.worker_processes * self.max_workers

    @property
    def reading_memory_bytes(self) -> int:
        """Memory limit of one helper process that reads a comic."""
        return self.reading_memory_mb * 1024 * 1024

    @property
    def db_cache_bytes(self) -> int:
        """Page cache of one process."""
        return self.db_cache_size_mb * 1024 * 1024


def default_config_dir(environment: Mapping[str, str]) -> Path:
    """Return `/Config` if it exists and is writable, otherwise the user's configuration folder."""
    if IMAGE_CONFIG_DIR.is_dir() and os.access(IMAGE_CONFIG_DIR, os.W_OK | os.X_OK):
        return IMAGE_CONFIG_DIR
    configured = environment.get("XDG_CONFIG_HOME", "")
    if Path(configured).is_absolute():
        return Path(configured) / "comicmaintainer"
    home = environment.get("HOME", "")
    return (Path(home) if home else Path.home()) / ".config" / "comicmaintainer"


def default_worker_processes(computer: Computer) -> int:
    """Return one for each core, but no more than fit into half of the memory."""
    fitting = computer.memory_bytes // 2 // WORKER_PROCESS_BYTES
    return max(1, min(computer.cores, fitting, MOST_WORKER_PROCESSES))


def default_max_workers(worker_processes: int) -> int:
    """Return the share of one process in the usual number of item threads, at least one."""
    return -(-USUAL_ITEM_THREADS // worker_processes)


_FOUND: Mapping[str, Callable[[Mapping[str, str], Mapping[str, Any]], str]] = {
    "config_dir": lambda environment, _: str(default_config_dir(environment)),
    "worker_processes": lambda *_: str(default_worker_processes(Computer.here())),
    "max_workers": lambda _, values: str(default_max_workers(values["worker_processes"])),
}
"""How the defaults are found that depend on the computer or on settings declared before."""


def _given_text(setting: Setting, environment: Mapping[str, str]) -> str:
    """Return the text of a variable, "" if unset; that of a secret may be in a file."""
    text = environment.get(setting.variable, "").strip()
    path = environment.get(f"{setting.variable}_FILE", "").strip() if setting.secret else ""
    if path and not text:
        try:
            with Path(path).open(encoding="utf-8") as file:
                text = file.read(_MOST_OF_A_FILE).strip()
        except (OSError, ValueError) as error:
            where = f"{setting.variable}_FILE"
            raise _invalid(where, repr(path), "the path of a text file that can be read") from error
    return text


def _check_together(settings: Settings) -> None:
    for one in settings.watched_dirs:
        for other in settings.watched_dirs:
            if one != other and one.is_relative_to(other):
                raise _invalid("WATCHED_DIR", repr(str(one)), f"folders apart; it is in {other}")
    duplicates = settings.duplicate_dir
    if duplicates is not None:
        for watched in settings.watched_dirs:
            if watched.is_relative_to(duplicates):
                raise _invalid(
                    "DUPLICATE_DIR", repr(str(duplicates)), f"a folder that does not hold {watched}"
                )
    if (settings.ssl_certfile is None) != (settings.ssl_keyfile is None):
        missing = "SSL_CERTFILE" if settings.ssl_certfile is None else "SSL_KEYFILE"
        raise _invalid(missing, "''", "SSL_CERTFILE and SSL_KEYFILE both, or neither")
    if (settings.oidc_issuer is None) != (settings.oidc_client_id is None):
        missing = "OIDC_ISSUER" if settings.oidc_issuer is None else "OIDC_CLIENT_ID"
        raise _invalid(missing, "''", "OIDC_ISSUER and OIDC_CLIENT_ID both, or neither")


def _invalid(name: str, shown: str, allowed: str) -> InvalidSetting:
    return InvalidSetting(f"{name} is {shown}; allowed: {allowed}")
