"""The logs of tables and jobs on their way into a backup and out of it, wherever a server keeps them.

In a backup each writer of tables has one file, ``tables/ab/abcd….log``, with every frame that the catalog of
the backup names at its offset; each task has ``logs/JOB/TASK.log``, and ``usage/JOB/TASK.usage``. That is how
they lie in a directory as well. In an object store they are many objects, and become so again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from starwhale.catalog.table_extents import committed_extents
from starwhale.core.errors import Corrupted
from starwhale.kit.ahead import ahead
from starwhale.server.backup_files import Sink
from starwhale.storage.tables.frame_files import Run, laid_out, runs_of
from starwhale.storage.tables.frames import check_frame
from starwhale.storage.tables.ports import Extent, Logs

if TYPE_CHECKING:
    from starwhale.jobs.kept_logs import KeptLogs
    from starwhale.server.services import Services

TABLES = "tables"
_LOG = re.compile(r"tables/[^/]+/([^/]+)\.log")
_OF_TASK = re.compile(r"([^/]+)/([^/]+)/([^/]+)")
#: Bytes of frames that are under way at once.
_AHEAD = 32 << 20


def writers_of(house: Services) -> list[str]:
    """The writers whose logs the catalog names."""
    with house.catalog.read() as session:
        return [writer for writer, _ in groupby(extent.writer for _, extent in committed_extents(session))]


def copy_table_logs(house: Services, sink: Sink) -> tuple[str, ...]:
    """Copy every frame that the catalog of `house` names; some of them are in memory at a time.

    One that is gone or damaged is left out: nothing brings it back, and all else is to be in a backup.

    Returns:
        Tables that such frames belong to.
    """
    logs, lost = house.table_logs, set[str]()

    def read(found: tuple[str, Extent]) -> tuple[str, int, bytes]:
        path, extent = found
        try:
            data = logs.read(extent.writer, extent.offset, extent.length)
            check_frame(data, f"table {path!r}")
        except Corrupted:
            lost.add(path)
            data = b""
        return extent.writer, extent.offset, data

    with house.catalog.read() as session:
        frames = ahead(
            read,
            committed_extents(session),
            workers=logs.concurrency,
            waiting=logs.concurrency,
            weigh=lambda found: found[1].length,
            limit=_AHEAD,
        )
        for writer, found in groupby(frames, key=lambda each: each[0]):
            name = f"{TABLES}/{writer[:2]}/{writer}.log"
            sink.take(name, laid_out((offset, data) for _, offset, data in found if data))
    return tuple(sorted(lost))


def copy_job_logs(kept: Mapping[str, KeptLogs], sink: Sink) -> None:
    """Copy what jobs have printed, and what they used."""
    for room, logs in kept.items():
        for job, task, pieces in logs.all():
            sink.take(f"{room}/{job}/{task}{logs.suffix}", pieces)


def put_table_logs(logs: Logs, root: Path, names: Iterable[str]) -> None:
    """Put the logs of tables where a server reads them; putting them twice changes nothing.

    Args:
        logs: Where that is.
        root: Where the files of the backup lie.
        names: All that there are.
    """

    def runs() -> Iterator[tuple[str, Run]]:
        for name in names:
            if found := _LOG.fullmatch(name):
                with (root / name).open("rb") as file:
                    yield from ((found[1], run) for run in runs_of(file))

    def put(each: tuple[str, Run]) -> None:
        writer, run = each
        logs.append(writer, run.offset, run.frames)
        if run.last:
            logs.close(writer)

    workers = logs.concurrency
    for _ in ahead(put, runs(), workers=workers, waiting=1, weigh=lambda each: each[1].size, limit=_AHEAD):
        pass


def put_job_logs(kept: Mapping[str, KeptLogs], root: Path, names: Iterable[str]) -> None:
    """Put what jobs have printed, and what they used, where a server reads it.

    Args:
        kept: Where that is.
        root: Where the files of the backup lie; they may be gone afterwards.
        names: All that there are.
    """
    for name in names:
        found = _OF_TASK.fullmatch(name)
        if found is None or found[1] not in kept:
            continue
        logs = kept[found[1]]
        if found[3].endswith(logs.suffix):
            logs.put(found[2], found[3].removesuffix(logs.suffix), root / name)
