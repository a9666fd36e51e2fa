"""Keras: what `Model.fit` reports."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from starwhale.integrations.hooks.sink import (
    Current,
    Undo,
    careful,
    log_metrics,
    log_params,
    replaced,
)


def hook(keras: ModuleType, current: Current) -> Undo:
    """Give every training a callback that logs."""

    def with_callback(old: Any) -> Any:
        def fit(model: Any, *args: Any, **kwargs: Any) -> Any:
            callbacks: Any = kwargs.get("callbacks")
            if current() is not None and len(args) <= _PLACE_OF_CALLBACKS:
                own = _callback(keras, current)
                if isinstance(callbacks, keras.callbacks.CallbackList):
                    callbacks.append(own)
                else:
                    given = callbacks if isinstance(callbacks, (list, tuple)) else [callbacks]
                    kwargs["callbacks"] = [*(each for each in given if each is not None), own]
            return old(model, *args, **kwargs)

        return fit

    return replaced(keras.Model, "fit", with_callback)


_PLACE_OF_CALLBACKS = 5
"""``fit(x, y, batch_size, epochs, verbose, callbacks)``: they may be given by place."""


def _callback(keras: ModuleType, current: Current) -> Any:
    class Logging(keras.callbacks.Callback):
        """Logs the parameters of a training once, and its figures after each epoch."""

        @careful
        def on_train_begin(self, logs: Any = None) -> None:
            optimizer: Any = getattr(self.model, "optimizer", None)
            config: Any = optimizer.get_config() if hasattr(optimizer, "get_config") else {}
            found = {f"optimizer/{name}": value for name, value in config.items()}
            found |= {f"fit/{name}": value for name, value in (self.params or {}).items()}
            count = getattr(self.model, "count_params", None)
            if callable(count) and getattr(self.model, "built", False):
                found["model/parameters"] = count()
            found["model/name"] = getattr(self.model, "name", "")
            log_params(current, found)

        @careful
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            log_metrics(current, {"epoch": epoch, **(logs or {})}, step=epoch)

    return Logging()
