"""The guard of a worker: a tiny process that outlives nobody and lets nothing outlive the worker.

It waits in the kernel for the end of the scheduler or of the worker, whichever comes first and however it
comes, and then kills the whole group: the worker, what the user's code has started, and itself. The worker
cannot do that for itself: a killed process acts no more, and code that holds the interpreter hears nothing.

What has left the group is killed too, by the mark that all have inherited. That is the scheduler's business
as long as it lives; when it is gone, a child of the guard does it, that has left the group itself.
"""

from __future__ import annotations

import os
import select
import signal
import sys
from contextlib import suppress

from starwhale.kit.leftovers import TREE, kill_marked

#: More than a guard can have: it has those that the worker began with.
MOST_DESCRIPTORS = 1024


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
    ends = _register(poll, worker), _register(poll, scheduler)
    happened = {descriptor for descriptor, _ in poll.poll(0 if None in ends else None)}
    orphaned = ends[1] is None or bool(happened - {ends[0]})
    if orphaned and TREE in os.environ and sys.platform == "linux":
        # Where there may be no further process, the group is killed all the same.
        with suppress(OSError):
            child = os.fork()
            if child == 0:
                _clear_up(os.getpgid(0))
            os.waitpid(child, 0)
    os.killpg(os.getpgid(0), signal.SIGKILL)


def _clear_up(group: int) -> None:
    """Kill the group and what has left it, in a child of the guard that leaves it itself."""
    os.setsid()
    os.killpg(group, signal.SIGKILL)
    # The log, the lifeline and the scheduler's socket are nothing to hold open.
    os.closerange(0, MOST_DESCRIPTORS)
    kill_marked(TREE, {os.environ[TREE]})
    os._exit(0)


def _register(poll: select.poll, process: int) -> int | None:
    """Have `poll` wait for the end of a process as well.

    Exact, where the kernel has it: children of the scheduler may hold copies of the lifeline. Elsewhere the
    scheduler itself ends what a dead worker leaves.

    Returns:
        The descriptor that tells of it, -1 where there is none; None where it has ended already.
    """
    if sys.platform != "linux":
        return -1
    try:
        descriptor = os.pidfd_open(process)
    except ProcessLookupError:
        return None
    except OSError:
        return -1
    poll.register(descriptor, select.POLLIN)
    return descriptor
