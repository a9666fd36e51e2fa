"""``python -P -m starwhale.server.collector DESCRIPTOR SECONDS``: collect the garbage of a server once.

A process of its own: what it has to read and to remember costs the answering of requests neither the
interpreter nor memory. The result goes to the descriptor, a JSON document a line.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import asdict
from datetime import timedelta

from starwhale.core.errors import StarwhaleError
from starwhale.core.settings import Settings
from starwhale.kit.children import Answers, die_with_parent
from starwhale.server.collecting import collect
from starwhale.server.services import Services

#: Everything else that this machine does is more urgent.
_NICE = 10


def main(arguments: list[str]) -> None:
    """Collect, answer, and end the process."""
    answers, every = Answers(int(arguments[0])), timedelta(seconds=float(arguments[1]))
    die_with_parent()
    os.dup2(2, 1)
    with suppress(OSError):
        os.nice(_NICE)
    answers.beat()
    house = Services(Settings.from_env(os.environ))
    try:
        answers.say(report=asdict(collect(house, house.actor, every=every)))
    except StarwhaleError as error:
        answers.say(code=error.code, message=str(error))
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
