"""The settings and services of one command, built when first needed.

What a property builds is also imported only then, so that a command loads no more than it uses.
"""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from comicmaintainer.reading.comic_reader import ComicReader
    from comicmaintainer.services import Services
    from comicmaintainer.settings import Settings

CLOSE_WITHIN_S = 1.0


class Session:
    """One run of the command line. What it has built ends with the command."""

    def __init__(self) -> None:
        context = click.get_current_context(silent=True)
        if context is not None:
            context.find_root().call_on_close(self.close)

    def close(self) -> None:
        """End the helper processes and close the database."""
        built = vars(self)
        if "comics" in built:
            self.comics.close()
        if "unchecked_services" in built:
            self._turn_watch.stop(CLOSE_WITHIN_S)
            self.unchecked_services.database.close()

    @cached_property
    def settings(self) -> Settings:
        """The settings of the environment.

        Raises:
            InvalidSetting: a variable has a value that is not allowed.
        """
        from comicmaintainer.settings import Settings

        return Settings.from_environment(os.environ)

    @cached_property
    def comics(self) -> ComicReader:
        """What reads comics, within the settings' limits."""
        from comicmaintainer.reading.allowances import ReadingLimits
        from comicmaintainer.reading.comic_reader import ComicReader

        return ComicReader(ReadingLimits.of(self.settings))

    @cached_property
    def services(self) -> Services:
        """The services over the shared database.

        Raises:
            DatabaseError: the database can't be used as it is.
        """
        from comicmaintainer.database import schema_check

        schema_check.require_whole(self.unchecked_services.database)
        return self.unchecked_services

    @cached_property
    def unchecked_services(self) -> Services:
        """The services, for commands that must work although the database is damaged."""
        from comicmaintainer.cli import output
        from comicmaintainer.database.turn_watch import TurnWatch
        from comicmaintainer.services import Services

        services = Services(self.settings)
        self._turn_watch = TurnWatch(services.database, output.note)
        self._turn_watch.start()
        return services


pass_session = click.make_pass_decorator(Session, ensure=True)
