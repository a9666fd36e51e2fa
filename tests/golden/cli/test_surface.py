"""Scripts written for swcli 0.6 find the same words, options and defaults here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import click
import pytest
from tests.golden.cli.tree import HERE, walk

OLD = HERE / "starwhale-0.6.txt"
OPTION = re.compile(r"(?P<names>(?:ARG )?\S+)(?: nargs= (?P<nargs>-?\d+) req= (?P<req>\w+))? ?(?P<rest>.*)")

# What is not built yet. A line leaves this list in the change that brings the thing.
LATER_COMMANDS = {
    "swcli assistance",
    "swcli assistance host",
    "swcli assistance remote",
    "swcli assistance wait-console",
    "swcli board",
    "swcli debug",
    "swcli debug ds",
    "swcli debug ds scan",
    "swcli debug ds tables",
    "swcli ui",
}
LATER_OPTIONS = {
    "swcli job info": {"--web"},
}
LATER_ALIASES: dict[str, set[str]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Old:
    """One option or argument of 0.6."""

    argument: bool
    names: frozenset[str]
    default: str
    multiple: bool
    flag: bool
    hidden: bool
    required: bool


def read_old() -> tuple[dict[str, list[Old]], dict[str, dict[str, str]]]:
    commands: dict[str, list[Old]] = {}
    aliases: dict[str, dict[str, str]] = {}
    current: list[Old] = []
    for line in OLD.read_text().splitlines()[1:]:
        text = line.strip()
        if head := re.match(r"(?:###|-) (swcli[ \w-]*?)(?:  \(aliases (\{.*\})\))?(?:  hidden)?$", text):
            path = head[1]
            current = commands.setdefault(path, [])
            if head[2]:
                aliases[path] = dict(re.findall(r"'(\w+)': '(\w+)'", head[2]))
        elif text:
            current.append(_old(text))
    return commands, aliases


def _old(text: str) -> Old:
    argument = text.startswith("ARG ")
    names, _, rest = text.removeprefix("ARG ").partition(" ")
    default = re.search(r"default= ?(\S*)", rest.removesuffix("hidden"))
    return Old(
        argument=argument,
        names=frozenset([names] if argument else names.split("/")),
        default=default[1] if default else "",
        multiple=" multi" in rest or "nargs= -1" in rest,
        flag=" flag" in rest,
        hidden=rest.endswith("hidden"),
        required="req= True" in rest,
    )


COMMANDS, ALIASES = read_old()
OURS = dict(walk())


def later(path: str) -> bool:
    return path in LATER_COMMANDS


def test_the_table_of_old_commands_was_read() -> None:
    assert len(COMMANDS) > 80
    assert sum(map(len, COMMANDS.values())) > 250


@pytest.mark.parametrize("path", [path for path in COMMANDS if not later(path)])
def test_an_old_command_is_here_with_its_options(path: str) -> None:
    ours = OURS[path].params
    missing = LATER_OPTIONS.get(path, set())
    for old in COMMANDS[path]:
        if old.names & missing:
            assert not any(old.names & _names(param) for param in ours), f"{old.names} is here by now"
            continue
        _compare(path, old, ours)


def _compare(path: str, old: Old, ours: list[click.Parameter]) -> None:
    found = [param for param in ours if _is(param, old)]
    assert found, f"{path} has no {sorted(old.names)}"
    assert old.names <= frozenset().union(*map(_names, found)), f"{path}: {sorted(old.names)}"
    for param in found:
        assert (param.multiple or param.nargs == -1) == old.multiple, f"{path}: {sorted(old.names)} repeats"
        if isinstance(param, click.Argument):
            assert param.required == old.required, f"{path}: {param.name} is required"
            continue
        assert isinstance(param, click.Option)
        assert param.is_flag == old.flag, f"{path}: {sorted(old.names)} is a flag"
        assert param.hidden == old.hidden, f"{path}: {sorted(old.names)} is hidden"
        # What a file or the environment may set as well has its default in its help only; an option that does
        # nothing any more is hidden, and needs none.
        told = param.hidden or f"{_said(old)} by default" in (param.help or "")
        assert _default(param) == _said(old) or told, f"{path}: default of {sorted(old.names)}"


def _is(param: click.Parameter, old: Old) -> bool:
    if old.argument:
        return isinstance(param, click.Argument) and param.name in old.names
    return bool(old.names & _names(param))


def _names(param: click.Parameter) -> frozenset[str]:
    return frozenset([*param.opts, *param.secondary_opts])


def _default(param: click.Option) -> str:
    value: Any = param.to_info_dict()["default"]
    if value is None or value is False or value in ((), []):
        return ""
    return "True" if param.is_flag and value == param.flag_value else str(value)


def _said(old: Old) -> str:
    return "" if old.default in {"None", "False", "[]"} else old.default


@pytest.mark.parametrize("path", sorted(ALIASES))
def test_old_aliases_lead_where_they_led(path: str) -> None:
    if later(path):
        pytest.skip("the command is not built yet")
    group = OURS[path]
    for alias, name in ALIASES[path].items():
        if alias in LATER_ALIASES.get(path, set()):
            continue
        assert group.word(alias) == name  # pyright: ignore[reportAttributeAccessIssue]


def test_the_list_of_what_comes_later_is_kept_short() -> None:
    assert {path for path in COMMANDS if later(path)}.isdisjoint(OURS)
    assert set(COMMANDS) >= LATER_COMMANDS
