"""Rows from what `export` wrote: exactly those that were exported, keys included."""

from __future__ import annotations

import csv
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import orjson

from starwhale.core.errors import InvalidSpec, StarwhaleError, UsageError
from starwhale.datasets.exports.card import Card, card_of
from starwhale.datasets.exports.csvfile import value_of
from starwhale.datasets.exports.documents import Take, row_of
from starwhale.datasets.exports.folder import FILE_NAME
from starwhale.datasets.sources.arrowfile import ArrowSource
from starwhale.datasets.sources.csvfile import FIELD_CHARS
from starwhale.datasets.sources.port import BadRow, SourceRow
from starwhale.kit.tars import one_by_one

_FIELD = "field:"
_WRONG = (KeyError, ValueError, TypeError, AttributeError, IndexError)


def find_export(path: str) -> Path | None:
    """The card of the export that a path is or lies in; None where it is no export of ours."""
    return None if "://" in path else card_of(path)


class ExportedSource:
    """An export of ours.

    Args:
        card: Its card.

    Raises:
        InvalidSpec: the card is none.
    """

    def __init__(self, card: Path) -> None:
        self._card = Card.read(card)
        self._root = card.parent
        self.name = str(card.parent) if len(self._card.files) != 1 else str(self._root / self._card.files[0])

    def info(self) -> dict[str, Any]:
        """What the exported dataset said about itself."""
        return self._card.info

    def rows(self) -> Iterator[SourceRow | BadRow]:
        """The rows as they were exported."""
        kind = self._card.kind
        for name in self._card.files:
            try:
                place = self._inside(name)
            except (ValueError, TypeError, OSError) as error:
                raise InvalidSpec(
                    f"the card of the export {str(self._root)!r} names no file with rows: {error}"
                ) from error
            if not place.is_file():
                raise UsageError(f"{name!r} is missing in the export {str(self._root)!r}")
            if kind == "parquet":
                yield from ArrowSource([str(place)]).rows()
            elif kind == "csv":
                yield from self._csv(place)
            elif kind == "webdataset":
                yield from self._shard(place)
            elif kind in ("jsonl", "folder"):
                yield from self._lines(place, folder=kind == "folder")
            else:
                raise InvalidSpec(f"{str(self._root)!r} is an export of unknown kind {kind!r}")

    def _lines(self, place: Path, *, folder: bool) -> Iterator[SourceRow | BadRow]:
        with place.open("rb") as file:
            for number, line in enumerate(file, start=1):
                try:
                    document = orjson.loads(line)
                    key = document.pop(self._card.key)
                    if folder:
                        document.pop(FILE_NAME)
                        document = {name.removeprefix(_FIELD): value for name, value in document.items()}
                    row = row_of(document, self._take)
                except _WRONG as error:
                    yield BadRow(number, _reason(error))
                else:
                    yield SourceRow(number, row, key)

    def _csv(self, place: Path) -> Iterator[SourceRow | BadRow]:
        csv.field_size_limit(max(csv.field_size_limit(), 4 * FIELD_CHARS))
        with place.open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file, strict=True)
            _, *names = next(reader)
            tags = [self._card.columns.get(name, "") for name in names]
            number = 0
            while True:
                number += 1
                try:
                    key, *fields = next(reader)
                    row = {
                        name: value_of(field, tag, self._take)
                        for name, tag, field in zip(names, tags, fields, strict=True)
                        if field
                    }
                    yield SourceRow(number, row, orjson.loads(key))
                except StopIteration:
                    return
                except (*_WRONG, csv.Error) as error:
                    yield BadRow(number, _reason(error))

    def _shard(self, place: Path) -> Iterator[SourceRow | BadRow]:
        try:
            with tarfile.open(place, "r:") as shard:
                for number, sample in enumerate(samples_of(shard), start=1):
                    yield self._sample(number, sample)
        except tarfile.TarError as exc:
            raise UsageError(f"{str(place)!r} is no whole tar file: {exc}") from exc

    def _sample(self, number: int, sample: dict[str, bytes]) -> SourceRow | BadRow:
        try:
            document = orjson.loads(sample["json"])
            key = document.pop(self._card.key)
            return SourceRow(number, row_of(document, sample.__getitem__), key)
        except _WRONG as error:
            return BadRow(number, _reason(error))

    @property
    def _take(self) -> Take:
        return lambda name: self._inside(name).read_bytes()

    def _inside(self, name: str) -> Path:
        place = (self._root / name).resolve()
        if not place.is_relative_to(self._root.resolve()):
            raise ValueError(f"{name!r} leads out of the export")
        return place


def samples_of(shard: tarfile.TarFile) -> Iterator[dict[str, bytes]]:
    """The samples of a shard: files side by side whose names begin alike, by what follows."""
    current, sample = "", dict[str, bytes]()
    for member in one_by_one(shard):
        if member.issparse():  # it may claim to be of any size
            raise UsageError(f"{member.name[:200]!r} is a sparse file", hint="pack it without --sparse")
        stem, _, rest = member.name.partition(".")
        file: IO[bytes] | None = shard.extractfile(member) if member.isreg() else None
        if file is None:
            continue
        if stem != current and sample:
            yield sample
            sample = {}
        current = stem
        sample[rest] = file.read()
    if sample:
        yield sample


def _reason(error: Exception) -> str:
    if isinstance(error, StarwhaleError):
        return str(error)
    return f"it is not what was exported: {type(error).__name__}: {error}"
