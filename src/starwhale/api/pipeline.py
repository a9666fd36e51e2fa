"""`PipelineHandler`: predict and evaluate as methods of a class that keeps its model between rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from starwhale.api.context import Context, current
from starwhale.api.decorators import log_mode_of
from starwhale.api.steps import ARGUMENTS
from starwhale.core.errors import InvalidSpec
from starwhale.core.handlers import HandlerKind, HandlerSpec, LogMode, register, registered
from starwhale.core.resources import normalise

if TYPE_CHECKING:
    from types import TracebackType

    from starwhale.api.results import Evaluation
    from starwhale.serving.service import Service

F = TypeVar("F", bound=Callable[..., Any])

# What `PipelineHandler.run` asks for, kept on the method.
_RUN = "__starwhale_run__"
# Older names of the two methods, and what they are called now.
_ROLES = {"predict": "predict", "ppl": "predict", "evaluate": "evaluate", "cmp": "evaluate"}


class PipelineHandler:
    """Base of classes that evaluate a model: override `predict` and `evaluate` (or `ppl` and `cmp`).

    A subclass at the top of a module is two steps by itself: ``module:Class.predict`` and
    ``module:Class.evaluate``. One object of it is made in every task, so load the model in ``__init__``.

    Args:
        predict_batch_size: Rows per call of `predict`.
        ignore_error: Keep a row whose call raises with its error, and go on.
        predict_auto_log: Write outputs to the table ``results``, and hand them to `evaluate`.
        predict_log_mode: ``pickle`` or ``plain``, as in `evaluation.predict`.
        predict_log_dataset_features: Features written beside the output; None for all.
        dataset_uris: Datasets the class is meant for.

    Example:
        ```python
        class Digits(PipelineHandler):
            def __init__(self) -> None:
                super().__init__(predict_batch_size=32)
                self.model = load("model.bin")

            @PipelineHandler.run(replicas=2)
            def predict(self, data: list[dict]) -> list[int]:
                return [self.model(row["img"].to_numpy()) for row in data]

            def evaluate(self, results: Iterator[dict]) -> None: ...
        ```
    """

    # Here as well, for subclasses that do not call our `__init__`.
    predict_batch_size: int = 1
    ignore_error: bool = False
    predict_auto_log: bool = True
    predict_log_mode: str = LogMode.PICKLE.value
    predict_log_dataset_features: Sequence[str] | None = None
    dataset_uris: Sequence[Any] = ()

    _roles: ClassVar[Mapping[str, str]] = {}

    def __init__(
        self,
        predict_batch_size: int = 1,
        ignore_error: bool = False,
        predict_auto_log: bool = True,
        predict_log_mode: str = LogMode.PICKLE.value,
        predict_log_dataset_features: Sequence[str] | None = None,
        dataset_uris: Sequence[Any] | None = None,
        **kwargs: Any,
    ) -> None:
        self.predict_batch_size = predict_batch_size
        self.ignore_error = ignore_error
        self.predict_auto_log = predict_auto_log
        self.predict_log_mode = log_mode_of(predict_log_mode)
        self.predict_log_dataset_features = predict_log_dataset_features
        context = current()
        self.dataset_uris = (context and context.dataset_uris) or list(dataset_uris or [])
        self.kwargs = kwargs

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._roles = _methods(cls)
        if "." not in cls.__qualname__:
            _declare(cls, cls._roles)

    @property
    def context(self) -> Context:
        """The task this object works for."""
        return Context.get_runtime_context()

    @property
    def evaluation_store(self) -> Evaluation:
        """Where the job logs to."""
        from starwhale.api.results import Evaluation

        return Evaluation.from_context()

    @cached_property
    def svc(self) -> Service:
        """A service of this object's own, for functions that it adds and serves itself."""
        from starwhale.serving.service import Service

        return Service()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is held that would have to be let go; a subclass may."""

    @staticmethod
    def run(resources: Mapping[str, Any] | None = None, replicas: int = 1) -> Callable[[F], F]:
        """Say what `predict` or `evaluate` of a subclass asks for.

        Args:
            resources: As in `handler`.
            replicas: Tasks that share the rows; `evaluate` has one.

        Raises:
            InvalidSpec: it stands above another method, or gives `evaluate` replicas.
        """

        def decorate(function: F) -> F:
            role = _ROLES.get(function.__name__)
            if role is None:
                raise InvalidSpec(
                    f"PipelineHandler.run stands above {function.__qualname__}",
                    hint="it belongs above predict or evaluate",
                )
            if role == "evaluate" and replicas != 1:
                raise InvalidSpec(f"{function.__qualname__} has one task", hint="replicas belong to predict")
            setattr(function, _RUN, {"resources": normalise(resources), "replicas": replicas})
            return function

        return decorate


def _methods(cls: type[PipelineHandler]) -> dict[str, str]:
    """The method of `cls` for each role, under whichever of its names it was written."""
    found: dict[str, str] = {}
    for name, role in _ROLES.items():
        if not callable(getattr(cls, name, None)):
            continue
        if role in found:
            raise InvalidSpec(f"{cls.__qualname__} has both {found[role]} and {name}", hint=f"keep {role}")
        found[role] = name
    return found


def _declare(cls: type[PipelineHandler], roles: Mapping[str, str]) -> None:
    needs: tuple[str, ...] = ()
    for role, kind in (("predict", HandlerKind.PREDICT), ("evaluate", HandlerKind.EVALUATE)):
        if role not in roles:
            continue
        method = getattr(cls, roles[role])
        asked = getattr(method, _RUN, {})
        qualname = f"{cls.__qualname__}.{roles[role]}"
        declared = registered().get(f"{cls.__module__}:{qualname}")
        if declared is not None and declared[0].kind == kind and declared[1] is method:
            needs = (declared[0].id,)  # `@evaluation.predict` stands above the method, and says more
            continue
        spec = HandlerSpec(
            id=f"{cls.__module__}:{qualname}",
            module=cls.__module__,
            qualname=qualname,
            kind=kind.value,
            needs=needs,
            replicas=asked.get("replicas", 1),
            resources=asked.get("resources", {}),
            require_dataset=kind is HandlerKind.PREDICT,
            arguments=getattr(method, ARGUMENTS, {}),
        )
        register(spec, method)
        needs = (spec.id,)
