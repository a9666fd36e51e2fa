"""``python -P -m starwhale.worker.dataset_build DESCRIPTOR REQUEST``: build a dataset from the user's code.

Started by `starwhale.datasets.build`. Progress and the result go to the descriptor, a JSON document a line.
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from starwhale.api.dataset_parts import unpack_item
from starwhale.core.errors import Canceled, InvalidSpec, StarwhaleError, UsageError, UserCodeError
from starwhale.core.settings import Settings
from starwhale.datasets.build import BuildRequest
from starwhale.datasets.schemas import OnError
from starwhale.datasets.sources.port import BadRow, SourceRow
from starwhale.instance.opening import open_instance
from starwhale.kit.children import die_with_parent
from starwhale.kit.suggest import nearest
from starwhale.worker.blame import blame
from starwhale.worker.output import flush_streams


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
        request["on_error"] = OnError(request["on_error"])
        built = _build(BuildRequest(**request), answers)
        answers.say(built=built)
    except KeyboardInterrupt:
        # Whoever sent it, or raised it, wants no more.
        answers.say(error={"code": Canceled.code, "message": "canceled"})
    except StarwhaleError as error:
        answers.say(error={"code": error.code, "message": error.message, "hint": error.hint})
    flush_streams()
    os._exit(0)


def _build(request: BuildRequest, answers: _Answers) -> dict[str, Any]:
    workdir = Path.cwd()
    sys.path.insert(0, str(workdir))
    source = _HandlerSource(request.handler, workdir, _records(request.handler, workdir))
    with open_instance(Settings.from_env(os.environ), request.instance) as instance:
        built = instance.datasets.build(
            instance.actor,
            request.project,
            request.name,
            source,
            overwrite=request.overwrite,
            tags=request.tags,
            message=request.message,
            on_error=request.on_error,
            report=Path(request.report) if request.report else None,
            progress=lambda progress: answers.say(progress=asdict(progress)),
        )
    return asdict(built)


class _HandlerSource:
    """What the user's code yields."""

    def __init__(self, handler: str, workdir: Path, records: Iterable[Any]) -> None:
        self._handler = handler
        self._workdir = workdir
        self._records = records
        self.name = repr(handler)

    def rows(self) -> Iterator[SourceRow | BadRow]:
        items = self._items()
        for number, item in enumerate(items, start=1):
            try:
                key, features = unpack_item(item)
            except UsageError as error:
                yield BadRow(number, str(error))
            else:
                yield SourceRow(number, features, key)

    def _items(self) -> Iterator[Any]:
        number = 0
        records: Iterator[Any] | None = None
        while True:
            try:
                records = iter(self._records) if records is None else records
                item = next(records)
            except StopIteration:
                return
            except (StarwhaleError, KeyboardInterrupt):
                raise
            except BaseException as error:
                reason = blame(error, self._workdir)
                raise UserCodeError(f"{self.name} failed after row {number}: {reason}") from error
            number += 1
            yield item

    def info(self) -> dict[str, Any]:
        return {}


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
    except (StarwhaleError, KeyboardInterrupt):
        raise
    except ModuleNotFoundError as error:
        if error.name and (module_name == error.name or module_name.startswith(f"{error.name}.")):
            raise InvalidSpec(f"there is no module {module_name!r} in {workdir}") from error
        raise UserCodeError(f"module {module_name!r} does not import: {blame(error, workdir)}") from error
    except BaseException as error:
        raise UserCodeError(f"{handler!r} failed: {blame(error, workdir)}") from error
    if not isinstance(records, Iterable):
        raise UsageError(
            f"{handler!r} gives {type(records).__name__}, which holds no rows",
            hint="yield a dict, or a key and a dict, per row",
        )
    return records


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
