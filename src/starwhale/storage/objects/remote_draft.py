"""Bytes that wait on this machine until they are sent to an object store."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Self

from starwhale.storage.objects.disk_errors import disk_errors
from starwhale.storage.objects.ports import Data

_IN_MEMORY = 8 << 20
_CHUNK = 1 << 20


class RemoteDraft:
    """Implements `Draft`: in memory while it is small, then in a file without a name.

    The key of a blob is known only when its last byte is, so the bytes cannot go to their place before;
    and a file without a name is gone when its writer is.

    Args:
        send: Makes the whole of an open file the object of a key.
        spool: Directory of such files; None for the system's own.
    """

    def __init__(self, send: Callable[[str, IO[bytes], int], None], spool: Path | None) -> None:
        self._send = send
        self._place = spool or Path(tempfile.gettempdir())
        with disk_errors(self._place):
            self._place.mkdir(parents=True, exist_ok=True)
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY, dir=str(self._place))  # noqa: SIM115 - closed with the draft
        self._size = 0

    def write(self, data: Data) -> None:
        with disk_errors(self._place):
            self._size += self._file.write(data)

    def clone(self, source: int, start: int = 0, length: int | None = None) -> bool:
        return False

    def chunks(self) -> Iterator[bytes]:
        self._file.seek(0)
        while chunk := self._file.read(_CHUNK):
            yield chunk

    def seal(self) -> None:
        with disk_errors(self._place):
            self._file.flush()

    def commit(self, key: str) -> None:
        self.seal()
        self._file.seek(0)
        self._send(key, self._file, self._size)

    def discard(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.discard()
