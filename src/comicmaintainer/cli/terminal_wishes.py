"""What the environment asks of the output of commands.

These variables are not settings of the service, because other programs read them too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TerminalWishes:
    """Colours and moves of the cursor.

    `colours` is None if it depends on whether the output is a terminal.
    """

    colours: bool | None
    can_move: bool


def terminal_wishes(environment: Mapping[str, str]) -> TerminalWishes:
    """Read NO_COLOR (https://no-color.org), FORCE_COLOR (https://force-color.org) and TERM.

    NO_COLOR wins.
    """
    colours: bool | None = None
    if environment.get("NO_COLOR"):
        colours = False
    elif environment.get("FORCE_COLOR"):
        colours = environment["FORCE_COLOR"] not in ("0", "false")
    return TerminalWishes(colours, environment.get("TERM", "") != "dumb")
