"""`swcli job compare`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich_click as click

from starwhale.cli import names, options

if TYPE_CHECKING:
    from starwhale.cli.frame import Noun
    from starwhale.cli.session import Session

TABLE = "results"
_BASE = "Which of the jobs is the base, counted from 1."
_SEED = "Of the draws; the same gives the same interval."
_TABLE = "Whose rows are compared; results by default."
_COLUMN = (
    "Compare only this column; may be repeated. By default all but what is noted beside outputs, such as how "
    "long a row took."
)
_METRIC = (
    "Give an interval for the mean of this column, or with COLUMN==COLUMN for how often both are equal; may "
    "be repeated. By default the columns of scores that differ."
)


def add_compare(noun: Noun) -> None:
    """Register the command."""

    @noun.leaf(
        "compare",
        examples=[
            "job compare b3kq7 x2m4c",
            "job compare b3kq7 x2m4c --only-different --column output",
            "job compare b3kq7 x2m4c --metric output==input/label",
        ],
    )
    @click.argument(
        "jobs",
        nargs=-1,
        required=True,
        metavar="JOB...",
        shell_complete=names.complete("job"),
        help="Two jobs or more: ids, their beginnings, or addresses.",
    )
    @click.option("--base", type=int, default=1, show_default=True, metavar="N", help=_BASE)
    @click.option("--table", default=None, metavar="NAME", help=_TABLE)
    @click.option("--column", "columns", multiple=True, metavar="NAME", help=_COLUMN)
    @click.option("--only-different", is_flag=True, help="Leave out what is as in the base.")
    @click.option("--metric", "metrics", multiple=True, metavar="COLUMN", help=_METRIC)
    @click.option(
        "--resamples",
        type=int,
        default=2_000,
        show_default=True,
        metavar="N",
        help="How often rows are drawn for an interval.",
    )
    @click.option(
        "--seed",
        type=int,
        default=0,
        show_default=True,
        metavar="N",
        help=_SEED,
    )
    @options.page
    @options.size
    @click.pass_obj
    def compare(
        session: Session,
        jobs: tuple[str, ...],
        *,
        base: int,
        table: str | None,
        columns: tuple[str, ...],
        only_different: bool,
        metrics: tuple[str, ...],
        resamples: int,
        seed: int,
        page: int,
        size: int,
    ) -> None:
        """Compare the summaries and the rows of jobs with those of one of them.

        Rows belong together that have the same key. How far the mean of a metric lies above that of the base
        comes with an interval from a paired bootstrap over the rows that both have.
        """
        from starwhale.cli.job_compare import compare_jobs
        from starwhale.core.page import PageRequest
        from starwhale.evaluations.comparison import Wanted
        from starwhale.evaluations.comparison_intervals import Metric
        from starwhale.evaluations.comparison_results import Asked

        wanted = Wanted(
            columns=columns, only_different=only_different, page=PageRequest(number=page, size=size)
        )
        asked = Asked(
            table=table or TABLE,
            wanted=wanted,
            metrics=tuple(dict.fromkeys(map(Metric.parse, metrics))),
            seed=seed,
            resamples=resamples,
        )
        compare_jobs(session, jobs, asked, base=base, strict=table is not None)
