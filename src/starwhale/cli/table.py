"""The table of commands: one row per word behind `swcli`; a row is imported when it is entered."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One command or group of the root.

    Attributes:
        name: Word on the command line.
        target: Where the command lies, `module:attribute`.
        summary: One line for the root's help, equal to the first line of the command's own.
        aliases: Other words for it.
    """

    name: str
    target: str
    summary: str
    aliases: tuple[str, ...] = ()


ROWS = (
    Row(
        name="project",
        target="starwhale.cli.commands.project:project",
        summary="Group datasets, models and jobs into projects.",
        aliases=("prj",),
    ),
    Row(
        name="dataset",
        target="starwhale.cli.commands.dataset:dataset",
        summary="Build, look into and version datasets.",
        aliases=("ds",),
    ),
    Row(
        name="runtime",
        target="starwhale.cli.commands.runtime:runtime",
        summary="Lock, version and restore environments of Python.",
        aliases=("rt",),
    ),
    Row(
        name="model",
        target="starwhale.cli.commands.model:model",
        summary="Build, version and run model packages.",
        aliases=("mp",),
    ),
    Row(
        name="job",
        target="starwhale.cli.commands.job:job",
        summary="Follow, stop and continue jobs; read their results.",
    ),
    Row(
        name="track",
        target="starwhale.cli.commands.track:track",
        summary="Look at tracked runs: list, compare and plot them.",
        aliases=("tr",),
    ),
    Row(
        name="instance",
        target="starwhale.cli.commands.instance:instance",
        summary="Log in to servers, and choose the one to work on.",
    ),
    Row(
        name="server",
        target="starwhale.cli.commands.server:server",
        summary="Run a Starwhale server on this machine.",
        aliases=("svr",),
    ),
    Row(
        name="config",
        target="starwhale.cli.commands.config:config",
        summary="Change the settings of swcli.",
    ),
    Row(
        name="completion",
        target="starwhale.cli.commands.completion:completion",
        summary="Let the shell complete commands on TAB.",
    ),
    Row(
        name="check",
        target="starwhale.cli.commands.check:check",
        summary="Check that this machine has what Starwhale needs.",
    ),
    Row(
        name="gc",
        target="starwhale.cli.commands.gc:gc",
        summary="Free the space of what nothing refers to any more.",
    ),
)
