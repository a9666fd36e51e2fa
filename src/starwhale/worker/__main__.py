"""``python -P -m starwhale.worker``: the one program that runs tasks. Executors start it."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser

from starwhale.worker.guard import post_guard


def main(words: list[str]) -> None:
    """Serve the scheduler until it hangs up."""
    parser = ArgumentParser(prog="python -m starwhale.worker")
    parser.add_argument("--control", type=int, required=True, help="descriptor of the scheduler's socket")
    parser.add_argument("--lifeline", type=int, required=True, help="descriptor that ends with the scheduler")
    parser.add_argument("--parent", type=int, required=True, help="process id of the scheduler")
    parser.add_argument("--context", required=True, help="what to build the services with: module:function")
    given = parser.parse_args(words)
    post_guard(given.lifeline, given.parent)

    from starwhale.worker.session import Session

    os.set_inheritable(given.control, False)
    Session(given.control, given.context).serve()


if __name__ == "__main__":
    main(sys.argv[1:])
