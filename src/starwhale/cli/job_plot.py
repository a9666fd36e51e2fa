"""`swcli job plot`: the figures of an evaluation in the terminal, as pictures, or as data."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starwhale.core.errors import NotFound, UsageError
from starwhale.core.version import short

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starwhale.cli.session import Session
    from starwhale.evaluations.figures.data import Figure
    from starwhale.evaluations.figures.drawing import Format
    from starwhale.jobs.schemas import JobRead

WIDEST = 120


def plot_job(
    session: Session, text: str, names: Sequence[str], *, file: str, picture: Format | None, height: int
) -> None:
    """Draw figures of what a job found.

    Args:
        session: The run of swcli.
        text: What the user calls the job.
        names: Figures, or tables that hold them; all where none are named.
        file: A picture or a directory for several; empty for the terminal.
        picture: Format of the pictures in a directory.
        height: Lines of a plot in the terminal.
    """
    if not 8 <= height <= 200:
        raise UsageError(f"--height is from 8 to 200, not {height}")
    uri = session.job(text)
    job = session.instance.jobs.info(session.actor, uri)
    figures = _chosen(job, figures_of_job(session, job), names)
    if file:
        written = _write(figures, file, picture, job)
        session.out.line("\n".join(f"{path}: {title}" for path, title in written), _files(written))
    elif session.json:
        session.out.document([{"kind": type(each).__name__.lower(), **_plain(each)} for each in figures])
    else:
        draw_figures(session, figures, height=height)


def figures_of_job(session: Session, job: JobRead) -> list[Figure]:
    """Every figure that can be drawn of the tables of a job."""
    from starwhale.evaluations.figures.stored import figures_of

    store = session.instance.results(job.plan.log_project or job.project, job.id)
    try:
        return figures_of(store.tables(), store.scan)
    finally:
        store.close()


def draw_figures(session: Session, figures: Sequence[Figure], *, height: int) -> None:
    """Print figures, a blank line between them."""
    from rich.text import Text

    from starwhale.evaluations.figures.terminal import text

    console = session.out.console()
    for number, figure in enumerate(figures):
        if number:
            session.out.blank()
        colour = console.color_system is not None and not console.no_color
        drawn = text(figure, width=min(console.width, WIDEST), height=height, colour=colour)
        session.out.draw(Text.from_ansi(drawn, no_wrap=True))


def _plain(figure: Figure) -> dict[str, Any]:
    from starwhale.cli.plain import plain

    return plain(figure)


def _files(written: Sequence[tuple[Path, str]]) -> list[dict[str, str]]:
    return [{"file": str(path), "figure": title} for path, title in written]


def _chosen(job: JobRead, figures: Sequence[Figure], names: Sequence[str]) -> list[Figure]:
    """The figures that names mean.

    Raises:
        NotFound: a name means none, or the job has none.
    """
    known = ", ".join(each.name for each in figures)
    if not figures:
        raise NotFound(
            f"job {short(job.id)} has no table that a figure is drawn of",
            hint=f"`swcli job info {short(job.id)} --output-filter tables` lists its tables",
        )
    found: list[Figure] = []
    for name in names:
        meant = [part for each in figures if (part := _meant(each, name)) is not None]
        if not meant:
            raise NotFound(f"job {short(job.id)} has no figure {name!r}", hint=f"there are {known}")
        found += [each for each in meant if each not in found]
    return found if names else list(figures)


def _meant(figure: Figure, name: str) -> Figure | None:
    """A figure by its own name or by that of a table below it; one curve of it where that is a curve's."""
    from starwhale.evaluations.figures.data import Plot

    root, _, below = name.partition("/")
    if name == figure.name or (below and figure.name == f"{root}_{below}"):
        return figure
    if root != figure.name or not below:
        return None
    if not isinstance(figure, Plot):
        return figure
    series = tuple(each for each in figure.series if each.name == below)
    return replace(figure, name=f"{root}_{below}", series=series) if series else None


def _write(
    figures: Sequence[Figure], file: str, picture: Format | None, job: JobRead
) -> list[tuple[Path, str]]:
    from starwhale.evaluations.figures.drawing import draw, format_of

    target = Path(file)
    kind: Format = picture or "svg"
    if target.suffix and not file.endswith(os.sep) and not target.is_dir():
        kind = format_of(target)
        if picture is not None and picture != kind:
            raise UsageError(f"{str(target)!r} does not end with .{picture}", hint="leave --format out")
        if len(figures) > 1:
            names = ", ".join(each.name for each in figures)
            raise UsageError(
                f"one picture shows one figure, and job {short(job.id)} has {names}",
                hint="name one of them, or a directory for all",
            )
        wanted: list[tuple[Path, Format, Figure]] = [(target, kind, figures[0])]
    else:
        names = _file_names(figures)
        wanted = [(target / f"{name}.{kind}", kind, each) for name, each in zip(names, figures, strict=True)]
    # drawn before anything is written: a format that cannot be drawn leaves no half of a directory
    drawn = [(path, draw(figure, kind), figure.title) for path, kind, figure in wanted]
    for path, data, _ in drawn:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        except OSError as exc:
            raise UsageError(f"{str(path)!r} cannot be written: {exc.strerror}") from exc
    return [(path, title) for path, _, title in drawn]


def _file_names(figures: Sequence[Figure]) -> list[str]:
    """A name for the file of each figure, fit for every file system and none twice."""
    names: list[str] = []
    for figure in figures:
        fit = "".join(char if char.isalnum() or char in "-_." else "_" for char in figure.name)
        # room for a number and an ending in the 255 bytes that file systems take
        plain = fit.encode("utf-8", "replace")[:200].decode(errors="ignore").lstrip(".") or "figure"
        name, number = plain, 2
        while name.lower() in {each.lower() for each in names}:
            name, number = f"{plain}-{number}", number + 1
        names.append(name)
    return names
