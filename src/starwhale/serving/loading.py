"""The user's modules in this process, and the service that they make."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from starwhale.core import handlers
from starwhale.core.errors import InvalidSpec, StarwhaleError, UserCodeError
from starwhale.serving.methods import bind_methods
from starwhale.serving.problems import place_of, told
from starwhale.serving.service import Service
from starwhale.serving.step import default_service


def load(modules: Iterable[str], workdir: Path) -> Service:
    """Import modules and collect the functions that they serve.

    Args:
        modules: Dotted names; looked for in `workdir` first.
        workdir: Directory of the user's code.

    Raises:
        UserCodeError: a module does not import, or the class of a method cannot be made.
        InvalidSpec: there is no such module, or nothing to serve.
    """
    sys.path.insert(0, str(workdir))
    found = Service()
    names = list(modules)
    with handlers.importing():
        loaded = [_import(name, workdir) for name in names]
    services = [default_service, *(each for one in loaded for each in vars(one).values())]
    for each in {id(one): one for one in services if isinstance(one, Service)}.values():
        for uri, endpoint in each.apis.items():
            if uri in found.apis:
                raise InvalidSpec(f"two services have a function at /api/{uri}", hint="rename one")
            found.apis[uri] = endpoint
    if not found.apis:
        raise InvalidSpec(
            f"nothing to serve in {', '.join(names)}",
            hint="decorate a function with @api of starwhale.api.service",
        )
    bind_methods(found)
    return found


def _import(module: str, workdir: Path) -> Any:
    try:
        return importlib.import_module(module)
    except StarwhaleError as error:
        place = place_of(error)
        raise type(error)(f"{place}: {error.message}" if place else error.message, hint=error.hint) from error
    except ModuleNotFoundError as error:
        if error.name is not None and (module == error.name or module.startswith(f"{error.name}.")):
            raise InvalidSpec(f"there is no module {module!r} in {workdir}") from error
        raise UserCodeError(told(f"module {module!r} does not import", error)) from error
    except (Exception, SystemExit) as error:
        raise UserCodeError(told(f"module {module!r} does not import", error)) from error
