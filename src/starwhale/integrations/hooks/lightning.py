"""PyTorch Lightning: what modules log while a `Trainer` trains, validates and tests them."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from starwhale.integrations.hooks.sink import Current, Undo, careful, log_metrics, log_params, replaced


def hook(lightning: ModuleType, current: Current) -> Undo:
    """Give every new `Trainer` a callback that logs.

    Args:
        lightning: ``lightning.pytorch`` or ``pytorch_lightning``.
        current: Gives the run.
    """

    def with_callback(old: Any) -> Any:
        def init(self: Any, *args: Any, **kwargs: Any) -> None:
            old(self, *args, **kwargs)
            self.callbacks.append(_callback(lightning, current))

        return init

    return replaced(lightning.Trainer, "__init__", with_callback)


def _callback(lightning: ModuleType, current: Current) -> Any:
    class Logging(lightning.Callback):
        """Logs hyperparameters once, and figures as often as the trainer does."""

        @careful
        def on_fit_start(self, trainer: Any, pl_module: Any) -> None:
            if trainer.is_global_zero:
                log_params(current, _setting(trainer, pl_module))

        @careful
        def on_train_batch_end(self, trainer: Any, *_: Any, **__: Any) -> None:
            every = trainer.log_every_n_steps
            if every and trainer.global_step % every == 0 and trainer.logged_metrics:
                _tell(current, trainer, trainer.logged_metrics)

        @careful
        def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
            _tell(current, trainer, trainer.callback_metrics)

        @careful
        def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
            if trainer.state.fn == "validate":
                _tell(current, trainer, trainer.callback_metrics)

        @careful
        def on_test_end(self, trainer: Any, pl_module: Any) -> None:
            _tell(current, trainer, trainer.callback_metrics)

    return Logging()


def _tell(current: Current, trainer: Any, values: Any) -> None:
    if trainer.is_global_zero and not trainer.sanity_checking:
        log_metrics(current, {"epoch": trainer.current_epoch, **values}, step=trainer.global_step)


def _setting(trainer: Any, module: Any) -> dict[str, Any]:
    return {
        **{f"hparams/{name}": value for name, value in dict(module.hparams).items()},
        "model/name": type(module).__name__,
        "model/parameters": sum(each.numel() for each in module.parameters()),
        "trainer/max_epochs": trainer.max_epochs,
        "trainer/devices": trainer.num_devices,
        "trainer/precision": str(trainer.precision),
    }
