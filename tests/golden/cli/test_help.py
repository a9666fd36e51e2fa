from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import click
import pytest
from tests.golden.cli.tree import HERE, check_golden, leaves, walk

from starwhale.cli.frame import Leaf, Stub
from starwhale.cli.main import run, swcli
from starwhale.cli.table import ROWS

if TYPE_CHECKING:
    from starwhale.cli.table import Row

TREE = list(walk())
LEAVES = list(leaves())


def file_of(path: str) -> str:
    return path.replace(" ", "-") + ".txt"


@pytest.mark.parametrize("path", [path for path, _ in TREE])
def test_help_is_as_reviewed(
    path: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("FORCE_COLOR", "PY_COLORS", "GITHUB_ACTIONS", "TERMINAL_WIDTH"):
        monkeypatch.delenv(name, raising=False)
    assert run([*path.split()[1:], "--help"], environ={}) == 0
    text = "".join(f"{line.rstrip()}\n" for line in capsys.readouterr().out.splitlines())
    assert max(map(len, text.splitlines())) <= 80
    check_golden(file_of(path), text)


def test_no_help_is_left_from_a_command_that_went_away() -> None:
    there = {path.name for path in HERE.glob("swcli*.txt")}
    assert there == {file_of(path) for path, _ in TREE}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_each_row_of_the_table_leads_to_its_command(row: Row) -> None:
    command = Stub(row).load()
    assert command.name == row.name
    assert tuple(getattr(command, "aliases", ())) == row.aliases
    assert (command.help or "").split("\n", maxsplit=1)[0] == row.summary


@pytest.mark.parametrize(("path", "command"), LEAVES, ids=[path for path, _ in LEAVES])
def test_every_word_of_a_command_is_explained(path: str, command: click.Command) -> None:
    assert isinstance(command, Leaf)
    for param in command.params:
        text = getattr(param, "help", None)
        assert text, f"{path}: {param.name} has no help"
        assert text[0].isupper(), f"{path}: {text!r}"
        assert text.endswith((".", "?")), f"{path}: {text!r}"
    assert command.help
    assert command.help.split("\n", maxsplit=1)[0].endswith(".")


@pytest.mark.parametrize(
    ("path", "line"), [(path, line) for path, leaf in LEAVES for line in getattr(leaf, "examples", ())]
)
def test_every_example_can_be_typed(path: str, line: str) -> None:
    words = shlex.split(line)
    assert f"swcli {line}".startswith(path)
    command, ctx = swcli, click.Context(swcli, info_name="swcli")
    while isinstance(command, click.Group):
        name, found, words = command.resolve_command(ctx, words)
        assert found is not None
        command, ctx = found, click.Context(found, parent=ctx, info_name=name)
    command.make_parser(ctx).parse_args(args=list(words))


def test_every_leaf_has_an_example() -> None:
    assert [path for path, leaf in LEAVES if not getattr(leaf, "examples", ())] == []


def test_no_two_options_of_a_command_share_a_spelling() -> None:
    for path, command in LEAVES:
        spellings = [word for param in command.params for word in (*param.opts, *param.secondary_opts)]
        options = [word for word in spellings if re.match("-", word)]
        assert len(options) == len(set(options)), path
