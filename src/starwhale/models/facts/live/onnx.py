"""Models of ONNX, as messages or in a session of ONNX Runtime."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from starwhale.core.errors import UsageError
from starwhale.models.facts.declared import ModelFacts
from starwhale.models.facts.live.asking import Kind, Signature, attempt, class_of, is_a, version_of
from starwhale.models.facts.live.signature import specs_of
from starwhale.models.facts.onnx import read_onnx
from starwhale.models.facts.source import Source
from starwhale.models.facts.values import TensorSpec

_DTYPES = {"float": "float32", "double": "float64", "string": "str"}


def _message(obj: Any) -> ModelFacts:
    data = bytes(obj.SerializeToString())
    source = Source(lambda start, length: data[start : start + length], len(data), most=2 * len(data) + 4096)
    found = read_onnx(source, "")
    return ModelFacts(
        framework="onnx",
        version=found.version,
        class_name=found.class_name,
        parameters=found.parameters,
        dtypes=found.dtypes,
        inputs=found.inputs,
        outputs=found.outputs,
        details=found.details,
    )


def _run_message(obj: Any, example: Any) -> Signature:
    del obj, example
    raise UsageError(
        "a model of ONNX says itself what it takes, and cannot be run without a session",
        hint="leave the example out, or describe an `onnxruntime.InferenceSession`",
    )


def _session(obj: Any) -> ModelFacts:
    about = obj.get_modelmeta()
    details = {
        "producer": about.producer_name,
        "graph": about.graph_name,
        "model_version": about.version,
        "metadata": {str(key): str(value) for key, value in about.custom_metadata_map.items()},
        "providers": list(obj.get_providers()),
    }
    return ModelFacts(
        framework="onnxruntime",
        version=version_of("onnxruntime"),
        class_name=class_of(obj),
        inputs=tuple(_port(each) for each in obj.get_inputs()),
        outputs=tuple(_port(each) for each in obj.get_outputs()),
        details={name: value for name, value in details.items() if value},
    )


def _port(port: Any) -> TensorSpec:
    kind = str(port.type).removeprefix("tensor(").removesuffix(")")
    shape = tuple(each if isinstance(each, int | str) and each != "" else None for each in port.shape or ())
    return TensorSpec(name=port.name, dtype=_DTYPES.get(kind, kind), shape=shape)


def _run_session(obj: Any, example: Any) -> Signature:
    names = [each.name for each in obj.get_inputs()]
    if isinstance(example, Mapping):
        feeds = dict(cast("Mapping[str, Any]", example))
    elif len(names) == 1:
        feeds = {names[0]: example}
    else:
        raise UsageError(f"the model takes {len(names)} inputs", hint=f"give a mapping: {', '.join(names)}")
    results = attempt(obj.run, None, feeds)
    outputs = [each.name for each in obj.get_outputs()]
    return specs_of(feeds, "input"), specs_of(dict(zip(outputs, results, strict=False)), "output")


MESSAGE = Kind(matches=lambda obj: is_a(obj, "onnx:ModelProto"), facts=_message, run=_run_message)
SESSION = Kind(
    matches=lambda obj: is_a(obj, "onnxruntime:InferenceSession"), facts=_session, run=_run_session
)
