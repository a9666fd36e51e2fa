"""The tree of commands as the tests of this folder look at it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from starwhale.cli.frame import Stub
from starwhale.cli.main import swcli

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
SHARED = {"-o", "--output", "-v", "--verbose"}


def walk(command: click.Command = swcli, path: str = "swcli") -> Iterator[tuple[str, click.Command]]:
    """Every group and command with its full name, each loaded."""
    if isinstance(command, Stub):
        command = command.load()
    yield path, command
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from walk(child, f"{path} {name}")


def leaves() -> Iterator[tuple[str, click.Command]]:
    for path, command in walk():
        if not isinstance(command, click.Group):
            yield path, command


def check_golden(name: str, text: str) -> None:
    """Compare with a file of this folder; `make golden` writes it anew."""
    path = HERE / name
    if os.environ.get("STARWHALE_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"{name} is missing; `make golden` writes it"
    assert text == path.read_text(encoding="utf-8"), f"{name} differs; `make golden` writes it anew"
