"""The kind `compact`: rewrites archives without the bytes that earlier tag writes left behind."""

from __future__ import annotations

from comicmaintainer.operations.declared.kind import Command, Kind, Words
from comicmaintainer.operations.declared.parameters import Option, Parameter, ParameterType


def _is_cbz(path: str) -> bool:
    return path.lower().endswith(".cbz")


KIND = Kind(
    name="compact",
    title="Compact",
    description="Rewrite archives without the bytes that earlier tag writes left behind.",
    words=Words("Compact", "Compacting", "Compacted"),
    planner="comicmaintainer.operations.planners.compact:plan_compacting",
    order=100,
    parameters=(
        Parameter(
            "min_dead_percent",
            ParameterType.WHOLE,
            "Only archives with at least this share of dead bytes, in percent.",
            0,
            low=0,
            high=100,
            label="Least share of dead bytes, in percent",
            hint="",
            option=Option(help="Only archives with at least this share of dead bytes, in percent."),
        ),
    ),
    can_be_rehearsed=True,
    command=Command(
        "Rewrite archives without the bytes that tag writes left behind.",
        everything="Every CBZ in the watched folders.",
        is_meant=_is_cbz,
    ),
)
