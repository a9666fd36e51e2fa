"""What went wrong is told without driving the terminal, whoever has worded it."""

from __future__ import annotations

import json
import logging
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx2

from starwhale.cli.frame import Noun
from starwhale.client.http import Http
from starwhale.core.errors import StarwhaleError

if TYPE_CHECKING:
    from tests.terminal import Terminal

HOSTILE = "a\x1b[2Jb\x9b2Jc\u202ed"
SHOWN = r"a\x1b[2Jb\x9b2Jc\u202ed"


def failing(cause: Exception | None = None) -> Noun:
    """A command that a server refuses, or that fails for this cause."""
    root = Noun(name="swcli")

    @root.leaf("fail", help="Fail.")
    def fail() -> None:
        logging.getLogger("httpx2").info('HTTP Request: GET "HTTP/1.1 404 %s"', HOSTILE)
        if cause is not None:
            raise StarwhaleError(f"job failed: {cause}") from cause
        problem = {"code": "not_found", "detail": f"no {HOSTILE}", "hint": HOSTILE}
        told = json.dumps(problem, ensure_ascii=False).encode()
        with Http("http://localhost:1") as http:
            http.checked(httpx2.Response(404, content=told))

    return root


@contextmanager
def log_lines() -> Generator[None]:
    """Log lines go where swcli sends them, and no longer than the block lasts."""
    root, own = logging.getLogger(), logging.getLogger("starwhale")
    handlers, levels = root.handlers[:], (root.level, own.level)
    root.handlers.clear()
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(levels[0])
        own.setLevel(levels[1])


def test_a_problem_that_a_server_tells(terminal: Terminal) -> None:
    ran = terminal("fail", root=failing())
    assert ran.err == f"Error: no {SHOWN} ({SHOWN})\n"


def test_why_a_job_failed(terminal: Terminal) -> None:
    ran = terminal("fail", root=failing(ValueError(HOSTILE)))
    assert ran.err == f"Error: job failed: {SHOWN}\n"


def test_a_log_line(terminal: Terminal) -> None:
    with log_lines():
        ran = terminal("-v", "fail", root=failing())
    assert ran.err.splitlines()[0] == f'INFO httpx2: HTTP Request: GET "HTTP/1.1 404 {SHOWN}"'


def test_a_traceback_keeps_its_lines_and_nothing_else(terminal: Terminal) -> None:
    with log_lines():
        ran = terminal("-vv", "fail", root=failing(ValueError(HOSTILE)))
    assert f"\nValueError: {SHOWN}\n" in ran.err
    assert f"StarwhaleError: job failed: {SHOWN}\n" in ran.err
    assert not {"\x1b", "\x9b", "\u202e"} & set(ran.err)
