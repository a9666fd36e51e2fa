from __future__ import annotations

import io
import math
import re
import subprocess
import sys
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from rich.cells import cell_len

from starwhale.core.errors import UsageError
from starwhale.evaluations.figures.axes import Axis, axis, number
from starwhale.evaluations.figures.blocks import Canvas, bar
from starwhale.evaluations.figures.data import Bars, Figure, Matrix, Plot, Series
from starwhale.evaluations.figures.drawing import draw, format_of
from starwhale.evaluations.figures.terminal import text

SVG = "{http://www.w3.org/2000/svg}"
ROC = Plot(
    name="roc_auc",
    title="ROC curve",
    x_label="false positive rate",
    y_label="true positive rate",
    series=(Series(name="cat", x=(0.0, 0.0, 1.0), y=(0.0, 1.0, 1.0)),),
    diagonal=True,
    x_range=(0.0, 1.0),
    y_range=(0.0, 1.0),
)

values = st.floats(-1e9, 1e9) | st.integers(-5, 5).map(float)
names = st.text(max_size=12)
series = st.builds(
    lambda name, points, style: Series(
        name=name,
        x=tuple(x for x, _ in points) + ((points[-1][0] + 1,) if style == "steps" else ()),
        y=tuple(y for _, y in points),
        style=style,
    ),
    names,
    st.lists(st.tuples(values, values), min_size=1, max_size=12),
    st.sampled_from(["line", "dots", "steps"]),
)
plots = st.builds(
    Plot,
    name=st.just("plot"),
    title=names,
    x_label=names,
    y_label=names,
    series=st.lists(series, min_size=1, max_size=10).map(tuple),
    diagonal=st.booleans(),
)
matrices = st.integers(1, 9).flatmap(
    lambda n: st.builds(
        Matrix,
        name=st.just("matrix"),
        title=names,
        labels=st.lists(names, min_size=n, max_size=n).map(tuple),
        counts=st.lists(
            st.lists(st.integers(0, 10**7).map(float), min_size=n, max_size=n).map(tuple),
            min_size=n,
            max_size=n,
        ).map(tuple),
    )
)
bars = st.builds(
    Bars,
    name=st.just("bars"),
    title=names,
    values=st.lists(st.tuples(names, st.floats(0, 1e9)), max_size=70).map(tuple),
    top=st.none() | st.just(1.0),
)
figures = plots | matrices | bars


@settings(max_examples=80, deadline=None)
@given(figures)
def test_every_figure_is_drawn_in_every_format(figure: Figure) -> None:
    picture = ET.fromstring(draw(figure, "svg").decode())
    size = float(picture.attrib["width"]), float(picture.attrib["height"])
    for shape in picture.iter():
        places = [shape.attrib[name] for name in ("x", "y", "cx", "cy") if name in shape.attrib]
        for place in [*places, *re.split("[ ,]", shape.attrib.get("points", "0"))]:
            assert -10 <= float(place) <= max(size) + 10, (shape.tag, shape.attrib)
    for line in draw(figure, "txt").decode().splitlines():
        assert cell_len(line) <= 80


@settings(max_examples=15, deadline=None)
@given(figures)
def test_every_figure_is_painted(figure: Figure) -> None:
    image = Image.open(io.BytesIO(draw(figure, "png")))
    assert image.format == "PNG"
    assert image.width >= 640


def test_a_picture_shows_the_points() -> None:
    picture = ET.fromstring(draw(ROC, "svg").decode())
    texts = [each.text for each in picture.iter(f"{SVG}text")]
    assert {"ROC curve", "cat", "false positive rate", "0.2"} <= set(texts)
    lines = [each.attrib["points"].split() for each in picture.iter(f"{SVG}polyline")]
    curve = [line for line in lines if len(line) == 3]
    assert len(curve) == 1
    (x0, y0), (x1, y1), (x2, y2) = (tuple(map(float, point.split(","))) for point in curve[0])
    assert x0 == x1 < x2, "straight up, then to the right"
    assert y0 > y1 == y2


def test_a_painted_picture_has_the_colours_of_its_cells() -> None:
    matrix = Matrix(name="m", title="", labels=("a", "b"), counts=((9.0, 0.0), (9.0, 0.0)))
    image = Image.open(io.BytesIO(draw(matrix, "png"))).convert("RGB")
    colours = {colour for _, colour in image.getcolors(1 << 20) or []}
    assert (0, 114, 178) in colours, "a hit"
    assert (213, 94, 0) in colours, "a miss"


def test_text_in_a_picture_is_no_markup() -> None:
    figure = Bars(name="b", title="<script>&amp;", values=(("\x00\x1b[31m<a>", 1.0),))
    document = draw(figure, "svg").decode()
    assert "<script" not in document
    assert "\x1b" not in document
    assert ET.fromstring(document).find(f"{SVG}title") is not None
    assert "\x1b" not in draw(figure, "txt").decode()


def test_a_plot_in_the_terminal() -> None:
    assert text(ROC, width=30, height=11).splitlines() == [
        "ROC curve",
        "1 ┤▛▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▜▀▀▀",
        "  │▌                  ▗ ▝",
        "  │▌            ▗ ▝ ▝",
        "  │▌         ▖ ▘",
        "  │▌   ▖ ▖ ▘",
        "0 ┤▌ ▘",
        "  └┬─────────────────────────┬",
        "   0                         1",
        "x: false positive rate, y: tr…",
        "■ cat",
    ]


