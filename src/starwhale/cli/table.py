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


def _row(name: str, summary: str, *aliases: str) -> Row:
    """A command that lies in the module of its own name."""
    return Row(name=name, target=f"starwhale.cli.commands.{name}:{name}", summary=summary, aliases=aliases)


ROWS = (
    _row("project", "Group datasets, models and jobs into projects.", "prj"),
    _row("dataset", "Build, look into and version datasets.", "ds"),
    _row("runtime", "Lock, version and restore environments of Python.", "rt"),
    _row("model", "Build, version and run model packages.", "mp"),
    _row("job", "Follow, stop and continue jobs; read their results."),
    _row("track", "Look at tracked runs: list, compare and plot them.", "tr"),
    _row("instance", "Log in to servers, and choose the one to work on."),
    _row("server", "Run a Starwhale server on this machine.", "svr"),
    _row("config", "Change the settings of swcli."),
    _row("completion", "Let the shell complete commands on TAB."),
    _row("check", "Check that this machine has what Starwhale needs."),
    _row("gc", "Free the space of what nothing refers to any more."),
)
