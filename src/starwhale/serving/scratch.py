"""Files that exist while a call runs: some functions want a path where a client sent bytes."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from tempfile import TemporaryDirectory

from starwhale.serving.media import Upload

_open: ContextVar[list[TemporaryDirectory[str]] | None] = ContextVar("starwhale_scratch", default=None)


@contextmanager
def scratch() -> Generator[None]:
    """Delete at the end what `path_of` makes inside."""
    made: list[TemporaryDirectory[str]] = []
    mark = _open.set(made)
    try:
        yield
    finally:
        _open.reset(mark)
        for each in made:
            each.cleanup()


def path_of(upload: Upload) -> str:
    """Path of a file that holds the bytes, under the name that the client gave it."""
    made = _open.get()
    assert made is not None, "path_of is called inside scratch()"
    place = TemporaryDirectory(prefix="starwhale-serving-", ignore_cleanup_errors=True)
    made.append(place)
    name = upload.name if upload.name not in {"", ".", ".."} else "upload"
    path = Path(place.name) / name[-128:]
    path.write_bytes(upload.data)
    return str(path)
