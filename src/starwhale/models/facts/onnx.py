"""ONNX: the graph around the weights, read from the wire format itself."""

from __future__ import annotations

from dataclasses import dataclass, field

from starwhale.models.facts.elements import LISTED, MOST_TENSORS, elements
from starwhale.models.facts.source import Cursor, Source, Unreadable
from starwhale.models.facts.values import Dimension, FileFacts, TensorSpec
from starwhale.models.facts.wire import LENGTH, Field, Wire, signed

_DEEPEST = 8
_MOST_PORTS = 10_000
_MOST_OPERATORS = 1000
_DTYPE_NAMES = (
    "float32 uint8 int8 uint16 int16 int32 int64 string bool float16 float64 uint32 uint64 complex64 "
    "complex128 bfloat16 float8_e4m3fn float8_e4m3fnuz float8_e5m2 float8_e5m2fnuz uint4 int4 float4_e2m1 "
    "float8_e8m0 uint2 int2"
)
_DTYPES = {0: "", **dict(enumerate(_DTYPE_NAMES.split(), start=1))}
_CONTAINERS = {4: "sequence", 9: "optional"}
_PRODUCERS = {
    "pytorch": "pytorch",
    "skl2onnx": "scikit-learn",
    "keras2onnx": "keras",
    "tf2onnx": "tensorflow",
}


@dataclass(slots=True)
class _Graph:
    """What was seen so far."""

    producer: str = ""
    producer_version: str = ""
    name: str = ""
    ir_version: int = 0
    model_version: int = 0
    opsets: dict[str, int] = field(default_factory=dict[str, int])
    metadata: dict[str, str] = field(default_factory=dict[str, str])
    operators: dict[str, int] = field(default_factory=dict[str, int])
    inputs: list[TensorSpec] = field(default_factory=list[TensorSpec])
    outputs: list[TensorSpec] = field(default_factory=list[TensorSpec])
    weights: list[TensorSpec] = field(default_factory=list[TensorSpec])
    weight_names: set[str] = field(default_factory=set[str])
    dtypes: dict[str, int] = field(default_factory=dict[str, int])
    external: set[str] = field(default_factory=set[str])


def read_onnx(source: Source, path: str) -> FileFacts:
    """Read the description of the model, and pass over the weights.

    Raises:
        Unreadable: it is no ONNX model, cut off, or too much.
    """
    wire, graph = Wire(Cursor(source)), _Graph()
    graphs = 0
    for each in wire.fields(source.size):
        graphs += each.number == 7 and each.kind == LENGTH
        _model(wire, each, graph)
    if not graphs or not graph.opsets:
        raise Unreadable("it is no ONNX model: it has no graph, or names no set of operators")
    # Before version 4 of the format each weight was listed among the inputs as well.
    inputs = [each for each in graph.inputs if each.name not in graph.weight_names]
    details = {
        "producer": f"{graph.producer} {graph.producer_version}".strip(),
        "ir_version": graph.ir_version,
        "model_version": graph.model_version,
        "opset": graph.opsets,
        "graph": graph.name,
        "initializers": len(graph.weight_names),
        "nodes": sum(graph.operators.values()),
        "operators": graph.operators,
        "metadata": graph.metadata,
        "external_data": sorted(graph.external),
    }
    return FileFacts(
        path=path,
        format="onnx",
        framework="onnx",
        version=f"opset {graph.opsets.get('', next(iter(graph.opsets.values())))}",
        class_name=_PRODUCERS.get(graph.producer, graph.producer),
        parameters=sum(graph.dtypes.values()),
        tensor_count=len(graph.weight_names),
        tensors=tuple(graph.weights),
        dtypes=graph.dtypes,
        inputs=tuple(inputs),
        outputs=tuple(graph.outputs),
        details={name: value for name, value in details.items() if value},
    )


def _model(wire: Wire, each: Field, graph: _Graph) -> None:
    match each.number:
        case 1 if each.kind != LENGTH:
            graph.ir_version = signed(each.value)
        case 2:
            graph.producer = wire.text(each, most=200)
        case 3:
            graph.producer_version = wire.text(each, most=200)
        case 5 if each.kind != LENGTH:
            graph.model_version = signed(each.value)
        case 7 if each.kind == LENGTH:
            for part in wire.fields(each.value):
                _part(wire, part, graph)
        case 8 if each.kind == LENGTH and len(graph.opsets) < 100:
            domain, version = _pair(wire, each)
            graph.opsets[domain] = int(version or 0)
        case 14 if each.kind == LENGTH and len(graph.metadata) < 100:
            name, value = _pair(wire, each)
            graph.metadata[name] = value
        case _:
            pass


