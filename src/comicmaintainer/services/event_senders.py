"""Who gets events by the environment, and how each kind of receiver is reached from here.

Used by the worker process, which sends.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from comicmaintainer.notifications.dispatcher import Dispatcher, Sender
from comicmaintainer.notifications.given_receivers import GivenReceiver, GivenReceivers
from comicmaintainer.notifications.model import MEANINGS, EventType, ReceiverKind
from comicmaintainer.notifications.senders.apprise import AppriseSender
from comicmaintainer.notifications.senders.command import CommandSender
from comicmaintainer.notifications.senders.webhook import WebhookSender
from comicmaintainer.operations.declared.kinds import label_of
from comicmaintainer.services import Services
from comicmaintainer.settings import NotifyOn, Settings

_TYPES = {
    NotifyOn.END: EventType.JOB_ENDED,
    NotifyOn.FAILURE: EventType.JOB_FAILED,
    NotifyOn.CONFLICT: EventType.CONFLICT_FOUND,
    NotifyOn.DAMAGE: EventType.DAMAGE_FOUND,
    NotifyOn.REVIEW: EventType.REVIEW_NEEDED,
    NotifyOn.DISK: EventType.DISK_MISSING,
}


def given_receivers(settings: Settings) -> list[GivenReceiver]:
    """Return the receivers that the environment names, each address by itself."""
    messages = message_types(settings.notify_on)
    given = [
        GivenReceiver(ReceiverKind.APPRISE, url, messages)
        for url in dict.fromkeys(settings.notify_urls)
    ]
    if settings.event_command:
        command = json.dumps(settings.event_command)
        given.append(GivenReceiver(ReceiverKind.COMMAND, command, tuple(MEANINGS)))
    return given


def message_types(chosen: Sequence[NotifyOn]) -> tuple[EventType, ...]:
    """Return the events that NOTIFY_ON asks for; of a job that failed there is one message."""
    left_out = {NotifyOn.FAILURE} if NotifyOn.END in chosen else set[NotifyOn]()
    return tuple(_TYPES[each] for each in chosen if each not in left_out)


def naming(services: Services) -> GivenReceivers:
    """Return what tells the hosts that share the database whom this one reaches."""
    return GivenReceivers(services.database, given_receivers(services.settings), now=services.now)


def dispatcher(services: Services) -> Dispatcher:
    """Store who gets events by the environment, and return what delivers to all.

    Raises:
        InvalidSetting: Apprise is not installed, or can't read an address.
    """
    senders: dict[str, Sender] = {}
    for number, each in enumerate(given_receivers(services.settings), start=1):
        is_address = each.kind is ReceiverKind.APPRISE
        senders[each.fingerprint] = (
            AppriseSender(each.setting, label_of, number=number)
            if is_address
            else CommandSender(services.settings.event_command)
        )
    naming(services).announce()
    return Dispatcher(services.database, WebhookSender(services.now), senders, now=services.now)
