"""Webhooks: who hears of events, and what was delivered."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from comicmaintainer.accounts.roles import Role
from comicmaintainer.notifications.model import MEANINGS, DeliveryState, EventType, Receiver
from comicmaintainer.notifications.plain_values import (
    delivery_of,
    receiver_of,
    whole_delivery_of,
)
from comicmaintainer.notifications.receivers import LONGEST_NAME
from comicmaintainer.outgoing.addresses import LONGEST_ADDRESS
from comicmaintainer.texts.current import shown
from comicmaintainer.web.api.shapes import Body, RowId
from comicmaintainer.web.dependencies import ServicesOf
from comicmaintainer.web.openapi import refusals
from comicmaintainer.web.route_roles import needs

router = APIRouter(prefix="/api/webhooks", tags=["webhooks"])
_ADMINISTER = needs(Role.ADMINISTER)
_Name = Annotated[str, Field(max_length=LONGEST_NAME)]
_Address = Annotated[str, Field(max_length=LONGEST_ADDRESS)]
_Events = Annotated[list[EventType], Field(max_length=len(EventType))]
_Secret = Annotated[str, Field(max_length=200)]


class NewWebhook(Body):
    """A webhook to add: for these `events`, by default all; a `secret` is made unless given."""

    name: _Name
    url: _Address
    events: _Events | None = None
    enabled: bool = True
    secret: _Secret | None = None


class WebhookChange(Body):
    """What to change of a webhook; the rest stays."""

    name: _Name | None = None
    url: _Address | None = None
    events: _Events | None = None
    enabled: bool | None = None


class NewSecret(Body):
    """The secret to use from now on; it is made unless given."""

    secret: _Secret | None = None


@router.get("", openapi_extra=_ADMINISTER)
def list_webhooks(services: ServicesOf) -> dict[str, Any]:
    """List who hears of events, with what `events` there are.

    `kind` is "webhook", or "apprise" or "command" for what the environment names. Secrets are not
    shown. `hosts` are those whose environments name it, if several share the database. The figures
    count deliveries of the last two weeks.
    """
    counts, hosts = services.receivers.deliveries.counts(), services.receivers.hosts()
    return {
        "webhooks": [
            receiver_of(each, counts.get(each.receiver_id, {}), hosts.get(each.receiver_id, ()))
            for each in services.receivers.all()
        ],
        "events": {str(each): shown(meaning) for each, meaning in MEANINGS.items()},
    }


@router.post("", status_code=201, responses=refusals(409), openapi_extra=_ADMINISTER)
def add_webhook(services: ServicesOf, body: NewWebhook) -> dict[str, Any]:
    """Add a webhook; its `secret` is shown only now."""
    added, secret = services.receivers.add(
        body.name, body.url, events=body.events, enabled=body.enabled, secret=body.secret
    )
    return {**receiver_of(added, {}), "secret": secret}


@router.get("/deliveries", openapi_extra=_ADMINISTER)
def list_deliveries(
    services: ServicesOf,
    webhook: RowId | None = None,
    state: DeliveryState | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    before: RowId | None = None,
) -> dict[str, Any]:
    """List deliveries, newest first; `next` is the `before` of the next page."""
    found = services.receivers.deliveries.page(
        receiver_id=webhook,
        states=() if state is None else (state,),
        before=before,
        limit=limit,
    )
    return {
        "deliveries": [delivery_of(each) for each in found],
        "next": found[-1].delivery_id if len(found) == limit else None,
    }


@router.get("/deliveries/{delivery_id}", openapi_extra=_ADMINISTER)
def get_delivery(services: ServicesOf, delivery_id: RowId) -> dict[str, Any]:
    """Return a delivery with the `body` of its event, a JSON text exactly as it is sent."""
    return whole_delivery_of(services.receivers.deliveries.get(delivery_id))


@router.post("/deliveries/{delivery_id}/retry", responses=refusals(409), openapi_extra=_ADMINISTER)
def retry_delivery(services: ServicesOf, delivery_id: RowId) -> dict[str, Any]:
    """Let a delivery that was given up wait again, and try its webhook at once."""
    return delivery_of(services.receivers.retry(delivery_id))


@router.post("/deliveries/{delivery_id}/skip", responses=refusals(409), openapi_extra=_ADMINISTER)
def skip_delivery(services: ServicesOf, delivery_id: RowId) -> dict[str, Any]:
    """Give up a delivery that waits, so that those after it can go."""
    return delivery_of(services.receivers.skip(delivery_id))


@router.patch("/{webhook_id}", responses=refusals(409), openapi_extra=_ADMINISTER)
def change_webhook(services: ServicesOf, webhook_id: RowId, body: WebhookChange) -> dict[str, Any]:
    """Change name, address or events of a webhook, or switch it on or off."""
    changed = services.receivers.change(
        webhook_id, name=body.name, url=body.url, events=body.events, enabled=body.enabled
    )
    return _with_counts(services, changed)


@router.delete("/{webhook_id}", responses=refusals(409), openapi_extra=_ADMINISTER)
def remove_webhook(services: ServicesOf, webhook_id: RowId) -> dict[str, bool]:
    """Remove a webhook with all of its deliveries."""
    services.receivers.remove(webhook_id)
    return {"removed": True}


@router.post("/{webhook_id}/secret", responses=refusals(409), openapi_extra=_ADMINISTER)
def renew_secret(services: ServicesOf, webhook_id: RowId, body: NewSecret) -> dict[str, Any]:
    """Replace the secret of a webhook; it is shown only now. The one before signs too for a day."""
    return {"secret": services.receivers.renew_secret(webhook_id, body.secret)}


@router.post("/{webhook_id}/test", openapi_extra=_ADMINISTER)
def send_test(services: ServicesOf, webhook_id: RowId) -> dict[str, Any]:
    """Send a test and say what came of it; a worker sends it to what the environment names."""
    return delivery_of(services.receivers.test(webhook_id))


def _with_counts(services: ServicesOf, receiver: Receiver) -> dict[str, Any]:
    counts = services.receivers.deliveries.counts()
    return receiver_of(receiver, counts.get(receiver.receiver_id, {}))
