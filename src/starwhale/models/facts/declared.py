"""What a program has said of its model, kept beside the code and the weights."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starwhale.core.errors import NotFound
from starwhale.models.facts.plain import mapping, read_json, sequence, text, whole
from starwhale.models.facts.source import Unreadable
from starwhale.models.facts.values import Dimension, Label, TensorSpec
from starwhale.storage.objects.disk_errors import disk_errors

FACTS = ".starwhale/facts.json"
"""Where a package keeps them."""

LONGEST = 4 << 20
_FORMAT = 1
_MOST_VALUES = 200_000
_MOST_PORTS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """What a model is.

    Attributes:
        framework: Such as ``scikit-learn``; empty where it is of none that is known.
        version: Of the framework.
        class_name: Module and class.
        parameters: How many learned numbers; None where they cannot be counted. Of trees, each node is one.
        trainable: How many of them training changes; None where the framework does not tell.
        dtypes: Learned numbers by dtype.
        inputs: What it takes.
        outputs: What it gives.
        details: More, under the names of the framework: texts, numbers, lists and mappings of these.
    """

    framework: str = ""
    version: str = ""
    class_name: str = ""
    parameters: int | None = None
    trainable: int | None = None
    dtypes: Mapping[str, int] = field(default_factory=dict[str, int])
    inputs: tuple[TensorSpec, ...] = ()
    outputs: tuple[TensorSpec, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def label(self) -> Label:
        """The model in one line."""
        return Label(
            framework=self.framework or "unknown",
            version=self.version,
            class_name=self.class_name,
            parameters=self.parameters,
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "framework": self.framework,
            "version": self.version,
            "class": self.class_name,
            "parameters": self.parameters,
            "trainable": self.trainable,
            "dtypes": dict(self.dtypes),
            "inputs": [each.to_json() for each in self.inputs],
            "outputs": [each.to_json() for each in self.outputs],
            "details": dict(self.details),
        }

    def to_bytes(self) -> bytes:
        """The same facts give the same bytes."""
        plain = {"format": _FORMAT, **self.to_json()}
        return json.dumps(plain, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> ModelFacts:
        """Read what `to_bytes` wrote.

        Raises:
            Unreadable: it is none of ours, of a later release, or too long.
        """
        if len(data) > LONGEST:
            raise Unreadable(f"{FACTS} has {len(data)} bytes, and {LONGEST} is the most")
        plain = read_json(data, values=_MOST_VALUES)
        if plain.get("format") != _FORMAT:
            raise Unreadable(f"{FACTS} has a format that is not known", hint="upgrade Starwhale to read it")
        counts = {name: whole(value) for name, value in mapping(plain.get("dtypes")).items()}
        return cls(
            framework=text(plain.get("framework")),
            version=text(plain.get("version")),
            class_name=text(plain.get("class")),
            parameters=whole(plain.get("parameters")),
            trainable=whole(plain.get("trainable")),
            dtypes={name: count for name, count in counts.items() if count is not None},
            inputs=_specs(plain.get("inputs")),
            outputs=_specs(plain.get("outputs")),
            details=mapping(plain.get("details")),
        )

    def save(self, directory: str | os.PathLike[str]) -> Path:
        """Write them where a build of this directory packs them.

        Args:
            directory: That `model.build` or `swcli model build` is given.

        Returns:
            The file, in `directory`.

        Raises:
            NotFound: there is no such directory.
            StorageFull: there is no space for it.
        """
        root = Path(directory)
        if not root.is_dir():
            raise NotFound(f"there is no directory {str(root)!r}")
        place = root / FACTS
        with disk_errors(str(place)):
            place.parent.mkdir(exist_ok=True)
            _replace(place, self.to_bytes())
        return place


def _replace(place: Path, data: bytes) -> None:
    """Put a file in its place at once, so that a build never packs half of one."""
    handle, rough = tempfile.mkstemp(prefix=".facts.", dir=place.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(rough).chmod(0o644)
        Path(rough).replace(place)
    except BaseException:
        Path(rough).unlink(missing_ok=True)
        raise


def _specs(value: object) -> tuple[TensorSpec, ...]:
    return tuple(_spec(mapping(each)) for each in sequence(value)[:_MOST_PORTS])


def _spec(plain: dict[str, Any]) -> TensorSpec:
    lengths = plain.get("shape")
    shape = tuple(_dimension(each) for each in sequence(lengths)[:64]) if isinstance(lengths, list) else None
    return TensorSpec(
        name=text(plain.get("name"), most=1000), dtype=text(plain.get("dtype"), most=500), shape=shape
    )


def _dimension(value: object) -> Dimension:
    return text(value) or None if isinstance(value, str) else whole(value)
