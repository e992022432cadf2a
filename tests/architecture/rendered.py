"""Reads from the source of the views which action ids they draw, so that no screen is forgotten."""

import ast
from collections.abc import Iterator
from pathlib import Path

import listeners.views
import services.cards

FOLDER = Path(listeners.views.__file__).parent
IDS = Path(services.cards.__file__)
"""Action ids that the card shares with the jobs that follow them."""


def action_ids() -> dict[str, str]:
    """Return every action id that calls for a listener, with the module that draws it.

    Inputs of a form are left out: they are read when the form is submitted.
    """
    modules = {path: ast.parse(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.py")}
    named = [*modules.values(), ast.parse(IDS.read_text(encoding="utf-8"))]
    constants = {name: value for tree in named for name, value in _string_constants(tree)}
    helpers = {
        function.name: position
        for tree in modules.values()
        for function, position in _functions_with_an_action_id(tree)
    }
    found: dict[str, str] = {}
    for path, tree in modules.items():
        for expression in (*_in_dicts(tree), *_in_calls(tree, helpers)):
            for value in _values(expression, {**constants, **dict(_string_constants(tree))}):
                found[value] = path.stem
    return found


def _string_constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(value))):
                yield name, value


def _functions_with_an_action_id(tree: ast.Module) -> Iterator[tuple[ast.FunctionDef, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            names = [argument.arg for argument in (*node.args.args, *node.args.kwonlyargs)]
            if "action_id" in names:
                yield node, names.index("action_id")


def _in_dicts(node: ast.AST) -> Iterator[ast.expr]:
    """Find the values of "action_id" in literal blocks, but not within input blocks."""
    if isinstance(node, ast.Dict):
        pairs = {
            key.value: value
            for key, value in zip(node.keys, node.values, strict=True)
            if isinstance(key, ast.Constant)
        }
        kind = pairs.get("type")
        if isinstance(kind, ast.Constant) and kind.value == "input":
            return
        if "action_id" in pairs:
            yield pairs["action_id"]
    for child in ast.iter_child_nodes(node):
        yield from _in_dicts(child)


def _in_calls(tree: ast.Module, helpers: dict[str, int]) -> Iterator[ast.expr]:
    """Find what is given as `action_id` to helpers such as `button(text, action_id)`."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        name = node.func.id if isinstance(node.func, ast.Name) else name
        yield from (word.value for word in node.keywords if word.arg == "action_id")
        if name in helpers and len(node.args) > helpers[name]:
            yield node.args[helpers[name]]


def _values(expression: ast.expr, constants: dict[str, str]) -> Iterator[str]:
    match expression:
        case ast.Name(id="action_id"):
            return  # a helper's own parameter; its callers are read instead
        case ast.Name(id=name) | ast.Attribute(attr=name) if name in constants:
            yield constants[name]
        case ast.Constant(value=str(value)):
            yield value
        case ast.IfExp(body=body, orelse=orelse):
            yield from _values(body, constants)
            yield from _values(orelse, constants)
        case _:
            text = ast.unparse(expression)
            raise AssertionError(f"An action id must be a named constant, not {text}")
