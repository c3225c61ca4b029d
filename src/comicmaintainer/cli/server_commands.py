"""`servers`: which Komga or Kavita shows the library, and whether it answers."""

from __future__ import annotations

import sys

import click

from comicmaintainer.cli import output
from comicmaintainer.cli.asked_secret import asked_secret
from comicmaintainer.cli.command_group import CommandGroup
from comicmaintainer.cli.session import Session, pass_session
from comicmaintainer.errors import InvalidInput, NotFound
from comicmaintainer.media_servers.model import TITLES, MediaServer, ProgressMode, ServerKind
from comicmaintainer.media_servers.plain_values import server_of, trial_of
from comicmaintainer.media_servers.servers import LONGEST_PATIENCE_S, PATIENCE_S

_folders = click.option(
    "--folder",
    "folders",
    multiple=True,
    metavar="HERE=THERE",
    help="A folder here, and what the server calls it. May be given several times.",
)


_progress = click.option(
    "--progress",
    type=click.Choice([mode.value for mode in ProgressMode]),
    help="What becomes of progress when files change: carried over (the default), kept in order by"
    " a Komga that sees new tags before new names (ordered), or off.",
)
_patience = click.option(
    "--patience",
    type=click.FloatRange(0, LONGEST_PATIENCE_S / 60),
    help="So many minutes changes wait for the server to be read, by default 10.",
)


@click.group(cls=CommandGroup)
def servers() -> None:
    """Say which Komga or Kavita shows the library, and try the connection."""


@servers.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def list_servers(session: Session, as_json: bool) -> None:
    """List the servers."""
    known = session.services.media_servers.described()
    if as_json:
        output.as_json([server_of(*each) for each in known])
        return
    output.as_table(
        ["name", "program", "state", "folders", "comics", "address"],
        [
            (each.name, TITLES[each.kind], _state(each), folders, comics, each.url)
            for each, folders, comics in known
        ],
    )


@servers.command()
@click.argument("kind", type=click.Choice([kind.value for kind in ServerKind]))
@click.argument("name")
@click.argument("url")
@_folders
@_progress
@_patience
@pass_session
def add(
    session: Session,
    kind: str,
    name: str,
    url: str,
    folders: tuple[str, ...],
    progress: str | None,
    patience: float | None,
) -> None:
    """Add the server NAME at URL. Its API key is asked for, or read from a pipe."""
    pairs = _pairs(folders)
    added = session.services.media_servers.add(
        ServerKind(kind),
        name,
        url,
        asked_secret("API key"),
        path_map=pairs,
        progress=ProgressMode(progress or ProgressMode.CARRIED),
        patience_s=PATIENCE_S if patience is None else patience * 60,
    )
    output.say(f"Server {added.name} is added. Try it: servers test {added.name}")


@servers.command()
@click.argument("name")
@click.option("--name", "new_name", help="Another name.")
@click.option("--url", help="Another address.")
@click.option("--key", "new_key", is_flag=True, help="Ask for another key, or read it from a pipe.")
@_folders
@click.option("--no-folders", is_flag=True, help="Folders have the same paths on both sides.")
@_progress
@_patience
@pass_session
def change(
    session: Session,
    name: str,
    new_name: str | None,
    url: str | None,
    new_key: bool,
    folders: tuple[str, ...],
    no_folders: bool,
    progress: str | None,
    patience: float | None,
) -> None:
    """Change the name, address, key, folders or progress of the server NAME."""
    changed = session.services.media_servers.change(
        _named(session, name).server_id,
        name=new_name,
        url=url,
        api_key=asked_secret("API key") if new_key else None,
        path_map=_pairs(folders) if folders or no_folders else None,
        progress=None if progress is None else ProgressMode(progress),
        patience_s=None if patience is None else patience * 60,
    )
    output.say(f"Server {changed.name} is changed.")


@servers.command()
@click.argument("name")
@pass_session
def on(session: Session, name: str) -> None:
    """Switch the server NAME on."""
    session.services.media_servers.change(_named(session, name).server_id, enabled=True)
    output.say(f"Server {name} is on.")


@servers.command()
@click.argument("name")
@pass_session
def off(session: Session, name: str) -> None:
    """Switch the server NAME off; it is asked for nothing, and what waits is kept."""
    session.services.media_servers.change(_named(session, name).server_id, enabled=False)
    output.say(f"Server {name} is off.")


@servers.command()
@click.argument("name")
@pass_session
def remove(session: Session, name: str) -> None:
    """Remove the server NAME with everything that waits for it."""
    session.services.media_servers.remove(_named(session, name).server_id)
    output.say(f"Server {name} is removed.")


@servers.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def test(session: Session, name: str, as_json: bool) -> None:
    """Ask the server NAME for its libraries, and say which of them are watched here."""
    trial = session.services.media_servers.test(_named(session, name).server_id)
    if as_json:
        output.as_json(trial_of(trial))
    elif trial.problem is None:
        output.as_table(
            ["library", "there", "here", "watched"],
            [
                (each.library.name, there, here, "yes" if each.is_watched else "no")
                for each in trial.libraries
                for there, here in zip(each.library.folders, each.here, strict=True)
            ],
        )
    else:
        output.say(trial.problem)
    if trial.problem is not None:
        sys.exit(1)


def _named(session: Session, name: str) -> MediaServer:
    found = [each for each in session.services.media_servers.all() if each.name == name]
    if not found:
        raise NotFound(f"There is no server called {name}.")
    return found[0]


def _pairs(folders: tuple[str, ...]) -> list[tuple[str, str]]:
    pairs = []
    for text in folders:
        here, is_pair, there = text.partition("=")
        if not is_pair:
            raise InvalidInput(f"Write {text} as HERE=THERE, with the path of each side.")
        pairs.append((here, there))
    return pairs


def _state(server: MediaServer) -> str:
    if not server.enabled:
        return "off"
    if server.failures:
        return f"failing, next try {output.when(server.next_try_at)}"
    return "on"
