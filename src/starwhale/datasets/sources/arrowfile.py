"""Rows from Parquet, Arrow and Feather files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from starwhale.datasets.sources.files import expand, name_of
from starwhale.datasets.sources.port import BadRow, SourceRow
from starwhale.storage.interchange.files import ARROW, PARQUET, ArrowFile
from starwhale.storage.web import fetched, is_remote


class ArrowSource:
    """Parquet, Arrow and Feather files; what we exported comes back as it was, keys included.

    Args:
        paths: Files, directories, patterns or http(s) addresses.

    Raises:
        NotFound: a file is not there.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        self._paths = expand(paths, (*PARQUET, *ARROW))
        self._info: dict[str, Any] = {}
        self.name = ", ".join(map(name_of, self._paths))

    def info(self) -> dict[str, Any]:
        """What the files say beside their rows."""
        return self._info

    def rows(self) -> Iterator[SourceRow | BadRow]:
        """The rows, file by file."""
        for path in self._paths:
            if is_remote(path):
                with TemporaryDirectory() as place, fetched(path) as brought:
                    copy = Path(place) / "file"
                    with copy.open("wb") as file:
                        while chunk := brought.read(1 << 20):
                            file.write(chunk)
                    yield from self._rows(copy, name_of(path))
            else:
                yield from self._rows(Path(path), path)

    def _rows(self, path: Path, name: str) -> Iterator[SourceRow | BadRow]:
        file = ArrowFile(path)
        self._info.update(file.info)
        shown = name if len(self._paths) > 1 else ""
        for number, (key, row) in enumerate(file.rows(), start=1):
            yield SourceRow(number, row, key, shown)
