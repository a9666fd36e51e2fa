from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.terminal import Terminal

COMMANDS = (
    "project list",
    "project info self",
    "project create other",
    "project select self",
    "dataset list",
    "model list",
    "job list",
    "gc --dry-run",
    "check",
    "completion show bash",
    "completion install bash",
)


@pytest.mark.parametrize("words", COMMANDS)
@pytest.mark.parametrize("before", [True, False])
def test_stdout_holds_json_and_nothing_else(terminal: Terminal, words: str, before: bool) -> None:
    asked = ["-o", "json"]
    ran = terminal(*asked, *words.split()) if before else terminal(*words.split(), *asked)
    assert ran.status == 0, ran.err
    json.loads(ran.out)


def test_an_error_leaves_stdout_empty(terminal: Terminal) -> None:
    ran = terminal("dataset", "info", "nothing", "-o", "json")
    assert (ran.status, ran.out) == (3, "")
    assert ran.err.startswith("Error: ")


def test_a_project_tells_how_much_it_holds(terminal: Terminal) -> None:
    told = terminal("project", "info", "self", "-o", "json").json
    assert {name: told[name] for name in ("datasets", "models", "jobs")} == {
        "datasets": 0,
        "models": 0,
        "jobs": 0,
    }
