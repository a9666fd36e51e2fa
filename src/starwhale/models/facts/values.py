"""What is known of a model or of one of its files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Dimension: TypeAlias = int | str | None
Trust: TypeAlias = Literal["expected", "unknown", "dangerous"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorSpec:
    """One input, output or weight of a model.

    Attributes:
        name: What it is called; empty where it has no name.
        dtype: As numpy calls it, ``float32``, or as the framework does where numpy has none, ``bfloat16``;
            empty where it is not known.
        shape: Lengths; None in it is any length, a text is the name of a length that several share. None
            where not even the number of dimensions is known.
    """

    name: str
    dtype: str = ""
    shape: tuple[Dimension, ...] | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "name": self.name,
            "dtype": self.dtype,
            "shape": None if self.shape is None else list(self.shape),
        }

    def __str__(self) -> str:
        lengths = "" if self.shape is None else f"[{', '.join(_length(each) for each in self.shape)}]"
        kind = f"{self.dtype}{lengths}"
        return f"{self.name}: {kind}" if self.name and kind else self.name or kind


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Import:
    """Something that unpickling a file would import, and perhaps call.

    Attributes:
        name: Module and object, divided by a dot.
        trust: ``expected`` for what data of models is usually made of, ``dangerous`` for what runs commands,
            reads files or evaluates code, ``unknown`` for all else, such as classes of the user. What is
            expected may still be misused: a pickle from a stranger is a program of a stranger.
    """

    name: str
    trust: Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """What one file of a package says of itself, read without the framework and without running anything.

    Attributes:
        path: In the package.
        format: ``safetensors``, ``onnx``, ``gguf``, ``transformers``, ``peft``, ``xgboost``, ``lightgbm``,
            ``keras``, ``pytorch``, ``pickle``, ``joblib`` …
        framework: What made it, as the package of that framework is called; empty where it does not say.
        version: Of the framework, as far as the file tells.
        class_name: What kind of model: a class, an architecture, a booster.
        parameters: How many learned numbers; None where the file does not tell. Numbers that a checkpoint
            of PyTorch or safetensors keeps beside the weights, such as running means, are counted too.
        tensor_count: How many tensors it holds.
        tensors: The first of them.
        dtypes: Learned numbers by dtype.
        inputs: What the model takes, where the file says so.
        outputs: What it gives.
        details: More, under the names of the format.
        imports: What unpickling it would import, the dangerous first; empty for what is no pickle.
        problem: Why the file could not be read, wholly or from some point on; empty where it could.
        late: Whether there was no time left to look at it.
    """

    path: str
    format: str
    framework: str = ""
    version: str = ""
    class_name: str = ""
    parameters: int | None = None
    tensor_count: int = 0
    tensors: tuple[TensorSpec, ...] = ()
    dtypes: Mapping[str, int] = field(default_factory=dict[str, int])
    inputs: tuple[TensorSpec, ...] = ()
    outputs: tuple[TensorSpec, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])
    imports: tuple[Import, ...] = ()
    problem: str = ""
    late: bool = False

    @property
    def dangers(self) -> tuple[str, ...]:
        """Names of the imports that no model needs."""
        return tuple(each.name for each in self.imports if each.trust == "dangerous")

    def to_json(self) -> dict[str, Any]:
        """Plain values; what is not known is left out."""
        told: dict[str, Any] = {
            "path": self.path,
            "format": self.format,
            "framework": self.framework,
            "version": self.version,
            "class": self.class_name,
            "parameters": self.parameters,
            "tensor_count": self.tensor_count,
            "tensors": [each.to_json() for each in self.tensors],
            "dtypes": dict(self.dtypes),
            "inputs": [each.to_json() for each in self.inputs],
            "outputs": [each.to_json() for each in self.outputs],
            "details": dict(self.details),
            "imports": [{"name": each.name, "trust": each.trust} for each in self.imports],
            "problem": self.problem,
        }
        return {
            name: value
            for name, value in told.items()
            if name in {"path", "format"} or value not in (None, "", [], {}, 0)
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A model in one line: what made it and how large it is.

    Attributes:
        framework: Such as ``scikit-learn``.
        version: Of the framework; empty where nobody says.
        class_name: Kind of the model; empty where nobody says.
        parameters: How many learned numbers; None where nobody says.
    """

    framework: str
    version: str = ""
    class_name: str = ""
    parameters: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "framework": self.framework,
            "version": self.version,
            "class": self.class_name,
            "parameters": self.parameters,
        }


def _length(dimension: Dimension) -> str:
    return "?" if dimension is None else str(dimension)
