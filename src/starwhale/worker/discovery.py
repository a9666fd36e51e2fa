"""``python -P -m starwhale.worker.discovery DESCRIPTOR MODULE...``: which handlers do these modules define?

Started by `starwhale.models.discovery`. The answer is one JSON document, written to the descriptor.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from starwhale.core import handlers
from starwhale.core.errors import InvalidSpec, StarwhaleError, UserCodeError
from starwhale.jobs.graph import closure
from starwhale.kit.children import die_with_parent
from starwhale.kit.suggest import nearest
from starwhale.worker.blame import blame
from starwhale.worker.output import flush_streams
from starwhale.worker.stopping import Stopped


def main(arguments: list[str]) -> None:
    """Answer, and end the process before anything the modules started can keep it alive."""
    descriptor = int(arguments[0])
    os.set_inheritable(descriptor, False)
    die_with_parent()
    os.dup2(2, 1)  # what the modules print is talk, not a result
    try:
        answer = {"handlers": [each.to_json() for each in discover(arguments[1:], Path.cwd())]}
    except StarwhaleError as error:
        answer = {"error": {"code": error.code, "message": error.message, "hint": error.hint}}
    with open(descriptor, "wb") as pipe:
        pipe.write(json.dumps(answer).encode())
    flush_streams()
    os._exit(0)


def discover(modules: list[str], workdir: Path) -> list[handlers.HandlerSpec]:
    """Import `modules` from `workdir` into this process.

    Raises:
        UserCodeError: one does not import.
        InvalidSpec: one is not there, or a handler contradicts itself or its needs.
    """
    sys.path.insert(0, str(workdir))
    with handlers.importing():
        for module in modules:
            _import(module, workdir)
    found = {name: spec for name, (spec, _) in handlers.registered().items()}
    for name in found:
        closure(found, name)
    return list(found.values())


def _import(module: str, workdir: Path) -> None:
    try:
        importlib.import_module(module)
    except StarwhaleError as error:
        place = blame(error, workdir).place
        raise type(error)(f"{place}: {error.message}" if place else error.message, hint=error.hint) from error
    except ModuleNotFoundError as error:
        if error.name is not None and (module == error.name or module.startswith(f"{error.name}.")):
            raise _missing(module, workdir) from error
        raise UserCodeError(f"module {module!r} does not import: {blame(error, workdir)}") from error
    except (Stopped, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise UserCodeError(f"module {module!r} does not import: {blame(error, workdir)}") from error


def _missing(module: str, workdir: Path) -> InvalidSpec:
    here: set[str] = set()
    for path in workdir.rglob("*.py"):
        here.add(".".join(path.relative_to(workdir).with_suffix("").parts).removesuffix(".__init__"))
    near: Any = nearest(module, sorted(here))
    return InvalidSpec(
        f"there is no module {module!r} in {workdir}", hint=f"did you mean {near!r}?" if near else ""
    )


if __name__ == "__main__":
    main(sys.argv[1:])
