"""Options of commands that make jobs, and what they change in a blueprint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich_click as click

from starwhale.cli import names

if TYPE_CHECKING:
    from starwhale.jobs.blueprint import Blueprint

queue = click.option(
    "--queue", is_flag=True, help="Do not run it now: leave it to `swcli job work`, and come back at once."
)
priority = click.option(
    "--priority",
    type=int,
    default=0,
    metavar="N",
    help="Leave it to the queue, where the highest goes first; -1000 to 1000.",
)
comment = click.option("--comment", default="", metavar="TEXT", help="Your own words about the job.")


def _several(short: str, long: str, name: str, about: str) -> Any:
    complete = names.complete("dataset")
    return click.option(
        short, long, name, multiple=True, shell_complete=complete, metavar="DATASET", help=about
    )


_datasets = _several("-d", "--dataset", "datasets", "Datasets instead of those of before; may be repeated.")
_validation = _several(
    "-vd", "--validation-dataset", "validation_datasets", "The same for the validation of a fine-tuning."
)
_head = click.option(
    "-dh", "--dataset-head", type=int, metavar="N", help="Only the first N rows of each; 0 means all."
)


def changes(function: Any) -> Any:
    """The options that change a blueprint, and whether its job runs now."""
    for option in reversed((_datasets, _validation, _head, queue, priority, comment)):
        function = option(function)
    return function


def changed(blueprint: Blueprint, words: tuple[str, ...] | None, told: dict[str, Any]) -> Blueprint:
    """A blueprint with what the options and the words behind `--` say.

    Args:
        blueprint: As it was.
        words: Arguments of the handler; None where there was no `--`.
        told: What `changes` read.
    """
    return blueprint.changed(
        datasets=told["datasets"],
        validation_datasets=told["validation_datasets"],
        dataset_head=told["dataset_head"],
        arguments=words,
        comment=told["comment"] or None,
    )
