"""What people are told of an event: a title and a few lines, made of the event's body."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from comicmaintainer.notifications.model import EventType

_NAMED = 5


@dataclass(frozen=True, slots=True)
class Message:
    """A notification. `bad` if something failed, `stopped` if a job was cancelled."""

    title: str
    body: str
    bad: bool
    stopped: bool = False


def message_of(body: Mapping[str, Any], label_of: Callable[[str], str]) -> Message:
    """Return the message about an event; `label_of` returns what jobs of a kind are called."""
    data = body["data"]
    match body["type"]:
        case EventType.JOB_ENDED | EventType.JOB_FAILED:
            return _of_job(data, label_of(data["kind"]))
        case EventType.CONFLICT_FOUND:
            title = _counted(data["count"], "comic in conflict", "comics in conflict")
            paths = [each["path"] for each in data["files"]]
            return Message(title, _list("Other comics have their names:", paths, data), True)
        case EventType.DAMAGE_FOUND:
            title = _counted(data["count"], "comic can't be read", "comics can't be read")
            files = [f"{each['path']}: {each['reason']}" for each in data["files"]]
            return Message(title, _list("", files, data), True)
        case EventType.REVIEW_NEEDED:
            title = _counted(data["count"], "match to review", "matches to review")
            names = [each["name"] for each in data["series"]]
            return Message(title, _list("It is not certain what these are:", names, data), False)
        case EventType.DISK_MISSING:
            title = "ComicMaintainer: a disk is missing"
            return Message(
                title,
                f"The disk of {data['folder']} is missing (seen by {data['host']}). Jobs for it "
                "wait or fail until it is back; no comic is lost.",
                True,
            )
        case other:
            return Message(f"ComicMaintainer: {other}", "A message to try this out.", False)


def _of_job(data: Mapping[str, Any], label: str) -> Message:
    status, failed = data["status"], data["failed_items"]
    how = "previewed" if data["preview"] and status == "completed" else status
    files = f"{data['processed_items'] - failed} of {data['total_items']} done"
    failures = f", {failed} failed" if failed else ""
    why = f"\n{data['error']}" if data["error"] else ""
    bad = status == "failed" or failed > 0
    which = f"\n{f'{label}, job' if data['title'] else 'Job'} {data['job_id']}"
    return Message(
        f"ComicMaintainer: {data['title'] or label} {how}",
        f"{files}{failures}{_took(data)}.{why}{which}",
        bad,
        stopped=status == "cancelled",
    )


def _took(data: Mapping[str, Any]) -> str:
    if data["started_at"] is None or data["completed_at"] is None:
        return ""
    seconds = max(0, round(data["completed_at"] - data["started_at"]))
    hours, minutes = divmod(seconds // 60, 60)
    return f" in {hours} h {minutes} min" if hours else f" in {minutes} min {seconds % 60} s"


def _counted(count: int, one: str, many: str) -> str:
    return f"ComicMaintainer: {count:,} {one if count == 1 else many}"


def _list(head: str, lines: list[str], data: Mapping[str, Any]) -> str:
    shown = [*([head] if head else []), *lines[:_NAMED]]
    more = data["count"] - min(len(lines), _NAMED)
    return "\n".join([*shown, *([f"and {more:,} more"] if more else [])])
