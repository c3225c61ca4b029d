"""The note that lies in an image's place where none can be made: the error's code and message."""

from __future__ import annotations

from pathlib import Path

SUFFIX = ".none"


def kept_note(target: Path) -> tuple[str, str] | None:
    """Return (code, message) of what stands against `target`, None where that was not found out."""
    try:
        code, _, message = target.with_suffix(SUFFIX).read_text("utf-8").partition("\n")
    except FileNotFoundError:
        return None
    return code, message


def keep_note(target: Path, code: str, message: str) -> None:
    """Note why there is nothing at `target`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    text = f"{code}\n{message}"
    target.with_suffix(SUFFIX).write_text(text, "utf-8", errors="backslashreplace")
