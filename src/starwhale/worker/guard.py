"""The guard of a worker: a tiny process that outlives nobody and lets nothing outlive the worker.

It waits in the kernel for the end of the scheduler or of the worker, whichever comes first and however it
comes, and then kills the whole group: the worker, what the user's code has started, and itself. The worker
cannot do that for itself: a killed process acts no more, and code that holds the interpreter hears nothing.
"""

from __future__ import annotations

import os
import select
import signal
import sys


def post_guard(lifeline: int, scheduler: int) -> None:
    """Start the guard. To be called before there are threads, and before anything heavy is imported.

    It is no child of the worker, for the user's code may wait for its own children to end.

    Args:
        lifeline: Descriptor that ends when the scheduler does. Closed in the worker.
        scheduler: Process id of the scheduler.
    """
    worker = os.getpid()
    between = os.fork()
    if between == 0:
        try:
            if os.fork() == 0:
                _watch(lifeline, worker, scheduler)
        finally:
            os._exit(0)
    os.waitpid(between, 0)
    os.close(lifeline)


def _watch(lifeline: int, worker: int, scheduler: int) -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    poll = select.poll()
    poll.register(lifeline, select.POLLHUP)
    if _register(poll, worker) and _register(poll, scheduler):
        poll.poll()
    os.killpg(os.getpgid(0), signal.SIGKILL)


def _register(poll: select.poll, process: int) -> bool:
    """Have `poll` wait for the end of a process as well; False where it has ended already.

    Exact, where the kernel has it: children of the scheduler may hold copies of the lifeline. Elsewhere the
    scheduler itself ends what a dead worker leaves.
    """
    if sys.platform == "linux":
        try:
            poll.register(os.pidfd_open(process), select.POLLIN)
        except ProcessLookupError:
            return False
        except OSError:
            return True
    return True
