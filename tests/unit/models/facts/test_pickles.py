"""Pickles and files of joblib: told, and never carried out."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import pickle
import struct
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.models.facts.reading import Counting, facts

from starwhale.models.facts.objects import Pairs
from starwhale.models.facts.pickles import scan
from starwhale.models.facts.source import Cursor, Source
from starwhale.models.facts.tree import facts_of_file

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(max_size=300),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(plain, st.integers(3, 5))
def test_plain_values_come_out_as_they_went_in(value: Any, protocol: int) -> None:
    found = scan(Cursor(Source.of(pickle.dumps(value, protocol=protocol))))
    assert (found.problem, found.imports) == ("", set())
    assert [_real(each) for each in found.values] == [value]


def _real(value: Any) -> Any:
    if isinstance(value, Pairs):
        return {key: _real(each) for key, each in value.pairs}
    if isinstance(value, list | tuple):
        return type(value)(map(_real, value))
    return value


class _Attack:
    def __init__(self, call: Callable[..., Any], *args: Any) -> None:
        self._told = call, args

    def __reduce__(self) -> Any:
        return self._told


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("name", ["os.system", "builtins.eval", "subprocess.Popen"])
def test_what_would_run_something_is_dangerous(name: str, protocol: int, tmp_path: Any) -> None:
    module, _, attribute = name.rpartition(".")
    call = getattr(__import__(module), attribute)
    mark = tmp_path / "ran"
    data = pickle.dumps([1, _Attack(call, f"touch {mark}")], protocol=protocol)
    found = facts("model.pkl", data)
    # `os.system` is pickled under the name of the module that defines it.
    assert [each.rpartition(".")[2] for each in found.dangers] == [attribute]
    assert not mark.exists()


_NAMES = {
    "through the memory": b"\x80\x04\x8c\x02os\x94\x8c\x06system\x94h\x00h\x01\x93\x8c\x02id\x85R.",
    "instance": b"(X\x02\x00\x00\x00idios\nsystem\n.",
    "object": b"(cos\nsystem\nX\x02\x00\x00\x00ido.",
    "after another pickle": b"\x80\x02N.\x80\x02cos\nsystem\n.",
    "before a fault": b"\x80\x04cos\nsystem\n\xff\xff",
    "without an end": b"\x80\x04cos\nsystem\n",
    "attribute of an attribute": b"\x80\x04\x8c\x0dsklearn.utils\x8c\x09os.system\x93.",
    "computed": b"\x80\x04cbuiltins\nstr\n)RN\x93.",
    "extension": b"\x80\x02\x82\x05.",
    "by escapes of a text": b"V\\u006fs\nVsystem\n\x93.",
    "by escapes of bytes": b"S'\\x6f\\163'\nS'system'\n\x93.",
    "loader of a framework": b"\x80\x04ctorch\nload\n.",
    "loader of another": b"\x80\x04cnumpy\nload\n.",
    "joblib itself": b"\x80\x04cjoblib\nload\n.",
}


@pytest.mark.parametrize("data", _NAMES.values(), ids=_NAMES)
def test_there_is_no_way_around_the_list(data: bytes) -> None:
    found = facts("model.pkl", data)
    assert found.dangers or found.imports[0].name.startswith("copyreg.extension")
    assert found.imports[0].trust != "expected"


def test_classes_of_the_user_are_unknown_and_data_is_expected() -> None:
    data = b"\x80\x04(cmine.models\nNet\nccollections\nOrderedDict\ncnumpy\nfloat64\nl."
    assert [(each.name, each.trust) for each in facts("a.pickle", data).imports] == [
        ("mine.models.Net", "unknown"),
        ("collections.OrderedDict", "expected"),
        ("numpy.float64", "expected"),
    ]


def test_long_bytes_are_passed_over_without_reading_them() -> None:
    data = pickle.dumps({"a": bytes(5_000_000), "b": "x" * 3_000_000, "c": _Attack(eval, "1")})
    file = Counting(data)
    found = facts_of_file("a.pkl", len(data), file)
    assert found is not None
    assert (found.dangers, found.problem) == (("builtins.eval",), "")
    assert file.read < 100_000


_PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "zlib": zlib.compress,
    "gzip": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE),
}


@pytest.mark.parametrize("packing", _PACKINGS)
def test_packed_files_are_unpacked(packing: str) -> None:
    data = _PACKINGS[packing](pickle.dumps([bytes(300_000), _Attack(exec, "1")]))
    found = facts("a.joblib", data)
    assert (found.dangers, found.problem) == (("builtins.exec",), "")
    assert found.details["packed"] == packing


@pytest.mark.parametrize(
    "data",
    [
        b"\x80\x04]q\x00" + b"h\x00a" * 20_000 + b".",
        b"\x80\x04N" + b"2\x86" * 20_000 + b".",
        b"\x80\x04N" + b"\x85" * 100_000 + b".",
        b"\x80\x04" + b"]" * 600_000,
        b"\x80\x04\x8b" + struct.pack("<i", 1 << 30),
        b"\x80\x04\x8e" + struct.pack("<Q", 1 << 62),
        b"I" + b"1" * 900_000 + b"\n.",
        b"\x80\x04" + b"".join(b"ca%d\nb\n" % number for number in range(6000)),
        gzip.compress(b"\x80\x04" + b"N0" * 2_000_000),
        gzip.compress(b"\x80\x04\x8e" + struct.pack("<Q", 1 << 40) + bytes(400_000)),
        b"",
        b"\x80\x04.",
        b"\x80\x04h\x05.",
        b"\x80\x040.",
        b"\x80\x04e.",
    ],
)
def test_a_hostile_pickle_costs_little(data: bytes) -> None:
    found = facts("a.pkl", data)
    assert found.parameters is None


def _estimators() -> dict[str, Any]:
    numpy = pytest.importorskip("numpy")
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    from sklearn.ensemble import GradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.tree import DecisionTreeClassifier

    rows = numpy.random.default_rng(0).random((60, 4))
    marks = (rows[:, 0] * 3).astype(int)
    return {
        "linear": LogisticRegression().fit(rows, marks),
        "steps": make_pipeline(StandardScaler(), DecisionTreeClassifier(max_depth=2)).fit(rows, marks),
        "boosted": GradientBoostingClassifier(n_estimators=2).fit(rows, marks),
    }


@pytest.mark.parametrize("form", ["0", "2", "4", "5", "plain", "zlib", "xz"])
@pytest.mark.parametrize("name", ["linear", "steps", "boosted"])
def test_estimators_are_told_as_they_tell_themselves(name: str, form: str) -> None:
    from starwhale.models.facts.live import sklearn

    estimator = _estimators()[name]
    if form.isdigit():
        data, path = pickle.dumps(estimator, protocol=int(form)), "a.pkl"
    else:
        import joblib

        file, path = io.BytesIO(), "a.joblib"
        compress: Any = 0 if form == "plain" else (form, 3)
        joblib.dump(estimator, file, compress=compress)
        data = file.getvalue()
    found, live = facts(path, data), sklearn.facts(estimator)
    assert found.problem == ""
    assert (found.framework, found.version) == (live.framework, live.version)
    assert (found.class_name, found.inputs) == (live.class_name, live.inputs)
    assert found.parameters == live.parameters
    assert {each.trust for each in found.imports} == {"expected"}


def test_arrays_of_every_kind_in_joblib_are_passed_over() -> None:
    joblib = pytest.importorskip("joblib", reason="joblib is not installed")
    numpy = pytest.importorskip("numpy")
    value = {
        "objects": numpy.array([{"a": 1}, None], dtype=object),
        "texts": numpy.array(["ab", "c"]),
        "records": numpy.zeros(3, dtype=[("a", "f4"), ("b", "i8")]),
        "moments": numpy.zeros(3, "M8[ns]"),
        "column": numpy.asfortranarray(numpy.ones((50, 4))),
        "last": _Attack(exec, "1"),
    }
    file = io.BytesIO()
    joblib.dump(value, file)
    found = facts("a.joblib", file.getvalue())
    assert (found.problem, found.dangers, found.format) == ("", ("builtins.exec",), "joblib")
