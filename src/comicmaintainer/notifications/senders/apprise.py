"""Sends an event as a message for people, through Apprise."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from comicmaintainer.errors import InvalidSetting
from comicmaintainer.notifications.messages import Message, message_of
from comicmaintainer.notifications.model import Answer, Receiver


class AppriseSender:
    """Sends through Apprise to a service it knows; see https://github.com/caronc/apprise/wiki."""

    def __init__(self, url: str, label_of: Callable[[str], str], *, number: int) -> None:
        """Set up the service; `label_of` returns what jobs of a kind are called.

        The address is the one with this `number` in its setting.

        Raises:
            InvalidSetting: Apprise is not installed, or can't read `url`.
        """
        try:
            # Imported here because it is an optional extra and takes half a second to load.
            import apprise
        except ImportError as error:
            raise InvalidSetting(
                "NOTIFY_URLS is set, but Apprise is not installed: "
                "pip install 'comicmaintainer[notify]'"
            ) from error
        self._label_of = label_of
        self._types: Any = apprise.NotifyType
        self._service: Any = apprise.Apprise()
        if not self._service.add(url):
            # The address itself may hold a password.
            raise InvalidSetting(f"NOTIFY_URLS: Apprise can't read address number {number}.")

    def __call__(self, receiver: Receiver, event_id: str, body: str) -> Answer:  # noqa: ARG002 - the shape of a sender
        """Send an event and return what came of it."""
        return self.send(message_of(json.loads(body), self._label_of))

    def send(self, message: Message) -> Answer:
        """Send a message to the service."""
        kind = self._types.WARNING if message.stopped else self._types.SUCCESS
        kind = self._types.FAILURE if message.bad else kind
        if self._service.notify(body=message.body, title=message.title, notify_type=kind):
            return Answer(True, "Sent.")
        return Answer(False, "A notification service did not accept the message.")
