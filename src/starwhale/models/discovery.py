"""Finding the handlers of a directory in a process of its own, since that runs the user's code.

The process is the program `starwhale.worker.discovery`, started by its name: what it answers through a pipe
is all that comes back, whatever the imported modules print or do.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from starwhale.core.errors import UserCodeError, error_of
from starwhale.core.handlers import HandlerSpec
from starwhale.kit.children import ask

PROGRAM = "starwhale.worker.discovery"


def discover(
    workdir: Path,
    modules: Sequence[str],
    environment: Mapping[str, str] | None = None,
    *,
    python: str = sys.executable,
) -> list[HandlerSpec]:
    """Import modules in `workdir` and collect the handlers that they define.

    What the modules print goes to stderr. No bytecode is left in the directory.

    Args:
        workdir: Becomes the working directory and the first place where modules are looked for.
        modules: Dotted names.
        environment: Variables beside those of this process, which go before them.
        python: Interpreter that has Starwhale and what the modules need.

    Raises:
        UserCodeError: a module does not import; the message has the user's own line.
        InvalidSpec: there is no such module, or a handler contradicts itself.
    """
    # -P: a module of the user's must not stand in for one of the standard library before we have begun.
    command = [python, "-P", "-m", PROGRAM, "{answers}", *modules]
    env = {**(environment or {}), **os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    lines = ask(command, cwd=workdir, env=env)
    text = b""
    while True:
        try:
            text += next(lines)
        except StopIteration as ended:
            status = ended.value or 0
            break
    return _read(text, status, modules)


def _read(text: bytes, status: int, modules: Sequence[str]) -> list[HandlerSpec]:
    told: Any = None
    with suppress(ValueError):
        told = json.loads(text)
    if not isinstance(told, dict):
        ended = f"by {signal.Signals(-status).name}" if status < 0 else f"with status {status}"
        raise UserCodeError(f"importing {', '.join(modules)} ended the process {ended}")
    if "error" in told:
        raise error_of(**told["error"])
    return [HandlerSpec.from_json(each) for each in told["handlers"]]
