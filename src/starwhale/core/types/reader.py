"""Where bytes come from that are not in memory."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from starwhale.core.errors import Forbidden, NotFound, Unavailable, UsageError

if TYPE_CHECKING:
    from collections.abc import Generator


_NO_SUCH = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG})


class Reader(Protocol):
    """Bytes that are read when somebody looks at them: a blob, a file, an object on S3."""

    @property
    def size(self) -> int:
        """Length in bytes."""
        ...

    def read(self, offset: int = 0, length: int = -1) -> bytes:
        """The bytes from `offset`: `length` of them, fewer at the end, all of the rest when it is negative.

        Raises:
            NotFound: they are not there any more.
            Corrupted: they are not what was written.
        """
        ...


@dataclass(frozen=True, slots=True)
class FileReader:
    """A local file as a `Reader`; whoever stores it may take `path` instead of the bytes.

    Attributes:
        path: Absolute, so that a change of the working directory does not matter.
    """

    path: str

    @classmethod
    def at(cls, path: str | os.PathLike[str]) -> FileReader:
        """The file at `path`, seen to be there.

        Raises:
            NotFound: there is no such file.
            UsageError: it is a directory or a device.
        """
        text = os.fsdecode(path)
        with _translated(text):
            mode = os.stat(text).st_mode  # noqa: PTH116 - as quick as can be: a dataset has many files
        if not stat.S_ISREG(mode):
            kind = "a directory" if stat.S_ISDIR(mode) else "no regular file"
            raise UsageError(f"{text!r} is {kind}", hint="give the path of one file")
        return cls(os.path.abspath(text))  # noqa: PTH100 - resolve() would follow links

    @property
    def size(self) -> int:
        """Length in bytes."""
        with _translated(self.path):
            return os.stat(self.path).st_size  # noqa: PTH116 - as above

    def read(self, offset: int = 0, length: int = -1) -> bytes:
        """The bytes from `offset`, as `Reader` says."""
        with _translated(self.path), open(self.path, "rb") as file:  # noqa: PTH123 - as above
            if offset:
                file.seek(offset)
            return file.read(max(length, -1))


@contextmanager
def _translated(path: str) -> Generator[None]:
    shown = repr(path if len(path) <= 200 else path[:197] + "...")
    try:
        yield
    except PermissionError as exc:
        raise Forbidden(f"may not read {shown}") from exc
    except (OSError, ValueError) as exc:
        # A text that was meant as content may hold a NUL or be longer than any path.
        if isinstance(exc, OSError) and exc.errno not in _NO_SUCH:
            raise Unavailable(f"cannot read {shown}: {exc.strerror}") from exc
        raise NotFound(f"no file {shown}") from exc
