from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.core.arguments import check, parse
from starwhale.core.errors import UsageError


def option(name: str, **more: Any) -> dict[str, Any]:
    spellings = [f"--{name}", *([f"--{name.replace('_', '-')}"] if "_" in name else [])]
    return {"name": name, "opts": spellings, **more}


SIZE = option("batch_size")
NAMES = option("names", multiple=True)
DEBUG = option("debug", is_flag=True)
RATE = option("rate", required=True)

values = st.text("abc019.=:/", min_size=1, max_size=6)


@given(values, values)
def test_an_option_is_read_in_every_spelling(first: str, second: str) -> None:
    assert parse([SIZE], ["--batch_size", first]) == {"batch_size": first}
    assert parse([SIZE], [f"--batch-size={first}"]) == {"batch_size": first}
    assert parse([SIZE], ["--batch-size", first, "--batch_size", second]) == {"batch_size": second}


@given(st.lists(values, max_size=4))
def test_an_option_that_may_be_repeated_is_a_list(given: list[str]) -> None:
    words = [word for value in given for word in ("--names", value)]
    assert parse([NAMES], words) == ({"names": given} if given else {})


def test_a_flag_can_be_set_and_unset() -> None:
    assert parse([DEBUG], ["--debug"]) == {"debug": True}
    assert parse([DEBUG], ["--no-debug"]) == {"debug": False}
    assert parse([DEBUG], []) == {}


def test_a_negative_number_is_a_value() -> None:
    assert parse([RATE], ["--rate", "-0.1"]) == {"rate": "-0.1"}


def test_options_of_other_handlers_are_passed_over() -> None:
    assert parse([SIZE], ["--rate", "3", "--batch_size", "4", "--debug"]) == {"batch_size": "4"}


def test_a_required_option_that_is_missing_is_told() -> None:
    with pytest.raises(UsageError, match="--rate must be given"):
        parse([RATE], [])


def test_an_option_without_its_value_is_told() -> None:
    with pytest.raises(UsageError, match="--rate"):
        parse([RATE], ["--rate"])


def test_words_that_all_handlers_together_understand_pass() -> None:
    check([SIZE, RATE, DEBUG, SIZE], ["--rate", "1", "--batch-size", "2", "--no-debug"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--batchsize", "3"], "did you mean --batch"),
        (["--zzz=3"], "known are"),
        (["stray"], "'stray'"),
        (["--rat", "3"], "did you mean --rate"),
    ],
)
def test_a_word_that_no_handler_understands_is_refused(words: list[str], said: str) -> None:
    with pytest.raises(UsageError) as told:
        check([SIZE, RATE, DEBUG], words)
    assert said in str(told.value)
