"""Saved jobs (templates): created, edited, and turned into job requests when they run.

Used by the web, the command line and the scheduler. A template's selection is evaluated when it
runs, by the kinds.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from comicmaintainer.errors import Conflict, InvalidInput
from comicmaintainer.jobs.about import about_selection
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import Job, JobRequest, Priority, Trigger
from comicmaintainer.jobs.saved.template_store import JobTemplate, TemplateStore

LONGEST_NAME = 100


class Templates:
    """All saved jobs. Thread-safe."""

    def __init__(
        self,
        store: TemplateStore,
        manager: JobManager,
        *,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._manager = manager
        self._kinds = manager.kinds
        self._now = now

    def install(self, builtins: Sequence[JobTemplate]) -> None:
        """Store the templates that come with the product; write only changes."""
        self._store.install(builtins, self._now())

    def all(self) -> list[JobTemplate]:
        """Return all templates, built-in ones first, then by name."""
        return self._store.all()

    def get(self, template_id: str) -> JobTemplate:
        """Return the template.

        Raises:
            NotFound: there is no such template.
        """
        return self._store.get(template_id)

    def create(
        self,
        name: str,
        kind: str,
        selection: Mapping[str, Any],
        *,
        params: Mapping[str, Any] | None = None,
        description: str = "",
        priority: Priority = Priority.NORMAL,
        preview: bool = False,
    ) -> JobTemplate:
        """Save a job under a name and return it.

        Raises:
            InvalidInput: the name is empty or too long, or the parameters or the selection don't
                fit the kind.
            UnknownKind: there is no such kind of job.
            Conflict: the name is taken.
        """
        template = JobTemplate(
            template_id=str(uuid.uuid4()),
            name=name,
            kind=kind,
            selection=selection,
            params=params or {},
            description=description,
            priority=priority,
            preview=preview,
            created_at=self._now(),
            updated_at=self._now(),
        )
        template = self._checked(template)
        self._kinds.require_usable(kind, selection)
        self._store.insert(template)
        return template

    def update(self, template_id: str, **changes: Any) -> JobTemplate:
        """Change fields of a template (as `create` names them) and return it.

        Raises:
            NotFound: there is no such template.
            Conflict: it is built-in, or the new name is taken.
            InvalidInput, UnknownKind: as for `create`.
        """
        template = self.get(template_id)
        if template.builtin:
            raise Conflict(f"{template.name!r} is built-in; save a copy under another name.")
        allowed = {"name", "kind", "selection", "params", "description", "priority", "preview"}
        if unknown := changes.keys() - allowed:
            raise InvalidInput(f"A template has no field {', '.join(sorted(unknown))}.")
        template = self._checked(replace(template, updated_at=self._now(), **changes))
        if changes.keys() & {"kind", "selection"}:
            self._kinds.require_usable(template.kind, template.selection)
        self._store.replace(template)
        return template

    def delete(self, template_id: str) -> None:
        """Remove a template and the schedules that run it; jobs it made stay.

        Raises:
            NotFound: there is no such template.
            Conflict: it is built-in.
        """
        if not self._store.delete(template_id, self._now()):
            template = self.get(template_id)
            raise Conflict(f"{template.name!r} is built-in and can't be deleted.")

    def request(self, template: JobTemplate, trigger: Trigger) -> JobRequest:
        """Evaluate the template's selection and return the job request."""
        return JobRequest(
            kind=template.kind,
            items=list(self._kinds.items(template.kind, template.selection)),
            params=template.params,
            trigger=trigger,
            preview=template.preview,
            priority=template.priority,
            title=template.name,
            about=about_selection(template.selection) or None,
        )

    def run(self, template_id: str, trigger: Trigger, *, requested_by: str | None = None) -> Job:
        """Submit the saved job now.

        Raises:
            NotFound: there is no such template.
            InvalidInput: its selection can't be evaluated.
        """
        request = self.request(self.get(template_id), trigger)
        return self._manager.submit(replace(request, requested_by=requested_by))

    def _checked(self, template: JobTemplate) -> JobTemplate:
        name = template.name.strip()
        if not 0 < len(name) <= LONGEST_NAME:
            raise InvalidInput(
                f"A template's name must have 1 to {LONGEST_NAME} characters.", field="name"
            )
        self._manager.require_kind(template.kind)
        params = self._kinds.saved_params(
            template.kind, template.params, template.selection, preview=template.preview
        )
        return replace(template, name=name, params=params)
