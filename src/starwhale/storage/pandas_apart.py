"""pyarrow without pandas, until somebody wants pandas.

The first array that pyarrow makes has it look for pandas, and import it where it is installed: 0.4 s
and 40 MB in every process of ours that has no use for it. Here pyarrow is told that there is none;
when somebody imports pandas, it is told again, so that nobody sees a difference.
"""

from __future__ import annotations

import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

PANDAS = "pandas"


def keep_pandas_apart() -> None:
    """Have pyarrow do without pandas until it is imported; where it is already, nothing happens."""
    shim = _shim()
    if shim is None or PANDAS in sys.modules:
        return
    watch = _Watch()
    sys.meta_path.insert(0, watch)
    _ = shim.have_pandas
    watch.hides = False


def _shim() -> Any:
    # No public name of pyarrow: where it is gone, pandas is imported as ever. A test tells.
    return getattr(cast("Any", pa).lib, "_pandas_api", None)


class _Watch(MetaPathFinder):
    """Hides pandas while pyarrow looks for it; afterwards sees it being imported, once."""

    def __init__(self) -> None:
        self.hides = True

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != PANDAS:
            return None
        if self.hides:
            raise ModuleNotFoundError("hidden from pyarrow", name=PANDAS)
        sys.meta_path.remove(self)
        spec = find_spec(PANDAS)
        if spec is None or spec.loader is None:
            sys.meta_path.insert(0, self)
            return None
        spec.loader = _Telling(spec.loader)
        return spec


class _Telling(Loader):
    """Loads pandas, then tells pyarrow."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        _ = _shim().pd  # looks again

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)
