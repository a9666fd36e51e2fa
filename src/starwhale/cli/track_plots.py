"""`swcli track plot`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from starwhale.cli import units
from starwhale.cli.curve_pictures import png, svg
from starwhale.cli.curves import Curve, drawn
from starwhale.cli.track_runs import service_of, shown_id
from starwhale.core.errors import NotFound, UsageError

if TYPE_CHECKING:
    from starwhale.cli.session import Session
    from starwhale.experiments.schemas import RunRead
    from starwhale.experiments.series import Series
    from starwhale.experiments.service import ExperimentService

MOST_POINTS = 4000
WIDEST = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a plot is to look.

    Attributes:
        axis: ``step`` or ``time``.
        smooth: Weight of earlier values.
        logarithmic: The y axis shows powers of ten.
        height: Lines in the terminal.
    """

    axis: str
    smooth: float
    logarithmic: bool
    height: int

    def __post_init__(self) -> None:
        if not 0 <= self.smooth < 1:
            raise UsageError(f"--smooth is from 0 to below 1, not {self.smooth}")
        if not 3 <= self.height <= 200:
            raise UsageError(f"--height is from 3 to 200, not {self.height}")


def plot_runs(
    session: Session,
    project: str,
    texts: Sequence[str],
    metrics: Sequence[str],
    look: Look,
    *,
    file: str,
) -> None:
    """Plot metrics of runs, a plot per metric, a curve per run."""
    suffix = Path(file).suffix.lower()
    if file and suffix not in (".svg", ".png"):
        raise UsageError(f"{file!r} is neither .svg nor .png", hint="name a file that ends so")
    place, service = session.project(project), service_of(session)
    runs = [service.find(session.actor, place, text) for text in dict.fromkeys(texts)]
    wanted = list(dict.fromkeys(metrics)) or _all_metrics(service, runs)
    if file and len(wanted) > 1:
        raise UsageError(f"a picture shows one metric, not {len(wanted)}", hint=f"-m {wanted[0]}")
    if session.out.json and not file:
        session.out.document({name: _points(service, runs, name) for name in wanted})
        return
    for number, name in enumerate(wanted):
        curves = _curves(service, runs, name, look)
        if file:
            _write(session, Path(file), curves, name, look)
            return
        if number:
            session.out.blank()
        session.out.line(_title(name, look), None)
        console = session.out.console()
        colour = console.color_system is not None and not console.no_color
        width = min(console.width, WIDEST)
        session.out.draw(drawn(curves, width=width, height=look.height, colour=colour))


def _all_metrics(service: ExperimentService, runs: Sequence[RunRead]) -> list[str]:
    names = dict.fromkeys(name for run in runs for name in service.details(run).metrics)
    if not names:
        raise NotFound(f"run {shown_id(runs[0].id)} has no metrics", hint="track.metrics logs them")
    return list(names)


def _found(service: ExperimentService, runs: Sequence[RunRead], name: str) -> list[tuple[RunRead, Series]]:
    """The series of those runs that have it."""
    found: list[tuple[RunRead, Series]] = []
    missing: NotFound | None = None
    for run in runs:
        try:
            found.append((run, service.series(run, name)))
        except NotFound as error:
            missing = missing or error
    if not found and missing is not None:
        raise missing
    return found


def _points(service: ExperimentService, runs: Sequence[RunRead], name: str) -> list[dict[str, object]]:
    return [
        {"run": run.id, "steps": series.steps, "values": series.values, "times": series.times}
        for run, series in _found(service, runs, name)
    ]


def _curves(service: ExperimentService, runs: Sequence[RunRead], name: str, look: Look) -> list[Curve]:
    from starwhale.experiments.series import smoothed, thinned

    curves: list[Curve] = []
    for run, series in _found(service, runs, name):
        xs: Sequence[float] = series.steps
        if look.axis == "time":
            begun = run.created_at.timestamp()
            xs = [at - begun for at in series.times]
        pairs = sorted(zip(xs, smoothed(series.values, look.smooth), strict=True))
        ys = [_logarithm(y) if look.logarithmic else y for _, y in pairs]
        points = thinned([x for x, _ in pairs], ys, MOST_POINTS)
        curves.append(Curve(name=f"{run.name} ({shown_id(run.id)})", points=points))
    return curves


def _logarithm(value: float) -> float:
    return math.log10(value) if value > 0 else math.nan


def _title(name: str, look: Look) -> str:
    told = [f"log10 of {name}" if look.logarithmic else name]
    told += [f"smoothed by {look.smooth:g}"] if look.smooth else []
    told += ["over seconds"] if look.axis == "time" else []
    return ", ".join(told)


def _write(session: Session, file: Path, curves: Sequence[Curve], name: str, look: Look) -> None:
    x_title = "seconds" if look.axis == "time" else "step"
    title = _title(name, look)
    if file.suffix.lower() == ".svg":
        data = svg(curves, title=title, x_title=x_title).encode("utf-8", "backslashreplace")
    else:
        data = png(curves, title=title, x_title=x_title)
    try:
        file.write_bytes(data)
    except OSError as exc:
        raise UsageError(f"{str(file)!r} cannot be written: {exc.strerror}") from exc
    session.out.line(
        f"{file}: {name} of {units.counted(len(curves), 'run')}", {"file": str(file), "metric": name}
    )
