from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.core import handlers
from starwhale.core.errors import InvalidSpec
from starwhale.core.handlers import HandlerKind, HandlerSpec

words = st.text("abcdefgh_", min_size=1, max_size=8)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=5,
)
specs = st.builds(
    lambda module, qualname, **more: HandlerSpec(
        id=f"{module}:{qualname}", module=module, qualname=qualname, **more
    ),
    module=words,
    qualname=words,
    name=st.just("") | words,
    kind=st.sampled_from([kind.value for kind in HandlerKind]),
    replicas=st.integers(1, 9),
    needs=st.lists(words, max_size=3).map(tuple),
    resources=st.dictionaries(words, json_values, max_size=2),
    expose=st.integers(0, 65535),
    require_dataset=st.booleans(),
    datasets=st.lists(words, max_size=2).map(tuple),
    options=st.dictionaries(words, json_values, max_size=2),
    arguments=st.dictionaries(words, json_values, max_size=2),
)


@given(specs)
def test_what_is_written_as_json_reads_back(spec: HandlerSpec) -> None:
    assert HandlerSpec.from_json(json.loads(json.dumps(spec.to_json()))) == spec


@given(specs, json_values)
def test_a_field_of_a_later_release_is_passed_over(spec: HandlerSpec, value: Any) -> None:
    assert HandlerSpec.from_json({**spec.to_json(), "colour": value}) == spec


def test_what_lacks_its_id_is_no_handler() -> None:
    with pytest.raises(InvalidSpec, match="not a handler"):
        HandlerSpec.from_json({"module": "m", "qualname": "f"})


def test_a_handler_without_a_name_is_shown_by_its_id() -> None:
    assert HandlerSpec(id="m:f", module="m", qualname="f").name == "m:f"


@pytest.mark.parametrize("wrong", [{"kind": "other"}, {"replicas": 0}])
def test_a_handler_that_makes_no_sense_cannot_be_made(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidSpec, match="m:f"):
        HandlerSpec(id="m:f", module="m", qualname="f", **wrong)


def top() -> None: ...


class Outer:
    def method(self) -> None: ...

    class Inner:
        def method(self) -> None: ...


def test_functions_and_methods_of_top_level_classes_have_ids() -> None:
    assert handlers.handler_id(top) == f"{__name__}:top"
    assert handlers.handler_id(Outer.method) == f"{__name__}:Outer.method"


def test_what_no_other_process_could_find_has_no_id() -> None:
    def inner() -> None: ...

    for function in (inner, Outer.Inner.method, lambda: None):
        with pytest.raises(InvalidSpec, match="too deep"):
            handlers.handler_id(function)
    with pytest.raises(InvalidSpec, match="no function"):
        handlers.handler_id(3)  # pyright: ignore[reportArgumentType]


def test_the_same_id_again_replaces_the_handler() -> None:
    before = dict(handlers.registered())
    try:
        first = HandlerSpec(id="m:f", module="m", qualname="f")
        second = HandlerSpec(id="m:f", module="m", qualname="f", replicas=2)
        handlers.register(first, top)
        handlers.register(second, Outer.method)
        assert handlers.registered()["m:f"] == (second, Outer.method)
    finally:
        handlers.clear()
        for spec, function in before.values():
            handlers.register(spec, function)


def test_importing_is_over_when_the_last_import_is() -> None:
    assert not handlers.is_importing()
    with handlers.importing():
        with pytest.raises(ValueError, match="no such"), handlers.importing():
            raise ValueError("no such module")
        assert handlers.is_importing()
    assert not handlers.is_importing()
