"""Receivers and deliveries as plain values, for the API and --json. No secret is among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from comicmaintainer.notifications.model import Delivery, DeliveryState, Receiver, ReceiverKind
from comicmaintainer.texts.current import shown


def receiver_of(
    receiver: Receiver, counts: Mapping[str, int], hosts: Sequence[str] = ()
) -> dict[str, Any]:
    """Return a receiver; `counts` are its deliveries by state. Times are UTC epoch seconds.

    `hosts` are those whose environments name it, if several share the database.
    """
    waiting = counts.get(DeliveryState.WAITING, 0) + counts.get(DeliveryState.SENDING, 0)
    return {
        "webhook_id": receiver.receiver_id,
        "kind": receiver.kind.value,
        "name": receiver.name,
        "url": receiver.url,
        "events": [each.value for each in receiver.events],
        "enabled": receiver.enabled,
        "from_environment": receiver.kind is not ReceiverKind.WEBHOOK,
        "hosts": list(hosts),
        "stop_reason": receiver.stop_reason,
        "failures": receiver.failures,
        "next_try_at": receiver.next_try_at or None,
        "waiting": waiting,
        "delivered": counts.get(DeliveryState.DELIVERED, 0),
        "failed": counts.get(DeliveryState.FAILED, 0),
        "created_at": receiver.created_at,
    }


def delivery_of(delivery: Delivery) -> dict[str, Any]:
    """Return a delivery without its body. Times are UTC epoch seconds."""
    return {
        "delivery_id": delivery.delivery_id,
        "webhook_id": delivery.receiver_id,
        "event_id": delivery.event_id,
        "type": delivery.type,
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "created_at": delivery.created_at,
        "tried_at": delivery.tried_at,
        "status": delivery.status,
        "answer": None if delivery.answer is None else shown(delivery.answer),
    }


def whole_delivery_of(delivery: Delivery) -> dict[str, Any]:
    """Return a delivery with its body, a JSON text exactly as it is sent."""
    return {**delivery_of(delivery), "body": delivery.body}
