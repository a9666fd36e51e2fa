from __future__ import annotations

import errno
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click
import pytest

from starwhale.cli.failures import describe
from starwhale.cli.frame import Noun
from starwhale.core import errors
from starwhale.core.errors import StarwhaleError

if TYPE_CHECKING:
    from tests.terminal import Terminal


def every(kind: type[StarwhaleError]) -> Iterator[type[StarwhaleError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from every(child)


def failing(error: BaseException) -> Noun:
    root = Noun(name="swcli")

    @root.leaf("fail", help="Fail.")
    def fail() -> None:
        raise error

    return root


@pytest.mark.parametrize("kind", [k for k in every(StarwhaleError) if k.__module__ == errors.__name__])
def test_every_error_is_one_sentence_with_its_own_status(
    terminal: Terminal, kind: type[StarwhaleError]
) -> None:
    ran = terminal("fail", root=failing(kind("nothing works", hint="try `swcli check`")))
    assert ran.status == kind.exit_status
    assert ran.err == "Error: nothing works (try `swcli check`)\n"
    assert ran.out == ""


def test_a_status_belongs_to_one_branch_of_the_tree() -> None:
    branches = {kind.exit_status for kind in every(StarwhaleError)}
    assert 0 not in branches
    assert {kind.exit_status for kind in every(errors.UsageError)} == {2}


def test_ctrl_c_is_the_status_that_shells_expect(terminal: Terminal) -> None:
    ran = terminal("fail", root=failing(KeyboardInterrupt()))
    assert (ran.status, ran.err) == (130, "Error: canceled\n")


def test_a_fault_of_ours_is_a_sentence_too(terminal: Terminal) -> None:
    ran = terminal("fail", root=failing(ZeroDivisionError("division\nby zero")))
    assert ran.status == 1
    assert ran.err.startswith("Error: unexpected ZeroDivisionError: division by zero (")
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("words", [["-vv", "fail"], ["fail", "-vv"], ["-v", "fail", "-v"]])
def test_the_traceback_is_there_for_who_asks(terminal: Terminal, words: list[str]) -> None:
    ran = terminal(*words, root=failing(ZeroDivisionError("x")))
    assert "Traceback" in ran.err
    assert ran.err.splitlines()[-1].startswith("Error: unexpected ZeroDivisionError")


def test_a_full_disk_has_the_status_of_a_full_store(terminal: Terminal) -> None:
    for number in (errno.ENOSPC, errno.EDQUOT):
        ran = terminal("fail", root=failing(OSError(number, "No space left on device", "/x/y")))
        assert ran.status == errors.StorageFull.exit_status
        assert ran.err == "Error: no space left for /x/y (free some and run again)\n"


def test_a_file_that_cannot_be_used_is_named() -> None:
    failure = describe(PermissionError(errno.EACCES, "Permission denied", "/x/y"))
    assert failure.sentence == "cannot use /x/y: Permission denied"


def test_a_wrong_option_says_where_the_right_ones_are(terminal: Terminal) -> None:
    ran = terminal("fail", "--verbos", root=failing(ValueError()))
    assert ran.status == 2
    assert ran.err.startswith("Error: no such option '--verbos'")
    assert "'--verbose'" in ran.err
    assert ran.err.endswith("(see `swcli fail --help`)\n")


def test_messages_of_click_are_told_in_our_form() -> None:
    assert describe(click.ClickException("Could not  do\nit.")).sentence == "could not do it"


def test_a_pipe_that_broke_elsewhere_is_not_hidden(terminal: Terminal) -> None:
    ran = terminal("fail", root=failing(BrokenPipeError(errno.EPIPE, "Broken pipe")))
    assert ran.status == 1
    assert "Broken pipe" in ran.err
