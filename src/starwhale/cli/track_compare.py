"""`swcli track compare`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from starwhale.cli.output import Column
from starwhale.cli.track_runs import brief, number, service_of, shown_id, took
from starwhale.cli.units import span
from starwhale.core.errors import UsageError

if TYPE_CHECKING:
    from starwhale.cli.session import Session
    from starwhale.experiments.comparison import Compared, Comparison
    from starwhale.experiments.tallies import Tally

MARK = "*"


def compare_runs(session: Session, project: str, texts: Sequence[str], *, only_different: bool) -> None:
    """Print runs side by side."""
    if len(texts) < 2:
        raise UsageError("one run cannot be compared", hint="name two or more")
    place, service = session.project(project), service_of(session)
    runs = [service.find(session.actor, place, text) for text in texts]
    found = service.compare(runs)
    if session.out.json:
        session.out.document(_document(found, only_different=only_different))
        return
    _table(session, found, "run", _heads(session, found), only_different=False)
    _table(session, found, "parameter", _params(found.params), only_different=only_different)
    _table(session, found, "metric", _metrics(found.metrics), only_different=only_different)
    _table(session, found, "origin", _params(found.facts), only_different=only_different)


Row = tuple[str, bool, list[str]]


def _heads(session: Session, found: Comparison) -> list[Row]:
    return [
        ("name", False, [run.name for run in found.runs]),
        ("state", False, [str(run.state) for run in found.runs]),
        ("took", False, [span(took(run, session.out.now)) for run in found.runs]),
    ]


def _params(compared: Sequence[Compared]) -> list[Row]:
    return [
        (each.name, each.differs, ["" if value is None else brief(value) for value in each.values])
        for each in compared
    ]


def _metrics(compared: Sequence[Compared]) -> list[Row]:
    rows: list[Row] = []
    for each in compared:
        tallies: list[Tally | None] = list(each.values)
        rows.append((each.name, each.differs, [number(tally.last) if tally else "" for tally in tallies]))
        if any(tally is not None and tally.count > 1 for tally in tallies):
            lows = [number(tally.low) if tally else "" for tally in tallies]
            highs = [number(tally.high) if tally else "" for tally in tallies]
            rows += [("  min", each.differs, lows), ("  max", each.differs, highs)]
    return rows


def _table(session: Session, found: Comparison, what: str, rows: list[Row], *, only_different: bool) -> None:
    kept = [row for row in rows if row[1] or not only_different]
    if not kept:
        return
    if what != "run":
        session.out.blank()
    columns = [
        Column(key="name", title=what.upper()),
        Column(key="mark", title=" "),
        *(
            Column(key=str(place), title=shown_id(run.id), right=what == "metric", cut=True)
            for place, run in enumerate(found.runs)
        ),
    ]
    shown: list[dict[str, Any]] = [
        {"name": name, "mark": MARK if differs else "", **{str(i): cell for i, cell in enumerate(cells)}}
        for name, differs, cells in kept
    ]
    session.out.table(shown, columns)


def _document(found: Comparison, *, only_different: bool) -> dict[str, Any]:
    def kept(compared: Sequence[Compared]) -> list[Compared]:
        return [each for each in compared if each.differs or not only_different]

    return {
        "runs": [{"id": run.id, "name": run.name, "state": run.state} for run in found.runs],
        "params": kept(found.params),
        "metrics": kept(found.metrics),
        "facts": kept(found.facts),
    }
