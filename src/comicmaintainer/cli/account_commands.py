"""`comicmaintainer user …` and `token …`: who may use the service."""

from __future__ import annotations

import click

from comicmaintainer.cli import output
from comicmaintainer.cli.command_group import CommandGroup
from comicmaintainer.cli.session import Session, pass_session


@click.group(cls=CommandGroup)
def user() -> None:
    """Manage who may sign in."""


@user.command("create")
@click.argument("name")
@click.password_option(help="Prompted for if omitted.")
@pass_session
def create_user(session: Session, name: str, password: str) -> None:
    """Add a user who signs in with a password."""
    created = session.services.accounts.create_user(name, password)
    output.say(f"User {created.name} may sign in.")


@user.command("password")
@click.argument("name")
@click.password_option(help="Prompted for if omitted.")
@pass_session
def set_password(session: Session, name: str, password: str) -> None:
    """Change a user's password and end the user's sessions."""
    session.services.accounts.set_password(name, password)
    output.say(f"The password of {name} is changed.")


@user.command("delete")
@click.argument("name")
@pass_session
def delete_user(session: Session, name: str) -> None:
    """Remove a user."""
    session.services.accounts.delete_user(name)
    output.say(f"User {name} is removed.")


@user.command("list")
@pass_session
def list_users(session: Session) -> None:
    """List the users."""
    output.as_table(
        ["name", "created", "last sign-in"],
        [
            (user.name, output.when(user.created_at), output.when(user.last_login_at))
            for user in session.services.accounts.users()
        ],
    )


@click.group(cls=CommandGroup)
def token() -> None:
    """Manage API keys."""


@token.command("create")
@click.argument("name")
@pass_session
def create_token(session: Session, name: str) -> None:
    """Create an API key with full rights. It is shown only once, alone on the last line."""
    key = session.services.accounts.create_key(name)
    output.note(f"Key {name}; send it as X-Api-Key or Authorization: Bearer. Keep it safe:")
    output.say(key)


@token.command("delete")
@click.argument("name")
@pass_session
def delete_token(session: Session, name: str) -> None:
    """Revoke a key."""
    session.services.accounts.delete_key(name)
    output.say(f"Key {name} is removed.")


@token.command("list")
@pass_session
def list_tokens(session: Session) -> None:
    """List the keys by name. The keys themselves can't be shown again."""
    keys = session.services.accounts.keys()
    output.as_table(
        ["name", "created", "last used"],
        [(key.name, output.when(key.created_at), output.when(key.used_at)) for key in keys],
    )
