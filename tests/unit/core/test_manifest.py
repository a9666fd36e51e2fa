from __future__ import annotations

import json
from enum import Enum, IntEnum, StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.core.errors import UnsupportedValue
from starwhale.core.manifest import canonical_bytes, digest_of
from starwhale.core.version import is_version, version_of

texts = st.text(st.characters(exclude_categories=["Cs"]))
scalars = st.none() | st.booleans() | st.integers() | texts
manifests = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=20
)


def shuffled(value: Any) -> Any:
    """The same, with every mapping filled in the opposite order and lists as tuples."""
    if isinstance(value, dict):
        return {key: shuffled(item) for key, item in reversed(value.items())}
    return tuple(map(shuffled, value)) if isinstance(value, list) else value


@given(manifests)
def test_the_order_of_keys_does_not_count(manifest: Any) -> None:
    assert canonical_bytes(shuffled(manifest)) == canonical_bytes(manifest)


@given(manifests)
def test_the_bytes_are_json_of_the_same_value(manifest: Any) -> None:
    assert json.loads(canonical_bytes(manifest)) == manifest


@given(manifests, manifests)
def test_different_manifests_have_different_versions(one: Any, other: Any) -> None:
    # JSON tells true from 1, which Python's == does not.
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (digest_of(one) == digest_of(other)) == same


def test_the_form_never_changes() -> None:
    manifest = {"é": [None, True, 2**70], "\U0001f600": "\n/", "\uffff": {}, "a": "ü"}
    written = '{"a":"ü","é":[null,true,1180591620717411303424],"\uffff":{},"😀":"\\n/"}'
    assert canonical_bytes(manifest) == written.encode()
    assert version_of(digest_of(manifest)) == "a7ajgzkkfhhbkejtgc5vf4efmnu2xqeyzzdy7i5z"


@given(manifests)
def test_a_manifest_has_a_version(manifest: Any) -> None:
    assert is_version(version_of(digest_of(manifest)))


class Colour(StrEnum):
    RED = "red"


class Old(str, Enum):  # noqa: UP042 - an enum of the old form is what is tried
    RED = "red"


class Number(IntEnum):
    ONE = 1


def test_enums_are_their_values() -> None:
    assert canonical_bytes([Colour.RED, Old.RED, Number.ONE, {Old.RED: 1}]) == b'["red","red",1,{"red":1}]'


@pytest.mark.parametrize(
    ("manifest", "where"),
    [
        ({"files": [{"size": 1.0}]}, "/files/0/size: 1.0"),
        (float("nan"), "/: nan"),
        ({"a": b"x"}, "/a: b'x'"),
        ({"a": {1, 2}}, "/a: {1, 2}"),
        ({1: "x"}, "found 1 at /"),
        ({"a": {None: "x"}}, "found None at /a"),
        ({"a": ["\ud800"]}, "/a/0"),
        ({"\udcff": 1}, "not Unicode"),
    ],
)
def test_what_json_cannot_say_exactly_is_refused(manifest: Any, where: str) -> None:
    with pytest.raises(UnsupportedValue) as caught:
        canonical_bytes(manifest)
    assert where in caught.value.message
