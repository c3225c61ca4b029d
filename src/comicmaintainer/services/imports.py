"""Builds the importer with the kinds and templates of this installation.

Used by the web API and the command line.
"""

from __future__ import annotations

from functools import partial

from comicmaintainer.jobs.transfer.checks import Known
from comicmaintainer.jobs.transfer.importer import Importer
from comicmaintainer.services import Services
from comicmaintainer.services.builtins import BUILTIN_TEMPLATES


def importer(services: Services) -> Importer:
    """Return the importer that stores an export file in this service's database."""
    hosts = services.host_roots
    known = Known(
        kinds=services.manager.kinds,
        builtins=frozenset(template.template_id for template in BUILTIN_TEMPLATES),
        roots_of=None if hosts is None else partial(hosts.root_ids, places={}),
    )
    return Importer(services.database, known)
