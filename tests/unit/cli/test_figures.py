from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console, RenderableType

from starwhale.cli import figures


def drawn(figure: RenderableType, width: int = 80) -> str:
    file = io.StringIO()
    Console(file=file, width=width, color_system=None).print(figure)
    return file.getvalue()


def test_a_confusion_matrix_has_a_row_per_true_label() -> None:
    text = drawn(figures.confusion_matrix(["cat", "dog"], [[40, 2], [0, 8]], width=80))
    assert text.split("\n")[:4] == ["    predicted", "    cat dog", "cat  40   2", "dog   ·   8"]


def test_shares_of_a_whole_are_shown_in_percent() -> None:
    text = drawn(figures.confusion_matrix(["a", "b"], [[0.5, 0.125], [0.0, 0.375]], width=80))
    assert "a 50.0 12.5" in text
    assert "b    · 37.5" in text


def test_ten_classes_fit_a_narrow_terminal() -> None:
    counts = [[100 if i == j else 1 for j in range(10)] for i in range(10)]
    text = drawn(figures.confusion_matrix([str(i) for i in range(10)], counts, width=60), width=60)
    assert len(text.splitlines()) == 12
    assert max(map(len, text.splitlines())) <= 60


def test_what_is_too_wide_becomes_the_most_confused_pairs() -> None:
    names = [f"class-{i}" for i in range(40)]
    counts = [[0] * 40 for _ in range(40)]
    counts[3][7], counts[8][1] = 12, 5
    lines = drawn(figures.confusion_matrix(names, counts, width=80)).splitlines()
    assert [line.split() for line in lines] == [
        ["TRUE", "PREDICTED", "TIMES"],
        ["class-3", "class-7", "12"],
        ["class-8", "class-1", "5"],
    ]


matrices = st.integers(1, 12).flatmap(
    lambda n: st.tuples(
        st.lists(st.text(max_size=20), min_size=n, max_size=n),
        st.lists(st.lists(st.integers(0, 10**6), min_size=n, max_size=n), min_size=n, max_size=n),
    )
)


@given(matrices)
def test_no_matrix_is_wider_than_the_terminal(matrix: tuple[list[str], list[list[int]]]) -> None:
    from rich.cells import cell_len

    labels, counts = matrix
    text = drawn(figures.confusion_matrix(labels, counts, width=80))
    assert all(cell_len(line) <= 80 for line in text.split("\n"))


def test_an_empty_matrix_is_drawn_without_fuss() -> None:
    assert drawn(figures.confusion_matrix([], [], width=80)).strip() == "predicted"


def test_bars_are_as_long_as_their_values() -> None:
    lines = drawn(figures.bars({"zero": 0.0, "half": 0.5, "full": 1.0}, width=40)).splitlines()
    filled = [sum(sign != " " for sign in line[5:-7]) for line in lines]
    assert filled[0] == 0
    assert filled[1] * 2 == pytest.approx(filled[2], abs=1)
    assert [line.split()[-1] for line in lines] == ["0", "0.5000", "1"]


def test_a_value_above_the_top_fills_the_bar_and_no_more() -> None:
    text = drawn(figures.bars({"a": 7.0}, width=40, top=1.0))
    assert all(len(line) <= 40 for line in text.splitlines())


def test_a_picture_has_two_rows_of_pixels_on_a_line() -> None:
    figure = figures.picture([[0, 255], [255, 0], [255, 255]])
    assert figure.plain == "▀▀\n▀▀"
    styles = [str(span.style) for span in figure.spans]
    assert styles[:2] == ["color(232) on color(255)", "color(255) on color(232)"]
    assert styles[2:] == ["color(255) on color(232)"] * 2
