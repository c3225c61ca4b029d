"""Finds the texts in Python modules: marked ones, messages of errors, and what declarations say.

A message is a text or an f-string, whose values get names from their expressions:
`f"There is no job {self.job_id}."` is the text `There is no job {job_id}.`
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator, Sequence
from itertools import product

from comicmaintainer import errors

Text = tuple[str | None, tuple[str, ...]]
"""The context of a text, and its forms: one, or two where it depends on a number."""

_DECLARATIONS: dict[str, tuple[int | str, ...]] = {
    "Kind": ("title", "description"),
    "Words": (0, 1, 2, "label", "doing", "done"),
    "Parameter": (2, "description", "label", "hint", "choice_labels", "empty_label"),
    "Field": (1,),
    "TemplateField": (1, "label"),
    "ErrorView": (2,),
    "SourceInfo": ("credit", "sent"),
    "Secret": (1,),
    "Answer": (1,),
}
"""Constructors of declarations, and their arguments that people read."""
_ERRORS = frozenset(
    name
    for name, value in vars(errors).items()
    if inspect.isclass(value) and issubclass(value, errors.ComicMaintainerError)
)
_NOT_FOR_PEOPLE = frozenset({"compile", "debug", "error", "exception", "info", "warning"})
"""Calls whose texts go to the log, or are expressions."""
_PROSE = re.compile(r"[a-z]{2,}\W? [a-z(]|[A-Z][a-z]+ ")
_SQL = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE FROM|CREATE|PRAGMA|ALTER|WHERE)\b")
_WORDS = re.compile(r"[^\W\d_]{2}")
_VALUE = re.compile(r"\{\w+\}")
_MOST_VARIANTS = 8


def texts_in(source: str, *, all_prose: bool) -> Iterator[Text]:
    """Yield the texts of a module; with `all_prose`, all of its literals that are prose as well."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _of_call(node)
    if all_prose:
        for text in _prose(tree):
            yield None, (text,)


def _of_call(node: ast.Call) -> Iterator[Text]:
    name = _name_of(node.func)
    if name in _ERRORS:
        yield from _messages(node.args[:1])
    elif name in _DECLARATIONS:
        wanted = _DECLARATIONS[name]
        yield from _messages([each for at, each in enumerate(node.args) if at in wanted])
        yield from _messages([each.value for each in node.keywords if each.arg in wanted])
        if name == "Words":
            yield _counted(node)
    else:
        yield from _of_function(name, [_texts(argument) for argument in node.args])


def _of_function(name: str, given: Sequence[list[str]]) -> Iterator[Text]:
    """The texts of a call of a function, of which the arguments can be these texts."""
    match name, given:
        case "tn", [[one], [other], *_]:
            if not _VALUE.match(one.removeprefix("1 ")):
                yield None, (one, other)
        case "tc", [[context], [text]]:
            yield context, (text,)
        case "marked", [texts, [context]]:
            yield from ((context, (text,)) for text in texts)
        case (("t" | "markup" | "marked" | "shown"), [texts, *_]):
            yield from ((None, (text,)) for text in texts)
        case (("Page" | "Place" | "Section"), [[title], *_]):
            yield "page", (title,)
        case "EffectWords", [[would], [one], [several]]:
            yield from _effects(would, one, several)
        case "_passive", [[what]]:
            if not _VALUE.match(what):
                yield from _effects(f"would be {what}", f"was {what}", f"were {what}")


def _effects(would: str, one: str, several: str) -> Iterator[Text]:
    """What changes do to a number of files; see operations/declared/effects.py."""
    yield None, (f"1 {would}", f"{{n}} {would}")
    yield None, (f"1 {one}", f"{{n}} {several}")


def _counted(node: ast.Call) -> Text:
    """The nouns of what jobs of a kind are counted in; see `things` of js/base/format.js."""
    given = {each.arg: each.value for each in node.keywords}
    one, other = (
        str(ast.literal_eval(given[name])) if name in given else usual
        for name, usual in (("item", "file"), ("item_plural", "files"))
    )
    return None, (f"1 {one}", f"{{n}} {other}")


def _messages(nodes: Sequence[ast.expr]) -> Iterator[Text]:
    for node in nodes:
        for text in _texts(node):
            if _WORDS.search(_VALUE.sub("", text)):
                yield None, (text,)


def _prose(tree: ast.Module) -> Iterator[str]:
    """All literals that people read, where a module says nothing else."""
    todo: list[ast.AST] = [tree]
    while todo:
        node = todo.pop()
        match node:
            case ast.Expr(value=ast.Constant()):
                continue  # a docstring
            case ast.Call(func=func) if _name_of(func) in _NOT_FOR_PEOPLE:
                continue
            case ast.Constant() | ast.JoinedStr():
                for text in _texts(node):
                    without = _VALUE.sub("x", text)
                    if _PROSE.search(without) and not _SQL.search(text):
                        yield text
                if isinstance(node, ast.JoinedStr):
                    todo.extend(
                        value for value in node.values if not isinstance(value, ast.Constant)
                    )
            case ast.Dict(values=values):
                todo.extend(values)
            case _:
                todo.extend(ast.iter_child_nodes(node))


def _name_of(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


def _texts(node: ast.expr) -> list[str]:
    """All texts that an expression can be."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr():
            return _joined(node)
        case ast.IfExp(body=body, orelse=orelse):
            return [*_texts(body), *_texts(orelse)]
        case ast.Dict(values=values):
            return [text for value in values for text in _texts(value)]
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return [a + b for a, b in product(_texts(left), _texts(right))]
        case _:
            return []


def _joined(node: ast.JoinedStr) -> list[str]:
    """The variants of an f-string: a value that is one of two texts makes two of them."""
    names: dict[str, str] = {}
    parts: list[list[str]] = []
    for value in node.values:
        if isinstance(value, ast.Constant):
            parts.append([str(value.value)])
        elif isinstance(value, ast.FormattedValue):
            inner = value.value
            variants = _texts(inner) if isinstance(inner, ast.IfExp) else []
            is_whole = isinstance(inner, ast.IfExp) and len(variants) == len([*_branches(inner)])
            name = f"{{{_unique(names, _value_name(inner), ast.unparse(inner))}}}"
            parts.append(variants if is_whole else [name])
    found = ["".join(each) for each in product(*parts)]
    return found if len(found) <= _MOST_VARIANTS else []


def _branches(node: ast.IfExp) -> Iterator[ast.expr]:
    for branch in (node.body, node.orelse):
        if isinstance(branch, ast.IfExp):
            yield from _branches(branch)
        else:
            yield branch


def _unique(names: dict[str, str], name: str, expression: str) -> str:
    """A name for a value; the same value keeps its name, another one gets a number."""
    wanted, number = name, 1
    while names.get(wanted, expression) != expression:
        number += 1
        wanted = f"{name}{number}"
    names[wanted] = expression
    return wanted


def _value_name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.strip("_").lower()
        case ast.Call(args=[argument, *_]):
            return _value_name(argument)
        case (
            ast.Call(func=inner)
            | ast.Subscript(value=inner)
            | ast.BinOp(left=inner)
            | ast.IfExp(body=inner)
            | ast.GeneratorExp(elt=inner)
            | ast.ListComp(elt=inner)
            | ast.BoolOp(values=[inner, *_])
        ):
            return _value_name(inner)
        case _:
            return "value"
