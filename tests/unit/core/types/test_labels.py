"""Names of classes."""

from __future__ import annotations

import json
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.core.errors import UnsupportedValue, UsageError
from starwhale.core.types.labels import ClassLabel


@given(names=st.lists(st.text() | st.integers() | st.floats(allow_nan=False)))
def test_stored_labels_come_back_equal(names: list[Any]) -> None:
    label = ClassLabel(names)
    back = ClassLabel.from_plain(json.loads(json.dumps(label.to_plain())))
    assert back == label == pickle.loads(pickle.dumps(label))
    assert [type(name) for name in back.names] == [type(name) for name in names]


def test_classes_may_have_only_numbers() -> None:
    assert ClassLabel.from_num_classes(3).names == [0, 1, 2]
    for num in (0, -1):
        with pytest.raises(UsageError, match="at least one class"):
            ClassLabel.from_num_classes(num)


def test_names_may_come_from_numpy_or_any_iterable() -> None:
    assert ClassLabel(np.array(["a", "b"])).names == ["a", "b"]
    assert [type(name) for name in ClassLabel(np.array(["a"])).names] == [str]
    assert ClassLabel(np.array([1, 2], np.uint8)).to_plain() == {"names": [1, 2]}
    assert ClassLabel(name for name in "ab").names == ["a", "b"]
    assert ClassLabel().names == []


@pytest.mark.parametrize("names", ["abc", b"abc", [None], [["a"]], [True]])
def test_what_names_no_classes_is_refused(names: Any) -> None:
    with pytest.raises(UnsupportedValue, match="class"):
        ClassLabel(names)


def test_a_bad_name_that_was_added_is_refused_when_it_is_stored() -> None:
    label: Any = ClassLabel(["a"])
    label.names.append(None)
    with pytest.raises(UnsupportedValue, match="not by None"):
        label.to_plain()


def test_labels_are_equal_when_their_names_are() -> None:
    assert ClassLabel(["a"]) != ClassLabel(["b"])
    assert ClassLabel(["a"]) != ["a"]


def test_a_label_shows_its_first_names() -> None:
    assert repr(ClassLabel(["a", 1])) == "ClassLabel(['a', 1])"
    assert repr(ClassLabel(range(9))) == "ClassLabel([0, 1, 2, 3, 4, 5, …])"
    assert ClassLabel(["a"]).asdict() == {"_type": "class_label", "names": ["a"]}
