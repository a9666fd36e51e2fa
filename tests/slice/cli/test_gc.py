from __future__ import annotations

import io
import os
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.terminal import Terminal

OLD = 7200


@pytest.fixture
def waste(terminal: Terminal) -> Path:
    """A store with one dataset that stays, and the old bytes of another that was removed for good."""
    place = terminal.home / "code"
    place.mkdir()
    (place / "code.py").write_text("def rows(n=50):\n    yield from ({'x': 'y' * i} for i in range(n))\n")
    (place / "more.py").write_text("rows = [{'z': 'z' * i} for i in range(200)]\n")
    assert terminal("dataset", "build", "-w", str(place), "-h", "code:rows", "-n", "kept").status == 0
    assert terminal("dataset", "build", "-w", str(place), "-h", "more:rows", "-n", "gone").status == 0
    assert terminal("dataset", "remove", "gone", "--force").status == 0
    objects = terminal.home / "store" / "objects"
    then = time.time() - OLD
    for path in objects.rglob("*"):
        os.utime(path, (then, then))
    return objects


def files(objects: Path) -> set[Path]:
    return {path for path in objects.rglob("*") if path.is_file()}


def test_a_dry_run_tells_and_deletes_nothing(terminal: Terminal, waste: Path) -> None:
    before = files(waste)
    ran = terminal("gc", "--dry-run", "-o", "json")
    assert ran.status == 0, ran.err
    assert ran.json["blobs"] > 0
    assert ran.json["freed"] > 0
    assert terminal("gc", "--dry-run").out.endswith("would be freed\n")
    assert files(waste) == before


def test_what_nothing_needs_goes_and_the_rest_stays(terminal: Terminal, waste: Path) -> None:
    before = files(waste)
    told = terminal("gc", "--dry-run", "-o", "json").json
    ran = terminal("gc", "--yes", "-o", "json")
    assert ran.json["blobs"] == told["blobs"] == len(before - files(waste))
    assert terminal("dataset", "head", "kept", "-n", "50").status == 0
    assert terminal("gc", "--yes", "-o", "json").json["blobs"] == 0


@pytest.mark.parametrize("answer", ["n\n", "\n", ""])
def test_without_yes_it_asks_and_deletes_nothing_unless_told(
    terminal: Terminal, waste: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    before = files(waste)
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    ran = terminal("gc")
    assert ran.status == 130
    assert "for good? [y/N]" in ran.err
    assert ran.err.endswith("Error: nothing was deleted (--yes does not ask)\n")
    assert files(waste) == before
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert terminal("gc").status == 0
    assert files(waste) < before


def test_what_is_young_is_left_alone_without_asking(terminal: Terminal) -> None:
    assert terminal("gc").out == "0 B freed\n"
