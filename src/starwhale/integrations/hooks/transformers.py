"""Hugging Face transformers: what a `Trainer` logs."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from starwhale.integrations.hooks.sink import Current, Undo, careful, log_metrics, log_params, replaced


def hook(trainer_module: ModuleType, current: Current) -> Undo:
    """Give every new `Trainer` a callback that logs.

    Args:
        trainer_module: ``transformers.trainer``.
        current: Gives the run.
    """

    def with_callback(old: Any) -> Any:
        def init(self: Any, *args: Any, **kwargs: Any) -> None:
            old(self, *args, **kwargs)
            careful(self.add_callback)(_callback(trainer_module, current))

        return init

    return replaced(trainer_module.Trainer, "__init__", with_callback)


def _callback(trainer_module: ModuleType, current: Current) -> Any:
    base: Any = trainer_module.TrainerCallback

    class Logging(base):
        """Logs arguments and configuration once, and figures whenever the trainer does."""

        @careful
        def on_train_begin(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
            if not state.is_world_process_zero:
                return
            found = {f"args/{name}": value for name, value in args.to_sanitized_dict().items()}
            config: Any = getattr(model, "config", None)
            if hasattr(config, "to_diff_dict"):
                found |= {f"config/{name}": value for name, value in config.to_diff_dict().items()}
            if hasattr(model, "num_parameters"):
                found["model/parameters"] = model.num_parameters()
            log_params(current, found)

        @careful
        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
            if state.is_world_process_zero and logs:
                log_metrics(current, logs, step=state.global_step)

    return Logging()
