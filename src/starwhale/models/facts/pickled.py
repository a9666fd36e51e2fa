"""Pickles and files of joblib: what they would import, and what kind of model is in them."""

from __future__ import annotations

from typing import Any

from starwhale.models.facts.arrays import WRAPPER, learned, pass_array
from starwhale.models.facts.objects import Made, made_by, named
from starwhale.models.facts.pickles import scan
from starwhale.models.facts.pytorch import LEGACY, read_legacy
from starwhale.models.facts.source import Source
from starwhale.models.facts.trust import told
from starwhale.models.facts.unpacking import unpacked
from starwhale.models.facts.values import FileFacts, TensorSpec

_FRAMEWORKS = {
    "catboost": "catboost",
    "keras": "keras",
    "lightgbm": "lightgbm",
    "pandas": "pandas",
    "numpy": "numpy",
    "sklearn": "scikit-learn",
    "statsmodels": "statsmodels",
    "torch": "pytorch",
    "transformers": "transformers",
    "xgboost": "xgboost",
}
_MAGIC_OF_LEGACY = b"\x8a\x0a" + LEGACY.to_bytes(10, "little")
_MOST_STEPS = 50


def is_pickle(head: bytes) -> bool:
    """Whether a file begins as a pickle of protocol 2 or later does."""
    return len(head) > 1 and head[0] == 0x80 and 2 <= head[1] <= 5


def read_pickle(source: Source, path: str) -> FileFacts:
    """Follow the pickles of a file without carrying them out."""
    if source.head(2 + len(_MAGIC_OF_LEGACY))[2:] == _MAGIC_OF_LEGACY:
        return read_legacy(source, path)
    stream, packing = unpacked(source)
    found = scan(stream, array=pass_array)
    root = found.values[0] if found.values else None
    kind = made_by(root)
    names = named(root)
    version = names.get("_sklearn_version")
    joblib = WRAPPER in {str(each) for each in found.imports} or path.endswith(".joblib")
    steps = _steps(names)
    count = len(found.values)
    details = {"packed": packing, "steps": steps, "pickles": count if count > 1 else 0}
    return FileFacts(
        path=path,
        format="joblib" if joblib else "pickle",
        framework=_FRAMEWORKS.get(kind.partition(".")[0], ""),
        version=version[:50] if isinstance(version, str) else "",
        class_name=kind[:200],
        parameters=learned(root),
        inputs=_inputs(root),
        details={name: value for name, value in details.items() if value},
        imports=told(found.imports),
        problem=found.problem,
    )


def _steps(names: dict[str, Any]) -> list[str]:
    """Classes of the steps of a pipeline of scikit-learn."""
    steps = names.get("steps")
    if not isinstance(steps, list):
        return []
    return [
        made_by(each[1])[:200] for each in steps[:_MOST_STEPS] if isinstance(each, tuple) and len(each) == 2
    ]


def _inputs(root: Any) -> tuple[TensorSpec, ...]:
    """What an estimator of scikit-learn, or the first step of a pipeline, was fitted on."""
    for _ in range(_MOST_STEPS):
        names = named(root) if isinstance(root, Made) else {}
        features = names.get("n_features_in_")
        if type(features) is int and 0 < features < 1 << 40:
            return (TensorSpec(name="X", shape=(None, features)),)
        steps = names.get("steps")
        first = steps[0] if isinstance(steps, list) and steps else None
        if not isinstance(first, tuple) or len(first) != 2:
            break
        root = first[1]
    return ()
