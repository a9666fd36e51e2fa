"""How the rows of one task are fed to `predict`, and what of it is logged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from starwhale.api.pipeline import PipelineHandler
from starwhale.core.handlers import HandlerSpec, LogMode, registered
from starwhale.worker.ports import TaskRun


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How rows are fed and logged."""

    batch_size: int = 1
    fail_on_error: bool = True
    auto_log: bool = True
    log_mode: str = LogMode.PICKLE.value
    log_dataset_features: frozenset[str] | None = None

    @classmethod
    def of(cls, run: TaskRun, target: object) -> Options:
        """Those of the decorator, or those that a pipeline was made with."""
        if isinstance(target, PipelineHandler):
            return cls(
                batch_size=target.predict_batch_size,
                fail_on_error=not target.ignore_error,
                auto_log=target.predict_auto_log,
                log_mode=getattr(target.predict_log_mode, "value", target.predict_log_mode),
                log_dataset_features=_names(target.predict_log_dataset_features),
            )
        given = run.spec.options
        known = {
            name: given[name]
            for name in ("batch_size", "fail_on_error", "auto_log", "log_mode")
            if name in given
        }
        return cls(**known, log_dataset_features=_names(given.get("log_dataset_features")))


def goes_on_after_errors(spec: HandlerSpec) -> bool:
    """Whether a step that `spec` builds on keeps rows that fail, so that their number is worth telling."""
    known = registered()
    waiting, seen = list(spec.needs), set[str]()
    while waiting:
        step = waiting.pop()
        if step in seen or step not in known:
            continue
        seen.add(step)
        found = known[step][0]
        if found.options.get("fail_on_error") is False:
            return True
        waiting += found.needs
    return False


def _names(features: Iterable[str] | None) -> frozenset[str] | None:
    return None if features is None else frozenset(features)
