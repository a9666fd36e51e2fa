"""Modules of PyTorch, models and pipelines of transformers, adapters of peft, and bare weights."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, cast

from starwhale.core.errors import UsageError
from starwhale.models.facts.declared import ModelFacts
from starwhale.models.facts.huggingface import SHAPE
from starwhale.models.facts.live.asking import (
    Kind,
    Signature,
    attempt,
    class_of,
    counted,
    is_a,
    version_of,
)
from starwhale.models.facts.live.signature import dtype_of, specs_of
from starwhale.models.facts.plain import brief

_TENSOR = "torch:Tensor"
_PIPELINE = "transformers.pipelines.base:Pipeline"


def _module(obj: Any) -> ModelFacts:
    weights = list(obj.parameters())
    try:
        sizes = [(each, int(each.numel())) for each in weights]
    except ValueError:  # a lazy module does not know its shapes before it has run
        sizes = None
    found = ModelFacts(
        framework="pytorch",
        version=version_of("torch"),
        class_name=class_of(obj),
        parameters=None if sizes is None else sum(count for _, count in sizes),
        trainable=None if sizes is None else sum(count for each, count in sizes if each.requires_grad),
        dtypes=counted((dtype_of(each.dtype), count) for each, count in sizes or ()),
    )
    if is_a(obj, "peft.peft_model:PeftModel"):
        kinds = {name: str(getattr(each, "peft_type", "")) for name, each in obj.peft_config.items()}
        return replace(found, framework="peft", version=version_of("peft"), details={"adapters": kinds})
    if is_a(obj, "transformers.modeling_utils:PreTrainedModel"):
        details = brief(dict(obj.config.to_dict()), SHAPE)
        details["pytorch"] = version_of("torch")
        version = version_of("transformers")
        return replace(found, framework="transformers", version=version, details=details)
    return found


def _run_module(obj: Any, example: Any) -> Signature:
    """Forward, without gradients and without what only training does; the mode is as before afterwards."""
    names = _arguments(obj)
    if isinstance(example, Mapping):
        given: dict[str, Any] = {str(key): each for key, each in cast("Mapping[Any, Any]", example).items()}
        args, described = (), given
    else:
        args = cast("tuple[Any, ...]", example) if isinstance(example, tuple) else (example,)
        names += [f"input_{number}" for number in range(len(names), len(args))]
        given, described = {}, dict(zip(names, args, strict=False))
    modes = [(each, each.training) for each in obj.modules()]
    try:
        obj.eval()
        with sys.modules["torch"].no_grad():
            result = attempt(obj, *args, **given)
    finally:
        for each, mode in modes:
            each.training = mode
    return specs_of(described, "input"), specs_of(result, "output")


def _arguments(obj: Any) -> list[str]:
    """Names of what `forward` takes, as far as they can be seen."""
    with suppress(TypeError, ValueError):
        found = inspect.signature(obj.forward).parameters.values()
        return [each.name for each in found if each.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
    return []


def _pipeline(obj: Any) -> ModelFacts:
    found = _module(obj.model) if is_a(obj.model, "torch.nn:Module") else ModelFacts()
    details = {**found.details, "task": str(getattr(obj, "task", "")), "model": class_of(obj.model)}
    return replace(
        found,
        framework="transformers",
        version=version_of("transformers"),
        class_name=class_of(obj),
        details=details,
    )


def _run_pipeline(obj: Any, example: Any) -> Signature:
    return specs_of(example, "inputs"), specs_of(attempt(obj, example), "output")


def _is_weights(obj: Any) -> bool:
    if not isinstance(obj, Mapping) or not obj:
        return False
    return all(is_a(each, _TENSOR, "numpy:ndarray") for each in cast("Mapping[Any, Any]", obj).values())


def _weights(obj: Any) -> ModelFacts:
    tensors = cast("Mapping[Any, Any]", obj)
    torch = any(is_a(each, _TENSOR) for each in tensors.values())
    sizes = [
        (dtype_of(each.dtype), int(each.numel() if is_a(each, _TENSOR) else each.size))
        for each in tensors.values()
    ]
    return ModelFacts(
        framework="pytorch" if torch else "numpy",
        version=version_of("torch" if torch else "numpy"),
        class_name=class_of(obj),
        parameters=sum(count for _, count in sizes),
        dtypes=counted(sizes),
        details={"tensors": len(tensors)},
    )


def _run_weights(obj: Any, example: Any) -> Signature:
    del obj, example
    raise UsageError("bare weights cannot be run on an example", hint="describe the module that they are for")


MODULE = Kind(matches=lambda obj: is_a(obj, "torch.nn:Module"), facts=_module, run=_run_module)
PIPELINE = Kind(matches=lambda obj: is_a(obj, _PIPELINE), facts=_pipeline, run=_run_pipeline)
WEIGHTS = Kind(matches=_is_weights, facts=_weights, run=_run_weights)
