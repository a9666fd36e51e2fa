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
from contextlib import suppress


def post_guard(lifeline: int, scheduler: int) -> None:
    """Fork the guard. To be called before there are threads, and before anything heavy is imported.

    Args:
        lifeline: Descriptor that ends when the scheduler does. Closed in the worker.
        scheduler: Process id of the scheduler.
    """
    worker = os.getpid()
    if os.fork() == 0:
        try:
            _watch(lifeline, worker, scheduler)
        finally:
            os._exit(0)
    os.close(lifeline)


def _watch(lifeline: int, worker: int, scheduler: int) -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    group = os.getpgid(0)
    poll = select.poll()
    poll.register(lifeline, select.POLLHUP)
    for process in (worker, scheduler):
        # Exact, where the kernel has it: children of the scheduler may hold copies of the lifeline.
        descriptor = _pidfd(process)
        if descriptor is not None:
            poll.register(descriptor, select.POLLIN)
    # Whoever was gone before the descriptors were opened is noticed here.
    if os.getppid() == worker:
        poll.poll()
    os.killpg(group, signal.SIGKILL)


def _pidfd(process: int) -> int | None:
    if sys.platform == "linux":
        with suppress(OSError):
            return os.pidfd_open(process)
    return None
