"""Models of XGBoost and LightGBM as files."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.models.facts.reading import facts, look
from tests.unit.models.facts.samples import lightgbm, xgboost

from starwhale.models.facts.skim import EACH, TAKE, skim
from starwhale.models.facts.source import Cursor, Source

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(values, st.lists(values, max_size=4), st.sampled_from([None, 1]))
def test_skimming_finds_what_reading_it_all_finds(other: Any, items: list[Any], indent: int | None) -> None:
    plain = {"x": other, "a": {"y": other, "b": items, "": other}, "z": [other]}
    source = Source.of(json.dumps(plain, indent=indent).encode())
    found = list(skim(Cursor(source), {"a": {"b": {EACH: TAKE}}, "z": TAKE}))
    assert found == [*((("a", "b", EACH), each) for each in items), (("z",), [other])]


def test_a_model_of_xgboost_is_told() -> None:
    found = facts("model.json", xgboost(trees=4))
    assert (found.framework, found.version, found.class_name) == ("xgboost", "2.1.4", "gbtree")
    assert (found.details["trees"], found.parameters) == (4, 12)
    assert [str(each) for each in found.outputs] == ["prediction: float32[?, 3]"]
    assert found.details["feature_names"] == ["a", "b"]


@pytest.mark.parametrize("form", ["json", "ubj"])
@pytest.mark.parametrize("booster", ["gbtree", "dart", "gblinear"])
def test_what_xgboost_writes_is_read_without_it(form: str, booster: str) -> None:
    library: Any = pytest.importorskip("xgboost", reason="XGBoost is not installed")
    numpy = pytest.importorskip("numpy")
    rows = numpy.random.default_rng(0).random((60, 3))
    matrix = library.DMatrix(rows, label=(rows[:, 0] * 3).astype(int), feature_names=["a", "b", "c"])
    told = {"objective": "multi:softprob", "num_class": 3, "booster": booster}
    model = library.train(told, matrix, 4)
    found = facts(f"model.{form}", bytes(model.save_raw(form)))
    assert (found.version, found.class_name, found.problem) == (library.__version__, booster, "")
    assert found.details["feature_names"] == ["a", "b", "c"]
    assert found.details["objective"] == "multi:softprob"
    if booster == "gblinear":
        assert found.parameters == 12
    else:
        dumped = [json.loads(each) for each in model.get_dump(dump_format="json")]
        assert found.details["trees"] == len(dumped) == 12
        assert found.parameters == sum(_nodes(each) for each in dumped)


def _nodes(tree: dict[str, Any]) -> int:
    return 1 + sum(_nodes(each) for each in tree.get("children", ()))


def test_a_version_is_numbers() -> None:
    plain = json.loads(xgboost())
    plain["version"] = [3, [[1] * 10_000], "4", "x" * 10_000]
    assert facts("a.json", json.dumps(plain).encode()).version == "3.4"


def test_a_model_of_lightgbm_is_told() -> None:
    found = facts("model.txt", lightgbm((7, 4)))
    assert (found.parameters, found.details["trees"], found.details["leaves"]) == (13 + 7, 2, 11)
    assert [str(each) for each in found.inputs] == ["data: float64[?, 3]"]


def test_what_lightgbm_writes_is_read_without_it() -> None:
    library: Any = pytest.importorskip("lightgbm", reason="LightGBM is not installed")
    numpy = pytest.importorskip("numpy")
    rows = numpy.random.default_rng(0).random((90, 3))
    data = library.Dataset(rows, label=(rows[:, 0] * 3).astype(int))
    told = {"objective": "multiclass", "num_class": 3, "verbose": -1, "min_data_in_leaf": 3, "num_threads": 1}
    model = library.train(told, data, 4)
    found = facts("model.lgb", model.model_to_string().encode())
    assert found.problem == ""
    assert found.details["trees"] == model.num_trees() == 12
    leaves = [each["num_leaves"] for each in model.dump_model()["tree_info"]]
    assert found.parameters == sum(2 * each - 1 for each in leaves)
    assert [str(each) for each in found.outputs] == ["prediction: float64[?, 3]"]


@pytest.mark.parametrize("name", ["notes.txt", "data.json", "a.model", "a.bst"])
def test_files_that_only_share_the_suffix_are_left_alone(name: str) -> None:
    assert look(name, b'{"rows": [1, 2, 3]}') is None
    assert look(name, b"tree of life\n") is None
