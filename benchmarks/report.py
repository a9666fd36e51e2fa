"""What a measurement says: one line per figure, a table of lines, and whether the aims are met."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One figure of ours beside that of the peer.

    Attributes:
        work: What was done.
        unit: What is counted, for example ``rows / CPU s``.
        us: Our figure.
        peer: The peer's, None where there is none.
        at_least: How many times better than the peer it must be, None where nothing is asked for.
        limit: A bound on our own figure: it must not be worse.
        more_is_better: Rates are, seconds and bytes are not.
        rival: Who the peer is.
        note: A few words more.
    """

    work: str
    unit: str
    us: float
    peer: float | None = None
    at_least: float | None = None
    limit: float | None = None
    more_is_better: bool = False
    rival: str = "0.6.15"
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times better we are; None without a peer."""
        if not self.peer or not self.us:
            return None
        return self.us / self.peer if self.more_is_better else self.peer / self.us

    @property
    def holds(self) -> bool | None:
        """Whether every aim of this line is met; None where nothing could be compared."""
        verdicts: list[bool] = []
        if self.at_least is not None and self.ratio is not None:
            verdicts.append(self.ratio >= self.at_least)
        if self.limit is not None:
            verdicts.append(self.us >= self.limit if self.more_is_better else self.us <= self.limit)
        return all(verdicts) if verdicts else None


HEADINGS = ("work", "unit", "us", "peer", "which", "ratio", "at least", "holds", "note")


def cells(line: Line) -> tuple[str, ...]:
    """The line as texts, in the order of `HEADINGS`."""
    aims = [f"{line.at_least:g}x" if line.at_least is not None else "", _bound(line)]
    return (
        line.work,
        line.unit,
        number(line.us),
        "-" if line.peer is None else number(line.peer),
        "-" if line.peer is None else line.rival,
        "-" if line.ratio is None else f"{line.ratio:.3g}x",
        ", ".join(aim for aim in aims if aim),
        {True: "yes", False: "**no**", None: ""}[line.holds],
        line.note,
    )


def _bound(line: Line) -> str:
    if line.limit is None:
        return ""
    return f"{'>=' if line.more_is_better else '<='} {number(line.limit)}"


def number(value: float) -> str:
    """A figure as people read it: four digits, thousands apart."""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def table(lines: Iterable[Line]) -> str:
    """A Markdown table with aligned columns."""
    grid = [HEADINGS, *(cells(line) for line in lines)]
    widths = [max(len(row[column]) for row in grid) for column in range(len(HEADINGS))]
    texts = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in grid
    ]
    texts.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(texts)
