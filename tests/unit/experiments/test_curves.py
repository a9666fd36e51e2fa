"""Lines drawn in a terminal and as pictures."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from starwhale.cli.curve_pictures import png, svg
from starwhale.cli.curves import Curve, drawn, frame_of, labels, sparkline, ticks

numbers = st.floats(-1e9, 1e9)
curves = st.lists(
    st.builds(
        Curve,
        name=st.text(max_size=5),
        points=st.lists(st.tuples(numbers, numbers), max_size=20).map(sorted),
    ),
    max_size=3,
)


@given(curves, st.integers(20, 100), st.integers(3, 20))
def test_any_curve_can_be_drawn(found: list[Curve], width: int, height: int) -> None:
    lines = drawn(found, width=width, height=height).plain.split("\n")
    assert len(lines) == height + 2 + len(found)
    assert all(len(line) <= max(width, 24) for line in lines[: height + 2])
    ET.fromstring(svg(found, title="<t>", x_title="x").encode("utf-8", "backslashreplace"))


def test_a_rising_line_rises() -> None:
    curve = Curve(name="up", points=[(0, 0), (1, 1)])
    assert drawn([curve], width=14, height=4).plain.split("\n") == [
        "  1 ┤       ⢀⠤⠊",
        "    │     ⡠⠔⠁  ",
        "0.5 ┤  ⢀⠔⠊     ",
        "  0 ┤⡠⠒⠁       ",
        "    └──────────",
        "     0        1",
        "     ━━ up",
    ]


@given(numbers, st.floats(1e-6, 1e9), st.integers(2, 10))
def test_ticks_lie_inside_and_are_few(low: float, reach: float, most: int) -> None:
    found = ticks(low, low + reach, most)
    assert len(found) <= max(most, 2)
    slack = reach * 1e-6 + abs(low) * 1e-9
    assert all(-slack <= tick - low <= reach + slack for tick in found)


def test_labels_tell_numbers_apart_in_few_characters() -> None:
    assert labels([0.0, 0.5, 1.0]) == ["0", "0.5", "1"]
    assert labels([0.99991, 0.99992]) == ["0.99991", "0.99992"]


def test_a_single_point_and_nothing_have_frames() -> None:
    assert frame_of([]).high > frame_of([]).low
    frame = frame_of([Curve(name="", points=[(5, 3)])])
    assert frame.left < 5 < frame.right
    assert "<circle" in svg([Curve(name="", points=[(5, 3)])], title="", x_title="")


def test_a_png_is_written() -> None:
    import pytest

    pytest.importorskip("PIL")
    data = png(
        [Curve(name="é", points=[(0, 0), (1, 2)]), Curve(name="b", points=[(1, 1)])], title="t", x_title="x"
    )
    assert data.startswith(b"\x89PNG")


def test_a_sparkline_is_as_wide_as_asked() -> None:
    assert sparkline([1, 2, 3, 4, 5, 6, 7, 8], 8) == "▁▂▃▄▅▆▇█"
    assert sparkline([float("nan")], 8) == ""
    assert sparkline([5.0], 8) == "▄"
    assert len(sparkline(list(range(1000)), 24)) == 24
