"""`sources`: who knows comics online; switch them on, set their keys, test them."""

from __future__ import annotations

import sys

import click

from comicmaintainer.cli import output
from comicmaintainer.cli.command_group import CommandGroup
from comicmaintainer.cli.session import Session, pass_session
from comicmaintainer.services.plain_sources import state_of
from comicmaintainer.sources.model import SourceState


@click.group(cls=CommandGroup)
def sources() -> None:
    """Show who knows comics online, switch them on, and set their keys."""


@sources.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def list_sources(session: Session, as_json: bool) -> None:
    """List the sources, and how many requests are spent and left."""
    states = session.services.sources.status()
    if as_json:
        output.as_json([state_of(state) for state in states])
        return
    output.as_table(
        ["source", "state", "requests"],
        [[state.info.name, _standing(state), _budget(state)] for state in states],
    )


@sources.command()
@click.argument("name")
@pass_session
def on(session: Session, name: str) -> None:
    """Switch the source NAME on."""
    found = session.services.sources
    info = found.info(name)
    output.say(info.sent)
    found.settings.change(info, enabled=True)
    state = found.state(name)
    output.say(f"{info.title} is on. {state.missing or info.credit}")
    if state.missing is not None:
        output.note(f"Set it with: comicmaintainer sources set {name} {info.secrets[0].name}")


@sources.command()
@click.argument("name")
@pass_session
def off(session: Session, name: str) -> None:
    """Switch the source NAME off; nothing is sent to it any more."""
    found = session.services.sources
    info = found.info(name)
    found.settings.change(info, enabled=False)
    if found.state(name).enabled:
        output.say(f"{info.title} stays on, because the setting SOURCES names it.")
    else:
        output.say(f"{info.title} is off.")


@sources.command("set")
@click.argument("name")
@click.argument("secret", required=False)
@click.option("--address", help="Another address of its API; empty for the usual one.")
@pass_session
def set_source(session: Session, name: str, secret: str | None, address: str | None) -> None:
    """Set the address of the source NAME, or its SECRET ("key"), which is asked for.

    In a pipe, the secret is read from standard input. It is never shown again.
    """
    found = session.services.sources
    info = found.info(name)
    if secret is None and address is None:
        names = ", ".join(each.name for each in info.secrets) or "none"
        raise click.UsageError(f"Say what to set: --address, or a secret ({names}).")
    secrets = None
    if secret is not None:
        secrets = {secret: _secret(secret)}
    found.settings.change(info, address=address, secrets=secrets)
    output.say(f"The settings of {info.title} are stored.")


@sources.command()
@click.argument("name")
@pass_session
def test(session: Session, name: str) -> None:
    """Make one request to the source NAME, to see whether it answers."""
    session.services.sources.test(name)
    output.say(f"{session.services.sources.info(name).title} answers.")


def _secret(name: str) -> str:
    """Ask for a secret on a terminal, or read its line from a pipe."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    value: str = click.prompt(name, hide_input=True, default="", show_default=False, err=True)
    return value


def _standing(state: SourceState) -> str:
    if not state.enabled:
        return "off"
    if state.missing is not None:
        return f"on, but {state.missing}"
    if state.stop_reason is not None:
        return f"stopped: {state.stop_reason}"
    if state.resting_until is not None:
        return f"rests until {output.when(state.resting_until)}: {state.rest_reason}"
    return "on"


def _budget(state: SourceState) -> str:
    parts = [f"{state.requests:,}"]
    parts += [f"{each.resource}: {each.left:,} left of {each.limit}" for each in state.resources]
    return "; ".join(parts)
