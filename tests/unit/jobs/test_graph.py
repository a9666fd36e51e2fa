"""Graphs of handlers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.core.errors import Ambiguous, InvalidSpec, NotFound
from starwhale.core.handlers import HandlerSpec
from starwhale.jobs.graph import choose, closure, layers, sinks

Specs = dict[str, HandlerSpec]


def spec(name: str, *needs: str, module: str = "m") -> HandlerSpec:
    full = tuple(need if ":" in need else f"{module}:{need}" for need in needs)
    return HandlerSpec(id=f"{module}:{name}", module=module, qualname=name, needs=full)


def specs(*given: HandlerSpec) -> Specs:
    return {each.id: each for each in given}


@st.composite
def acyclic(draw: st.DrawFn) -> Specs:
    count = draw(st.integers(1, 12))
    names = draw(st.permutations([f"s{at}" for at in range(count)]))
    made: list[HandlerSpec] = []
    for at, name in enumerate(names):
        needs = draw(st.lists(st.sampled_from(names[:at]), unique=True)) if at else []
        made.append(spec(name, *needs))
    return specs(*draw(st.permutations(made)))


@given(acyclic(), st.data())
def test_a_closure_holds_what_is_needed_and_nothing_else_in_order(graph: Specs, data: st.DataObject) -> None:
    chosen = data.draw(st.sampled_from(sorted(graph)))
    order = closure(graph, chosen)
    seen: set[str] = set()
    for each in order:
        assert seen >= set(each.needs)
        seen.add(each.id)
    assert len(seen) == len(order)
    assert order[-1].id == chosen
    needed = {chosen} | {need for each in order for need in each.needs}
    assert seen == needed
    assert closure(dict(sorted(graph.items())), chosen) == order


@given(acyclic(), st.data())
def test_a_circle_is_found_and_named(graph: Specs, data: st.DataObject) -> None:
    chosen = data.draw(st.sampled_from(sorted(graph)))
    inner = data.draw(st.sampled_from([each.id for each in closure(graph, chosen)]))
    bent = HandlerSpec(id=inner, module="m", qualname=inner, needs=(*graph[inner].needs, chosen))
    with pytest.raises(InvalidSpec, match="in a circle") as caught:
        closure({**graph, inner: bent}, chosen)
    assert inner in str(caught.value)


def test_a_circle_is_told_in_the_order_of_needs() -> None:
    graph = specs(spec("a", "b"), spec("b", "c"), spec("c", "b"))
    with pytest.raises(InvalidSpec, match="m:b needs m:c needs m:b"):
        closure(graph, "m:a")


def test_a_need_that_is_no_handler_is_named_with_the_nearest() -> None:
    with pytest.raises(InvalidSpec, match="'m:evaluate' needs 'm:predct'") as caught:
        closure(specs(spec("evaluate", "predct"), spec("predict")), "m:evaluate")
    assert "m:predict" in caught.value.hint


def test_a_chain_longer_than_the_stack_is_no_trouble() -> None:
    chain = specs(spec("s0"), *(spec(f"s{at}", f"s{at - 1}") for at in range(1, 5000)))
    assert len(closure(chain, "m:s4999")) == 5000


@given(acyclic())
def test_steps_of_one_layer_do_not_need_each_other(graph: Specs) -> None:
    for each in sinks(graph):
        order = closure(graph, each.id)
        for layer in layers(order):
            assert not set(layer) & {need for name in layer for need in graph[name].needs}


def test_a_handler_is_chosen_by_id_name_function_or_number() -> None:
    graph = specs(spec("predict"), spec("P.evaluate", "predict"))
    assert choose(graph, "m:predict").id == "m:predict"
    assert choose(graph, "predict").id == "m:predict"
    assert choose(graph, "P.evaluate").id == "m:P.evaluate"
    assert choose(graph, "1").id == "m:P.evaluate"


def test_the_handler_that_nothing_needs_is_meant_when_none_is_named() -> None:
    assert choose(specs(spec("predict"), spec("evaluate", "predict"))).id == "m:evaluate"
    with pytest.raises(Ambiguous, match="m:a, m:b"):
        choose(specs(spec("a"), spec("b")))


def test_a_name_that_two_handlers_have_is_ambiguous() -> None:
    graph = specs(spec("predict"), spec("predict", module="n"))
    with pytest.raises(Ambiguous, match="m:predict, n:predict"):
        choose(graph, "predict")


def test_an_unknown_handler_suggests_the_nearest() -> None:
    with pytest.raises(NotFound) as caught:
        choose(specs(spec("predict")), "predikt")
    assert "predict" in caught.value.hint
    with pytest.raises(NotFound, match="'7'"):
        choose(specs(spec("predict")), "7")
    with pytest.raises(NotFound, match="no handler is defined"):
        choose({})
