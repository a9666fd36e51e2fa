"""Keras 3: the description in a `.keras` archive; its weights, an HDF5 file, are not opened."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from typing import Any

from starwhale.models.facts import archive
from starwhale.models.facts.objects import Global
from starwhale.models.facts.plain import mapping, read_json, sequence, text, whole
from starwhale.models.facts.source import Source, Unreadable
from starwhale.models.facts.trust import told
from starwhale.models.facts.values import FileFacts, Import, TensorSpec

_LONGEST = 8 << 20
_MOST_VALUES = 500_000
_MOST_LAYERS = 100


def read_keras(source: Source, path: str) -> FileFacts:
    """Read what kind of model it is, its layers, and what loading it would import.

    Raises:
        Unreadable: it is no archive of Keras, damaged, or too much.
    """
    members = archive.members(source)
    if "config.json" not in members or "metadata.json" not in members:
        raise Unreadable("it is no archive of Keras: it holds no config.json or no metadata.json")
    metadata = _json(source, members["metadata.json"])
    config = _json(source, members["config.json"])
    layers = [mapping(each) for each in sequence(mapping(config.get("config")).get("layers"))]
    counts: dict[str, int] = {}
    for each in layers:
        name = text(each.get("class_name"))
        if name in counts or len(counts) < _MOST_LAYERS:
            counts[name] = counts.get(name, 0) + 1
    weights = members.get("model.weights.h5")
    details = {
        "saved": text(metadata.get("date_saved")),
        "name": text(mapping(config.get("config")).get("name")),
        "layers": counts,
        "weights_size": weights.size if weights is not None else 0,
    }
    return FileFacts(
        path=path,
        format="keras",
        framework="keras",
        version=text(metadata.get("keras_version")),
        class_name=text(config.get("class_name")),
        inputs=tuple(_inputs(layers)),
        details={name: value for name, value in details.items() if value},
        imports=_imports(config),
    )


def _json(source: Source, member: archive.Member) -> dict[str, Any]:
    return read_json(archive.read_member(source, member, most=_LONGEST), values=_MOST_VALUES)


def _inputs(layers: list[dict[str, Any]]) -> Iterator[TensorSpec]:
    for each in layers:
        config = mapping(each.get("config"))
        shape = config.get("batch_shape")
        if text(each.get("class_name")) == "InputLayer" and isinstance(shape, list):
            lengths = tuple(whole(length) for length in sequence(shape)[:64])
            yield TensorSpec(name=text(config.get("name")), dtype=text(config.get("dtype")), shape=lengths)


def _imports(config: dict[str, Any]) -> tuple[Import, ...]:
    """Classes and functions that loading would look up, but for those of Keras."""
    found: set[Global] = set()
    waiting: list[Any] = [config]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting.extend(sequence(each))
            continue
        part = mapping(each)
        waiting.extend(part.values())
        name = text(part.get("class_name"))
        module = text(part.get("module"))
        if name == "__lambda__":
            # The code of the function itself lies in the file.
            found.add(Global("marshal", "loads"))
        elif name == "function":
            found.add(_function(module, text(part.get("config"))))
        elif module and name and module.partition(".")[0] != "keras":
            found.add(Global(module, name))
    return told(found)


def _function(module: str, name: str) -> Global:
    """A function that is named; those of the user are written as if they were of Python itself."""
    own = module == "builtins" and not hasattr(builtins, name)
    return Global("custom" if own or not module else module, name)
