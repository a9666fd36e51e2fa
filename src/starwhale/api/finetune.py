"""`@finetune`: a step that trains a model on datasets, and packs what it became."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from types import ModuleType
from typing import Any, TypeVar, overload

from starwhale.api.steps import declare
from starwhale.core.errors import InvalidSpec
from starwhale.core.handlers import HandlerKind

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class FineTune:
    """Which datasets a fine-tuning needs.

    Attributes:
        require_train_datasets: A run must name what to train on.
        require_validation_datasets: A run must name what to validate on.
    """

    require_train_datasets: bool = True
    require_validation_datasets: bool = False


@overload
def finetune(resources: F) -> F: ...
@overload
def finetune(
    resources: Mapping[str, Any] | None = None,
    needs: Sequence[Callable[..., Any]] | None = None,
    require_train_datasets: bool = True,
    require_validation_datasets: bool = False,
    auto_build_model: bool = True,
    model_modules: Sequence[Any] | None = None,
    excludes: Sequence[str] | None = None,
) -> Callable[[F], F]: ...
def finetune(
    resources: Mapping[str, Any] | F | None = None,
    needs: Sequence[Callable[..., Any]] | None = None,
    require_train_datasets: bool = True,
    require_validation_datasets: bool = False,
    auto_build_model: bool = True,
    model_modules: Sequence[Any] | None = None,
    excludes: Sequence[str] | None = None,
) -> F | Callable[[F], F]:
    """Make a function the step that fine-tunes a model.

    The function gets the datasets to train on as a list of `Dataset`, then those to validate on, each only
    where it is required. When it returns, the directory that it ran in, with all that it has written there,
    becomes a version of the model with a tag ``finetune-JOB-TIME``. The name of the model is that of the
    one that runs, or what the variable ``SW_FINETUNE_TARGET_MODEL`` says. The address of the version stands
    in the summary of the job, as ``finetuned_model``.

    Args:
        resources: What the task asks for, as in `handler`.
        needs: Steps that must have succeeded before.
        require_train_datasets: A run must name datasets with ``--dataset``.
        require_validation_datasets: A run must name datasets with ``--validation-dataset``.
        auto_build_model: Build the version; otherwise the function does it, or nobody.
        model_modules: Modules that hold the handlers of the new version, as names or objects; those of the
            model that runs where it is left out.
        excludes: Patterns of files that do not belong to the new version, beside those of ``.swignore``.

    Raises:
        InvalidSpec: the function is nested too deep, or an argument makes no sense.

    Example:
        ```python
        @finetune(require_validation_datasets=True, resources={"nvidia.com/gpu": 1})
        def train(train_datasets: list[Dataset], validation_datasets: list[Dataset]) -> None:
            torch.save(fit(train_datasets[0], validation_datasets[0]), "weights.pt")
        ```
    """
    if callable(resources):
        return finetune()(resources)
    required = FineTune(
        require_train_datasets=bool(require_train_datasets),
        require_validation_datasets=bool(require_validation_datasets),
    )

    def decorate(function: F) -> F:
        declare(
            function,
            kind=HandlerKind.FINETUNE,
            resources=resources,
            needs=needs,
            require_dataset=required.require_train_datasets,
            options={
                "fine_tune": asdict(required),
                "auto_build_model": bool(auto_build_model),
                "model_modules": [_module_name(each) for each in model_modules or ()] or None,
                "excludes": [str(each) for each in excludes or ()] or None,
            },
        )
        return function

    return decorate


def _module_name(given: Any) -> str:
    if isinstance(given, str):
        return given
    name = given.__name__ if isinstance(given, ModuleType) else getattr(given, "__module__", "")
    if not name:
        raise InvalidSpec(
            f"{given!r} lies in no module", hint="name modules, or functions and classes in them"
        )
    return name


fine_tune = ft = finetune
