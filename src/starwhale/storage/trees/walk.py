"""The files of a directory that go into a package."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from starwhale.core.errors import NotFound, UsageError
from starwhale.storage.objects.disk_errors import source_errors
from starwhale.storage.trees.entry import check_path
from starwhale.storage.trees.ignore import Ignore

_EXCLUDE = "exclude it in `.swignore`"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    """A regular file.

    Args:
        path: From the root, as the package will name it.
        place: Where it lies; links on the way are resolved.
    """

    path: str
    place: Path


def walk(root: Path, ignore: Ignore) -> Iterator[FoundFile]:
    """The regular files below `root` that `ignore` lets in, in no particular order.

    A symbolic link to something below `root` stands for what it leads to.

    Raises:
        NotFound: there is no such directory.
        UsageError: a link leads out of `root`, to nothing, or in a circle; or a file is a pipe, a socket or
            a device.
        InvalidName: a name cannot be in a package.
    """
    if not root.is_dir():
        raise NotFound(f"no directory {root}")
    top = Path(os.path.realpath(root))
    return _walk(top, top, "", ignore, (top,))


def _walk(top: Path, place: Path, path: str, ignore: Ignore, above: tuple[Path, ...]) -> Iterator[FoundFile]:
    with source_errors(place), os.scandir(place) as entries:
        names = sorted(entry.name for entry in entries)
    for name in names:
        below = f"{path}/{name}" if path else name
        target, mode = _resolved(top, place / name, below, ignore)
        if target is None:
            continue
        check_path(below)
        if stat.S_ISREG(mode):
            yield FoundFile(path=below, place=target)
        elif not stat.S_ISDIR(mode):
            raise UsageError(f"{below!r} is a pipe, a socket or a device", hint=_EXCLUDE)
        elif target in above:
            raise UsageError(f"the link {below!r} leads back to a directory above it", hint=_EXCLUDE)
        else:
            yield from _walk(top, target, below, ignore, (*above, target))


def _resolved(top: Path, place: Path, path: str, ignore: Ignore) -> tuple[Path | None, int]:
    """Where an entry leads and its mode; None for one that stays out."""
    with source_errors(place):
        mode = place.lstat().st_mode
    if stat.S_ISLNK(mode):
        if ignore.skips_file(path) or ignore.skips_directory(path, place):
            return None, mode
        target = Path(os.path.realpath(place))
        if target != top and top not in target.parents:
            raise UsageError(
                f"the link {path!r} leads out of the directory, to {target}",
                hint=f"put what it leads to into the directory, or {_EXCLUDE}",
            )
        if not target.exists():
            raise UsageError(f"the link {path!r} leads to nothing", hint=_EXCLUDE)
        return target, target.stat().st_mode
    skipped = ignore.skips_directory(path, place) if stat.S_ISDIR(mode) else ignore.skips_file(path)
    return None if skipped else place, mode
