"""``python -P -m starwhale.worker.dataset_build DESCRIPTOR REQUEST``: build a dataset from the user's code.

Started by `starwhale.datasets.build`. Progress and the result go to the descriptor, a JSON document a line.
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from starwhale.api.dataset_parts import unpack_item
from starwhale.core.errors import InvalidSpec, StarwhaleError, UsageError, UserCodeError
from starwhale.core.kinds import Kind
from starwhale.datasets.build import BuildRequest
from starwhale.instance.local import LocalInstance
from starwhale.kit.children import die_with_parent
from starwhale.kit.suggest import nearest
from starwhale.worker.blame import blame

REPORT_SECONDS = 0.2


class _Answers:
    def __init__(self, descriptor: int) -> None:
        self._pipe = os.fdopen(descriptor, "wb", buffering=0)

    def say(self, **told: Any) -> None:
        self._pipe.write(json.dumps(told).encode() + b"\n")


def main(arguments: list[str]) -> None:
    """Build, answer, and end the process before anything the user's code started can keep it alive."""
    descriptor = int(arguments[0])
    os.set_inheritable(descriptor, False)
    die_with_parent()
    os.dup2(2, 1)  # what the user's code prints is talk, not a result
    answers = _Answers(descriptor)
    request: dict[str, Any] = json.loads(arguments[1])
    try:
        request["tags"] = tuple(request["tags"])
        built = _build(BuildRequest(**request), answers)
        answers.say(built=built)
    except StarwhaleError as error:
        answers.say(error={"code": error.code, "message": error.message, "hint": error.hint})
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _build(request: BuildRequest, answers: _Answers) -> dict[str, Any]:
    workdir = Path.cwd()
    sys.path.insert(0, str(workdir))
    records = _records(request.handler, workdir)
    with LocalInstance() as instance:
        head = instance.artifacts.head(instance.actor, request.project, Kind.DATASET, request.name)
        writer = instance.datasets.writer(
            instance.actor, request.project, request.name, head, overwrite=request.overwrite
        )
        try:
            yielded = _put_all(writer, records, request.handler, workdir, answers)
            version = writer.commit(tags=request.tags, message=request.message)
        finally:
            writer.close()
    return {
        "version": version.version,
        "rows": version.meta["rows"],
        "yielded": yielded,
        "is_new": head is None or head.version != version.version,
    }


def _put_all(writer: Any, records: Iterable[Any], handler: str, workdir: Path, answers: _Answers) -> int:
    begun = reported = time.monotonic()
    source = iter(records)
    number = 0
    while True:
        try:
            item = next(source)
        except StopIteration:
            return number
        except StarwhaleError:
            raise
        except (Exception, SystemExit) as error:
            raise UserCodeError(f"{handler!r} failed after row {number}: {blame(error, workdir)}") from error
        try:
            key, features = unpack_item(item)
            # Rows without a key are counted, so that building the same rows again gives the same version.
            writer.put(number if key is None else key, features)
        except UsageError as error:
            raise type(error)(f"row {number} of {handler!r}: {error.message}", hint=error.hint) from error
        number += 1
        now = time.monotonic()
        if now - reported > REPORT_SECONDS:
            reported = now
            answers.say(progress={"rows": number, "seconds": now - begun})


def _records(handler: str, workdir: Path) -> Iterable[Any]:
    """What a ``module:name`` yields: a function's result, an instance of a class, or the thing itself."""
    module_name, _, name = handler.partition(":")
    if not module_name or not name:
        raise InvalidSpec(f"{handler!r} names no handler", hint="write module:name, for example dataset:rows")
    try:
        target: Any = importlib.import_module(module_name)
        for part in name.split("."):
            target = _attribute(target, part, handler)
        records = target() if inspect.isclass(target) or callable(target) else target
    except StarwhaleError:
        raise
    except ModuleNotFoundError as error:
        if error.name and (module_name == error.name or module_name.startswith(f"{error.name}.")):
            raise InvalidSpec(f"there is no module {module_name!r} in {workdir}") from error
        raise UserCodeError(f"module {module_name!r} does not import: {blame(error, workdir)}") from error
    except (Exception, SystemExit) as error:
        raise UserCodeError(f"{handler!r} failed: {blame(error, workdir)}") from error
    if not isinstance(records, Iterable):
        raise UsageError(
            f"{handler!r} gives {type(records).__name__}, which holds no rows",
            hint="yield a dict, or a key and a dict, per row",
        )
    return records  # pyright: ignore[reportUnknownVariableType] - whatever the user yields


def _attribute(target: Any, name: str, handler: str) -> Any:
    try:
        return getattr(target, name)
    except AttributeError:
        near = nearest(name, [each for each in dir(target) if not each.startswith("_")])
        raise InvalidSpec(
            f"there is no {name!r} for {handler!r}", hint=f"did you mean {near!r}?" if near else ""
        ) from None


if __name__ == "__main__":
    main(sys.argv[1:])
