"""Saved jobs as stored rows.

Used by templates. Selections are stored as they are, and interpreted elsewhere. Times are UTC epoch
seconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from comicmaintainer.audit import Action
from comicmaintainer.audit.audit_log import record
from comicmaintainer.database import Database, Row, Transaction, Turn
from comicmaintainer.database.stored_values import known_member, stored_object
from comicmaintainer.errors import Conflict, NotFound
from comicmaintainer.jobs.job_store import as_json
from comicmaintainer.jobs.model import Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class JobTemplate:
    """A saved job. Those with `builtin` come with the product and can't be edited."""

    template_id: str
    name: str
    kind: str
    selection: Mapping[str, Any]
    params: Mapping[str, Any] = field(default_factory=dict)
    description: str = ""
    priority: Priority = Priority.NORMAL
    preview: bool = False
    builtin: bool = False
    created_at: float = 0.0
    updated_at: float = 0.0


_COLUMNS = (
    "template_id, name, description, kind, selection, params, priority, preview, builtin,"
    " created_at, updated_at"
)


class TemplateStore:
    """SQL of the `job_templates` table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[JobTemplate]:
        """Return all templates, built-in ones first, then by name."""
        rows = self._database.rows(
            f"SELECT {_COLUMNS} FROM job_templates ORDER BY builtin DESC, name, template_id"
        )
        return [_template(row) for row in rows]

    def find(self, template_id: str) -> JobTemplate | None:
        """Return the template, or None if it does not exist."""
        row = self._database.row(
            f"SELECT {_COLUMNS} FROM job_templates WHERE template_id = ?", (template_id,)
        )
        return None if row is None else _template(row)

    def get(self, template_id: str) -> JobTemplate:
        """Return the template.

        Raises:
            NotFound: it does not exist.
        """
        template = self.find(template_id)
        if template is None:
            raise NotFound(f"There is no template {template_id}.")
        return template

    def insert(self, template: JobTemplate) -> None:
        """Store a new template.

        Raises:
            Conflict: its name is taken.
        """
        with self._database.transaction(Turn.JOBS) as transaction:
            _refuse_taken_name(transaction, template)
            _insert(transaction, template)
            _record(transaction, Action.SAVED_JOB_ADDED, template)

    def replace(self, template: JobTemplate) -> None:
        """Store a changed template.

        Raises:
            NotFound: it was deleted meanwhile.
            Conflict: its new name is taken.
        """
        with self._database.transaction(Turn.JOBS) as transaction:
            _refuse_taken_name(transaction, template)
            if transaction.execute(_UPDATE, _values(template)) != 1:
                raise NotFound(f"There is no template {template.template_id}.")
            _record(transaction, Action.SAVED_JOB_CHANGED, template)

    def delete(self, template_id: str, now: float) -> bool:
        """Delete a template and its schedules; False if it does not exist or is built in."""
        with self._database.transaction(Turn.JOBS) as transaction:
            deleted = transaction.row(
                "DELETE FROM job_templates WHERE template_id = ? AND builtin = 0 RETURNING name",
                (template_id,),
            )
            if deleted is not None:
                record(transaction, Action.SAVED_JOB_REMOVED, deleted["name"], now=now)
            return deleted is not None

    def install(self, builtins: Sequence[JobTemplate], now: float) -> None:
        """Store the built-in templates; write only those that differ.

        A built-in template is left out as long as a user's template has its name.
        """
        known = {template.template_id: template for template in self.all()}
        taken = {template.name for template in known.values() if not template.builtin}
        for wanted in builtins:
            old = known.get(wanted.template_id)
            if wanted.name in taken or (old is not None and _same(old, wanted)):
                continue
            with self._database.transaction(Turn.JOBS) as transaction:
                values = {**_values(wanted), "builtin": 1, "created_at": now, "updated_at": now}
                if transaction.execute(_UPDATE, values) != 1:
                    transaction.execute(_INSERT, values)


_INSERT = (
    f"INSERT INTO job_templates ({_COLUMNS}) VALUES (:template_id, :name, :description, :kind,"
    " :selection, :params, :priority, :preview, :builtin, :created_at, :updated_at)"
)
_UPDATE = (
    "UPDATE job_templates SET name = :name, description = :description, kind = :kind,"
    " selection = :selection, params = :params, priority = :priority, preview = :preview,"
    " updated_at = :updated_at WHERE template_id = :template_id"
)


def _insert(transaction: Transaction, template: JobTemplate) -> None:
    transaction.execute(_INSERT, _values(template))


def _record(transaction: Transaction, action: Action, template: JobTemplate) -> None:
    details = {"kind": template.kind}
    record(transaction, action, template.name, now=template.updated_at, details=details)


def _refuse_taken_name(transaction: Transaction, template: JobTemplate) -> None:
    taken = transaction.row(
        "SELECT 1 FROM job_templates WHERE name = ? AND template_id <> ?",
        (template.name, template.template_id),
    )
    if taken is not None:
        raise Conflict(f"A template called {template.name!r} already exists.", field="name")


def _same(one: JobTemplate, other: JobTemplate) -> bool:
    ignored = {"builtin", "created_at", "updated_at"}
    mine, theirs = _values(one), _values(other)
    return all(mine[name] == theirs[name] for name in mine if name not in ignored)


def _values(template: JobTemplate) -> dict[str, Any]:
    return {
        "template_id": template.template_id,
        "name": template.name,
        "description": template.description,
        "kind": template.kind,
        "selection": as_json(template.selection),
        "params": as_json(template.params),
        "priority": int(template.priority),
        "preview": int(template.preview),
        "builtin": int(template.builtin),
        "created_at": template.created_at,
        "updated_at": template.updated_at,
    }


def _template(row: Row) -> JobTemplate:
    return JobTemplate(
        template_id=row["template_id"],
        name=row["name"],
        description=row["description"],
        kind=row["kind"],
        selection=stored_object(row["selection"], unreadable_as="unreadable"),
        params=stored_object(row["params"], unreadable_as="unreadable"),
        priority=known_member(Priority, row["priority"], Priority.NORMAL),
        preview=bool(row["preview"]),
        builtin=bool(row["builtin"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
