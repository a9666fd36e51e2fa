"""Packages that some conversions need and that a bare install may lack."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from starwhale.core.errors import MissingDependency, UnsupportedValue

if TYPE_CHECKING:
    from types import ModuleType


def need(module: str, install: str) -> ModuleType:
    """Import `module`.

    Args:
        module: Dotted name.
        install: What `pip install` is to be given for it.

    Raises:
        MissingDependency: it is not installed.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as exc:
        if exc.name is not None and not (module + ".").startswith(exc.name + "."):
            raise  # it is there, and what it needs itself is not
        package = module.partition(".")[0]
        raise MissingDependency(
            f"this needs the package {package}", hint=f"install it with `pip install {install}`"
        ) from exc


def is_a(value: Any, module: str, name: str) -> bool:
    """Whether `value` is of class `name` of `module`; the module is not loaded to find out."""
    loaded = sys.modules.get(module)
    return loaded is not None and isinstance(value, getattr(loaded, name))


def pillow() -> ModuleType:
    """The module ``PIL.Image``."""
    return need("PIL.Image", "'starwhale[media]'")


def tensor(array: Any) -> Any:
    """A PyTorch tensor of a numpy array, sharing its memory where that may be written to.

    Raises:
        MissingDependency: PyTorch is not installed.
        UnsupportedValue: it has no tensors of such elements.
    """
    torch = need("torch", "torch")
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    try:
        return torch.as_tensor(array if array.flags.writeable else array.copy())
    except TypeError as exc:
        raise UnsupportedValue(f"PyTorch has no tensors of dtype {array.dtype}") from exc
