"""Logs of tasks where several servers can read them: pieces of what is printed, as objects of the store.

Whoever runs a job writes its logs to files of its own, as on any machine, and copies what is new into the
store again and again. Whoever takes the job over begins with what was copied. The same goes for the files
that tell what the tasks use; to those too is only added.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from pathlib import Path

from starwhale.core.errors import NotFound
from starwhale.jobs.kept_logs import is_log, open_written
from starwhale.jobs.usage_tracks import SUFFIX
from starwhale.kit.ahead import ahead
from starwhale.kit.filling import zeros
from starwhale.storage.objects.ports import Objects, ObjectStat

#: Where logs lie among the objects, and where what is used.
PREFIX, USAGE = "joblogs", "jobusage"
#: Bytes of a piece.
PIECE = 4 << 20
#: Bytes of pieces that are read ahead.
_AHEAD = 8 * PIECE


@dataclass(frozen=True, slots=True)
class _Piece:
    key: str
    start: int
    size: int


@dataclass(frozen=True, slots=True)
class LogArchive:
    """Logs in a store of objects.

    Args:
        objects: The store.
        prefix: What all its keys begin with.
        suffix: What names of files end with.
    """

    objects: Objects
    prefix: str = PREFIX
    suffix: str = ".log"

    @property
    def usage(self) -> LogArchive:
        """That of the files that tell what is used."""
        return replace(self, prefix=USAGE, suffix=SUFFIX)

    def sizes(self, job: str) -> dict[str, int]:
        """Bytes that are copied, by task."""
        sizes: dict[str, int] = {}
        for each in self.objects.list(f"{self.prefix}/{job}"):
            task, _, start = each.key.removeprefix(f"{self.prefix}/{job}/").partition("/")
            sizes[task] = max(sizes.get(task, 0), int(start) + each.size)
        return sizes

    def read(self, job: str, task: str, offset: int, limit: int) -> bytes:
        """What a task has printed, as far as it is copied."""
        found = bytearray()
        for piece in self._pieces(job, task):
            at = offset + len(found)
            if piece.start <= at < piece.start + piece.size and len(found) < limit:
                found += self.objects.get(piece.key, at - piece.start, limit - len(found))
        return bytes(found)

    def copy(self, job: str, folder: Path, done: dict[str, int]) -> None:
        """Copy what is new in some logs.

        Args:
            job: The job.
            folder: Where its logs are written.
            done: Bytes that are copied by task; brought up to date.
        """
        for path in filter(is_log, sorted(folder.glob(f"*{self.suffix}"))):
            task = path.stem
            # A log that is still empty when its task ends goes away.
            with suppress(FileNotFoundError), open_written(path) as log:
                log.seek(done.get(task, 0))
                while data := log.read(PIECE):
                    at = done.get(task, 0)
                    self.objects.put(self._key(job, task, at), data)
                    done[task] = at + len(data)

    def all(self) -> Iterator[tuple[str, str, Iterator[bytes]]]:
        """See `KeptLogs.all`. Where a piece is lacking there are zeros, as in what is restored here."""
        pieces = ahead(
            self._read_piece,
            (each for each in self.objects.list(self.prefix) if _is_piece(each.key)),
            workers=self.objects.concurrency,
            waiting=1,
            weigh=lambda each: each.size,
            limit=_AHEAD,
        )
        for (job, task), found in groupby(pieces, key=lambda each: each[:2]):
            yield job, task, _joined((start, data) for _, _, start, data in found)

    def _read_piece(self, found: ObjectStat) -> tuple[str, str, int, bytes]:
        job, task, start = found.key.removeprefix(f"{self.prefix}/").split("/")
        try:
            return job, task, int(start), self.objects.get(found.key)
        except NotFound:
            return job, task, int(start), b""  # the job was removed meanwhile

    def put(self, job: str, task: str, source: Path) -> None:
        """See `KeptLogs.put`."""
        at = 0
        with source.open("rb") as log:
            while data := log.read(PIECE):
                self.objects.put(self._key(job, task, at), data)
                at += len(data)

    def _key(self, job: str, task: str, start: int) -> str:
        return f"{self.prefix}/{job}/{task}/{start:016d}"

    def restore(self, job: str, folder: Path) -> dict[str, int]:
        """Make logs be as they were copied, so that they can be written further.

        Returns:
            Bytes of each task.
        """
        folder.mkdir(parents=True, exist_ok=True)
        for stale in folder.glob(f"*{self.suffix}"):
            stale.unlink()
        sizes = self.sizes(job)
        for task in sizes:
            with (folder / f"{task}{self.suffix}").open("xb") as log:
                for piece in self._pieces(job, task):
                    log.seek(piece.start)
                    log.write(self.objects.get(piece.key))
        return sizes

    def jobs(self, older_than: datetime) -> dict[str, int]:
        """Bytes of the logs, and of what tells of use, of each job that has written none since a moment."""
        sizes, young = dict[str, int](), set[str]()
        for prefix in (PREFIX, USAGE):
            for each in self.objects.list(prefix):
                job = each.key.removeprefix(f"{prefix}/").partition("/")[0]
                sizes[job] = sizes.get(job, 0) + each.size
                if each.modified >= older_than:
                    young.add(job)
        return {job: size for job, size in sizes.items() if job not in young}

    def delete(self, job: str) -> None:
        """Forget the logs of a job, and what tells of its use."""
        for prefix in (PREFIX, USAGE):
            for each in list(self.objects.list(f"{prefix}/{job}")):
                self.objects.delete(each.key)

    def _pieces(self, job: str, task: str) -> list[_Piece]:
        found = self.objects.list(f"{self.prefix}/{job}/{task}")
        pieces = [_Piece(each.key, int(each.key.rpartition("/")[2]), each.size) for each in found]
        return sorted(pieces, key=lambda piece: piece.start)


def _is_piece(key: str) -> bool:
    parts = key.split("/")
    return len(parts) == 4 and parts[-1].isdecimal()


def _joined(pieces: Iterable[tuple[int, bytes]]) -> Iterator[bytes]:
    """One behind the other. They may overlap, where somebody took a job over and copied what was copied."""
    at = 0
    for start, data in pieces:
        yield from zeros(start - at)
        at = max(at, start)
        if fresh := data[at - start :]:
            yield fresh
            at += len(fresh)
