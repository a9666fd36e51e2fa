"""Steps of a running job as lines that fit the terminal they are on."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from starwhale.cli import units
from starwhale.cli.plain import visible
from starwhale.cli.progress_pace import rate_text, span_text
from starwhale.evaluations.figures.blocks import bar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.text import Text

    from starwhale.cli.progress_pace import StepNow

GAP = 2
NAME_ENOUGH, NAME_LEAST, BAR_LEAST, BAR_MOST = 16, 8, 6, 40
# what goes first on a narrow terminal; then names are cut, and then it is no longer told how long it takes
ORDER = ("tasks", "bar", "rate")
COLUMNS = ("name", "bar", "tasks", "count", "rate", "failed", "left")
WORDS = {
    "CREATED": "waiting",
    "RUNNING": "running",
    "PAUSED": "paused",
    "CANCELED": "canceled",
    "FAIL": "failed",
}
STYLES = {"SUCCESS": "green", "RUNNING": "blue", "FAIL": "red", "PAUSED": "yellow", "CANCELED": "yellow"}
# whose line goes last where there is no room for all
URGENCY = {"FAIL": 0, "RUNNING": 1, "PAUSED": 2, "CANCELED": 3, "CREATED": 4, "SUCCESS": 5}


@dataclass(frozen=True, slots=True)
class _Line:
    share: float
    state: str
    cells: dict[str, str]


class Board:
    """What the live display shows; it is measured anew for each frame.

    Attributes:
        moments: The steps as they are now.
    """

    def __init__(self) -> None:
        self.moments: Sequence[StepNow] = ()
        self._drawn: tuple[int, list[int]] = (0, [])

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        # The last column stays free: a terminal that has written there may have gone to the next line.
        lines = board_lines(self.moments, width=max(options.max_width - 1, 1), height=console.size.height - 1)
        self._drawn = options.max_width, [line.cell_len for line in lines]
        yield from lines

    def mend(self, console: Console) -> None:
        """Wipe off what a terminal that became narrower has broken into more lines than were drawn."""
        from rich.control import Control
        from rich.segment import ControlType

        width, lengths = self._drawn
        now = console.size.width
        more = sum(max(ceil(length / now), 1) - 1 for length in lengths) if 0 < now < width else 0
        if more:
            self._drawn = now, [min(length, now) for length in lengths]
            wiped = ((ControlType.ERASE_IN_LINE, 2), (ControlType.CURSOR_UP, 1)) * more
            console.control(Control(ControlType.CARRIAGE_RETURN, *wiped))


def board_lines(moments: Sequence[StepNow], *, width: int, height: int) -> list[Text]:
    """A line for each step and one for all of them.

    Args:
        moments: The steps in their order.
        width: No line is wider.
        height: There are not more lines; steps that wait or have succeeded are left out first.
    """
    from rich.text import Text

    if not moments:
        return []
    whole = [_whole(moments)] if len(moments) > 1 else []
    room = max(height - len(whole), 1)
    shown = list(moments)
    if len(shown) > room:
        ranked = sorted(range(len(shown)), key=lambda place: _rank(shown[place], place))
        shown = [moments[place] for place in sorted(ranked[:room])]
        whole = [f"{whole[0]}, {units.number(len(moments) - len(shown))} not shown"]
    lines = [_line(moment) for moment in shown]
    widths = _widths(lines, width)
    drawn = [_drawn(line, widths) for line in lines]
    drawn += [Text(text, style="dim", no_wrap=True) for text in whole[: max(height - len(drawn), 0)]]
    for line in drawn:
        line.truncate(width, overflow="ellipsis")
    return drawn


def _rank(moment: StepNow, place: int) -> tuple[int, int]:
    """What is shown first: trouble, what runs, what comes next, what was done last."""
    state = moment.step.state
    return URGENCY.get(state, 1), -place if state == "SUCCESS" else place


def _line(moment: StepNow) -> _Line:
    step = moment.step
    done, total, what = step.counted
    running = step.state == "RUNNING"
    failed = step.failed or step.tasks_failed
    share = 1.0 if step.state == "SUCCESS" else done / total if total else 0.0
    begun = step.state != "CREATED"
    tasks = f"{_of(step.tasks_done, step.tasks)} tasks"
    cells = {
        "name": visible(step.name).replace("\n", " "),
        "tasks": tasks if begun and step.total and step.tasks > 1 else "",
        "count": f"{_of(done, total)} {what}" if begun and (step.total or total > 1) else "",
        "rate": f"{rate_text(moment.rate)} {what}/s" if running and moment.rate and total > 1 else "",
        "failed": f"{units.number(failed)} failed" if failed else "",
        "left": _left(moment),
    }
    return _Line(share, step.state, cells)


def _left(moment: StepNow) -> str:
    """How long it will take, or has taken, or why nobody can say."""
    state = moment.step.state
    if moment.left is not None and moment.step.counted[1] > 1:
        return f"ETA {span_text(moment.left)}"
    if state == "SUCCESS":
        return "done" if moment.took is None else f"done in {units.span(moment.took)}"
    if state == "RUNNING" and moment.took is not None:
        return f"for {span_text(moment.took)}"
    return WORDS.get(state, state.lower())


def _of(done: int, total: int) -> str:
    return f"{units.number(done)}/{units.number(total)}"


def _whole(moments: Sequence[StepNow]) -> str:
    """All steps together."""
    steps = [moment.step for moment in moments]
    rows, tasks = sum(step.total for step in steps), sum(step.tasks for step in steps)
    parts = [f"{_of(sum(step.state == 'SUCCESS' for step in steps), len(steps))} steps"]
    if tasks > len(steps):
        parts.append(f"{_of(sum(step.tasks_done for step in steps), tasks)} tasks")
    if rows:
        parts.append(f"{_of(sum(step.done for step in steps), rows)} rows")
    workers = sum(step.workers for step in steps)
    if workers > 1:
        parts.append(f"{workers} workers")
    return ", ".join(parts)


def _widths(lines: Sequence[_Line], width: int) -> dict[str, int]:
    """Columns for each field that stays."""
    from rich.cells import cell_len

    widths = {name: max(cell_len(line.cells[name]) for line in lines) for name in COLUMNS if name != "bar"}
    natural = widths["name"]
    widths["name"], widths["bar"] = min(natural, NAME_ENOUGH), BAR_LEAST
    widths = {name: size for name, size in widths.items() if size}
    for name in ORDER:
        if _sum(widths) > width:
            widths.pop(name, None)
    if _sum(widths) > width:
        widths["name"] = max(widths["name"] - (_sum(widths) - width), min(natural, NAME_LEAST))
    if _sum(widths) > width:
        widths.pop("left", None)
    spare = max(width - _sum(widths), 0)
    more = min(spare, natural - widths["name"])
    widths["name"] += more
    if "bar" in widths:
        widths["bar"] += min(spare - more, BAR_MOST - BAR_LEAST)
    return widths


def _sum(widths: dict[str, int]) -> int:
    return sum(widths.values()) + GAP * (len(widths) - 1)


def _drawn(line: _Line, widths: dict[str, int]) -> Text:
    from rich.cells import cell_len
    from rich.text import Text

    text = Text(no_wrap=True, overflow="ellipsis")
    style = STYLES.get(line.state, "dim")
    for name in COLUMNS:
        if name not in widths:
            continue
        if text:
            text.append(" " * GAP)
        if name == "bar":
            text.append(bar(line.share, widths[name]), style)
            continue
        cell = Text(line.cells[name], style="red" if name == "failed" else "")
        cell.truncate(widths[name], overflow="ellipsis")
        blank = " " * (widths[name] - cell_len(cell.plain))
        if name in {"name", "left"}:
            text.append_text(cell).append(blank)
        else:
            text.append(blank).append_text(cell)
    text.rstrip()
    return text
