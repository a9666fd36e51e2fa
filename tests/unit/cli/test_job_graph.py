"""Graphs of steps in text: what is drawn is read back, line by line, and must be the graph."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from starwhale.cli.job_graph import Box, draw_graph

UP, RIGHT, DOWN, LEFT = (0, -1), (1, 0), (0, 1), (-1, 0)
TURNS = {
    "│": (UP, DOWN),
    "─": (LEFT, RIGHT),
    "╰": (UP, RIGHT),
    "╯": (UP, LEFT),
    "╭": (DOWN, RIGHT),
    "╮": (DOWN, LEFT),
    "├": (UP, DOWN, RIGHT),
    "┤": (UP, DOWN, LEFT),
    "┬": (LEFT, RIGHT, DOWN),
    "┴": (LEFT, RIGHT, UP),
    "┼": (UP, DOWN, LEFT, RIGHT),
}

Needs = dict[str, tuple[str, ...]]


def drawn(needs: Needs, *, width: int = 80, names: dict[str, str] | None = None) -> str | None:
    depth: dict[str, int] = {}
    layers: list[list[str]] = []
    for each, its in needs.items():
        depth[each] = max((depth[need] + 1 for need in its), default=0)
        if depth[each] == len(layers):
            layers.append([])
        layers[depth[each]].append(each)
    boxes = {
        each: Box(
            id=each, needs=its, name=(names or {}).get(each, each), notes=("SUCCESS, 12 tasks", "SUCCESS")
        )
        for each, its in needs.items()
    }
    text = draw_graph(layers, boxes, width=width)
    return None if text is None else text.plain


def read_back(picture: str) -> Needs:
    """Follow every line upwards from where it enters a box."""
    lines = picture.split("\n")
    wide = max(map(len, lines))
    field = [line.ljust(wide) for line in lines]
    names: dict[tuple[int, int], str] = {}
    for y, line in enumerate(field):
        x = line.find("┌")
        while x >= 0:
            end = line.index("┐", x)
            name = field[y + 1][x + 1 : end].strip()
            for at in range(x, end + 1):
                names[at, y] = names[at, y + 3] = name
            x = line.find("┌", end)
    found: dict[str, list[str]] = {name: [] for name in names.values()}
    for y, line in enumerate(field):
        for x, sign in enumerate(line):
            if sign == "▼":
                found[names[x, y]] += sorted(sources(field, names, x, y))
    return {name: tuple(sorted(its)) for name, its in found.items()}


def sources(field: list[str], names: dict[tuple[int, int], str], x: int, y: int) -> set[str]:
    """Boxes that the line which enters at a place comes out of."""
    met: set[str] = set()
    waiting, seen = [(x, y, UP)], set()
    while waiting:
        x, y, (dx, dy) = waiting.pop()
        x, y = x + dx, y + dy
        if (x, y, dx, dy) in seen:
            continue
        seen.add((x, y, dx, dy))
        sign = field[y][x]
        if (x, y) in names:
            assert sign in "┬▼"
            met |= {names[x, y]} if sign == "┬" else set()
        elif sign == "│" and dx:  # passes behind an upright line
            waiting.append((x, y, (dx, dy)))
        else:
            assert (-dx, -dy) in TURNS[sign], f"the line breaks off at {sign!r}"
            waiting += [(x, y, turn) for turn in TURNS[sign] if turn != (-dx, -dy)]
    return met


@st.composite
def graphs(draw: st.DrawFn) -> Needs:
    many = draw(st.integers(1, 9))
    made: Needs = {}
    for number in range(many):
        known = sorted(made)
        some = st.lists(st.sampled_from(known), unique=True, max_size=4) if known else st.just([])
        made[f"step{number}"] = tuple(draw(some))
    return made


@settings(deadline=None)
@given(graphs(), st.integers(40, 140))
def test_a_drawing_says_what_needs_what_and_fits(needs: Needs, width: int) -> None:
    picture = drawn(needs, width=width)
    assume(picture is not None)
    assert picture is not None
    assert max(map(len, picture.split("\n"))) <= width
    assert read_back(picture) == {each: tuple(sorted(its)) for each, its in needs.items()}


def test_fan_out_and_fan_in_at_80_columns() -> None:
    needs = {
        "load": (),
        "clean": ("load",),
        "split": ("load",),
        "embed": ("load",),
        "merge": ("clean", "split"),
        "report": ("merge", "embed", "load"),
    }
    picture = drawn(needs)
    assert picture is not None
    assert picture.split("\n")[3:6] == [
        "                                └─────────┬─────────┘",
        "          ╭──────────────────────┬────────┴─────────────┬─────────────╮",
        "┌─────────▼─────────┐  ┌─────────▼─────────┐  ┌─────────▼─────────┐   │",
    ]
    assert drawn(needs, width=60) is not None


@pytest.mark.parametrize("width", [80, 60, 40])
def test_a_chain_is_straight(width: int) -> None:
    picture = drawn({"a": (), "b": ("a",), "c": ("b",)}, width=width)
    assert picture is not None
    assert not set(picture) & set("╭╮╰╯")


def test_what_cannot_be_drawn_so_narrow_is_not_drawn() -> None:
    fan = {"a": (), **{f"b{number}": ("a",) for number in range(9)}}
    assert drawn(fan, width=80) is None
    assert drawn(fan, width=140) is not None


def test_long_and_wide_names_are_cut() -> None:
    needs: Needs = {"a": (), "b": ("a",), "c": ("a",)}
    names = {"a": "x" * 200, "b": "名前" * 30, "c": "c"}
    picture = drawn(needs, width=50, names=names)
    assert picture is not None
    from rich.cells import cell_len

    assert max(map(cell_len, picture.split("\n"))) <= 50
    assert "…" in picture
    assert "SUCCESS" in picture
