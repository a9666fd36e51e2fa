"""The table of the benchmarks says who is better, by how much, and whether that suffices."""

from __future__ import annotations

import pytest
from benchmarks.report import Line, cells, number, table


def test_of_seconds_fewer_are_better() -> None:
    assert Line(work="w", unit="s", us=2.0, peer=10.0).ratio == 5.0


def test_of_rates_more_are_better() -> None:
    assert Line(work="w", unit="rows / s", us=10.0, peer=2.0, more_is_better=True).ratio == 5.0


@pytest.mark.parametrize(("us", "holds"), [(1.0, True), (1.1, False)])
def test_an_aim_holds_from_the_ratio_that_is_asked_for(us: float, holds: bool) -> None:
    assert Line(work="w", unit="s", us=us, peer=10.0, at_least=10).holds is holds


@pytest.mark.parametrize(("us", "holds"), [(1.7, True), (1.6, False)])
def test_a_limit_holds_without_a_peer(us: float, holds: bool) -> None:
    assert Line(work="w", unit="times", us=us, limit=1.7, more_is_better=True).holds is holds


def test_a_missed_limit_spoils_a_ratio_that_holds() -> None:
    line = Line(work="w", unit="ms", us=300.0, peer=3000.0, at_least=6, limit=250)
    assert line.holds is False
    assert "**no**" in cells(line)


def test_without_a_peer_there_is_no_ratio_and_no_verdict() -> None:
    line = Line(work="w", unit="s", us=2.0, at_least=10)
    assert (line.ratio, line.holds) == (None, None)


def test_the_table_is_markdown_with_a_column_for_every_heading() -> None:
    lines = table([Line(work="w", unit="s", us=2.0, peer=10.0)]).splitlines()
    assert len({line.count("|") for line in lines}) == 1
    assert set(lines[1]) <= set("|-")


@pytest.mark.parametrize(("value", "text"), [(12345.6, "12,346"), (0.0123456, "0.01235")])
def test_figures_are_read_by_people(value: float, text: str) -> None:
    assert number(value) == text
