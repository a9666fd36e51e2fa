"""Logs what training frameworks tell of themselves to a run.

A framework is looked at when the program has imported it or imports it later, never by us. Whatever goes
wrong in a hook is said once in the log, and the training goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from starwhale.integrations.hooks.imports import Watcher
from starwhale.integrations.hooks.sink import Current

HOOKS = {
    "lightning.pytorch": "lightning",
    "pytorch_lightning": "lightning",
    "transformers.trainer": "transformers",
    "sklearn": "sklearn",
    "xgboost": "xgboost",
    "keras": "keras",
}
"""Module of a framework to the module of ours that hooks into it."""

__all__ = ["HOOKS", "Current", "install"]


def install(current: Current) -> Callable[[], None]:
    """Hook into every framework of this process, now or when it gets imported.

    Args:
        current: Gives the run to log to; None while there is none.

    Returns:
        What takes the hooks out again.
    """
    watcher = Watcher(HOOKS, lambda hook, module: import_module(f"{__name__}.{hook}").hook(module, current))
    watcher.install()
    return watcher.remove
