"""Entry of `swcli`: the root command, and what becomes of its errors."""

from __future__ import annotations

import contextlib
import io
import os
import select
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import rich_click as click
from click.exceptions import Exit

from starwhale.cli.failures import BROKEN_PIPE, Failure, describe
from starwhale.cli.frame import Noun, Stub
from starwhale.cli.plain import visible
from starwhale.cli.session import TRACEBACKS, Session
from starwhale.cli.table import ROWS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NAMES = ("swcli", "sw", "starwhale")


def _print_version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"swcli {version('starwhale')}")
        ctx.exit(0)


def _root() -> Noun:
    version = click.RichOption(
        ["--version"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_print_version,
        help="Print the version and exit.",
    )
    return Noun(
        name="swcli",
        help="Manage the life of machine-learning models: datasets, models, evaluations.",
        params=[version],
        commands={row.name: Stub(row) for row in ROWS},
    )


swcli = _root()


def run(
    argv: Sequence[str], *, environ: Mapping[str, str], root: click.Command = swcli, name: str = "swcli"
) -> int:
    """Run one command line.

    Args:
        argv: Words after the program's name.
        environ: Environment variables.
        root: The tree of commands.
        name: How the user called us.

    Returns:
        Exit status. Nothing is raised: what went wrong is one sentence on stderr.
    """
    session = Session(environ)
    try:
        status = _invoke(root, name, argv, session)
        # a full disk or a closed pipe must be noticed here, not while the interpreter dies
        sys.stdout.flush()
    except BaseException as error:  # noqa: BLE001  the last catch of the process
        return _report(error, session)
    return status


def _invoke(root: click.Command, name: str, argv: Sequence[str], session: Session) -> int:
    try:
        with root.make_context(name, list(argv), obj=session) as ctx:
            root.invoke(ctx)
    except Exit as left:
        return left.exit_code
    finally:
        session.close()
    return 0


def _report(error: BaseException, session: Session) -> int:
    if isinstance(error, BrokenPipeError) and _reader_is_gone():
        _silence_stdout()
        return BROKEN_PIPE
    failure = describe(error)
    if session.verbose >= TRACEBACKS:
        import traceback

        _write("".join(traceback.format_exception(error)))
    _say(failure, environ=session.environ)
    if isinstance(error, OSError):
        _silence_stdout()
    return failure.status


def _say(failure: Failure, *, environ: Mapping[str, str]) -> None:
    colour = sys.stderr.isatty() and not environ.get("NO_COLOR")
    label = "\x1b[1;31mError:\x1b[0m" if colour else "Error:"
    _write(f"{failure.sentence}\n", label=f"{label} ")


def _write(text: str, *, label: str = "") -> None:
    with contextlib.suppress(OSError):  # nobody is left to be told
        # servers and code of models say much of what went wrong
        sys.stderr.write(label + visible(text))
        sys.stderr.flush()


def _reader_is_gone() -> bool:
    """True when stdout is a pipe that nobody reads; a broken pipe to a worker is another matter."""
    try:
        watch = select.poll()
        watch.register(sys.stdout.fileno(), select.POLLOUT)
    except (OSError, ValueError):
        return False
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in watch.poll(0))


def _silence_stdout() -> None:
    """Let what is still in the buffer go nowhere, so that the interpreter does not try it again."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _complete(name: str, environ: Mapping[str, str]) -> int | None:
    """Answer the shell when it asks what could come next; None when it did not ask."""
    variable = f"_{name}_COMPLETE".upper()
    instruction = environ.get(variable)
    if not instruction:
        return None
    from click.shell_completion import shell_complete

    return shell_complete(swcli, {"obj": Session(environ)}, name, variable, instruction)


def main() -> NoReturn:
    """Entry point of the installed scripts."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a name the terminal cannot show must not end the run
    name = Path(sys.argv[0]).name
    name = name if name in NAMES else NAMES[0]
    status = _complete(name, os.environ)
    sys.exit(run(sys.argv[1:], environ=os.environ, name=name) if status is None else status)
