"""Options and arguments that several commands share, in the words that users' scripts know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich_click as click

from starwhale.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

project = click.option(
    "-p",
    "--project",
    default="",
    metavar="PROJECT",
    help="Project to look in; the current one by default.",
)
page = click.option(
    "--page", type=int, default=1, show_default=True, metavar="N", help="Which page of the list."
)
size = click.option("--size", type=int, default=20, show_default=True, metavar="N", help="Rows on a page.")
fullname = click.option("--fullname", is_flag=True, help="Show versions in full length.")
short_fullname = click.option("-f", "--fullname", is_flag=True, help="Show versions in full length.")
show_removed = click.option(
    "-sr", "--show-removed", is_flag=True, help="Show what lies in the trash as well."
)
filters = click.option(
    "-fl",
    "--filter",
    "filters",
    multiple=True,
    metavar="FILTER",
    help="Only those that match: name=PREFIX, version=PREFIX, owner=NAME, latest. May be repeated.",
)
force_remove = click.option(
    "-f", "--force", is_flag=True, help="Remove for good, without a way back through the trash."
)
force_recover = click.option(
    "-f", "--force", is_flag=True, help="Where another has the name now, let the two change places."
)
name = click.option("-n", "--name", default="", metavar="NAME", help="Name of the result.")
description = click.option(
    "-d", "--desc", default="", metavar="TEXT", help="What to remember about this version."
)
tags = click.option(
    "-t", "--tag", "tags", multiple=True, metavar="TAG", help="Tag the new version; may be repeated."
)


def modules(text: str) -> Callable[[Any], Any]:
    """The option `--module` of whatever imports a user's code.

    Args:
        text: Its help.
    """
    return click.option(
        "-m", "--module", "modules", multiple=True, metavar="MODULE", callback=_check_modules, help=text
    )


def _check_modules(_ctx: click.Context, _param: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse the path of a file, which `import` would only be puzzled by."""
    for each in given:
        if "/" in each or each.startswith(".") or each.endswith(".py"):
            name = each.removeprefix("./").strip("/").removesuffix(".py").replace("/", ".").strip(".")
            hint = f"write it as in an import: {name}" if name else "write it as in an import"
            raise UsageError(f"{each!r} is a path and no module", hint=hint)
    return given


def all_of(*given: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """One decorator of many, in the order in which help shows them."""

    def decorate(body: Any) -> Any:
        for each in reversed(given):
            body = each(body)
        return body

    return decorate
