"""XGBoost: models in JSON and in its binary form; trees are counted, not built."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from starwhale.models.facts.plain import sequence, text, whole
from starwhale.models.facts.skim import EACH, TAKE, Wanted, skim
from starwhale.models.facts.source import Cursor, Source, Unreadable
from starwhale.models.facts.ubjson import skim_ubjson
from starwhale.models.facts.values import FileFacts, TensorSpec

_MOST_FEATURES = 1000
_TREES: Wanted = {EACH: {"tree_param": {"num_nodes": TAKE}}}
_MODEL: Wanted = {"trees": _TREES}
_WANTED: Wanted = {
    "learner": {
        "feature_names": TAKE,
        "feature_types": TAKE,
        "gradient_booster": {"name": TAKE, "model": _MODEL, "gbtree": {"model": _MODEL}},
        "learner_model_param": TAKE,
        "objective": {"name": TAKE},
    },
    "version": TAKE,
}
_JSON = re.compile(rb'\s*\{\s*"(?:learner"\s*:\s*\{|version"\s*:\s*\[)')
_UBJ = re.compile(rb"\{(?:L\0{7}|l\0{3}|I\0|[iU])(?:\x07learner\{|\x07version\[)")


@dataclass(slots=True)
class _Learner:
    """What was found so far."""

    numbers: dict[str, Any] = field(default_factory=dict[str, Any])
    names: list[str] = field(default_factory=list[str])
    version: str = ""
    booster: str = ""
    objective: str = ""
    trees: int = 0
    nodes: int = 0


def is_xgboost(head: bytes) -> bool:
    """Whether a file begins as a model of XGBoost does, in either form."""
    return bool(_JSON.match(head) or _UBJ.match(head))


def read_xgboost(source: Source, path: str) -> FileFacts:
    """Read what kind of booster it is, and count its trees and their nodes.

    Raises:
        Unreadable: it is no model of XGBoost, is cut off, or too much.
    """
    binary = bool(_UBJ.match(source.head(64)))
    found = _Learner()
    for where, value in (skim_ubjson if binary else skim)(Cursor(source), _WANTED):
        _see(found, where, value)
    if not found.booster:
        raise Unreadable("it is no model of XGBoost: it names no booster")
    features = whole(found.numbers.get("num_feature"))
    details = {
        "booster": found.booster,
        "objective": found.objective,
        "trees": found.trees,
        "classes": whole(found.numbers.get("num_class")),
        "features": features,
        "feature_names": found.names[:_MOST_FEATURES],
        "base_score": text(found.numbers.get("base_score")),
        "form": "ubj" if binary else "json",
    }
    return FileFacts(
        path=path,
        format="xgboost",
        framework="xgboost",
        version=found.version,
        class_name=found.booster,
        parameters=_weights(found) if found.booster == "gblinear" else found.nodes,
        inputs=(TensorSpec(name="data", dtype="float32", shape=(None, features)),) if features else (),
        outputs=tuple(_outputs(found)),
        details={name: value for name, value in details.items() if value},
    )


def _see(found: _Learner, where: tuple[str, ...], value: Any) -> None:
    match where[-1]:
        case "num_nodes":
            found.trees += 1
            found.nodes += whole(value) or 0
        case "learner_model_param":
            found.numbers = value if isinstance(value, dict) else {}
        case "feature_names":
            found.names = [text(each) for each in sequence(value)]
        case "version":
            numbers = [whole(each) for each in sequence(value)[:4]]
            found.version = ".".join(str(each) for each in numbers if each is not None)
        case "name" if where[-2] == "objective":
            found.objective = text(value)
        case "name":
            found.booster = text(value)
        case _:
            pass


def _weights(found: _Learner) -> int | None:
    """Of a linear booster: one for each feature and one more, for each class or target."""
    features = whole(found.numbers.get("num_feature"))
    groups = whole(found.numbers.get("num_class")) or whole(found.numbers.get("num_target")) or 1
    return None if features is None else (features + 1) * groups


def _outputs(found: _Learner) -> Iterator[TensorSpec]:
    """What `Booster.predict` gives."""
    width = whole(found.numbers.get("num_target")) or 1
    if found.objective == "multi:softprob":
        width = whole(found.numbers.get("num_class")) or 1
    if found.objective:
        yield TensorSpec(name="prediction", dtype="float32", shape=(None,) if width == 1 else (None, width))
