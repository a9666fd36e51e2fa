"""Bytes and arrays."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from starwhale.core.errors import StarwhaleError, UnsupportedValue, UsageError
from starwhale.core.types.binary import Binary, NumpyBinary
from starwhale.core.types.dtypes import dtype_name, dtype_of

SCALARS = arrays.scalar_dtypes() | arrays.byte_string_dtypes() | arrays.unicode_string_dtypes()
DTYPES = SCALARS | arrays.array_dtypes(SCALARS) | arrays.nested_dtypes(SCALARS)


def plain(dtype: np.dtype[Any]) -> bool:
    """An array never has a dtype that is itself an array of others."""
    return dtype.subdtype is None


@given(data=st.data(), dtype=DTYPES.filter(plain))
def test_arrays_of_every_dtype_come_back(data: st.DataObject, dtype: np.dtype[Any]) -> None:
    array = data.draw(arrays.arrays(dtype, arrays.array_shapes(min_dims=0, min_side=0, max_side=3)))
    value = NumpyBinary(array)
    back = NumpyBinary.revive(value.payload(), json.loads(json.dumps(value.meta())), None)
    assert back.to_numpy().dtype == array.dtype
    assert back.to_numpy().shape == array.shape
    assert back.to_numpy().tobytes() == array.tobytes()
    assert back == value == NumpyBinary(array.tobytes(), array.dtype, array.shape)


@given(dtype=DTYPES.filter(plain))
def test_the_text_of_a_dtype_reads_back(dtype: np.dtype[Any]) -> None:
    assert dtype_of(dtype_name(dtype)) == dtype


@pytest.mark.parametrize(
    ("dtype", "text"),
    [
        ("uint8", "uint8"), (np.float32, "float32"), (float, "float64"), ("i4", "int32"), (">i4", ">i4"),
        ("S3", "|S3"), (bytes, "bytes"), (str, "str"), ("M8[ns]", "datetime64[ns]"), ("V4", "|V4"),
        ([("a", "<i2"), ("b", "<f4", (2,))], "[('a', '<i2'), ('b', '<f4', (2,))]"),
    ],
)  # fmt: skip
def test_dtypes_are_stored_under_stable_names(dtype: Any, text: str) -> None:
    assert dtype_name(dtype) == text


def test_fields_with_gaps_keep_their_places() -> None:
    dtype = np.dtype({"names": ["a", "b"], "formats": ["i4", "f8"], "offsets": [4, 16], "itemsize": 32})
    assert dtype_of(dtype_name(dtype)) == dtype


@pytest.mark.parametrize(
    "dtype",
    [
        object,
        np.dtypes.StringDType(),
        [("a", object)],
        {"names": ["a", "b"], "formats": ["i4", "i4"], "offsets": [0, 2]},
    ],
)
def test_dtypes_without_a_fixed_layout_are_refused(dtype: Any) -> None:
    with pytest.raises(UnsupportedValue, match=r"Python objects|no form"):
        dtype_name(dtype)


def test_an_array_of_objects_is_refused() -> None:
    with pytest.raises(UnsupportedValue, match="Python objects"):
        NumpyBinary(np.array([{}, None]))


def test_an_unknown_dtype_is_refused_when_given_and_when_read() -> None:
    with pytest.raises(UnsupportedValue, match="no dtype of numpy"):
        dtype_name("nope")
    with pytest.raises(StarwhaleError, match=r"ml_dtypes|no dtype"):
        dtype_of("nope")


@pytest.mark.parametrize(
    ("size", "dtype", "shape"),
    [(3, "int64", (6,)), (8, "int64", (2,)), (7, "int16", None), (4, "uint8", (None, 2))],
)
def test_bytes_that_do_not_make_up_the_shape_are_refused_at_once(size: int, dtype: str, shape: Any) -> None:
    with pytest.raises(UsageError, match=f"{size} bytes are no array of dtype {dtype}"):
        NumpyBinary(bytes(size), dtype, shape)


def test_without_a_shape_an_array_is_flat() -> None:
    value = NumpyBinary(np.arange(6).tobytes(), np.int64)
    assert value.shape is None
    assert value.to_numpy().tolist() == [0, 1, 2, 3, 4, 5]


def test_an_array_that_is_not_contiguous_is_stored_in_order() -> None:
    array = np.arange(12).reshape(3, 4).T[::2]
    assert np.array_equal(NumpyBinary.from_numpy(array).to_numpy(), array)


def test_an_array_read_back_shares_the_bytes() -> None:
    value = NumpyBinary(bytes(8))
    assert not value.to_numpy().flags.writeable
    assert np.shares_memory(value.to_numpy(), np.frombuffer(value.payload(), np.uint8))


def test_bytes_are_one_element_unless_a_dtype_is_given() -> None:
    assert Binary(b"abc").to_numpy().item() == b"abc"
    assert Binary(b"abc").to_numpy().shape == ()
    assert Binary(b"\1\2", dtype=np.uint8).to_numpy().tolist() == [1, 2]
    assert Binary(b"\1\2", dtype="S1").to_numpy().tolist() == [b"\1", b"\2"]
    with pytest.raises(UsageError, match="3 bytes are no array"):
        Binary(b"abc", dtype="int16").to_numpy()
