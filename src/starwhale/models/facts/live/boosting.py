"""Boosters of XGBoost and LightGBM, and the estimators around them."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

from starwhale.models.facts.declared import ModelFacts
from starwhale.models.facts.lightgbm import read_lightgbm
from starwhale.models.facts.live import sklearn
from starwhale.models.facts.live.asking import Kind, Signature, attempt, class_of, is_a, version_of
from starwhale.models.facts.live.signature import specs_of
from starwhale.models.facts.source import Source
from starwhale.models.facts.values import FileFacts
from starwhale.models.facts.xgboost import read_xgboost

_XGBOOST = ("xgboost:XGBModel", "xgboost:Booster")
_LIGHTGBM = ("lightgbm:LGBMModel", "lightgbm:Booster")


def _xgboost(obj: Any) -> ModelFacts:
    bare = ModelFacts(framework="xgboost", version=version_of("xgboost"), class_name=class_of(obj))
    if is_a(obj, "xgboost:XGBModel") and not obj.__sklearn_is_fitted__():
        return bare
    booster = obj.get_booster() if is_a(obj, "xgboost:XGBModel") else obj
    written = bytes(booster.save_raw("ubj"))
    return _with(bare, read_xgboost(_whole(written), ""), obj)


def _lightgbm(obj: Any) -> ModelFacts:
    bare = ModelFacts(framework="lightgbm", version=version_of("lightgbm"), class_name=class_of(obj))
    if is_a(obj, "lightgbm:LGBMModel") and not obj.__sklearn_is_fitted__():
        return bare
    booster = obj.booster_ if is_a(obj, "lightgbm:LGBMModel") else obj
    return _with(bare, read_lightgbm(_whole(booster.model_to_string().encode()), ""), obj)


def _whole(data: bytes) -> Source:
    """Bytes of the program itself, which may be as many as it likes."""
    return Source(lambda start, length: data[start : start + length], len(data), most=4 * len(data) + 4096)


def _with(bare: ModelFacts, found: FileFacts, obj: Any) -> ModelFacts:
    estimator = sklearn.matches(obj)
    details = {name: value for name, value in found.details.items() if name != "form"}
    told = replace(bare, parameters=found.parameters, inputs=found.inputs, details=details)
    if not estimator:
        return replace(told, outputs=found.outputs)
    own = sklearn.facts(obj)
    raw = found.outputs[0].dtype if found.outputs else ""
    outputs = [replace(each, dtype=raw) if each.name == "probabilities" else each for each in own.outputs]
    return replace(told, inputs=own.inputs or told.inputs, outputs=tuple(outputs) or found.outputs)


def _run_xgboost(obj: Any, example: Any) -> Signature:
    if sklearn.matches(obj):
        return sklearn.run(obj, example)
    ready = example if is_a(example, "xgboost:DMatrix") else attempt(_matrix, example)
    return specs_of(example, "data"), specs_of(attempt(obj.predict, ready), "prediction")


def _matrix(example: Any) -> Any:
    return sys.modules["xgboost"].DMatrix(example)


def _run_lightgbm(obj: Any, example: Any) -> Signature:
    if sklearn.matches(obj):
        return sklearn.run(obj, example)
    return specs_of(example, "data"), specs_of(attempt(obj.predict, example), "prediction")


XGBOOST = Kind(matches=lambda obj: is_a(obj, *_XGBOOST), facts=_xgboost, run=_run_xgboost)
LIGHTGBM = Kind(matches=lambda obj: is_a(obj, *_LIGHTGBM), facts=_lightgbm, run=_run_lightgbm)
