"""What the decorators of users register: one record per step of a job, and the function behind it.

The record holds no object of the user's, so it may be stored in a model package, shown in a form and
planned with in a process that never imports the user's code.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Self

from starwhale.core.errors import InvalidSpec

Function = Callable[..., Any]


class HandlerKind(StrEnum):
    """How the worker calls the function: once, per dataset row, over all results, or with whole datasets."""

    HANDLER = "handler"
    PREDICT = "predict"
    EVALUATE = "evaluate"
    FINETUNE = "finetune"


class LogMode(StrEnum):
    """How the output of `predict` is kept: typed columns, with or without a pickle for the rest."""

    PLAIN = "plain"
    PICKLE = "pickle"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlerSpec:
    """One step that a job may run.

    Attributes:
        id: ``module:qualname``, for example ``digits.evaluate:predict`` or ``m:Pipeline.predict``.
        module: Dotted name of the module that defines the function.
        qualname: Name inside the module: ``function`` or ``Class.method``.
        name: Name shown to people.
        kind: One of `HandlerKind`.
        replicas: Tasks of the step, >= 1.
        needs: Ids of the steps that must have succeeded before.
        resources: ``{"cpu": {"request": 1.0, "limit": 2.0}, ...}``; empty where nothing is asked for.
        expose: Port of a service, 0 where the step serves nothing.
        require_dataset: The step cannot run without a dataset.
        datasets: URIs used when the run names no dataset.
        options: How rows are fed and logged (`batch_size`, `fail_on_error`, `auto_log`, `log_mode`,
            `log_dataset_features`, `use_predict_auto_log`), `extra_args` and `extra_kwargs`, and what a
            fine-tuning needs and makes (`fine_tune`, `auto_build_model`, `model_modules`, `excludes`).
        arguments: ``{dataclass name: {field: option}}`` of `@argument`; a form can be drawn from it.
    """

    id: str
    module: str
    qualname: str
    name: str = ""
    kind: str = HandlerKind.HANDLER.value
    replicas: int = 1
    needs: tuple[str, ...] = ()
    resources: Mapping[str, Any] = field(default_factory=dict[str, Any])
    expose: int = 0
    require_dataset: bool = False
    datasets: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        if not self.name:
            object.__setattr__(self, "name", self.id)
        if self.kind not in _KINDS:
            raise InvalidSpec(f"handler {self.id!r} is of unknown kind {self.kind!r}")
        if self.replicas < 1:
            raise InvalidSpec(f"handler {self.id!r} wants {self.replicas} replicas; the least is 1")

    @property
    def needs_validation(self) -> bool:
        """Whether a run must name datasets to validate on."""
        return bool((self.options.get("fine_tune") or {}).get("require_validation_datasets"))

    def to_json(self) -> dict[str, Any]:
        """Plain dicts, lists and scalars; `from_json` reads them back."""
        plain = {each.name: getattr(self, each.name) for each in fields(self)}
        plain["needs"] = list(self.needs)
        plain["datasets"] = list(self.datasets)
        for name in ("resources", "options", "arguments"):
            plain[name] = dict(plain[name])
        return plain

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote; fields of a later release are passed over.

        Raises:
            InvalidSpec: a field that must be there is missing.
        """
        known = {each.name: plain[each.name] for each in fields(cls) if each.name in plain}
        for name in ("needs", "datasets"):
            known[name] = tuple(known.get(name, ()))
        try:
            return cls(**known)
        except TypeError as exc:
            raise InvalidSpec(f"this is not a handler: {exc}") from exc


_KINDS = frozenset(kind.value for kind in HandlerKind)
_registered: dict[str, tuple[HandlerSpec, Function]] = {}
_imports_under_way = 0


def handler_id(function: Function) -> str:
    """Id of the step that `function` is or would be.

    Raises:
        InvalidSpec: the function lives in a nested class or inside another function, where no other
            process could find it.
    """
    module = getattr(function, "__module__", None)
    qualname = getattr(function, "__qualname__", None)
    if not module or not qualname:
        raise InvalidSpec(f"{function!r} is no function and cannot be a handler")
    if "<locals>" in qualname or qualname.count(".") > 1:
        raise InvalidSpec(
            f"handler {module}:{qualname} is nested too deep to be found by a worker",
            hint="define it at the top of its module or as a method of a class there",
        )
    return f"{module}:{qualname}"


def register(spec: HandlerSpec, function: Function) -> None:
    """Make `spec` known to this process; the same id again replaces it, as a reload of its module does."""
    _registered[spec.id] = (spec, function)


def registered() -> Mapping[str, tuple[HandlerSpec, Function]]:
    """All handlers known to this process by id, in the order in which they were defined."""
    return MappingProxyType(_registered)


def clear() -> None:
    """Forget every handler of this process."""
    _registered.clear()


@contextmanager
def importing() -> Generator[None]:
    """Mark that a worker imports modules of the user, so that a script's own `model.build()` does nothing.

    Such a script would otherwise build itself again and again.
    """
    global _imports_under_way  # noqa: PLW0603 - counts for the whole process, as imports do
    _imports_under_way += 1
    try:
        yield
    finally:
        _imports_under_way -= 1


def is_importing() -> bool:
    """Whether a worker imports modules of the user at this moment."""
    return _imports_under_way > 0
