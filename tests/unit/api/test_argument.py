from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal, Optional, Union

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale import Context, argument
from starwhale.api import context
from starwhale.api.options import options_of, value_of
from starwhale.core.arguments import parse
from starwhale.core.errors import InvalidSpec, UsageError
from starwhale.core.handlers import registered


class Mode(Enum):
    FAST = "fast"
    EXACT = "exact"


@dataclass
class Options:
    rate: float
    size: int = field(default=64, metadata={"help": "side of the image"})
    names: list[str] = field(default_factory=list)
    mode: Mode = Mode.FAST
    level: Literal[1, 2] = 1
    debug: bool = False
    shuffle: bool = True
    limit: Optional[int] = None  # noqa: UP045 - users write it so
    batch: int | None = None
    seed: Union[int, str] = "random"  # noqa: UP007
    more: dict[str, Any] = field(default_factory=dict)
    secret: str = field(default="", metadata={"hidden": True})
    computed: int = field(default=0, init=False)


def test_options_become_the_fields_of_the_dataclass() -> None:
    words = "--rate 0.5 --size 32 --names a --names b --mode exact --level 2 --debug --no-shuffle --limit 4"
    more = ["--batch", "8", "--seed", "12", "--more", "k=v", "--more"]
    assert value_of(Options, [*words.split(), *more, '{"n": [1]}']) == Options(
        rate=0.5,
        size=32,
        names=["a", "b"],
        mode=Mode.EXACT,
        level=2,
        debug=True,
        shuffle=False,
        limit=4,
        batch=8,
        seed=12,
        more={"k": "v", "n": [1]},
    )


def test_what_is_not_given_has_its_default() -> None:
    assert value_of(Options, ["--rate", "1"]) == Options(rate=1.0)


def test_a_union_with_text_falls_back_to_text() -> None:
    assert value_of(Options, ["--rate", "1", "--seed", "none"]).seed == "none"


@given(st.integers(), st.floats(allow_nan=False))
def test_numbers_survive_their_text(size: int, rate: float) -> None:
    read = value_of(Options, [f"--rate={rate!r}", f"--size={size}"])
    assert (read.rate, read.size) == (rate, size)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--size 1.5", "--size is '1.5', expected a whole number"),
        ("--rate x", "--rate is 'x', expected a number"),
        ("--mode slow", "expected one of fast, exact"),
        ("--level 3", "expected one of 1, 2"),
        ("--more x", "KEY=VALUE or a JSON object"),
        ("--size 3", "--rate must be given"),
    ],
)
def test_a_text_that_is_no_value_is_told(words: str, said: str) -> None:
    with pytest.raises(UsageError) as told:
        value_of(Options, (["--rate", "1"] if "must be given" not in said else []) + words.split())
    assert said in str(told.value)


def test_options_can_be_stored_and_drawn_as_a_form() -> None:
    options = json.loads(json.dumps(options_of(Options)))
    assert "computed" not in options
    assert options["size"] == {
        "name": "size",
        "type": {"name": "integer", "param_type": "INT", "choices": None, "case_sensitive": True},
        "required": False,
        "multiple": False,
        "is_flag": False,
        "default": "64",
        "help": "side of the image",
        "hidden": False,
        "opts": ["--size"],
    }
    assert options["rate"]["required"]
    assert options["rate"]["default"] is None
    assert options["mode"]["type"]["choices"] == ["fast", "exact"]
    assert options["mode"]["default"] == "fast"
    assert options["names"]["multiple"]
    assert options["debug"]["is_flag"]
    assert options["secret"]["hidden"]


def test_what_is_no_dataclass_is_refused() -> None:
    for kind in (dict, Mode, 3):
        with pytest.raises(InvalidSpec, match="dataclass"):
            argument([kind])


@dataclass
class Other:
    depth: int = 1


def test_a_function_gets_one_instance_or_a_list_of_them() -> None:
    context.enter(Context(run_project="self", arguments=["--depth", "3", "--rate", "2"]))
    assert argument(Other)(lambda argument: argument)() == Other(depth=3)
    both = argument([Options, Other], inject_name="given")(lambda given: given)()
    assert both == [Options(rate=2.0), Other(depth=3)]


def test_outside_a_task_the_defaults_are_used_and_a_caller_may_pass_his_own() -> None:
    function = argument(Other)(lambda argument: argument)
    assert function() == Other()
    assert function(argument=Other(depth=9)) == Other(depth=9)


def test_the_words_of_the_next_task_are_read_anew() -> None:
    function = argument(Other)(lambda argument: argument)
    for depth in (1, 2):
        context.enter(Context(run_project="self", arguments=["--depth", str(depth)]))
        assert function() == Other(depth=depth)
        assert function() is function()


@pytest.mark.parametrize("order", ["@argument(Args)\n@handler()", "@handler()\n@argument(Args)"])
def test_a_handler_carries_its_options_whichever_decorator_comes_first(
    module: Callable[[str], Any], order: str
) -> None:
    user = module(f"""
from dataclasses import dataclass
from starwhale import argument, handler

@dataclass
class Args:
    depth: int = 1

{order}
def train(argument): return argument.depth
""")
    ((spec, function),) = registered().values()
    assert list(spec.arguments) == [f"{user.__name__}:Args"]
    assert spec.arguments[f"{user.__name__}:Args"]["depth"]["default"] == "1"
    context.enter(Context(run_project="self", arguments=["--depth", "5"]))
    assert function() == 5


def test_a_value_that_cannot_be_is_refused_before_anything_runs() -> None:
    def option(name: str, kind: str, choices: list[str] | None = None) -> dict[str, Any]:
        return {"name": name, "opts": [f"--{name}"], "type": {"name": kind, "choices": choices}}

    options = [option("size", "integer"), option("mode", "choice", ["fast", "slow"]), option("name", "text")]
    assert parse(options, ["--size", "3", "--mode", "fast", "--name", "x"])["size"] == "3"
    with pytest.raises(UsageError, match="expected a whole number"):
        parse(options, ["--size", "1.5"])
    with pytest.raises(UsageError, match="expected one of fast, slow") as refused:
        parse(options, ["--mode", "fats"])
    assert refused.value.hint == "did you mean fast?"
