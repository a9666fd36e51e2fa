"""scikit-learn: parameters of the estimators that a program fits, and what they tell when fitted."""

from __future__ import annotations

import sys
import threading
import time
from types import ModuleType
from typing import Any

from starwhale.integrations.hooks.imports import Watcher
from starwhale.integrations.hooks.sink import (
    Current,
    Undo,
    all_of,
    careful,
    log_metrics,
    log_params,
    replaced,
)

_CURVES = ("loss_curve_", "validation_scores_", "train_score_")
_FIGURES = ("best_score_", "best_loss_", "loss_", "inertia_", "n_iter_", "oob_score_", "n_features_in_")
_inside = threading.local()


def hook(_sklearn: ModuleType, current: Current) -> Undo:
    """Look at each `fit` and `score` that the program calls itself, not at those within them."""
    patches = _Patches(current)
    watcher = _Submodules(patches)
    watcher.install()
    return all_of([patches.undo, watcher.remove])


class _Patches:
    """The classes whose methods are looked at."""

    def __init__(self, current: Current) -> None:
        self._current = current
        self._undos: list[Undo] = []
        self._known: set[type] = set()

    def undo(self) -> None:
        """Leave all classes as they were."""
        while self._undos:
            self._undos.pop()()

    def patch(self, module: ModuleType) -> None:
        """Look at the estimators that a module defines."""
        base = getattr(sys.modules.get("sklearn.base"), "BaseEstimator", None)
        if base is None:
            return
        for found in list(vars(module).values()):
            if not isinstance(found, type) or not issubclass(found, base) or found in self._known:
                continue
            if found.__module__ != module.__name__:
                continue
            self._known.add(found)
            if "fit" in vars(found):
                self._undos.append(replaced(found, "fit", self._fit))
            if "score" in vars(found):
                self._undos.append(replaced(found, "score", self._score))

    def _fit(self, old: Any) -> Any:
        def fit(model: Any, *args: Any, **kwargs: Any) -> Any:
            if getattr(_inside, "busy", False) or self._current() is None:
                return old(model, *args, **kwargs)
            _inside.busy = True
            start = time.perf_counter()
            try:
                _tell_params(self._current, model)
                fitted = old(model, *args, **kwargs)
                _tell_fitted(self._current, model, time.perf_counter() - start)
            finally:
                _inside.busy = False
            return fitted

        return fit

    def _score(self, old: Any) -> Any:
        def score(model: Any, *args: Any, **kwargs: Any) -> Any:
            if getattr(_inside, "busy", False) or self._current() is None:
                return old(model, *args, **kwargs)
            _inside.busy = True
            try:
                found = old(model, *args, **kwargs)
                careful(log_metrics)(self._current, {f"{type(model).__name__}/score": found})
            finally:
                _inside.busy = False
            return found

        return score


@careful
def _tell_params(current: Current, model: Any) -> None:
    name = type(model).__name__
    log_params(current, {f"{name}/{key}": value for key, value in model.get_params(deep=True).items()})


@careful
def _tell_fitted(current: Current, model: Any, seconds: float) -> None:
    name = type(model).__name__
    for curve in _CURVES:
        for step, value in enumerate(_listed(getattr(model, curve, None))):
            log_metrics(current, {f"{name}/{curve.rstrip('_')}": value}, step=step)
    figures = {f"{name}/{key.rstrip('_')}": getattr(model, key, None) for key in _FIGURES}
    figures = {key: value for key, value in figures.items() if value is not None}
    log_metrics(current, {f"{name}/fit_seconds": seconds, **figures})
    best = getattr(model, "best_params_", None)
    if isinstance(best, dict):
        log_params(current, {f"{name}/best_params/{key}": value for key, value in best.items()})


def _listed(values: Any) -> list[Any]:
    return [] if values is None else list(values)


class _Submodules(Watcher):
    """Patches the modules of the package that are there, and each one as it gets loaded."""

    def __init__(self, patches: _Patches) -> None:
        super().__init__(_Below("sklearn."), lambda _word, module: patches.patch(module))
        self._patches = patches

    def install(self) -> None:
        super().install()
        for name, module in list(sys.modules.items()):
            if name.startswith("sklearn."):
                self._patches.patch(module)


class _Below(dict[str, str]):
    """Every module below a package."""

    def __init__(self, prefix: str) -> None:
        super().__init__()
        self._prefix = prefix

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.startswith(self._prefix)

    def __missing__(self, name: str) -> str:
        return name
