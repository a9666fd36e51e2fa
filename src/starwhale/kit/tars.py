"""Tar archives of any number of members."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    import tarfile
    from collections.abc import Iterator


def one_by_one(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """The members of an archive that is read once, none of which is remembered."""
    while (member := archive.next()) is not None:
        cast("Any", archive).members.clear()
        yield member
