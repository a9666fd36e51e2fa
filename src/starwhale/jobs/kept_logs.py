"""Logs of all jobs of a server, and what tells of their use, to be copied elsewhere and put back."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, Protocol

from starwhale.kit.files import fsync_file, make_dirs, move

_CHUNK = 1 << 20
_NAME = re.compile(r"\w[\w.-]{0,200}", re.ASCII)


def is_log(path: Path) -> bool:
    """Whether a file is called as logs are, and so can be kept elsewhere under its name."""
    return _NAME.fullmatch(path.name) is not None


def open_written(path: Path) -> BinaryIO:
    """Open what a worker writes, who may put anything in its place.

    Raises:
        FileNotFoundError: there is no regular file.
    """
    try:
        # A pipe must not block, and a link not lead to what is not the worker's.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as exc:
        if exc.errno in (errno.ELOOP, errno.ENXIO):
            raise FileNotFoundError(errno.ENOENT, "no regular file", str(path)) from exc
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FileNotFoundError(errno.ENOENT, "no regular file", str(path))
    return os.fdopen(descriptor, "rb")


class KeptLogs(Protocol):
    """Files of tasks, wherever they lie."""

    @property
    def suffix(self) -> str:
        """What names of their files end with."""
        ...

    def all(self) -> Iterator[tuple[str, str, Iterator[bytes]]]:
        """Every job and task with what there is of it, which is to be read before the next one."""
        ...

    def put(self, job: str, task: str, source: Path) -> None:
        """Have what is in a file be there for a task; durable when it returns, and the file may be gone."""
        ...


@dataclass(frozen=True, slots=True)
class FolderLogs:
    """Those in the directories of jobs.

    Args:
        run: Where these directories lie.
        room: Which directory of each it is about.
        suffix: What names of files end with.
    """

    run: Path
    room: str
    suffix: str = ".log"

    def all(self) -> Iterator[tuple[str, str, Iterator[bytes]]]:
        """See `KeptLogs.all`."""
        for folder in sorted(self.run.glob(f"*/{self.room}")):
            for path in sorted(folder.glob(f"*{self.suffix}")):
                if not is_log(path):
                    continue
                # Its job may be removed meanwhile.
                with suppress(FileNotFoundError), open_written(path) as file:
                    yield folder.parent.name, path.name.removesuffix(self.suffix), _pieces(file)

    def put(self, job: str, task: str, source: Path) -> None:
        """See `KeptLogs.put`."""
        target = self.run / job / self.room / f"{task}{self.suffix}"
        make_dirs(target.parent)
        with source.open("rb") as file:
            fsync_file(file.fileno())
        move(source, target)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(_CHUNK):
        yield piece