def _part(wire: Wire, each: Field, graph: _Graph) -> None:
    """A field of the graph."""
    if each.kind != LENGTH:
        return
    match each.number:
        case 1:
            _node(wire, each, graph)
        case 2:
            graph.name = wire.text(each, most=200)
        case 5:
            _weight(wire, each, graph)
        case 11 if len(graph.inputs) < _MOST_PORTS + len(graph.weight_names):
            graph.inputs.append(_port(wire, each))
        case 12 if len(graph.outputs) < _MOST_PORTS:
            graph.outputs.append(_port(wire, each))
        case _:
            pass


def _pair(wire: Wire, each: Field) -> tuple[str, str]:
    """The first field of a message, a text, and the second, a text or a number."""
    first = second = ""
    for part in wire.fields(each.value):
        if part.number == 1:
            first = wire.text(part, most=200)
        elif part.number == 2:
            second = wire.text(part, most=1000) if part.kind == LENGTH else str(signed(part.value))
    return first, second


def _node(wire: Wire, each: Field, graph: _Graph) -> None:
    name = domain = ""
    for part in wire.fields(each.value):
        if part.number == 4:
            name = wire.text(part, most=200)
        elif part.number == 7:
            domain = wire.text(part, most=200)
    full = f"{domain}.{name}" if domain and domain != "ai.onnx" else name
    if full in graph.operators or len(graph.operators) < _MOST_OPERATORS:
        graph.operators[full] = graph.operators.get(full, 0) + 1


def _weight(wire: Wire, each: Field, graph: _Graph) -> None:
    name, kind, shape = "", 0, list[int]()
    for part in wire.fields(each.value):
        match part.number:
            case 1:
                shape.extend(wire.numbers(part))
            case 2 if part.kind != LENGTH:
                kind = part.value
            case 8:
                name = wire.text(part, most=1000)
            case 13 if part.kind == LENGTH and len(graph.external) < 1000:
                key, value = _pair(wire, part)
                if key == "location":
                    graph.external.add(value)
            case _:
                pass
    spec = TensorSpec(name=name, dtype=_DTYPES.get(kind, f"type_{kind}"), shape=tuple(shape))
    if len(graph.weight_names) >= MOST_TENSORS:
        raise Unreadable(f"it holds more than {MOST_TENSORS} tensors")
    graph.weight_names.add(name)
    graph.dtypes[spec.dtype] = graph.dtypes.get(spec.dtype, 0) + elements(shape)
    if len(graph.weights) < LISTED:
        graph.weights.append(spec)


def _port(wire: Wire, each: Field) -> TensorSpec:
    name, dtype, shape = "", "", None
    for part in wire.fields(each.value):
        if part.number == 1:
            name = wire.text(part, most=1000)
        elif part.number == 2 and part.kind == LENGTH:
            dtype, shape = _type(wire, part, 0)
    return TensorSpec(name=name, dtype=dtype, shape=shape)


def _type(wire: Wire, each: Field, depth: int) -> tuple[str, tuple[Dimension, ...] | None]:
    """Dtype and shape of a value; of a container only what kind of items it has."""
    if depth > _DEEPEST:
        raise Unreadable("a type is nested too deep")
    for part in wire.fields(each.value):
        if part.kind != LENGTH:
            continue
        if part.number in {1, 8}:
            return _tensor_type(wire, part)
        if part.number == 5:
            return _map_type(wire, part, depth), None
        if part.number in _CONTAINERS:
            inner = ""
            for item in wire.fields(part.value):
                if item.number == 1 and item.kind == LENGTH:
                    inner, _ = _type(wire, item, depth + 1)
            return f"{_CONTAINERS[part.number]}({inner})", None
    return "", None


def _map_type(wire: Wire, each: Field, depth: int) -> str:
    key = value = ""
    for part in wire.fields(each.value):
        if part.number == 1 and part.kind != LENGTH:
            key = _DTYPES.get(part.value, f"type_{part.value}")
        elif part.number == 2 and part.kind == LENGTH:
            value, _ = _type(wire, part, depth + 1)
    return f"map({key}, {value})"


def _tensor_type(wire: Wire, each: Field) -> tuple[str, tuple[Dimension, ...] | None]:
    dtype, shape = "", None
    for part in wire.fields(each.value):
        if part.number == 1 and part.kind != LENGTH:
            dtype = _DTYPES.get(part.value, f"type_{part.value}")
        elif part.number == 2 and part.kind == LENGTH:
            lengths: list[Dimension] = []
            for item in wire.fields(part.value):
                if item.number != 1 or len(lengths) >= 64 or item.kind != LENGTH:
                    raise Unreadable("the shape of an input or output is none")
                lengths.append(_dimension(wire, item))
            shape = tuple(lengths)
    return dtype, shape


def _dimension(wire: Wire, each: Field) -> Dimension:
    length: Dimension = None
    for part in wire.fields(each.value):
        if part.number == 1 and part.kind != LENGTH:
            length = signed(part.value)
        elif part.number == 2:
            length = wire.text(part, most=200) or None
    return length
