"""`webhooks`: who hears of events, and what was delivered."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from comicmaintainer.cli import output
from comicmaintainer.cli.asked_secret import asked_secret
from comicmaintainer.cli.command_group import CommandGroup
from comicmaintainer.cli.session import Session, pass_session
from comicmaintainer.errors import InvalidInput, NotFound
from comicmaintainer.notifications.model import (
    MEANINGS,
    Delivery,
    DeliveryState,
    EventType,
    Receiver,
)
from comicmaintainer.notifications.plain_values import (
    delivery_of,
    receiver_of,
    whole_delivery_of,
)

KEPT_SECRET = "Keep it safe; it can't be shown again:"  # noqa: S105 - no password
_events = click.option(
    "--events",
    help=f"Only these events, separated by commas: {', '.join(MEANINGS)}.",
)
_own_secret = click.option(
    "--own-secret", is_flag=True, help="Ask for the secret, or read it from a pipe."
)


@click.group(cls=CommandGroup)
def webhooks() -> None:
    """Say which programs hear of events, and see what was delivered."""


@webhooks.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def list_webhooks(session: Session, as_json: bool) -> None:
    """List the webhooks, and what the environment names."""
    receivers = session.services.receivers
    counts, hosts, all_of_them = receivers.deliveries.counts(), receivers.hosts(), receivers.all()
    values = [
        receiver_of(each, counts.get(each.receiver_id, {}), hosts.get(each.receiver_id, ()))
        for each in all_of_them
    ]
    if as_json:
        output.as_json(values)
        return
    output.as_table(
        ["name", "state", "waiting", "failed", "events", "address"],
        [
            (
                receiver.name,
                _state(receiver),
                value["waiting"],
                value["failed"],
                _event_names(receiver),
                receiver.url or ", ".join(value["hosts"]),
            )
            for receiver, value in zip(all_of_them, values, strict=True)
        ],
    )


@webhooks.command()
@click.argument("name")
@click.argument("url")
@_events
@_own_secret
@pass_session
def add(session: Session, name: str, url: str, events: str | None, own_secret: bool) -> None:
    """Add the webhook NAME, which sends events to URL.

    Its secret is shown only once, alone on the last line.
    """
    added, secret = session.services.receivers.add(
        name, url, events=_chosen(events), secret=asked_secret("Secret") if own_secret else None
    )
    output.note(f"Webhook {added.name} is added. {KEPT_SECRET}")
    output.say(secret)


@webhooks.command()
@click.argument("name")
@click.option("--name", "new_name", help="Another name.")
@click.option("--url", help="Another address.")
@_events
@pass_session
def change(
    session: Session, name: str, new_name: str | None, url: str | None, events: str | None
) -> None:
    """Change the name, the address or the events of the webhook NAME."""
    receivers = session.services.receivers
    changed = receivers.change(
        _named(session, name).receiver_id, name=new_name, url=url, events=_chosen(events)
    )
    output.say(f"Webhook {changed.name} is changed.")


@webhooks.command()
@click.argument("name")
@pass_session
def on(session: Session, name: str) -> None:
    """Switch the webhook NAME on; what waits is sent."""
    session.services.receivers.change(_named(session, name).receiver_id, enabled=True)
    output.say(f"Webhook {name} is on.")


@webhooks.command()
@click.argument("name")
@pass_session
def off(session: Session, name: str) -> None:
    """Switch the webhook NAME off; it hears of no more events, and what waits is kept."""
    session.services.receivers.change(_named(session, name).receiver_id, enabled=False)
    output.say(f"Webhook {name} is off.")


@webhooks.command()
@click.argument("name")
@_own_secret
@pass_session
def secret(session: Session, name: str, own_secret: bool) -> None:
    """Replace the secret of the webhook NAME, which is shown alone on the last line.

    The one before signs too for a day.
    """
    own = asked_secret("Secret") if own_secret else None
    new = session.services.receivers.renew_secret(_named(session, name).receiver_id, own)
    output.note(f"The secret of webhook {name} is replaced. {KEPT_SECRET}")
    output.say(new)


@webhooks.command()
@click.argument("name")
@pass_session
def remove(session: Session, name: str) -> None:
    """Remove the webhook NAME with all of its deliveries."""
    session.services.receivers.remove(_named(session, name).receiver_id)
    output.say(f"Webhook {name} is removed.")


@webhooks.command()
@click.argument("name")
@pass_session
def test(session: Session, name: str) -> None:
    """Send a test to the webhook NAME, and say what came of it."""
    delivery = session.services.receivers.test(_named(session, name).receiver_id)
    if delivery.state is DeliveryState.WAITING:
        output.say(f"A worker process sends the test to {name}; see: webhooks deliveries")
        return
    output.say(f"{delivery.state.value}: {delivery.answer}")
    if delivery.state is not DeliveryState.DELIVERED:
        sys.exit(1)


@webhooks.command()
@click.option("--webhook", help="Only those to this one, by its name.")
@click.option(
    "--state", type=click.Choice([state.value for state in DeliveryState]), help="Only these."
)
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@click.option("--before", type=click.IntRange(0), help="Go on before the delivery with this id.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def deliveries(
    session: Session,
    webhook: str | None,
    state: str | None,
    limit: int,
    before: int | None,
    as_json: bool,
) -> None:
    """List deliveries, newest first."""
    receivers = session.services.receivers
    found = receivers.deliveries.page(
        receiver_id=None if webhook is None else _named(session, webhook).receiver_id,
        states=() if state is None else (DeliveryState(state),),
        before=before,
        limit=limit,
    )
    if as_json:
        output.as_json([delivery_of(each) for each in found])
        return
    names = {each.receiver_id: each.name for each in receivers.all()}
    output.as_table(
        ["id", "webhook", "event", "state", "tries", "last try", "last answer"],
        [_row(each, names) for each in found],
    )


@webhooks.command()
@click.argument("delivery_id", type=click.IntRange(0))
@pass_session
def show(session: Session, delivery_id: int) -> None:
    """Show the delivery DELIVERY_ID with the body of its event, as JSON."""
    output.as_json(whole_delivery_of(session.services.receivers.deliveries.get(delivery_id)))


@webhooks.command()
@click.argument("delivery_id", type=click.IntRange(0))
@pass_session
def retry(session: Session, delivery_id: int) -> None:
    """Let the delivery DELIVERY_ID wait again; a worker process sends it."""
    session.services.receivers.retry(delivery_id)
    output.say(f"Delivery {delivery_id} waits to be sent again.")


@webhooks.command()
@click.argument("delivery_id", type=click.IntRange(0))
@pass_session
def skip(session: Session, delivery_id: int) -> None:
    """Give up the delivery DELIVERY_ID, so that those after it can go."""
    session.services.receivers.skip(delivery_id)
    output.say(f"Delivery {delivery_id} is skipped.")


def _named(session: Session, name: str) -> Receiver:
    found = [each for each in session.services.receivers.all() if each.name == name]
    if not found:
        raise NotFound(f"There is no webhook called {name}.")
    return found[0]


def _chosen(events: str | None) -> Sequence[EventType] | None:
    if events is None:
        return None
    names = [each.strip() for each in events.split(",") if each.strip()]
    unknown = [each for each in names if each not in set(MEANINGS)]
    if unknown:
        raise InvalidInput(f"There is no event {unknown[0]}. There are: {', '.join(MEANINGS)}.")
    return [EventType(each) for each in names]


def _state(receiver: Receiver) -> str:
    if not receiver.enabled:
        return f"stopped: {receiver.stop_reason}" if receiver.stop_reason else "off"
    if receiver.failures:
        return f"failing, next try {output.when(receiver.next_try_at)}"
    return "on"


def _event_names(receiver: Receiver) -> str:
    return "all" if set(receiver.events) == set(MEANINGS) else ", ".join(receiver.events)


def _row(delivery: Delivery, names: dict[int, str]) -> tuple[object, ...]:
    return (
        delivery.delivery_id,
        names.get(delivery.receiver_id, ""),
        delivery.type,
        delivery.state.value,
        delivery.attempts,
        output.when(delivery.tried_at) if delivery.tried_at else "",
        delivery.answer or "",
    )
