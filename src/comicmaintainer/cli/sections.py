"""The commands of `comicmaintainer` by section: where each is, and its sentence in `--help`.

`root_group` reads this table and loads a command only when it is used. The sentence of a command
that starts jobs of the kind with its name is declared with that kind (`Command.help`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

import click


@dataclass(frozen=True, slots=True)
class Written:
    """A command written by hand: its code ("module:name" in this package), and its sentence.

    The sentence is the first paragraph of the command's own help. It is None if the kind of job
    with the command's name declares that help.
    """

    code: str
    sentence: str | None = None

    def load(self) -> click.Command:
        """Import the command's module and return the command."""
        module, _, name = self.code.partition(":")
        command: click.Command = getattr(import_module(f"{__package__}.{module}"), name)
        return command


OF_KIND = None
"""The command is generated from the kind of job with its name."""

IN_ORDER, SOUND = "Put comics in order", "Keep the library healthy"
SECTIONS: Mapping[str, Mapping[str, Written | None]] = {
    "Run it": {
        "serve": Written(
            "serve_command:serve",
            "Run the whole service, configured by the environment: web pages, API, worker and "
            "watcher.",
        ),
        "web": Written("web_command:web", "Run only the web server; a worker must run beside it."),
        "worker": Written(
            "worker_command:worker", "Run only a worker process; several may run at a time."
        ),
        "doctor": Written(
            "doctor_command:doctor",
            "Examine the installation: SQLite, folders, permissions, filesystems, disk, database.",
        ),
        "support-bundle": Written(
            "doctor_command:support_bundle",
            "Write what helps others to find a fault to TARGET, a new ZIP file.",
        ),
        "settings": Written(
            "overview_commands:list_settings",
            "List the settings in effect: environment variable, value, allowed values, meaning.",
        ),
        "notices": Written(
            "overview_commands:notices", "Show notices, and dismiss those you have read."
        ),
    },
    "Look": {
        "files": Written(
            "library_commands:files", "List files in the catalogue that match TEXT, or all."
        ),
        "series": Written(
            "library_commands:series",
            "List the series whose name contains TEXT, with their number of files.",
        ),
        "show": Written(
            "show_command:show",
            "Show what a comic contains: format, pages, tags and where they come from.",
        ),
        "pages": Written(
            "page_commands:pages",
            "List the pages of a comic, numbered from 0, or copy one to a new file.",
        ),
        "lists": Written("list_commands:lists", "Import, show and export reading lists."),
        "missing": Written(
            "missing_command:missing",
            "List issues that are missing between those in the library, of SERIES or of all.",
        ),
        "parse": Written(
            "parse_command:parse", "Show how a file name is parsed: which part became which field."
        ),
        "history": Written(
            "change_commands:history",
            "Show the changes of a file or of a job. TARGET is a path or a job.",
        ),
    },
    IN_ORDER: {
        "process": Written("ordering_commands:process"),
        "identify": Written("identify_command:identify"),
        "review": Written(
            "review_commands:review",
            "Choose the series of files that could not be identified with certainty.",
        ),
        "sources": Written(
            "source_commands:sources",
            "Show who knows comics online, switch them on, and set their keys.",
        ),
        "rules": Written(
            "rule_commands:rules", "Show and make rules, and say which folder uses which."
        ),
        "tag": Written("ordering_commands:tag"),
        "rename": Written("ordering_commands:rename"),
        "convert": Written("convert_command:convert"),
        "remove-pages": Written("page_commands:remove_pages"),
        "compact": OF_KIND,
        "file": OF_KIND,
        "sidecar": OF_KIND,
    },
    "Try it first, undo it later": {
        "rehearse": Written("rehearsal_commands:rehearse"),
        "rest": Written(
            "rehearsal_commands:rest",
            "Run on all files what the rehearsal JOB_ID tried on a few copies.",
        ),
        "remove-copies": Written(
            "rehearsal_commands:remove_copies",
            "Move the copies that the rehearsal JOB_ID made to the trash.",
        ),
        "undo": Written("change_commands:undo"),
    },
    SOUND: {
        "scan": Written("scan_command:scan"),
        "verify": OF_KIND,
        "duplicates": Written("duplicate_commands:duplicates"),
        "find-pages": OF_KIND,
        "repeated-pages": Written(
            "repeated_page_commands:repeated_pages",
            "List pages that several comics have, such as adverts; mark, remove or keep one.",
        ),
        "conflicts": Written(
            "conflict_commands:conflicts",
            "List files whose name another comic has already, and how the two differ.",
        ),
        "delete": OF_KIND,
        "trash": Written("trash_commands:trash", "List, restore or delete what is in the trash."),
        "protect": Written(
            "protect_commands:protect", "Say in which folders files are never written."
        ),
        "roots": Written(
            "root_commands:roots",
            "Show the watched folders, and forget one that is no longer watched.",
        ),
    },
    "Jobs": {
        "jobs": Written("job_commands:jobs", "List, inspect, follow and control jobs."),
        "templates": Written("template_commands:templates", "Save jobs under names, and run them."),
        "schedules": Written(
            "schedule_commands:schedules",
            "Run saved jobs at set times (the service must be running then).",
        ),
        "kinds": Written(
            "kinds_command:kinds",
            "List the kinds of job for --kind, with their parameters for --params.",
        ),
    },
    "Data and access": {
        "backup": Written(
            "store_commands:backup",
            "Write a copy of the database to TARGET, even while the service runs.",
        ),
        "backups": Written(
            "store_commands:backups",
            "List the backups in the folder of the daily backups, newest first.",
        ),
        "restore": Written(
            "store_commands:restore",
            "Replace the database with a backup, even while the service runs.",
        ),
        "database": Written(
            "database_commands:database",
            "Take the database to a PostgreSQL server, or back to a file.",
        ),
        "export": Written(
            "store_commands:export_jobs",
            "Write jobs, templates, schedules and history to TARGET, a new file.",
        ),
        "import": Written(
            "store_commands:import_jobs",
            "Import the records of an export. Existing ones stay and are reported as clashes.",
        ),
        "audit": Written(
            "audit_command:audit",
            "List who did what, when, and from which address, newest first.",
        ),
        "webhooks": Written(
            "webhook_commands:webhooks",
            "Say which programs hear of events, and see what was delivered.",
        ),
        "servers": Written(
            "server_commands:servers",
            "Say which Komga or Kavita shows the library, and try the connection.",
        ),
        "user": Written("account_commands:user", "Manage who may sign in."),
        "token": Written("account_commands:token", "Manage API keys."),
    },
}
