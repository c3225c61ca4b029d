"""Who gets events by the environment, and how each kind of receiver is reached from here.

Used by the worker process, which sends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from comicmaintainer.notifications.dispatcher import Dispatcher, Sender
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


def given_receivers(settings: Settings) -> Mapping[ReceiverKind, Sequence[EventType]]:
    """Return the receivers that the environment names, each with the events that it gets."""
    given: dict[ReceiverKind, Sequence[EventType]] = {}
    if settings.notify_urls:
        given[ReceiverKind.APPRISE] = message_types(settings.notify_on)
    if settings.event_command:
        given[ReceiverKind.COMMAND] = tuple(MEANINGS)
    return given


def message_types(chosen: Sequence[NotifyOn]) -> tuple[EventType, ...]:
    """Return the events that NOTIFY_ON asks for; of a job that failed there is one message."""
    left_out = {NotifyOn.FAILURE} if NotifyOn.END in chosen else set[NotifyOn]()
    return tuple(_TYPES[each] for each in chosen if each not in left_out)


def dispatcher(services: Services) -> Dispatcher:
    """Store who gets events by the environment, and return what delivers to all.

    Raises:
        InvalidSetting: Apprise is not installed, or can't read an address.
    """
    settings = services.settings
    senders: dict[ReceiverKind, Sender] = {ReceiverKind.WEBHOOK: WebhookSender(services.now)}
    if settings.notify_urls:
        senders[ReceiverKind.APPRISE] = AppriseSender(settings.notify_urls, label_of)
    if settings.event_command:
        senders[ReceiverKind.COMMAND] = CommandSender(settings.event_command)
    services.receivers.store_given(given_receivers(settings))
    return Dispatcher(services.database, senders, now=services.now)
