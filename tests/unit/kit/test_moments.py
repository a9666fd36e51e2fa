"""What is remembered for a moment takes memory for a moment."""

from __future__ import annotations

from starwhale.kit.moments import Moments


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_value_is_there_until_its_time_is_over() -> None:
    clock = Clock()
    held = Moments[str](2.0, 10, clock)
    held.put("a", "one")
    clock.now = 1.9
    assert held.get("a") == "one"
    clock.now = 2.0
    assert held.get("a") is None


def test_what_is_over_goes_when_something_comes() -> None:
    clock = Clock()
    held = Moments[int](2.0, 1000, clock)
    for number in range(100):
        clock.now = number * 1.0
        held.put(number, number)
    assert len(held) == 2


def test_one_that_is_put_again_lasts_from_then_on() -> None:
    clock = Clock()
    held = Moments[int](2.0, 10, clock)
    held.put("a", 1)
    clock.now = 1.5
    held.put("a", 2)
    held.put("b", 3)
    clock.now = 3.0
    held.put("c", 4)
    assert (held.get("a"), held.get("b"), len(held)) == (2, 3, 3)


def test_there_are_never_more_than_so_many() -> None:
    held = Moments[int](60.0, 3)
    for number in range(10):
        held.put(number, number)
    assert [held.get(each) for each in (6, 7, 8, 9)] == [None, 7, 8, 9]


def test_what_is_forgotten_is_gone() -> None:
    held = Moments[int](60.0, 3)
    held.put("a", 1)
    held.put("b", 2)
    held.forget("a")
    held.forget("never there")
    assert held.get("a") is None
    held.clear()
    assert len(held) == 0
