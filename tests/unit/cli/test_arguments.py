"""What `swcli model run --show-argument` tells."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Literal

import pytest

from starwhale.api.options import options_of
from starwhale.cli.arguments import show_arguments
from starwhale.cli.output import Output
from starwhale.core.handlers import HandlerSpec


@dataclass
class Greeting:
    name: str = field(default="world", metadata={"help": "whom to greet"})
    tone: Literal["low", "high"] = "low"
    times: list[int] = field(default_factory=list[int])
    polite: bool = True
    secret: str = field(default="", metadata={"hidden": True})
    loud: int = field(kw_only=True)


def shown(capsys: pytest.CaptureFixture[str], kind: type, *, as_json: bool) -> str:
    spec: Any = SimpleNamespace(id="work:greet")
    out = Output(json=as_json, environ={"COLUMNS": "100"})
    session: Any = SimpleNamespace(json=as_json, out=out)
    known: list[tuple[HandlerSpec, Any]] = [(spec, option) for option in options_of(kind).values()]
    show_arguments(session, known)
    return capsys.readouterr().out


def test_everything_one_must_know_to_give_an_argument_is_in_the_table(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert shown(capsys, Greeting, as_json=False).splitlines() == [
        "OPTION    TYPE                 REQUIRED  DEFAULT  CHOICES    HELP",
        "--loud    integer              yes",
        "--name    text                 no        world               whom to greet",
        "--tone    choice               no        low      low, high",
        "--times   integer, repeatable  no",
        "--polite  flag                 no        True",
    ]


def test_json_has_the_same_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    told = {each["option"]: each for each in json.loads(shown(capsys, Greeting, as_json=True))}
    assert told["--loud"] == {
        "handler": "work:greet",
        "option": "--loud",
        "type": "integer",
        "required": True,
        "default": None,
        "choices": [],
        "multiple": False,
        "is_flag": False,
        "help": "",
    }
    assert told["--tone"]["choices"] == ["low", "high"]
    assert told["--times"]["multiple"]
    assert told["--polite"]["is_flag"]
    assert "--secret" not in told
