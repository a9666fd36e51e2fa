"""Outputs of `predict` go through real tables and come back to `evaluate` as what they were."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from starwhale.core.errors import Forbidden
from starwhale.core.settings import Settings
from starwhale.core.types.boxes import BoundingBox
from starwhale.core.types.image import GrayscaleImage
from starwhale.instance.local import LocalInstance
from starwhale.storage.layers.media import Pickled
from starwhale.worker.outputs import PredictResults, output_columns

_jobs = count()


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalInstance]:
    with LocalInstance(Settings.at(tmp_path_factory.mktemp("store"))) as opened:
        yield opened


def through_tables(instance: LocalInstance, outputs: list[Any]) -> list[Any]:
    job = f"job{next(_jobs)}"
    results = instance.results("self", job)
    for key, output in enumerate(outputs):
        results.log("results", key, {"_mode": "pickle", "_index": key, **output_columns(output, "pickle")})
    results.flush()
    rows = PredictResults(job, lambda: results.scan("results", keep_none=True))
    read = [row["output"] for row in rows]
    results.close()
    return read


def same(left: Any, right: Any) -> bool:
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, (list, tuple)):
        return len(left) == len(right) and all(map(same, left, right))
    return bool(left == right) or (repr(left) == repr(right) == "nan")


scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=6)
    | st.binary(max_size=6)
    | st.decimals(allow_nan=False)
    | st.datetimes()
    | st.uuids()
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text("ab/ $é", max_size=3) | st.integers(0, 9), inner, max_size=4)
        | st.sets(st.integers(), max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(outputs=st.lists(values.filter(lambda value: value is not None), min_size=1, max_size=8))
def test_an_output_comes_back_as_what_it_was(instance: LocalInstance, outputs: list[Any]) -> None:
    read = through_tables(instance, outputs)
    assert all(map(same, outputs, read)), [
        (a, b) for a, b in zip(outputs, read, strict=True) if not same(a, b)
    ]


def test_media_arrays_and_boxes_need_no_pickle(instance: LocalInstance) -> None:
    image = GrayscaleImage(b"\x01\x02", shape=(1, 2, 1))
    array = np.arange(6, dtype="uint8").reshape(2, 3)
    outputs = [
        image,
        array,
        BoundingBox(1, 2, 3, 4),
        {"img": image, "boxes": [BoundingBox(1, 2, 3, 4)]},
        [image],
    ]
    for output in outputs:
        assert not any(isinstance(each, Pickled) for each in output_columns(output, "pickle").values())
    read = through_tables(instance, outputs)
    assert read[0].to_bytes() == b"\x01\x02"
    assert np.array_equal(read[1], array)
    assert read[1].dtype == array.dtype
    assert read[2] == BoundingBox(1, 2, 3, 4)
    assert read[3]["img"].to_bytes() == b"\x01\x02"
    assert read[3]["boxes"] == [BoundingBox(1, 2, 3, 4)]
    assert read[4][0].to_bytes() == b"\x01\x02"


class Point(NamedTuple):
    x: int
    y: int


class Own:
    def __init__(self, value: int) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Own) and other.value == self.value

    __hash__ = None  # type: ignore[assignment]


def test_only_what_no_column_can_hold_is_pickled(instance: LocalInstance) -> None:
    columns = output_columns({"score": 0.5, "own": Own(3)}, "pickle")["output"]
    assert columns["score"] == 0.5
    assert isinstance(columns["own"], Pickled)
    loop: list[Any] = []
    loop.append(loop)
    outputs = [{"score": 0.5, "own": Own(3)}, Own(4), Point(1, 2), {Own: 1}, "half a sign \ud800"]
    assert through_tables(instance, outputs[:4]) == outputs[:4]
    assert isinstance(output_columns(loop, "pickle")["output"], Pickled)


def test_entries_of_a_dict_are_columns_of_their_own(instance: LocalInstance) -> None:
    results = instance.results("self", "columns")
    when = datetime(2026, 1, 2, tzinfo=UTC)
    output = {"label": 3, "scores": [0.1, 0.9], "more": {"price": Decimal("1.10"), "when": when}}
    results.log("results", 1, {"_mode": "pickle", **output_columns(output, "pickle")})
    (row,) = results.scan("results")
    assert row["output/label"] == 3
    assert row["output/more/price"] == Decimal("1.10")
    results.close()


def test_a_pickle_is_not_read_by_another_job() -> None:
    pickled = output_columns(Own(1), "pickle")["output"]
    pickled.job = "writer"
    assert pickled.load("writer") == Own(1)
    with pytest.raises(Forbidden, match="only inside that job"):
        pickled.load("another")
