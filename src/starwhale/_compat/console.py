"""Printing for user code that was written for 0.6: `from starwhale.utils import console`.

`print` and `rule` go to stdout through Rich; levels go to the log of Starwhale.
"""

from __future__ import annotations

import logging
from typing import Any

CRITICAL = FATAL = logging.CRITICAL
ERROR = logging.ERROR
WARNING = WARN = logging.WARNING
INFO = logging.INFO
DEBUG = logging.DEBUG
TRACE = 5

_log = logging.getLogger("starwhale.user")


def __getattr__(name: str) -> Any:
    if name != "rich_console":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from rich.console import Console

    console = globals()["rich_console"] = Console(soft_wrap=True)
    return console


def _rich() -> Any:
    return globals().get("rich_console") or __getattr__("rich_console")


def set_level(level: int) -> None:
    """Show what is at least as grave as `level`."""
    logging.getLogger("starwhale").setLevel(level)


def print(*args: Any, **kwargs: Any) -> None:  # noqa: A001 - its name since 0.6
    """Print with the markup of Rich."""
    kwargs.pop("without_timestamp", None)
    _rich().print(*args, **kwargs)


def rule(*args: Any, **kwargs: Any) -> None:
    """Print a line across the terminal."""
    _rich().rule(*args, **kwargs)


def print_exception(*args: Any, **kwargs: Any) -> None:
    """Print the exception that is being handled."""
    _rich().print_exception(*args, **kwargs)


def log(*args: Any) -> None:
    """Tell something of the level of information."""
    _tell(INFO, args)


info = log


def trace(*args: Any) -> None:
    """Tell the finest detail."""
    _tell(TRACE, args)


def debug(*args: Any) -> None:
    """Tell a detail."""
    _tell(DEBUG, args)


def warn(*args: Any) -> None:
    """Warn."""
    _tell(WARNING, args)


warning = warn


def error(*args: Any) -> None:
    """Tell an error."""
    _tell(ERROR, args)


def exception(*args: Any) -> None:
    """Tell an error with the exception that is being handled."""
    _log.error(" ".join(map(str, args)), exc_info=True)


def fatal(*args: Any) -> None:
    """Tell what ends the program."""
    _tell(FATAL, args)


def _tell(level: int, args: tuple[Any, ...]) -> None:
    if _log.isEnabledFor(level):
        _log.log(level, " ".join(map(str, args)))
