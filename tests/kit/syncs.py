"""What was synced to the disk, and in which order."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def noted_syncs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list to which the name of each file and folder is added that is synced."""
    names: list[str] = []
    fsync = os.fsync

    def noted(descriptor: int) -> None:
        names.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    return names
