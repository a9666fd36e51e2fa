from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator

import pytest
from starwhale.utils import console  # pyright: ignore[reportMissingImports]

from starwhale import init_logger
from starwhale.core.errors import UsageError


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    logger = logging.getLogger("starwhale")
    level, handlers = logger.level, list(logger.handlers)
    with warnings.catch_warnings():
        yield
    logger.setLevel(level)
    logger.handlers[:] = handlers


@pytest.mark.parametrize(("verbose", "level"), [(0, 40), (1, 30), (2, 20), (3, 10), (4, 5), (9, 5)])
def test_more_verbose_says_more(verbose: int, level: int) -> None:
    init_logger(verbose)
    assert logging.getLogger("starwhale").level == level


def test_the_environment_goes_before_the_argument(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SW_LOG_VERBOSE_COUNT", "2")
    init_logger(0)
    assert logging.getLogger("starwhale").level == logging.INFO


def test_calling_it_twice_says_nothing_twice() -> None:
    init_logger(1)
    before = len(logging.getLogger("starwhale").handlers)
    init_logger(2)
    assert len(logging.getLogger("starwhale").handlers) == before


def test_a_number_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="verbose is -1"):
        init_logger(-1)


def test_the_console_of_06_still_prints_and_logs(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    console.set_level(console.INFO)
    console.print("[bold]hello[/]", without_timestamp=True)
    console.rule("part")
    console.info("told", 3)
    console.debug("not told")
    assert "hello" in capsys.readouterr().out
    assert [record.getMessage() for record in caplog.records] == ["told 3"]
