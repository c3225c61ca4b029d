"""Imports as they are asked for: what records are held against, put together from what runs here.

Used by the web API and the command line.
"""

from __future__ import annotations

from comicmaintainer.jobs.transfer.checks import Known
from comicmaintainer.jobs.transfer.importer import Importer
from comicmaintainer.operations.declared.kinds import KINDS
from comicmaintainer.services import Services
from comicmaintainer.services.builtins import BUILTIN_TEMPLATES
from comicmaintainer.services.selections import require_kept, require_readable


def importer(services: Services) -> Importer:
    """Return what stores an export file in this service's database."""
    known = Known(
        kinds=frozenset(KINDS),
        builtins=frozenset(template.template_id for template in BUILTIN_TEMPLATES),
        require_selection=require_readable,
        require_kept=require_kept,
    )
    return Importer(services.database, known)
