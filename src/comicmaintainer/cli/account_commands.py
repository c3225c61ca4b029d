"""`comicmaintainer user …` and `token …`: who may use the service."""

from __future__ import annotations

import click

from comicmaintainer.accounts.roles import Role
from comicmaintainer.cli import output
from comicmaintainer.cli.command_group import CommandGroup
from comicmaintainer.cli.session import Session, pass_session

ROLES = click.Choice([role.value for role in Role])
role_option = click.option(
    "--role",
    type=ROLES,
    default=Role.ADMINISTER.value,
    show_default=True,
    help="What is allowed: look; also work; also administer.",
)


@click.group(cls=CommandGroup)
def user() -> None:
    """Manage who may sign in."""


@user.command("create")
@click.argument("name")
@click.password_option(help="Prompted for if omitted.")
@role_option
@pass_session
def create_user(session: Session, name: str, password: str, role: str) -> None:
    """Add a user who signs in with a password."""
    created = session.services.accounts.create_user(name, password, Role(role))
    output.say(f"User {created.name} may sign in and {created.role.value}.")


@user.command("role")
@click.argument("name")
@click.argument("role", type=ROLES)
@pass_session
def set_role(session: Session, name: str, role: str) -> None:
    """Change what a user may do. It takes effect at once."""
    session.services.accounts.set_role(name, Role(role))
    output.say(f"User {name} may {role} now.")


@user.command("disable")
@click.argument("name")
@pass_session
def disable_user(session: Session, name: str) -> None:
    """Keep a user and the user's keys from coming in, in whichever way."""
    session.services.accounts.set_disabled(name, disabled=True)
    output.say(f"User {name} can't come in any more.")


@user.command("enable")
@click.argument("name")
@pass_session
def enable_user(session: Session, name: str) -> None:
    """Let a disabled user come in again."""
    session.services.accounts.set_disabled(name, disabled=False)
    output.say(f"User {name} may come in again.")


@user.command("unlink")
@click.argument("name")
@pass_session
def unlink_user(session: Session, name: str) -> None:
    """Let a user no longer sign in by the sign-in provider, and end the user's sessions."""
    session.services.identities.unlink(name, end_sessions=True)
    output.say(f"User {name} is no longer linked to the sign-in provider.")


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
    """Remove a user and the user's keys."""
    session.services.accounts.delete_user(name)
    output.say(f"User {name} is removed.")


@user.command("list")
@pass_session
def list_users(session: Session) -> None:
    """List the users."""
    links = session.services.identities.links()
    output.as_table(
        ["name", "role", "created", "last sign-in", "disabled", "linked"],
        [
            (
                user.name,
                user.role.value,
                output.when(user.created_at),
                output.when(user.last_login_at),
                output.when(user.disabled_at) if user.disabled_at else "",
                output.when(links[user.user_id].added_at) if user.user_id in links else "",
            )
            for user in session.services.accounts.users()
        ],
    )


@click.group(cls=CommandGroup)
def token() -> None:
    """Manage API keys."""


@token.command("create")
@click.argument("name")
@role_option
@pass_session
def create_token(session: Session, name: str, role: str) -> None:
    """Create an API key. It is shown only once, alone on the last line."""
    key = session.services.accounts.create_key(name, Role(role))
    output.note(f"Key {name}; send it as X-Api-Key or Authorization: Bearer. Keep it safe:")
    output.say(key)


@token.command("role")
@click.argument("name")
@click.argument("role", type=ROLES)
@pass_session
def set_token_role(session: Session, name: str, role: str) -> None:
    """Change what a key may do. It takes effect at once."""
    session.services.accounts.set_key_role(name, Role(role))
    output.say(f"Key {name} may {role} now.")


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
        ["name", "role", "owner", "created", "last used"],
        [
            (
                key.name,
                key.role.value,
                key.owner or "",
                output.when(key.created_at),
                output.when(key.used_at),
            )
            for key in keys
        ],
    )
