"""Each import rule catches what it forbids: broken once on purpose in a copy of the tree."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
INSIDE = "\n\ndef _on_purpose():\n    {}\n"
BROKEN = {
    "core looks up": ("core/errors.py", "import starwhale.cli.main", "Rooms look down, never up"),
    "storage knows a noun": (
        "storage/__init__.py",
        "import starwhale.artifacts",
        "Rooms look down, never up",
    ),
    "a service knows the terminal": (
        "artifacts/service.py",
        "import click",
        "The terminal is the business of cli",
    ),
    "an engine is named in a noun": (
        "datasets/service.py",
        "import duckdb",
        "Engines have names in storage and catalog only",
    ),
    "a value does input": (
        "core/names.py",
        "import sqlalchemy",
        "Values and the planner of jobs do no input or output",
    ),
    "schemas know the service": (
        "artifacts/schemas.py",
        "import starwhale.artifacts.service",
        "Inside a noun: service, repository, schemas",
    ),
    "two modules know each other": ("core/errors.py", "import starwhale.core.uri", "No cycles anywhere"),
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the sources that the rules are asked about."""
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint(tree: Path) -> str:
    """What import-linter says of the copy; empty when nothing is broken."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"]
    env = os.environ | {"PYTHONPATH": str(tree / "src")}
    done = subprocess.run(command, cwd=tree, env=env, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr if done.returncode else ""


@pytest.mark.e2e
def test_the_tree_as_it_is_breaks_no_rule(tree: Path) -> None:
    assert lint(tree) == ""


@pytest.mark.e2e
@pytest.mark.parametrize(("path", "statement", "rule"), BROKEN.values(), ids=BROKEN.keys())
def test_a_forbidden_import_inside_a_function_is_caught(
    tree: Path, path: str, statement: str, rule: str
) -> None:
    with (tree / "src" / "starwhale" / path).open("a", encoding="utf-8") as module:
        module.write(INSIDE.format(statement))
    assert f"{rule} BROKEN" in lint(tree)


@pytest.mark.e2e
def test_a_new_room_must_be_placed(tree: Path) -> None:
    room = tree / "src" / "starwhale" / "helpers"
    room.mkdir()
    (room / "__init__.py").write_text('"""Nowhere."""\n', "utf-8")
    assert "starwhale.helpers" in lint(tree)
