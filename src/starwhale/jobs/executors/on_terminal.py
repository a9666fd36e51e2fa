"""The first moments of a program beside a worker: its terminal, its signals, its limits, its directory.

Run by its path, with an interpreter that imports nothing else: what it becomes is none of ours.
Standard input is the terminal; the words are ``WORKDIR LIMITS RIGHTS PROGRAM WORD ...``, the limits being
``NAME=SOFT:HARD,...`` and the rights ``bound`` where no program may get more than it begins with.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import resource
import signal
import sys
import termios
from contextlib import suppress

#: What shells say of a program that is not there, and of one that cannot be run.
MISSING, UNFIT = 127, 126
BOUND = "bound"
# As in `kit.rights`, of which nothing can be imported here.
_NO_NEW_PRIVILEGES = 38


def main(workdir: str, limits: str, rights: str, *command: str) -> None:
    """Become the program."""
    if rights == BOUND and ctypes.CDLL(None).prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        sys.exit(UNFIT)
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    # A server that was started in the background ignores Ctrl-C, and Python ignores pipes that nobody reads;
    # both would last, for what is ignored stays so.
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        with suppress(OSError):  # those that the C library keeps for itself
            signal.signal(number, signal.SIG_DFL)
    for each in filter(None, limits.split(",")):
        name, _, both = each.partition("=")
        soft, hard = map(int, both.split(":"))
        with suppress(ValueError, OSError):  # it is held to less already
            resource.setrlimit(getattr(resource, name), (soft, hard))
    try:
        os.chdir(workdir)
    except OSError as error:
        print(f"{workdir}: {error.strerror}", file=sys.stderr)  # noqa: T201 - the terminal of whoever asked
        os.chdir("/")
    try:
        os.execvp(command[0], command)  # noqa: S606 - what was asked for
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr)  # noqa: T201 - as above
        os._exit(MISSING if isinstance(error, FileNotFoundError) else UNFIT)


if __name__ == "__main__":
    main(*sys.argv[1:])
