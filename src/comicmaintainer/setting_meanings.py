"""What each setting does, in a few words, for the Settings page and `comicmaintainer settings`.

docs/configuration.md says it in full, and a test checks that it begins with the same words.
"""

from __future__ import annotations

from collections.abc import Mapping

MEANINGS: Mapping[str, str] = {
    "WATCHED_DIR": "The folders of the library, one or several",
    "CONFIG_DIR": "Database, log, backups and thumbnails",
    "DUPLICATE_DIR": (
        "Where a file goes, with its parent folder's name, when its new name is already taken "
        "by a file with the same pages"
    ),
    "CONFIG_ON_NETWORK": "Use CONFIG_DIR although it is on a network share",
    "WEB_HOST": "Address to listen on",
    "WEB_PORT": "Port to listen on",
    "BASE_PATH": "Prefix of all addresses, for a reverse proxy that passes it on",
    "SSL_CERTFILE": "Certificate (PEM) for HTTPS, with SSL_KEYFILE",
    "SSL_KEYFILE": "Private key (PEM) of SSL_CERTFILE",
    "AUTH": "disabled lets everybody who reaches the port do everything",
    "TRUSTED_PROXIES": "Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed",
    "REMOTE_USER_FROM": "Proxies whose header says who is signed in; nothing: that is not believed",
    "REMOTE_USER_HEADER": "The header in which these proxies name the user",
    "REMOTE_USER_CREATE": "Whether a user whom such a proxy names is added if unknown",
    "NEW_USER_ROLE": "What users may do whom a proxy or the sign-in provider adds",
    "OIDC_ISSUER": "Sign-in provider (OpenID Connect) that people can sign in with",
    "OIDC_CLIENT_ID": "This service's name at the provider",
    "OIDC_CLIENT_SECRET": "This service's secret at the provider",
    "OIDC_NAME": "What the button on the sign-in page calls the provider",
    "OIDC_SCOPES": "What the provider is asked to tell",
    "OIDC_NAME_CLAIM": "The claim with the name that an unknown user is added under",
    "OIDC_ROLE_CLAIM": "The claim that OIDC_ROLES reads",
    "OIDC_ROLES": "Which values of this claim give which role, at each sign-in",
    "MAX_CONNECTIONS": "Connections that one web process keeps open at once",
    "MAX_CONNECTIONS_PER_ADDRESS": "Connections to one web process from one address",
    "GUNICORN_WORKERS": "Web processes",
    "WORKER_PROCESSES": "Worker processes that serve starts",
    "MAX_WORKERS": "Comics that each worker process works on at once",
    "READING_MEMORY_MB": "Memory that a helper process may use to decode a comic",
    "READING_TIME_S": "Processor seconds that reading a small comic may take",
    "DATABASE_URL": "A database on a PostgreSQL server, in place of the file in CONFIG_DIR",
    "DB_CACHE_SIZE_MB": "Page cache of the database, per process",
    "JOB_RETENTION_SECONDS": "How long a finished job stays in the list",
    "JOB_CLEANUP_INTERVAL_SECONDS": "How often finished jobs are cleaned up",
    "HISTORY_DAYS": "How long summaries and failures of jobs are kept",
    "AUDIT_DAYS": "How long the audit list keeps who did what",
    "BACKUP_KEEP": "Daily backups of the database that are kept",
    "WATCH_MODE": "How new comics are noticed, which are processed as they arrive",
    "WATCH_EXISTING": "What happens to files that are already there when a folder is first watched",
    "NEW_FILES": "What happens to new files as they arrive",
    "IDENTIFY_NEW": "Which new files are identified online as they arrive",
    "POLL_INTERVAL_S": "Seconds between two scans of a polled folder",
    "STABLE_AFTER_S": "Seconds for which a new file must not change before it is picked up",
    "TAG_WRITE": "How tags are written",
    "APPEND_ON_FUSE": "Trust FUSE filesystems (Unraid's user shares, mergerfs) with appended tags",
    "APPEND_ON_NETWORK": "Trust network shares with appended tags",
    "HARDLINKS": "How a file with several names (seeded by a torrent client, say) is changed",
    "UNDO_DAYS": "How long a change can be undone",
    "TRASH_DAYS": "How long deleted comics stay in the trash",
    "TRASH_MAX_GB": "The oldest comics are deleted from the trash when it is larger than this",
    "SERIES_JSON": "Identifying comics writes a series.json beside them, for Komga and Mylar",
    "SOURCES": "Sources that are switched on",
    "ANSWER_DAYS": "How long answers of sources are kept",
    "METRON_TOKEN": "API token of Metron",
    "METRON_USER": "User name at Metron, where there is no token",
    "METRON_PASSWORD": "Password of METRON_USER",
    "METRON_ADDRESS": "Another address of Metron's API",
    "COMICVINE_KEY": "API key of ComicVine",
    "COMICVINE_ADDRESS": "Another address of ComicVine's API",
    "ANILIST_ADDRESS": "Another address of AniList's API",
    "MANGAUPDATES_ADDRESS": "Another address of MangaUpdates' API",
    "MANGADEX_ADDRESS": "Another address of MangaDex' API",
    "NOTIFY_URLS": "Where to send messages to people",
    "NOTIFY_ON": (
        "What sends a message: end is every job that ends, failure only a job with failures"
    ),
    "EVENT_COMMAND": "A program that is run for every event, with the event on standard input",
    "LOG_MAX_BYTES": "Size at which the log is rotated",
    "DEBUG_MODE": "Log more details",
    "TZ": "Time zone of the log, and of schedules without their own",
}
