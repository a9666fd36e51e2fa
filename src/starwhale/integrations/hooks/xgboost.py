"""XGBoost: parameters of a training, and the figures of each of its rounds."""

from __future__ import annotations

import inspect
from types import ModuleType
from typing import Any

from starwhale.integrations.hooks.sink import (
    Current,
    Undo,
    all_of,
    careful,
    log_metrics,
    log_params,
    replaced,
)


def hook(xgboost: ModuleType, current: Current) -> Undo:
    """Give every training a callback that logs, through `train` and through the estimators."""

    def with_callback(old: Any) -> Any:
        signature = inspect.signature(old)

        def train(*args: Any, **kwargs: Any) -> Any:
            if current() is None:
                return old(*args, **kwargs)
            bound = signature.bind(*args, **kwargs)
            given = bound.arguments
            _tell(current, given)
            given["callbacks"] = [*(given.get("callbacks") or ()), _callback(xgboost, current)]
            return old(*bound.args, **bound.kwargs)

        return train

    places = [xgboost, getattr(xgboost, "training", None), getattr(xgboost, "sklearn", None)]
    holders = [place for place in places if place is not None and hasattr(place, "train")]
    return all_of([replaced(holder, "train", with_callback) for holder in holders])


@careful
def _tell(current: Current, given: dict[str, Any]) -> None:
    # A list of pairs is a form of them too.
    found = {name: value for name, value in dict(given.get("params") or {}).items() if value is not None}
    found["num_boost_round"] = given.get("num_boost_round", 10)
    if given.get("early_stopping_rounds") is not None:
        found["early_stopping_rounds"] = given["early_stopping_rounds"]
    log_params(current, {f"xgboost/{name}": value for name, value in found.items()})


def _callback(xgboost: ModuleType, current: Current) -> Any:
    class Logging(xgboost.callback.TrainingCallback):
        """Logs the newest figure of each data set that is watched."""

        @careful
        def _tell(self, epoch: int, evals_log: Any) -> None:
            found: dict[str, Any] = {}
            for data, figures in evals_log.items():
                for name, values in figures.items():
                    last = values[-1]
                    found[f"{data}/{name}"] = last[0] if isinstance(last, tuple) else last
            log_metrics(current, found, step=epoch)

        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            self._tell(epoch, evals_log)
            return False

    return Logging()
