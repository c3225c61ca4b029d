"""Commands and options generated from the declarations of kinds.

Hand-written commands take their options from here. For every other kind, `root_group` takes the
generated command.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from comicmaintainer.cli import targets
from comicmaintainer.cli.json_option import JsonObject
from comicmaintainer.cli.kind_jobs import job_options, run_kind
from comicmaintainer.cli.session import Session, pass_session
from comicmaintainer.errors import FileMissing, InvalidInput
from comicmaintainer.operations.declared.kind import ItemOf, Kind
from comicmaintainer.operations.declared.parameters import (
    HIGHEST,
    Option,
    Parameter,
    ParameterType,
)

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def command_of(kind: Kind) -> click.Command:
    """Return the generated command of a kind."""

    def run(session: Session, /, **options: Any) -> None:
        items = _items(session, kind, options)
        run_kind(session, kind.name, items, params_of(kind, options), **options)

    decorated = pass_session(run)
    decorators = [*_item_options(kind), kind_options(kind)]
    decorators.append(job_options(has_preview=kind.has_preview))
    for decorate in reversed(decorators):
        decorated = decorate(decorated)
    return click.command(kind.name, help=kind.command_help)(decorated)


def kind_options(kind: Kind) -> Decorator:
    """Add the options of a kind's parameters to a command; `params_of` reads them."""
    options = [option_of(each) for each in kind.parameters if each.option is not None]

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def params_of(kind: Kind, options: dict[str, Any]) -> dict[str, Any]:
    """Remove the parameters of a kind from the options of a command; return those that are set.

    Raises:
        FileMissing: a comic that an option names does not exist.
    """
    params: dict[str, Any] = {}
    for parameter in kind.parameters:
        if parameter.option is None:
            continue
        value = options.pop(_name(parameter, parameter.option).strip("-").replace("-", "_"))
        if value not in (None, ()):
            params[parameter.name] = _value(parameter, value)
    return params


def _item_options(kind: Kind) -> list[Decorator]:
    """Return the arguments and options that say which items a command works on."""
    match kind.items:
        case ItemOf.FILE if kind.command.everything is not None:
            everything = click.option(
                "--all", "everything", is_flag=True, help=kind.command.everything
            )
            return [targets.PATHS, everything]
        case ItemOf.FILE:
            return [targets.PATHS]
        case ItemOf.FOLDER:
            return [click.argument("folders", nargs=-1, type=click.Path(path_type=Path))]
        case _:
            return [click.argument("ids", nargs=-1, required=True)]


def _items(session: Session, kind: Kind, options: dict[str, Any]) -> list[str]:
    roots = session.services.all_roots
    match kind.items:
        case ItemOf.FILE:
            paths = options.pop("paths")
            if kind.command.everything is None:
                return targets.expand(paths)
            everything = options.pop("everything")
            chosen = targets.choose(session.services, paths, everything=everything)
            return [path for path in chosen if not everything or kind.command.is_meant(path)]
        case ItemOf.FOLDER:
            folders = [str(roots.resolve_folder(str(path))) for path in options.pop("folders")]
            if not (folders or roots.paths):
                raise InvalidInput("WATCHED_DIR is not set, so there is no folder to work on.")
            return folders or [str(root) for root in roots.paths]
        case _:
            return list(options.pop("ids"))


def option_of(parameter: Parameter) -> Decorator:
    """Return the decorator that adds the option of one parameter."""
    option = parameter.option or Option()
    types: dict[ParameterType, dict[str, Any]] = {
        ParameterType.TEXT: {"type": click.Path(path_type=Path) if parameter.names_comic else str},
        ParameterType.YES_NO: {"is_flag": True},
        ParameterType.WHOLE: {"type": _range(parameter) if option.shows_range else int},
        ParameterType.CHOICE: {"type": click.Choice(parameter.choices)},
        ParameterType.TEXTS: {"multiple": True},
        ParameterType.WHOLES: {"multiple": True, "type": int},
        ParameterType.OBJECT: {"type": JsonObject()},
        ParameterType.RULES_NAME: {"type": str},
    }
    return click.option(
        _name(parameter, option),
        help=option.help or parameter.description.replace("`", ""),
        metavar=option.metavar,
        **types[parameter.type],
    )


def _name(parameter: Parameter, option: Option) -> str:
    start = "--no-" if _is_switched_off(parameter) else "--"
    return option.name or start + parameter.name.replace("_", "-")


def _range(parameter: Parameter) -> click.IntRange:
    return click.IntRange(parameter.low, None if parameter.high == HIGHEST else parameter.high)


def _is_switched_off(parameter: Parameter) -> bool:
    """Return whether the option turns a yes-or-no parameter off, because its default is yes."""
    return parameter.type is ParameterType.YES_NO and parameter.default is True


def _value(parameter: Parameter, value: Any) -> Any:
    if _is_switched_off(parameter):
        return not value
    if isinstance(value, Path):
        if not value.is_file():
            raise FileMissing(f"{value} does not exist.")
        return str(value.resolve())
    return list(value) if isinstance(value, tuple) else value
