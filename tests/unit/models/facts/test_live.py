"""Describing live models."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.api.model_facts import ModelFacts, TensorSpec, describe
from starwhale.core.errors import NotFound, UsageError, UserCodeError

names = st.text(max_size=8).filter(lambda text: text.isprintable())
specs = st.builds(
    TensorSpec,
    name=names,
    dtype=names,
    shape=st.none() | st.lists(st.none() | st.integers(0, 2**40) | st.just("batch"), max_size=3).map(tuple),
)
told = st.builds(
    ModelFacts,
    framework=names,
    version=names,
    class_name=names,
    parameters=st.none() | st.integers(0, 2**62),
    trainable=st.none() | st.integers(0, 2**62),
    dtypes=st.dictionaries(names, st.integers(0, 2**40), max_size=2),
    inputs=st.lists(specs, max_size=2).map(tuple),
    outputs=st.lists(specs, max_size=2).map(tuple),
    details=st.dictionaries(names, st.integers(-5, 5) | names | st.lists(names, max_size=2), max_size=2),
)


@given(told)
def test_facts_read_back_as_they_were_written(facts: ModelFacts) -> None:
    assert ModelFacts.from_bytes(facts.to_bytes()) == facts


def _texts(values: tuple[TensorSpec, ...]) -> list[str]:
    return [str(each) for each in values]


@pytest.fixture
def rows() -> Any:
    numpy = pytest.importorskip("numpy")
    return numpy.random.default_rng(0).random((60, 4))


@pytest.fixture
def marks(rows: Any) -> Any:
    return (rows[:, 0] * 3).astype(int)


def test_an_estimator_tells_what_it_takes_and_gives(rows: Any, marks: Any) -> None:
    sklearn = pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression().fit(rows, marks)
    found = describe(model, example=rows[:2])
    assert (found.framework, found.version) == ("scikit-learn", sklearn.__version__)
    assert found.class_name == "sklearn.linear_model._logistic.LogisticRegression"
    assert found.parameters == model.coef_.size + model.intercept_.size
    assert _texts(found.inputs) == ["X: float64[?, 4]"]
    assert _texts(found.outputs) == ["prediction: int64[?]", "probabilities: float64[?, 3]"]
    assert _texts(describe(model).outputs) == _texts(found.outputs)


def test_columns_of_a_frame_are_inputs_of_their_own(rows: Any, marks: Any) -> None:
    pandas: Any = pytest.importorskip("pandas", reason="pandas is not installed")
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    from sklearn.tree import DecisionTreeRegressor

    frame = pandas.DataFrame(rows, columns=list("abcd")).astype({"b": "float32"})
    model = DecisionTreeRegressor(max_depth=3).fit(frame, marks)
    found = describe(model, example=frame)
    assert _texts(found.inputs) == ["a: float64[?]", "b: float32[?]", "c: float64[?]", "d: float64[?]"]
    assert found.parameters == model.tree_.node_count
    assert found.details["feature_names"] == list("abcd")


def test_an_estimator_that_is_not_fitted_tells_its_class() -> None:
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    from sklearn.linear_model import LogisticRegression

    found = describe(LogisticRegression())
    assert (found.parameters, found.inputs, found.outputs) == (None, (), ())
    with pytest.raises(UserCodeError, match="NotFittedError"):
        describe(LogisticRegression(), example=[[1.0]])


def test_boosters_of_xgboost_are_told(rows: Any, marks: Any) -> None:
    xgboost: Any = pytest.importorskip("xgboost", reason="XGBoost is not installed")
    told = {"objective": "multi:softprob", "num_class": 3}
    booster = xgboost.train(told, xgboost.DMatrix(rows, label=marks), 2)
    found = describe(booster, example=rows[:2])
    assert (found.framework, found.version) == ("xgboost", xgboost.__version__)
    assert (found.details["trees"], found.details["objective"]) == (6, "multi:softprob")
    assert _texts(found.outputs) == _texts(describe(booster).outputs) == ["prediction: float32[?, 3]"]
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    estimator = xgboost.XGBClassifier(n_estimators=2).fit(rows, marks)
    found = describe(estimator)
    assert found.class_name == "xgboost.sklearn.XGBClassifier"
    assert _texts(found.outputs) == _texts(describe(estimator, example=rows[:2]).outputs)
    assert describe(xgboost.XGBRegressor()).parameters is None


def test_boosters_of_lightgbm_are_told(rows: Any, marks: Any) -> None:
    lightgbm: Any = pytest.importorskip("lightgbm", reason="LightGBM is not installed")
    told = {"objective": "regression", "verbose": -1, "num_threads": 1, "min_data_in_leaf": 5}
    booster = lightgbm.train(told, lightgbm.Dataset(rows, label=marks), 3)
    found = describe(booster, example=rows[:2])
    assert (found.framework, found.version, found.details["trees"]) == ("lightgbm", lightgbm.__version__, 3)
    assert found.parameters == len(booster.trees_to_dataframe()) if _has("pandas") else found.parameters
    assert _texts(found.outputs) == ["prediction: float64[?]"]
    assert describe(lightgbm.LGBMRegressor()).parameters is None if _has("sklearn") else True


def _has(name: str) -> bool:
    from importlib.util import find_spec

    return find_spec(name) is not None


def test_a_message_of_onnx_is_told() -> None:
    onnx: Any = pytest.importorskip("onnx", reason="onnx is not installed")
    h, kinds = onnx.helper, onnx.TensorProto
    port = h.make_tensor_value_info("x", kinds.FLOAT, ["batch", 4])
    weight = h.make_tensor("w", kinds.FLOAT, [4, 2], [0.0] * 8)
    graph = h.make_graph([h.make_node("MatMul", ["x", "w"], ["y"])], "g", [port], [port], [weight])
    model = h.make_model(graph)
    found = describe(model)
    assert (found.framework, found.parameters) == ("onnx", 8)
    assert _texts(found.inputs) == ["x: float32[batch, 4]"]
    with pytest.raises(UsageError, match="itself"):
        describe(model, example=1)


def test_a_session_of_onnxruntime_is_told() -> None:
    onnx: Any = pytest.importorskip("onnx", reason="onnx is not installed")
    runtime: Any = pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed")
    numpy = pytest.importorskip("numpy")
    h, kinds = onnx.helper, onnx.TensorProto
    graph = h.make_graph(
        [h.make_node("MatMul", ["x", "w"], ["y"])],
        "g",
        [h.make_tensor_value_info("x", kinds.FLOAT, ["batch", 4])],
        [h.make_tensor_value_info("y", kinds.FLOAT, ["batch", 2])],
        [h.make_tensor("w", kinds.FLOAT, [4, 2], [0.0] * 8)],
    )
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", 17)], ir_version=9)
    session = runtime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    assert _texts(describe(session).outputs) == ["y: float32[batch, 2]"]
    found = describe(session, example=numpy.ones((3, 4), "float32"))
    assert (_texts(found.inputs), _texts(found.outputs)) == (["x: float32[?, 4]"], ["y: float32[?, 2]"])


def test_a_module_of_pytorch_is_told_and_left_as_it_was() -> None:
    torch: Any = pytest.importorskip("torch", reason="PyTorch is not installed")
    nn = torch.nn
    model = nn.Sequential(nn.Linear(4, 3), nn.Dropout(), nn.Linear(3, 2))
    model[0].weight.requires_grad = False
    model[2].eval()
    found = describe(model, example=torch.ones(2, 4))
    assert (found.framework, found.version) == ("pytorch", torch.__version__)
    assert (found.parameters, found.trainable, found.dtypes) == (23, 11, {"float32": 23})
    assert (_texts(found.inputs), _texts(found.outputs)) == (
        ["input: float32[?, 4]"],
        ["output: float32[?, 2]"],
    )
    assert [each.training for each in model.modules()] == [True, True, True, False]
    assert describe(model.state_dict()).parameters == 23
    assert describe(nn.LazyLinear(3)).parameters is None
    with pytest.raises(UserCodeError, match="does not take the example"):
        describe(model, example=torch.ones(2, 9))


def test_a_model_of_transformers_is_told() -> None:
    torch: Any = pytest.importorskip("torch", reason="PyTorch is not installed")
    transformers: Any = pytest.importorskip("transformers", reason="transformers is not installed")
    told = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8}
    model = transformers.BertForSequenceClassification(transformers.BertConfig(vocab_size=30, **told))
    found = describe(model, example={"input_ids": torch.ones(2, 5, dtype=torch.long)})
    assert (found.framework, found.version) == ("transformers", transformers.__version__)
    assert found.details["model_type"] == "bert"
    assert _texts(found.inputs) == ["input_ids: int64[?, 5]"]
    assert _texts(found.outputs) == ["logits: float32[?, 2]"]


class _Doubling:
    def predict(self, value: Any) -> Any:
        return {"twice": [each * 2 for each in value], "first": value[0], "name": "x"}


def test_anything_else_tells_its_class_and_runs_by_predict() -> None:
    found = describe(_Doubling(), example=[1.5, 2.5])
    assert found.class_name.endswith("test_live._Doubling")
    assert (found.parameters, _texts(found.inputs)) == (None, ["input: float64[?]"])
    assert _texts(found.outputs) == ["twice: float64[?]", "first: float64[]", "name: str[]"]
    with pytest.raises(UsageError, match="cannot be run"):
        describe(3, example=1)


def test_a_signature_may_be_given() -> None:
    found = describe(
        _Doubling(),
        inputs={
            "image": ("uint8", (None, "height", "width", 3)),
            "words": ["a", "b"],
            "pairs": [[1, 2], [3, 4]],
        },
        outputs=TensorSpec(name="label", dtype="str"),
    )
    assert _texts(found.inputs) == [
        "image: uint8[?, height, width, 3]",
        "words: str[?]",
        "pairs: int64[?, 2]",
    ]
    assert found.outputs == (TensorSpec(name="label", dtype="str"),)


def test_bare_weights_are_counted(rows: Any) -> None:
    found = describe({"w": rows, "b": rows[0].astype("float32")})
    assert (found.framework, found.parameters) == ("numpy", 244)
    assert found.dtypes == {"float64": 240, "float32": 4}


def test_facts_are_saved_where_a_build_packs_them(tmp_path: Path) -> None:
    facts = describe(_Doubling(), inputs=("float32", (None, 2)))
    place = facts.save(tmp_path)
    assert place == tmp_path / ".starwhale/facts.json"
    assert ModelFacts.from_bytes(place.read_bytes()) == facts
    assert json.loads(facts.save(tmp_path).read_bytes())["format"] == 1
    assert [each.name for each in place.parent.iterdir()] == ["facts.json"]
    with pytest.raises(NotFound):
        facts.save(tmp_path / "nowhere")


def test_nothing_is_imported_that_the_program_has_not_imported() -> None:
    code = """
import sys
from starwhale.api.model_facts import describe
describe({"a": 1}), describe([1]), describe(object()), describe(lambda x: x, example=[1, 2])
heavy = "numpy sklearn torch transformers xgboost lightgbm onnx onnxruntime pandas polars safetensors scipy"
print(*(name for name in heavy.split() if name in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
