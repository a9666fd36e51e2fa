"""Laying a package out in a directory of the user's own, which may hold files already."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from starwhale.core.errors import Conflict
from starwhale.storage.trees.entry import TreeEntry
from starwhale.storage.trees.store import Trees


def extract(trees: Trees, files: Sequence[TreeEntry], target: Path, *, force: bool = False) -> Path:
    """Lay files out in a directory; whoever asks may write to them.

    Args:
        trees: Where their contents lie.
        files: Which ones.
        target: Where to; made with its parents.
        force: Go into a directory that is not empty, over files of the same name; others stay.

    Returns:
        The directory.

    Raises:
        Conflict: something is there, and `force` is not set; or a directory stands where a file belongs.
        Corrupted: a stored file is damaged; then no file of the directory was touched.
        StorageFull: there is no space for it.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    if not (force and target.is_dir()):
        trees.materialise(files, target)
        return target
    with TemporaryDirectory(prefix=".extract.", dir=target) as rough:
        laid_out = Path(rough) / "files"
        trees.materialise(files, laid_out)
        for each in files:
            _move(laid_out / each.path, target / each.path)
    return target


def _move(source: Path, place: Path) -> None:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        source.replace(place)
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as exc:
        raise Conflict(
            f"a directory and a file both want to be {str(place)!r}", hint="extract elsewhere"
        ) from exc
