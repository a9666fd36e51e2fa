"""`swcli track`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich_click as click

from starwhale.cli import options
from starwhale.cli.frame import Noun

if TYPE_CHECKING:
    from starwhale.cli.session import Session

track = Noun(name="track", aliases=("tr",), help="Look at tracked runs: list, compare and plot them.")
run_argument = click.argument(
    "run", metavar="RUN", help="Id of the run, its beginning, or its name where no other has it."
)
runs_argument = click.argument(
    "runs", nargs=-1, required=True, metavar="RUN...", help="Ids of runs, their beginnings, or names."
)


@track.leaf("list", aliases=("ls",), examples=["track list", "track list --tag baseline --state FINISHED"])
@options.project
@click.option("--tag", default="", metavar="TAG", help="Only runs with this tag.")
@click.option("--name", default="", metavar="PREFIX", help="Only runs whose name begins so.")
@click.option(
    "--state",
    type=click.Choice(["RUNNING", "FINISHED", "FAILED", "DEAD"], case_sensitive=False),
    help="Only runs in this state.",
)
@click.option(
    "-m",
    "--metric",
    "metrics",
    multiple=True,
    metavar="METRIC",
    help="Show the last value of this metric; may be repeated.",
)
@click.option("--fullname", is_flag=True, help="Show ids in full length.")
@click.option("-sr", "--show-removed", is_flag=True, help="Show what lies in the trash.")
@options.page
@options.size
@click.pass_obj
def list_(
    session: Session,
    *,
    project: str,
    tag: str,
    name: str,
    state: str | None,
    metrics: tuple[str, ...],
    fullname: bool,
    show_removed: bool,
    page: int,
    size: int,
) -> None:
    """List the runs of a project, the newest first."""
    from starwhale.cli.track_runs import list_runs
    from starwhale.core.page import PageRequest

    wanted = PageRequest(number=page, size=size)
    filters = {"tag": tag, "name": name, "state": state, "removed": show_removed}
    list_runs(session, project, wanted, filters, metrics=metrics, fullname=fullname)


@track.leaf("info", examples=["track info digits", "track info b3kq7 -o json"])
@run_argument
@options.project
@click.pass_obj
def info(session: Session, run: str, *, project: str) -> None:
    """Show a run: how it stands, its parameters, metrics, artifacts, and where it came from."""
    from starwhale.cli.track_runs import show_run

    show_run(session, project, run)


@track.leaf("compare", examples=["track compare b3kq7 x2m4c", "track compare first second --only-different"])
@runs_argument
@options.project
@click.option("--only-different", is_flag=True, help="Leave out what is the same in all runs.")
@click.pass_obj
def compare(session: Session, runs: tuple[str, ...], *, project: str, only_different: bool) -> None:
    """Compare the parameters, the metrics and the code of runs; * marks what is not the same in all."""
    from starwhale.cli.track_compare import compare_runs

    compare_runs(session, project, runs, only_different=only_different)


@track.leaf(
    "plot",
    examples=[
        "track plot digits",
        "track plot first second -m loss --smooth 0.9",
        "track plot digits -m loss --file loss.svg",
    ],
)
@runs_argument
@options.project
@click.option(
    "-m",
    "--metric",
    "metrics",
    multiple=True,
    metavar="METRIC",
    help="What to plot, `system/GAUGE` for the machine; may be repeated. All metrics by default.",
)
@click.option(
    "-x",
    "--axis",
    type=click.Choice(["step", "time"]),
    default="step",
    show_default=True,
    help="What the x axis counts: steps, or seconds since the run began.",
)
@click.option(
    "--smooth", type=float, default=0.0, metavar="WEIGHT", help="Weight of earlier values, from 0 to below 1."
)
@click.option("--log", "logarithmic", is_flag=True, help="Plot the logarithm to base 10.")
@click.option("--height", type=int, default=16, show_default=True, metavar="N", help="Lines of a plot.")
@click.option("-f", "--file", default="", metavar="FILE", help="Write a picture instead, an .svg or a .png.")
@click.pass_obj
def plot(
    session: Session,
    runs: tuple[str, ...],
    *,
    project: str,
    metrics: tuple[str, ...],
    axis: str,
    smooth: float,
    logarithmic: bool,
    height: int,
    file: str,
) -> None:
    """Plot metrics of runs in the terminal, or into a picture."""
    from starwhale.cli.track_plots import Look, plot_runs

    look = Look(axis=axis, smooth=smooth, logarithmic=logarithmic, height=height)
    plot_runs(session, project, runs, metrics, look, file=file)


@track.leaf("logs", examples=["track logs digits"])
@run_argument
@options.project
@click.pass_obj
def logs(session: Session, run: str, *, project: str) -> None:
    """Print what a run has printed."""
    from starwhale.cli.track_runs import print_lines

    print_lines(session, project, run)


@track.leaf("extract", examples=["track extract digits model", "track extract digits sample@100 a.png -f"])
@run_argument
@click.argument("artifact", metavar="ARTIFACT", help="Name of the artifact, with @STEP where it has one.")
@click.argument("target", required=False, metavar="FILE", help="Where to; its own name by default.")
@options.project
@click.option("-f", "--force", is_flag=True, help="Replace a file that is there.")
@click.pass_obj
def extract(
    session: Session, run: str, artifact: str, target: str | None, *, project: str, force: bool
) -> None:
    """Write an artifact of a run into a file."""
    from starwhale.cli.track_runs import extract_artifact

    extract_artifact(session, project, run, artifact, target, force=force)


@track.leaf("remove", aliases=("rm",), examples=["track remove b3kq7", "track remove b3kq7 --force"])
@runs_argument
@options.project
@options.force_remove
@click.pass_obj
def remove(session: Session, runs: tuple[str, ...], *, project: str, force: bool) -> None:
    """Put runs into the trash."""
    from starwhale.cli.track_runs import remove_runs

    remove_runs(session, project, runs, force=force)


@track.leaf("recover", examples=["track recover b3kq7"])
@run_argument
@options.project
@click.pass_obj
def recover(session: Session, run: str, *, project: str) -> None:
    """Take a run back out of the trash."""
    from starwhale.cli.track_runs import recover_run

    recover_run(session, project, run)