def test_series_have_colours_of_their_own_where_there_are_colours() -> None:
    two = Plot(
        name="p",
        title="t",
        x_label="x",
        y_label="y",
        series=(Series(name="a", x=(0, 1), y=(0, 0)), Series(name="b", x=(0, 1), y=(1, 1))),
    )
    assert "\x1b" not in text(two)
    coloured = text(two, colour=True)
    assert {"\x1b[34m", "\x1b[31m"} <= set(re.findall(r"\x1b\[\d+m", coloured))
    assert coloured.splitlines()[-2:] == ["\x1b[34m■\x1b[0m a", "\x1b[31m■\x1b[0m b"]


def test_series_bear_signs_where_there_are_no_colours() -> None:
    names = [f"s{i}" for i in range(5)]
    plot = Plot(
        name="p",
        title="t",
        x_label="x",
        y_label="y",
        series=tuple(Series(name=name, x=(0, 1), y=(i, i)) for i, name in enumerate(names)),
    )
    lines = text(plot, height=30).splitlines()
    legend = [line.split() for line in lines[-5:]]
    assert [name for _, name in legend] == names
    signs = [sign for sign, _ in legend]
    assert len(set(signs)) == 5
    drawn = [line for line in lines[:-5] if set(line) & set(signs)]
    assert [next(char for char in line if char in signs) for line in drawn] == signs[::-1]
    alone = plot.series[:1]
    assert "■ s0" in text(Plot(name="p", title="t", x_label="x", y_label="y", series=alone))


def test_a_matrix_that_is_too_wide_is_told_in_pairs() -> None:
    labels = tuple(f"class {i}" for i in range(40))
    counts = [[0.0] * 40 for _ in range(40)]
    counts[3][7], counts[1][2] = 5.0, 9.0
    told = text(Matrix(name="m", title="m", labels=labels, counts=tuple(map(tuple, counts))))
    assert told.splitlines() == ["m", "class 1 taken for class 2: 9", "class 3 taken for class 7: 5"]


@settings(deadline=None)
@given(values, values, st.integers(2, 12))
def test_an_axis_holds_its_numbers_and_round_ticks(one: float, other: float, most: int) -> None:
    made = axis([one, other], most=most)
    assert made.low <= min(one, other) + 1e-6 * (made.high - made.low)
    assert made.high >= max(one, other) - 1e-6 * (made.high - made.low)
    assert 1 <= len(made.ticks) <= most + 2
    texts = [made.text(tick) for tick in made.ticks]
    if max(abs(made.low), abs(made.high)) < 1e6 and made.ticks[-1] - made.ticks[0] > 1e-5:
        assert len(set(texts)) == len(texts), texts
    assert list(made.ticks) == sorted(made.ticks)


@pytest.mark.parametrize("numbers", [[], [math.inf], [math.nan], [3.0, 3.0], [0.0], [-math.inf, 2.0]])
def test_an_axis_of_nothing_has_a_length(numbers: list[float]) -> None:
    made = axis(numbers)
    assert made.low < made.high
    assert made.ticks


def test_ticks_are_written_with_the_digits_that_tell_them_apart() -> None:
    made = Axis(low=0.0, high=1.0, ticks=(0.0, 0.25, 0.5, 0.75, 1.0))
    assert [made.text(tick) for tick in made.ticks] == ["0.00", "0.25", "0.50", "0.75", "1.00"]
    assert axis([0, 8_000_000]).text(2_000_000) == "2e+06"
    assert [number(value) for value in (3.0, 0.12345, 1e-7, math.nan)] == ["3", "0.123", "1e-07", "-"]


@settings(deadline=None)
@given(st.floats(-1, 2), st.integers(1, 40))
def test_a_bar_is_as_long_as_its_share(share: float, room: int) -> None:
    drawn = bar(share, room)
    assert len(drawn) == room
    assert abs(drawn.count("█") - min(max(share, 0), 1) * room) <= 1


def test_a_canvas_has_four_dots_to_a_character() -> None:
    canvas = Canvas(2, 1)
    canvas.dot(0, 1, 0)
    canvas.dot(1, 0, 1)
    canvas.dot(5, 5, 0)
    assert canvas.lines(colour=False) == ["▘▗"]


def test_the_name_of_a_file_tells_the_format() -> None:
    assert format_of("out/Roc.SVG") == "svg"
    with pytest.raises(UsageError, match="does not say which picture"):
        format_of("roc.jpeg")
    unknown: Any = "pdf"
    with pytest.raises(UsageError, match="cannot be drawn as 'pdf'"):
        draw(ROC, unknown)


def test_without_pillow_a_png_says_how_to_get_it() -> None:
    program = """
import sys
sys.modules["PIL"] = None
from starwhale.evaluations.figures.data import Bars
from starwhale.evaluations.figures.drawing import draw
from starwhale.core.errors import MissingDependency
figure = Bars(name="b", title="b", values=(("a", 1.0),))
print(draw(figure, "svg")[:4].decode())
try:
    draw(figure, "png")
except MissingDependency as error:
    print(error)
print("numpy" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:3] == [
        "<svg",
        "a PNG needs Pillow (pip install 'starwhale[media]', or take SVG)",
        "False",
    ]
