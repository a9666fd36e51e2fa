"""``python -P -m starwhale.worker``: the one program that runs tasks. Executors start it.

With ``--template CONTROL SCHEDULER`` it is the template of such programs, which come out of it by forking.
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from pathlib import Path

from starwhale.kit.rights import renounce
from starwhale.worker.guard import post_guard


def main(words: list[str]) -> None:
    """Serve the scheduler until it hangs up."""
    if words[:1] == ["--template"]:
        from starwhale.worker.template import serve

        words = serve(int(words[1]), int(words[2]))
    parser = ArgumentParser(prog="python -m starwhale.worker")
    parser.add_argument("--control", type=int, required=True, help="descriptor of the scheduler's socket")
    parser.add_argument("--lifeline", type=int, required=True, help="descriptor that ends with the scheduler")
    parser.add_argument("--parent", type=int, required=True, help="process id of the scheduler")
    parser.add_argument("--context", required=True, help="what to build the services with: module:function")
    parser.add_argument(
        "--limit", action="append", default=[], help="what the system is to hold it to: NAME=N"
    )
    given = parser.parse_args(words)
    if _is_of_another(given.parent):
        renounce()
    _keep_within(given.limit)
    post_guard(given.lifeline, given.parent)

    from starwhale.worker.session import Session

    os.set_inheritable(given.control, False)
    Session(given.control, given.context).serve()


def _is_of_another(scheduler: int) -> bool:
    """Whether we run as another user than who has started us, or cannot know."""
    try:
        return Path("/proc", str(scheduler)).stat().st_uid != os.getuid()
    except OSError:
        return sys.platform == "linux"


def _keep_within(limits: list[str]) -> None:
    """Have the system hold this process, and all that it starts, to some limits."""
    for each in limits:
        import resource

        name, _, value = each.partition("=")
        number, wanted = getattr(resource, name), int(value)
        _, most = resource.getrlimit(number)
        least = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
        resource.setrlimit(number, (least, least))


if __name__ == "__main__":
    main(sys.argv[1:])
