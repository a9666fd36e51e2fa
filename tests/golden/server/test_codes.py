"""Every code of an error that the server answers has its sentence in each language of the console."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.console.words import texts

from starwhale.core.errors import StarwhaleError
from starwhale.server.problems import Problem

SOURCE = Path(__file__).parents[3] / "src" / "starwhale"
#: What the framework refuses by itself; its codes are names of statuses.
OF_THE_FRAMEWORK = {"bad_request", "method_not_allowed", "not_found"}


def name_of(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def own_code(kind: ast.ClassDef) -> str:
    """The code that a class says it has; empty where it says none."""
    for line in kind.body:
        match line:
            case (
                ast.Assign(targets=[ast.Name(id="code")], value=ast.Constant(value=str(code)))
                | ast.AnnAssign(target=ast.Name(id="code"), value=ast.Constant(value=str(code)))
            ):
                return code
            case _:
                pass
    return ""


def codes_of_errors(kinds: list[ast.ClassDef]) -> Iterator[str]:
    """Codes of all classes that come from the base of our errors, by however many steps."""
    errors = {StarwhaleError.__name__}
    while more := {
        kind.name
        for kind in kinds
        if kind.name not in errors and errors.intersection(map(name_of, kind.bases))
    }:
        errors |= more
    yield from (own_code(kind) for kind in kinds if kind.name in errors)


def codes_of_problems(calls: list[ast.Call]) -> Iterator[str]:
    """Codes of problem documents that are written without an error."""
    for call in calls:
        match call:
            case ast.Call(args=[_, ast.Constant(value=str(code)), *_]) if (
                name_of(call.func) == Problem.__name__
            ):
                yield code
            case _:
                pass


@functools.cache
def codes() -> set[str]:
    nodes = [node for place in SOURCE.rglob("*.py") for node in ast.walk(ast.parse(place.read_text("utf-8")))]
    of_errors = codes_of_errors([node for node in nodes if isinstance(node, ast.ClassDef)])
    of_problems = codes_of_problems([node for node in nodes if isinstance(node, ast.Call)])
    return ({*of_errors, *of_problems} | OF_THE_FRAMEWORK) - {""}


def test_codes_are_found_wherever_they_are_defined() -> None:
    found = codes()
    assert {"error", "not_found", "key_reused", "fenced", "timeout", "internal", "unknown_host"} <= found


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_code_has_its_sentence(language: str) -> None:
    told = {key.removeprefix("problem.") for key in texts(language) if key.startswith("problem.")}
    assert sorted(codes() - told) == []
