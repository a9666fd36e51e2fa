"""The steps of a job as boxes with lines between them, from above to below."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from starwhale.cli.job_lines import Drawing, Gap, Net, lay_gap

if TYPE_CHECKING:
    from rich.text import Text

WIDEST, NARROWEST = 33, 13
LANE, SPACE = 3, 2
HEIGHT = 4
PASSES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One step.

    Attributes:
        id: Names it in `needs`.
        needs: Ids of the boxes that lines come from.
        name: First line; shortened where it does not fit.
        notes: Second line: the first of these that fits, the last shortened if need be.
        style: Colour of the second line.
    """

    id: str
    needs: tuple[str, ...]
    name: str
    notes: tuple[str, ...]
    style: str = ""


@dataclass(slots=True, eq=False)
class _Slot:
    """A place in a layer: a box, or a line on its way past the layer.

    Attributes:
        box: What stands there; None for a line.
        uppers: Places in the layer above that lines come from.
        lowers: Places in the layer below that lines go to.
        x: Column of the middle.
    """

    box: Box | None
    uppers: list[_Slot] = field(default_factory=list["_Slot"])
    lowers: list[_Slot] = field(default_factory=list["_Slot"])
    x: int = 0
    place: float = 0.0


def draw_graph(layers: Sequence[Sequence[str]], boxes: Mapping[str, Box], *, width: int) -> Text | None:
    """Draw boxes and the lines between them.

    Args:
        layers: Ids of the boxes in each layer from above; each needs only boxes of layers above its own.
        boxes: All of them by id.
        width: Columns that are there.

    Returns:
        Lines no wider than `width`; None where they cannot be drawn so narrow.
    """
    slots = _slots(layers, boxes)
    _order(slots)
    room = _box_width(slots, boxes.values(), width)
    if room is None or any(len(slot.uppers) > (room - 1) // 2 for layer in slots for slot in layer):
        return None
    canvas = max(_layer_width(layer, room) for layer in slots)
    _place(slots, room, canvas)
    drawing = Drawing(canvas)
    gaps = [_gap(upper, lower, room) for upper, lower in pairwise(slots)]
    for number, layer in enumerate(slots):
        entries = gaps[number - 1].entries if number else {}
        for slot in layer:
            _draw_slot(drawing, slot, entries.get(id(slot), ()), room)
        drawing.down(HEIGHT)
        if number < len(gaps):
            drawing.lines(gaps[number])
    return drawing.text()


def _slots(layers: Sequence[Sequence[str]], boxes: Mapping[str, Box]) -> list[list[_Slot]]:
    """Boxes in their layers, and for each box one line through the layers until the last that needs it."""
    slots = [[_Slot(boxes[each]) for each in layer] for layer in layers]
    below: dict[str, dict[int, list[_Slot]]] = defaultdict(lambda: defaultdict(list))
    for number, layer in enumerate(slots):
        for slot in layer:
            for need in slot.box.needs if slot.box else ():
                below[need][number].append(slot)
    for number, layer in enumerate(slots):
        for slot in layer:
            if slot.box is not None and slot.box.id in below:
                _tie(slot, number, below[slot.box.id], slots)
    return slots


def _tie(
    source: _Slot, number: int, targets: Mapping[int, Sequence[_Slot]], slots: list[list[_Slot]]
) -> None:
    """Tie a box to those that need it; to those further down by a line past the layers between."""
    for at in range(number + 1, max(targets) + 1):
        lowers = list(targets.get(at, ()))
        if at < max(targets):
            lane = _Slot(None)
            slots[at].append(lane)
            lowers.append(lane)
        for lower in lowers:
            lower.uppers.append(source)
        source.lowers += lowers
        source = lowers[-1]


def _order(slots: Sequence[list[_Slot]]) -> None:
    """Order each layer so that lines cross little: each place near the middle of what it is tied to."""
    for layer in slots:
        _number(layer)
    for turn in range(PASSES):
        for layer in slots if turn % 2 == 0 else reversed(slots):
            for slot in layer:
                tied = slot.uppers if turn % 2 == 0 else slot.lowers
                if tied:
                    slot.place = sum(each.place for each in tied) / len(tied)
            layer.sort(key=lambda slot: slot.place)
            _number(layer)


def _number(layer: Sequence[_Slot]) -> None:
    for number, slot in enumerate(layer):
        slot.place = (number + 1) / (len(layer) + 1)


def _box_width(slots: Sequence[Sequence[_Slot]], boxes: Iterable[Box], width: int) -> int | None:
    from rich.cells import cell_len

    natural = max(max(cell_len(box.name), *map(cell_len, box.notes)) for box in boxes) + 4
    # odd, so that a box has a middle
    for room in range(min(max(natural, NARROWEST), WIDEST) | 1, NARROWEST - 1, -2):
        if max(_layer_width(layer, room) for layer in slots) <= width:
            return room
    return None


def _layer_width(layer: Sequence[_Slot], room: int) -> int:
    return sum((room if slot.box else LANE) + SPACE for slot in layer) - SPACE


def _place(slots: Sequence[Sequence[_Slot]], room: int, canvas: int) -> None:
    """Give each place its column: in the middle of what it is tied to, as far as its neighbours let it."""
    for layer in slots:
        _spread(layer, [canvas / 2] * len(layer), room, canvas)
    for turn in range(PASSES + 1):
        down = turn % 2 == 0
        for layer in slots if down else reversed(slots):
            middles = [
                sum(each.x for each in tied) / len(tied)
                if (tied := _tied(slot, down=down))
                else float(slot.x)
                for slot in layer
            ]
            _spread(layer, middles, room, canvas)


def _tied(slot: _Slot, *, down: bool) -> list[_Slot]:
    return slot.uppers if down else slot.lowers


def _spread(layer: Sequence[_Slot], wished: Sequence[float], room: int, canvas: int) -> None:
    """Columns as near as can be to those wished for, in order and without touching each other."""
    sizes = [room if slot.box else LANE for slot in layer]
    offsets: list[float] = []
    at = 0.0
    for size in sizes:
        offsets.append(at + size // 2)
        at += size + SPACE
    spare = canvas - (at - SPACE)
    # without their offsets they may be equal but must not descend: those that would share their mean
    groups: list[tuple[float, int]] = []
    for wish, offset in zip(wished, offsets, strict=True):
        groups.append((wish - offset, 1))
        while len(groups) > 1 and groups[-2][0] > groups[-1][0]:
            (one, many), (other, more) = groups[-2:]
            groups[-2:] = [((one * many + other * more) / (many + more), many + more)]
    moved = [mean for mean, many in groups for _ in range(many)]
    for slot, offset, move in zip(layer, offsets, moved, strict=True):
        slot.x = round(offset + min(max(move, 0.0), spare))


def _gap(upper: Sequence[_Slot], lower: Sequence[_Slot], room: int) -> Gap:
    """The lines between two layers; lines past the lower one move to where they arrive."""
    sources = {slot.x: id(slot) for slot in upper if slot.lowers}
    entries: dict[int, tuple[int, ...]] = {}
    ends: dict[int, list[int]] = defaultdict(list)
    for slot in lower:
        tied = sorted(slot.uppers, key=lambda each: each.x)
        half = (room if slot.box else LANE) // 2 - (1 if slot.box else 0)
        taken: list[int] = []
        for number, source in enumerate(tied):
            wish = slot.x + 2 * number - (len(tied) - 1)
            free = [
                x
                for x in range(slot.x - half, slot.x + half + 1)
                if x not in taken and sources.get(x, id(source)) == id(source)
            ]
            at = min(free, key=lambda x: (abs(x - wish), x), default=wish)
            taken.append(at)
            ends[id(source)].append(at)
        entries[id(slot)] = tuple(taken)
        if slot.box is None:
            slot.x = taken[0]
    nets = [Net(slot.x, tuple(ends[id(slot)])) for slot in upper if slot.lowers]
    return lay_gap(nets, entries)


def _draw_slot(drawing: Drawing, slot: _Slot, entries: Sequence[int], room: int) -> None:
    if slot.box is None:
        for line in range(HEIGHT):
            drawing.put(slot.x, line, "│", "dim")
        return
    left = slot.x - room // 2
    border = "─" * (room - 2)
    drawing.put(left, 0, f"┌{border}┐", "dim")
    for at in entries:
        drawing.put(at, 0, "▼", "dim")
    inside = room - 4
    note = next((each for each in slot.box.notes if _cells(each) <= inside), slot.box.notes[-1])
    for line, (text, style) in enumerate([(slot.box.name, "bold"), (note, slot.box.style)], start=1):
        drawing.put(left, line, "│", "dim")
        drawing.put(left + 2, line, _cut(text, inside), style)
        drawing.put(left + room - 1, line, "│", "dim")
    drawing.put(left, 3, f"└{border}┘", "dim")
    if slot.lowers:
        drawing.put(slot.x, 3, "┬", "dim")


def _cells(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(text)


def _cut(text: str, room: int) -> str:
    from rich.cells import set_cell_size

    return text if _cells(text) <= room else set_cell_size(text, room - 1) + "…"
