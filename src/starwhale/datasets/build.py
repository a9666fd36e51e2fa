"""Building a dataset from the user's code, which runs in a process of its own.

That process is the program `starwhale.worker.dataset_build`, started by its name.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from starwhale.core.errors import UserCodeError, error_of
from starwhale.core.instances import LOCAL
from starwhale.datasets.schemas import BuildProgress, Built, OnError, Rejected
from starwhale.kit.children import ask

PROGRAM = "starwhale.worker.dataset_build"


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildRequest:
    """What to build.

    Attributes:
        project: Project it goes to.
        name: Name of the dataset.
        handler: ``module:name`` of a function that yields rows, of a class that is iterated, or of rows.
        overwrite: Begin with no rows instead of those of the latest version.
        message: What to say about it in the history.
        tags: Tags to put on the version.
        on_error: What to do about rows that cannot be stored.
        report: With ``collect``, the file for what is wrong with them.
        instance: Where the project lies.
    """

    project: str
    name: str
    handler: str
    overwrite: bool = False
    message: str = ""
    tags: tuple[str, ...] = ()
    on_error: OnError = OnError.FAIL
    report: str = ""
    instance: str = LOCAL


def build(
    request: BuildRequest,
    *,
    workdir: Path,
    environment: Mapping[str, str],
    progress: Callable[[BuildProgress], None] | None = None,
    python: str = sys.executable,
) -> Built:
    """Run the user's code and make a version of the rows it yields.

    Nothing is visible before all rows are there: a build that fails or is interrupted leaves none.

    Args:
        request: What to build.
        workdir: Where the user's code lies; its working directory.
        environment: Says which instance it goes to, beside the variables of this process.
        progress: Called now and then.
        python: Interpreter that has Starwhale and what the code needs.

    Raises:
        UserCodeError: the code raised, or ended its process; the message has the user's own line.
        UsageError: a row has no usable form; the message names row, column and value.
        StarwhaleError: whatever else the child ran into.
    """
    env = {**os.environ, **environment, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [python, "-P", "-m", PROGRAM, "{answers}", json.dumps(asdict(request))]
    lines = ask(command, cwd=workdir, env=env)
    told: dict[str, Any] = {}
    while True:
        try:
            line = next(lines)
        except StopIteration as ended:
            return _result(told, ended.value or 0, request.handler)
        told = json.loads(line)
        if "progress" in told and progress is not None:
            progress(BuildProgress(**told["progress"]))


def _result(told: dict[str, Any], status: int, handler: str) -> Built:
    if "built" in told:
        built = told["built"]
        examples = tuple(Rejected(**each) for each in built.pop("examples"))
        return Built(**built, examples=examples)
    if "error" in told:
        raise error_of(**told["error"])
    ended = f"by {signal.Signals(-status).name}" if status < 0 else f"with status {status}"
    raise UserCodeError(f"the code of {handler!r} ended its process {ended}; no version was made")
