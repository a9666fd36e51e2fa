from __future__ import annotations

import json
from pathlib import Path

import pytest

from starwhale.core.errors import NotFound
from starwhale.worker.blame import Blame, blame

HERE = Path(__file__)


def caught(act: object) -> Exception:
    try:
        act()  # pyright: ignore[reportCallIssue]
    except Exception as error:  # noqa: BLE001 - whatever it is
        return error
    raise AssertionError("nothing was raised")


def own() -> None:
    raise ValueError("first line\nsecond line")


def deeper() -> None:
    json.loads("{")


def test_the_innermost_own_line_is_found_below_the_libraries() -> None:
    found = blame(caught(deeper), HERE.parent)
    assert found.place.startswith("test_blame.py:")
    assert found.line == 'json.loads("{")'
    assert found.error.startswith("JSONDecodeError: ")


def test_an_error_is_one_line() -> None:
    assert blame(caught(own), HERE.parent).error == "ValueError: first line"


def test_outside_the_work_directory_the_whole_path_is_told(tmp_path: Path) -> None:
    assert blame(caught(own), tmp_path).place.startswith(f"{HERE}:")


def test_an_error_of_ours_keeps_its_sentence() -> None:
    def act() -> None:
        raise NotFound("no dataset 'x'", hint="look")

    assert blame(caught(act), HERE.parent).error == "NotFound: no dataset 'x'"


def test_a_syntax_error_is_blamed_on_its_own_file(tmp_path: Path) -> None:
    path = tmp_path / "pkg" / "bad.py"
    error = caught(lambda: compile("x = 1\ndef f(:\n", str(path), "exec"))
    assert blame(error, tmp_path) == Blame(
        error="SyntaxError: invalid syntax", place="pkg/bad.py:2", line="def f(:"
    )


def test_an_error_without_a_text_is_its_name() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    def act() -> None:
        raise Mute

    assert blame(caught(act), HERE.parent).error == "Mute"


def test_an_error_that_never_was_raised_has_no_place() -> None:
    assert str(blame(KeyError("x"), HERE.parent)) == "KeyError: 'x'"


@pytest.mark.parametrize("found", [Blame(error="E", place="m.py:1", line="f()")])
def test_all_of_it_is_one_sentence(found: Blame) -> None:
    assert str(found) == "E at m.py:1: f()"
