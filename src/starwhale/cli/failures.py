"""What an exception means to somebody at a terminal: one sentence and an exit status."""

from __future__ import annotations

import errno
from dataclasses import dataclass

import click

from starwhale.core.errors import StarwhaleError, StorageFull

CANCELED = 130  # what a shell reports for a program that Ctrl-C ended
BROKEN_PIPE = 141  # the same for SIGPIPE
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """How a run ended badly.

    Attributes:
        sentence: What to print after `Error: `.
        status: Exit status of the process.
        expected: False for a fault of our own, which deserves a report.
    """

    sentence: str
    status: int
    expected: bool = True


def describe(error: BaseException) -> Failure:
    """Translate any exception that reached the top of a command."""
    match error:
        case StarwhaleError():
            return Failure(sentence=str(error), status=error.exit_status)
        case click.exceptions.Abort() | KeyboardInterrupt() | EOFError():
            return Failure(sentence="canceled", status=CANCELED)
        case click.UsageError():
            return Failure(sentence=_usage(error), status=error.exit_code)
        case click.ClickException():
            return Failure(sentence=_lowered(error.format_message()), status=error.exit_code)
        case OSError() if error.errno in _FULL:
            full = StorageFull(
                f"no space left for {error.filename or 'the output'}", hint="free some and run again"
            )
            return Failure(sentence=str(full), status=full.exit_status)
        case OSError() if error.strerror:
            where = f" {error.filename}" if error.filename else ""
            return Failure(sentence=f"cannot use{where or ' a file'}: {error.strerror}", status=1)
        case MemoryError():
            return Failure(sentence="out of memory", status=1)
        case _:
            return _fault(error)


def _usage(error: click.UsageError) -> str:
    message = _lowered(error.format_message())
    if error.ctx is None:
        return message
    return f"{message} (see `{error.ctx.command_path} --help`)"


def _lowered(message: str) -> str:
    message = " ".join(message.split()).rstrip(".")
    return message[:1].lower() + message[1:]


def _fault(error: BaseException) -> Failure:
    detail = " ".join(str(error).split())
    what = f"{type(error).__name__}: {detail}" if detail else type(error).__name__
    hint = "a fault of swcli itself; -vv shows the traceback to report"
    return Failure(sentence=f"unexpected {what} ({hint})", status=1, expected=False)
