"""The templates that come with the product: the most common jobs."""

from __future__ import annotations

from comicmaintainer.jobs.model import Priority
from comicmaintainer.jobs.saved.template_store import JobTemplate
from comicmaintainer.operations.declared.kinds import validated_params

BUILTIN_TEMPLATES = (
    JobTemplate(
        template_id="builtin-scan",
        name="Scan the library",
        description="Bring the catalogue up to date with the watched folders.",
        kind="scan",
        selection={"all": True},
        params=validated_params("scan", {}),
    ),
    JobTemplate(
        template_id="builtin-process-new",
        name="Process new files",
        description="Fill in the tags and names of all files not processed yet.",
        kind="process",
        selection={"filter": {"states": ["unprocessed"]}},
        params=validated_params("process", {}),
    ),
    JobTemplate(
        template_id="builtin-preview-library",
        name="Preview the whole library",
        description="Show what processing every file would change, without changing anything.",
        kind="process",
        selection={"all": True},
        params=validated_params("process", {}),
        preview=True,
        priority=Priority.LOW,
    ),
    JobTemplate(
        template_id="builtin-verify",
        name="Verify the library",
        description="Read every member and check every page to find damage and bit rot.",
        kind="verify",
        selection={"all": True},
        params=validated_params("verify", {}),
        priority=Priority.BACKGROUND,
    ),
    JobTemplate(
        template_id="builtin-convert",
        name="Convert CBR to CBZ",
        description="Convert every CBR, CB7 and CBT to CBZ; the originals go to the trash.",
        kind="convert",
        selection={"filter": {"formats": ["cbr", "cb7", "cbt"]}},
        params=validated_params("convert", {}),
        priority=Priority.LOW,
    ),
    JobTemplate(
        template_id="builtin-duplicates",
        name="Find duplicates",
        description="Find copies by comparing pages, and report them.",
        kind="duplicates",
        selection={"all": True},
        params=validated_params("duplicates", {}),
        priority=Priority.LOW,
    ),
    JobTemplate(
        template_id="builtin-compact",
        name="Compact archives",
        description="Rewrite archives in which tag writes left a fifth or more unused.",
        kind="compact",
        selection={"filter": {"formats": ["cbz"]}},
        params=validated_params("compact", {"min_dead_percent": 20}),
        priority=Priority.BACKGROUND,
    ),
)
