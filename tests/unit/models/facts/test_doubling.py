"""Pickles of a few bytes that would be longer than any memory if somebody wrote out what they make."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable

import pytest
from tests.unit.models.facts.reading import facts
from tests.unit.models.facts.samples import archive

from starwhale.models.facts.objects import Made, Pairs, named

_MOST = 4 << 20
"""Bytes; the shorter of the two pickles makes a text of more than that, the longer one of exabytes."""


def _name(name: str) -> bytes:
    """What puts a global on the stack."""
    module, _, attribute = name.rpartition(".")
    return f"c{module}\n{attribute}\n".encode()


def _text(text: str) -> bytes:
    return b"\x8c" + bytes([len(text.encode())]) + text.encode()


def _recalled(first: bytes, times: int, around: Callable[[bytes], bytes]) -> bytes:
    """A thing that holds the one before it twice, by way of the memory."""
    made = first + b"\x94"
    for number in range(times):
        made += b"0" + around(b"h" + bytes([number])) + b"\x94"
    return made


_DOUBLED: dict[str, Callable[[int], bytes]] = {
    "tuples": lambda times: b")" + b"2\x86" * times,
    "lists": lambda times: _recalled(b"]", times, lambda inner: b"](" + 2 * inner + b"e"),
    "dicts": lambda times: _recalled(
        b"}", times, lambda inner: b"}(" + _text("a_") + inner + _text("b_") + inner + b"u"
    ),
    "objects": lambda times: _recalled(
        b")", times, lambda inner: _name("sklearn.base.Model") + 2 * inner + b"\x86R"
    ),
}
_REBUILD = _name("torch._utils._rebuild_tensor_v2")


def _stored(key: bytes) -> bytes:
    return b"(" + _text("storage") + _name("torch.FloatStorage") + key + _text("cpu") + b"K\x04tQ"


_PLACES: dict[str, Callable[[bytes], bytes]] = {
    "the root": lambda it: it,
    "what is called": lambda it: it + b")R",
    "a class": lambda it: _name("copyreg._reconstructor") + it + _name("builtins.object") + b"N\x87R",
    "a state": lambda it: _name("sklearn.base.Model") + b")R" + it + b"b",
    "a state with slots": lambda it: _name("sklearn.base.Model") + b")R" + 2 * it + b"\x86b",
    "a key": lambda it: b"}" + it + b"Ns",
    "a name": lambda it: it + _text("system") + b"\x93",
    "what is kept elsewhere": lambda it: it + b"Q",
    "an array": lambda it: (
        _name("joblib.numpy_pickle.NumpyArrayWrapper")
        + b")R}("
        + _text("dtype")
        + it
        + _text("shape")
        + it
        + b"ub"
    ),
    "how a tensor is made": lambda it: (
        _name("torch._tensor._rebuild_from_type_v2") + b"(" + it + it + b")NtR"
    ),
    "where a tensor lies": lambda it: _REBUILD + b"(" + _stored(it) + it + b"K\x04\x85K\x01\x85NNtR",
    "the shape of a tensor": lambda it: _REBUILD + b"(" + _stored(_text("0")) + b"K\x00" + it + it + b"NNtR",
    "a step": lambda it: (
        _name("sklearn.pipeline.Pipeline") + b")R}" + _text("steps") + b"]" + _text("first") + it + b"\x86asb"
    ),
}


@pytest.mark.parametrize("place", _PLACES.values(), ids=_PLACES)
@pytest.mark.parametrize("doubled", _DOUBLED.values(), ids=_DOUBLED)
def test_what_doubles_itself_is_never_written_out(
    doubled: Callable[[int], bytes], place: Callable[[bytes], bytes]
) -> None:
    tracemalloc.start()
    try:
        for times in (20, 60):
            data = b"\x80\x04" + place(doubled(times)) + b"."
            for name, file in (("a.pkl", data), ("a.pt", archive({"a/data.pkl": data}))):
                json.dumps(facts(name, file).to_json(), allow_nan=False)
            assert tracemalloc.get_traced_memory()[1] < _MOST
    finally:
        tracemalloc.stop()


def test_a_tensor_is_found_whatever_tells_where_it_lies() -> None:
    doubled = _DOUBLED["tuples"](60)
    data = b"\x80\x04}" + _text("w") + _PLACES["where a tensor lies"](doubled) + b"s."
    found = facts("a.pt", archive({"a/data.pkl": data}))
    assert [(each.name, each.shape) for each in found.tensors] == [("w", (4,))]


def test_a_number_of_any_length_is_no_length_of_a_tensor() -> None:
    """It would take no JSON to tell it."""
    huge = b"\x8b" + (1000).to_bytes(4, "little") + b"\x7f" * 1000
    shape = huge + b"K\x00\x86"
    data = b"\x80\x04" + _REBUILD + b"(" + _stored(_text("0")) + b"K\x00" + shape + shape + b"NNtR."
    found = facts("a.pt", archive({"a/data.pkl": data}))
    assert (found.tensor_count, "of 7999 bits" in found.problem) == (0, True)


def test_digits_of_other_alphabets_are_no_size() -> None:
    dtype = _name("numpy.dtype") + _text("f²") + b"\x85R"
    wrapper = _name("joblib.numpy_pickle.NumpyArrayWrapper") + b")R}(" + _text("dtype") + dtype
    found = facts("a.joblib", b"\x80\x04" + wrapper + _text("shape") + b"K\x01\x85ub.")
    assert "not known" in found.problem


def test_a_dict_that_many_objects_share_is_gone_through_once() -> None:
    shared = Pairs([(f"{number}_", None) for number in range(100)])
    one, other = Made(by=None, state=shared), Made(by=None, state=(shared, None))
    assert named(one) is named(other)
    shared.pairs += [("0_", 1), ("new", 2), ((), 3)]
    assert len(named(one)) == 101
    assert (named(other)["0_"], named(other)["new"]) == (1, 2)
