"""Members of tar archives that anybody may have made: looked at one by one, never laid out on disk."""

from __future__ import annotations

import gzip
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any, cast

from starwhale.core.errors import UsageError
from starwhale.datasets.sources.files import name_of, open_bytes
from starwhale.kit.tars import one_by_one

MEMBER_BYTES = 1 << 30
MEMBERS = 1_000_000
NAME_CHARS = 1024
_CHUNK = 1 << 20
HEADERS = 16 << 20
"""Bytes that may lie between the data of two members: long names and the like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A regular file of an archive.

    Attributes:
        name: Its path: relative, without ``..``.
        data: Its bytes.
    """

    name: str
    data: bytes


def members(path: str) -> Iterator[Member]:
    """The regular files of a ``.tar`` or ``.tar.gz``, read once from its beginning to its end.

    Args:
        path: A file or an http(s) address.

    Raises:
        UsageError: it is no whole archive, or holds what none should: links, devices, paths that lead
            elsewhere, more or larger files than any dataset has.
        NotFound: it is not there.
    """
    shown = name_of(path)
    with open_bytes(path) as file:
        metered = Metered(file, shown)
        try:
            with tarfile.open(fileobj=cast("Any", metered), mode="r|", errorlevel=2) as archive:
                for count, member in enumerate(one_by_one(archive), start=1):
                    if count > MEMBERS:
                        raise UsageError(
                            f"{shown} has more than {MEMBERS:,} members", hint="cut it into shards"
                        )
                    if _wanted(member, shown):
                        metered.budget = member.size + HEADERS
                        content = archive.extractfile(member)
                        data = b"" if content is None else content.read()
                        yield Member(name=member.name, data=data)
                    metered.budget = HEADERS
                while metered.read(_CHUNK):  # to the end, so that a checksum behind it is looked at
                    continue
        except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile, ValueError) as exc:
            raise UsageError(f"{shown} is no whole tar archive: {exc}") from exc


def _wanted(member: tarfile.TarInfo, archive: str) -> bool:
    """Whether a member is a file; what is neither file nor directory ends the reading."""
    name = member.name
    parts = name.replace("\\", "/").split("/")
    if not name or len(name) > NAME_CHARS or "\0" in name:
        raise UsageError(f"{archive} has a member with a name that no file may have")
    if name.startswith(("/", "\\")) or ".." in parts or (len(parts[0]) == 2 and parts[0][1] == ":"):
        raise UsageError(f"{archive} has a member {name!r} that leads out of it")
    if member.isdir():
        return False
    if not member.isreg():
        what = "link" if member.issym() or member.islnk() else "device"
        raise UsageError(f"{archive} has a member {name!r} that is a {what}, not a file")
    if member.issparse():
        raise UsageError(f"{archive} has a sparse member {name!r}", hint="pack it without --sparse")
    if member.size > MEMBER_BYTES:
        raise UsageError(f"{name!r} in {archive} has {member.size:,} bytes, more than {MEMBER_BYTES:,}")
    return True


class Metered:
    """A file that gives no more bytes than the next member may need, whatever its headers claim.

    Attributes:
        budget: Bytes that it still gives.

    Args:
        file: The archive.
        name: What it is called in messages.
    """

    def __init__(self, file: IO[bytes], name: str) -> None:
        self._file = file
        self._name = name
        self.budget = HEADERS

    def read(self, size: int) -> bytes:
        """As files have it."""
        data = self._file.read(size)
        self.budget -= len(data)
        if self.budget < 0:
            raise UsageError(f"{self._name} has headers of more than {HEADERS:,} bytes")
        return data
