"""Methods that are served: one object of their class is made for all of them."""

from __future__ import annotations

import sys
from typing import Any

from starwhale.core.errors import InvalidSpec, UserCodeError
from starwhale.serving.apis import Apis
from starwhale.serving.problems import told


def bind_methods(service: Apis) -> None:
    """Make one object of each class whose methods are served.

    Raises:
        InvalidSpec: a method is nested too deep to be found.
        UserCodeError: making an object failed.
    """
    made: dict[type[Any], Any] = {}
    for endpoint in service.apis.values():
        name, _, method = endpoint.func.__qualname__.rpartition(".")
        owner = getattr(sys.modules.get(endpoint.func.__module__), name, None) if name else None
        if not name or name.endswith("<locals>") or hasattr(endpoint.func, "__self__"):
            continue
        if not isinstance(owner, type):
            raise InvalidSpec(
                f"api {endpoint.uri!r} is a method of {name}, which is no class at the top of its module"
            )
        if owner not in made:
            made[owner] = _made(owner)
        endpoint.target = getattr(made[owner], method)


def _made(owner: type[Any]) -> Any:
    try:
        return owner()
    except Exception as error:
        raise UserCodeError(told(f"{owner.__name__} cannot be made", error)) from error
