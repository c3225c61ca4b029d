"""The note that lies in a cover's place where none can be made."""

from __future__ import annotations

from pathlib import Path


def kept_reason(target: Path) -> str | None:
    """Return why there is no cover at `target`, or None where that was not found out."""
    try:
        return target.with_suffix(".none").read_text("utf-8")
    except FileNotFoundError:
        return None


def keep_reason(target: Path, reason: str) -> None:
    """Note why there is no cover at `target`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.with_suffix(".none").write_text(reason, "utf-8")
