"""`swcli job plot`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich_click as click

from starwhale.cli.commands.job_again import job_argument

if TYPE_CHECKING:
    from starwhale.cli.frame import Noun
    from starwhale.cli.session import Session

_FIGURES = "Names of figures, or of tables that hold them, such as roc_auc or roc_auc/cat; all by default."
_FILE = (
    "Write a picture instead, FILE.svg, FILE.png or FILE.txt; or a picture for each figure into a directory."
)


def add_plot(noun: Noun) -> None:
    """Register the command."""

    @noun.leaf(
        "plot",
        examples=[
            "job plot b3kq7",
            "job plot b3kq7 confusion_matrix --file matrix.svg",
            "job plot b3kq7 --file figures --format png",
        ],
    )
    @job_argument
    @click.argument("figures", nargs=-1, metavar="[FIGURE]...", help=_FIGURES)
    @click.option("--file", default="", metavar="PATH", help=_FILE)
    @click.option(
        "--format",
        "picture",
        type=click.Choice(["svg", "png", "txt"]),
        default=None,
        help="What the pictures in a directory are; svg where nothing is said.",
    )
    @click.option("--height", type=int, default=20, show_default=True, metavar="N", help="Lines of a plot.")
    @click.pass_obj
    def plot(
        session: Session, job: str, figures: tuple[str, ...], *, file: str, picture: Any, height: int
    ) -> None:
        """Plot what a job found: confusion matrix, ROC and other curves, calibration, residuals.

        Each metric leaves tables of which its figures are drawn, in the terminal or into pictures. JSON has
        the data behind them.
        """
        from starwhale.cli.job_plot import plot_job

        plot_job(session, job, figures, file=file, picture=picture, height=height)
