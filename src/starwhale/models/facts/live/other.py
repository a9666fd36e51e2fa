"""Whatever is of no framework that is known."""

from __future__ import annotations

from typing import Any

from starwhale.core.errors import UsageError
from starwhale.models.facts.declared import ModelFacts
from starwhale.models.facts.live.asking import Kind, Signature, attempt, class_of, version_of
from starwhale.models.facts.live.signature import specs_of


def _facts(obj: Any) -> ModelFacts:
    package = type(obj).__module__.partition(".")[0]
    own = package in {"__main__", "builtins"}
    return ModelFacts(
        framework="" if own else package,
        version="" if own else version_of(package),
        class_name=class_of(obj),
    )


def _run(obj: Any, example: Any) -> Signature:
    call = getattr(obj, "predict", obj)
    if not callable(call):
        raise UsageError(
            f"a {class_of(obj)} cannot be run on an example: it has no `predict` and cannot be called",
            hint="give its inputs and outputs instead",
        )
    return specs_of(example, "input"), specs_of(attempt(call, example), "output")


OTHER = Kind(matches=lambda _: True, facts=_facts, run=_run)
