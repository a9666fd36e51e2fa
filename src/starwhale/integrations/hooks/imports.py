"""Tells when a module gets imported."""

from __future__ import annotations

import importlib.util
import logging
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from starwhale.integrations.hooks.sink import Undo

log = logging.getLogger(__name__)

Hook = Callable[[str, ModuleType], Undo | None]


class Watcher(MetaPathFinder):
    """Calls `hook` for the modules in `names`, those that are loaded already and those that get loaded.

    Args:
        names: Module to a word of the caller's for it.
        hook: Gets that word and the loaded module; returns what takes it back, if anything.
    """

    def __init__(self, names: Mapping[str, str], hook: Hook) -> None:
        self._names = names
        self._hook = hook
        self._undos: list[Undo] = []
        self._searching = threading.local()
        self._active = False

    def install(self) -> None:
        """Begin."""
        self._active = True
        sys.meta_path.insert(0, self)
        for name in self._names:
            module = sys.modules.get(name)
            spec = getattr(module, "__spec__", None)
            # One that is just being loaded by another thread tells when it is there.
            if module is not None and not getattr(spec, "_initializing", False):
                self.loaded(name, module)

    def remove(self) -> None:
        """Watch no more, and take back what was done."""
        self._active = False
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        while self._undos:
            self._undos.pop()()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec that everybody else finds, with a loader that tells when it is done."""
        if fullname not in self._names or getattr(self._searching, "name", "") == fullname:
            return None
        self._searching.name = fullname
        try:
            spec = importlib.util.find_spec(fullname)
        except (ImportError, ValueError):
            return None
        finally:
            self._searching.name = ""
        if spec is None or spec.loader is None:
            return None
        spec.loader = _Telling(spec.loader, fullname, self)
        return spec

    def loaded(self, name: str, module: ModuleType) -> None:
        """Hook into a module that is there."""
        if not self._active:
            return
        try:
            undo = self._hook(self._names[name], module)
        except Exception as error:  # noqa: BLE001 - another version of a framework is no reason to fail its import
            log.warning("no hook for %s: %s", name, error)
            return
        if undo is not None:
            self._undos.append(undo)


class _Telling(Loader):
    """The loader of a module, that tells when the module is there."""

    def __init__(self, loader: Loader, name: str, watcher: Watcher) -> None:
        self._loader = loader
        self._name = name
        self._watcher = watcher

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        # From here on the module is as if nobody had looked.
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        self._watcher.loaded(self._name, module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)
