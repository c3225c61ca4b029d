"""Commands and options made from the declarations of kinds.

Used by the commands that are written by hand, for their options, and by `main`, which adds a
command for every kind that has none.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from pathlib import Path
from typing import Any

import click

from comicmaintainer.cli import targets
from comicmaintainer.cli.json_option import JsonObject
from comicmaintainer.cli.kind_jobs import job_options, run_kind
from comicmaintainer.cli.session import Session, pass_session
from comicmaintainer.errors import FileMissing, InvalidInput
from comicmaintainer.operations.declared.kind import ItemOf, Kind
from comicmaintainer.operations.declared.kinds import KINDS
from comicmaintainer.operations.declared.parameters import (
    HIGHEST,
    Option,
    Parameter,
    ParameterType,
)

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def commands_beside(taken: Container[str]) -> Iterator[click.Command]:
    """Yield a command for each kind whose name is not among those that are taken."""
    for kind in KINDS.values():
        if kind.name not in taken:
            yield _command(kind)


def kind_options(kind: Kind) -> Decorator:
    """Give a command the options of a kind's parameters; `params_of` reads them."""
    options = [option_of(each) for each in kind.parameters if each.option is not None]

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def params_of(kind: Kind, options: dict[str, Any]) -> dict[str, Any]:
    """Take the parameters of a kind out of the options of a command, those not given left out.

    Raises:
        FileMissing: a comic that an option names is not there.
    """
    params: dict[str, Any] = {}
    for parameter in kind.parameters:
        if parameter.option is None:
            continue
        value = options.pop(_name(parameter, parameter.option).strip("-").replace("-", "_"))
        if value not in (None, ()):
            params[parameter.name] = _value(parameter, value)
    return params


def _command(kind: Kind) -> click.Command:
    def run(session: Session, /, **options: Any) -> None:
        items = _items(session, kind, options)
        run_kind(session, kind.name, items, params_of(kind, options), **options)

    decorated = pass_session(run)
    decorators = [*_selecting(kind), kind_options(kind), job_options(has_preview=kind.has_preview)]
    for decorate in reversed(decorators):
        decorated = decorate(decorated)
    return click.command(kind.name, help=kind.command.help or kind.description)(decorated)


def _selecting(kind: Kind) -> list[Decorator]:
    """Return what gives a command the arguments and options that say what it works on."""
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
    roots = session.services.roots
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
    """Return what gives a command the option of one parameter."""
    option = parameter.option or Option()
    types: dict[ParameterType, dict[str, Any]] = {
        ParameterType.TEXT: {"type": click.Path(path_type=Path) if parameter.names_comic else str},
        ParameterType.YES_NO: {"is_flag": True},
        ParameterType.WHOLE: {"type": _range(parameter) if option.shows_range else int},
        ParameterType.CHOICE: {"type": click.Choice(parameter.choices)},
        ParameterType.TEXTS: {"multiple": True},
        ParameterType.WHOLES: {"multiple": True, "type": int},
        ParameterType.OBJECT: {"type": JsonObject()},
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
    """Tell whether the option of a yes-or-no says no: the default is yes."""
    return parameter.type is ParameterType.YES_NO and parameter.default is True


def _value(parameter: Parameter, value: Any) -> Any:
    if _is_switched_off(parameter):
        return not value
    if isinstance(value, Path):
        if not value.is_file():
            raise FileMissing(f"{value} is not there.")
        return str(value.resolve())
    return list(value) if isinstance(value, tuple) else value
