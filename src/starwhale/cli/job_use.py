"""What a job and its tasks have used, as `swcli job info` tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starwhale.cli import units

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starwhale.cli.output import Column
    from starwhale.jobs.schemas import JobRead
    from starwhale.jobs.usage import Usage, UsageTotals


def told_use(job: JobRead) -> str:
    """What all attempts of a job have used, in a line."""
    used = job.usage
    if used is None:
        return "not recorded" if job.started_at else ""
    return (
        f"{units.span(used.cpu_seconds)} of processors, "
        f"at most {units.size(used.memory_peak)} of memory in a task, "
        f"{units.size(used.bytes_read)} read and {units.size(used.bytes_written)} written"
    )


def use_of(used: Usage | UsageTotals | None) -> dict[str, str]:
    """The cells of a line about something that has used this."""
    if used is None:
        return {"cpu": "", "memory": ""}
    return {"cpu": units.span(used.cpu_seconds), "memory": units.size(used.memory_peak)}


def use_columns(used: Iterable[Usage | UsageTotals | None]) -> tuple[Column, ...]:
    """The columns for these cells; none where nothing was recorded."""
    from starwhale.cli.output import Column

    if all(each is None for each in used):
        return ()
    return (
        Column(key="cpu", title="CPU", right=True, rank=5),
        Column(key="memory", title="PEAK MEMORY", right=True, rank=5),
    )
