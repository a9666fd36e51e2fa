"""Estimators of scikit-learn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from starwhale.models.facts.arrays import is_learned
from starwhale.models.facts.declared import ModelFacts
from starwhale.models.facts.live.asking import Kind, Signature, attempt, class_of, is_a, version_of
from starwhale.models.facts.live.signature import dtype_of, specs_of
from starwhale.models.facts.values import TensorSpec

_DEEPEST = 12
_MOST_SEEN = 100_000
_MOST_FEATURES = 1000
_METHODS = (
    ("predict", "prediction"),
    ("predict_proba", "probabilities"),
    ("transform", "transformed"),
    ("fit_predict", ""),
)


def matches(obj: Any) -> bool:
    """Whether it is an estimator, a pipeline among them."""
    return is_a(obj, "sklearn.base:BaseEstimator")


def facts(obj: Any) -> ModelFacts:
    """What a fitted estimator knows of itself."""
    return ModelFacts(
        framework="scikit-learn",
        version=version_of("sklearn"),
        class_name=class_of(obj),
        parameters=learned(obj),
        inputs=_inputs(obj),
        outputs=_outputs(obj),
        details=_details(obj),
    )


def run(obj: Any, example: Any) -> Signature:
    """Predict, or transform where it does not predict."""
    outputs: tuple[TensorSpec, ...] = ()
    for method, name in _METHODS:
        call = getattr(obj, method, None)
        if name and callable(call) and not (method == "transform" and outputs):
            outputs += specs_of(attempt(call, example), name)
    return specs_of(example, "X"), outputs


def learned(obj: Any) -> int | None:
    """How many numbers it has learned; None where nothing is found.

    Those of floating point in its attributes that end in ``_`` are counted, and each node of a tree as one.
    """
    found = list(_learned(obj, 0, set()))
    return sum(found) if found else None


def _learned(value: Any, depth: int, seen: set[int]) -> Iterator[int]:
    if depth > _DEEPEST or id(value) in seen or len(seen) > _MOST_SEEN:
        return
    seen.add(id(value))
    kind = class_of(value)
    if kind == "sklearn.tree._tree.Tree":
        yield int(value.node_count)
    elif kind == "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor":
        yield len(value.nodes)
    elif is_a(value, "numpy:ndarray"):
        if value.dtype.kind in "fc":
            yield int(value.size)
        elif value.dtype.kind == "O":
            yield from _several(value.ravel().tolist(), depth, seen)
    elif is_a(value, "scipy.sparse:spmatrix", "scipy.sparse:sparray"):
        yield from _learned(value.data, depth + 1, seen)
    elif isinstance(value, list | tuple):
        yield from _several(cast("list[Any]", value), depth, seen)
    elif matches(value):
        names = cast("dict[str, Any]", vars(value))
        yield from _several([each for name, each in names.items() if is_learned(name)], depth, seen)


def _several(values: list[Any] | tuple[Any, ...], depth: int, seen: set[int]) -> Iterator[int]:
    for each in values[:_MOST_SEEN]:
        yield from _learned(each, depth + 1, seen)


def _inputs(obj: Any) -> tuple[TensorSpec, ...]:
    features = getattr(obj, "n_features_in_", None)
    return (TensorSpec(name="X", shape=(None, int(features))),) if features is not None else ()


def _outputs(obj: Any) -> tuple[TensorSpec, ...]:
    classes = getattr(obj, "classes_", None)
    if not is_a(classes, "numpy:ndarray"):
        return ()
    dtype = dtype_of(cast("Any", classes).dtype)
    prediction = TensorSpec(name="prediction", dtype=dtype, shape=(None,))
    if not hasattr(obj, "predict_proba"):
        return (prediction,)
    shape = (None, len(cast("Any", classes)))
    return (prediction, TensorSpec(name="probabilities", dtype="float64", shape=shape))


def _details(obj: Any) -> dict[str, Any]:
    details: dict[str, Any] = {}
    names = getattr(obj, "feature_names_in_", None)
    if names is not None:
        details["feature_names"] = [str(each) for each in names[:_MOST_FEATURES]]
    steps = getattr(obj, "steps", None)
    if isinstance(steps, list):
        details["steps"] = [class_of(each[1]) for each in cast("list[Any]", steps)]
    return details


KIND = Kind(matches=matches, facts=facts, run=run)
