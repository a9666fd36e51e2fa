"""Rows from WebDataset shards."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any

from starwhale.core.errors import UsageError
from starwhale.datasets.sources.archive import Member, members
from starwhale.datasets.sources.files import expand, name_of
from starwhale.datasets.sources.port import BadRow, SourceRow

SUFFIXES = (".tar", ".tar.gz", ".tgz")
LARGE = 1 << 20
_BRACES = re.compile(r"\{(\d+)\.\.(\d+)\}")
_IMAGES = frozenset({"jpg", "jpeg", "png", "webp", "gif", "bmp", "ppm", "pgm", "tif", "tiff", "avif"})
_SOUNDS = frozenset({"wav", "mp3", "flac", "ogg", "opus", "m4a"})
_FILMS = frozenset({"mp4", "avi", "webm", "mov", "mkv"})
_TEXTS = frozenset({"txt", "text", "transcript", "caption"})
_NUMBERS = frozenset({"cls", "cls2", "index", "inx", "id"})


class WebDatasetSource:
    """Tar shards: members of one base name are a row, keyed by it; their suffixes name its features.

    Images, sound and film become ours, ``.txt`` text, ``.json`` what it holds, ``.cls`` a number,
    ``.npy`` an array; pickles stay bytes, as does everything else.

    Args:
        shards: Files, directories, patterns or http(s) addresses; ``{000..012}`` counts.

    Raises:
        NotFound: a shard is not there.
    """

    def __init__(self, shards: Sequence[str]) -> None:
        counted = [each for shard in shards for each in expand_braces(shard)]
        self._shards = expand(counted, SUFFIXES)
        self.name = ", ".join(map(name_of, shards))

    def info(self) -> dict[str, Any]:
        """Nothing."""
        return {}

    def rows(self) -> Iterator[SourceRow | BadRow]:
        """The samples, shard by shard."""
        seen: set[int] = set()
        for shard in self._shards:
            file = name_of(shard) if len(self._shards) > 1 else ""
            samples = groupby(_files(shard), key=lambda pair: pair[0])
            for number, (key, pairs) in enumerate(samples, start=1):
                row = _row(number, key, [member for _, member in pairs], file)
                if hash(key) in seen and isinstance(row, SourceRow):
                    row = BadRow(number, f"there was a sample {key!r} before", file)
                seen.add(hash(key))
                yield row


def expand_braces(shard: str) -> list[str]:
    """The names that ``train-{000..012}.tar`` stands for.

    Raises:
        UsageError: it counts backwards.
    """
    match = _BRACES.search(shard)
    if match is None:
        return [shard]
    first, last = int(match[1]), int(match[2])
    if last < first:
        raise UsageError(f"{match[0]} in {shard!r} counts backwards")
    width = len(match[1])
    head, rest = shard[: match.start()], expand_braces(shard[match.end() :])
    return [f"{head}{number:0{width}d}{tail}" for number in range(first, last + 1) for tail in rest]


def _files(shard: str) -> Iterator[tuple[str, Member]]:
    """Each file with the key of its sample; what has no suffix or a hidden name belongs to none."""
    for member in members(shard):
        folder, _, name = member.name.rpartition("/")
        base, dot, _ = name.partition(".")
        if base and dot:
            yield f"{folder}/{base}".lstrip("./") if folder.strip("./") else base, member


def _row(number: int, key: str, files: list[Member], file: str) -> SourceRow | BadRow:
    features: dict[str, Any] = {}
    for member in files:
        column = member.name.rpartition("/")[2].partition(".")[2]
        if column in features:
            return BadRow(number, f"sample {key!r} has two files {column!r}", file)
        try:
            features[column] = _decoder(column)(member.data, member.name)
        except (ValueError, UnicodeDecodeError, RecursionError, EOFError) as error:
            return BadRow(number, f"{member.name!r} cannot be read: {error}", file)
    return SourceRow(number, features, key, file)


def _decoder(column: str) -> Callable[[bytes, str], Any]:
    suffix = column.rpartition(".")[2].lower()
    if suffix in _IMAGES:
        return lambda data, name: _media("image", data, name)
    if suffix in _SOUNDS:
        return lambda data, name: _media("audio", data, name)
    if suffix in _FILMS:
        return lambda data, name: _media("video", data, name)
    if suffix in _TEXTS:
        return lambda data, _: data.decode()
    if suffix == "json":
        return lambda data, _: json.loads(data)
    if suffix in _NUMBERS:
        return lambda data, _: int(data)
    return _array if suffix == "npy" else _bytes


def _media(logical: str, data: bytes, name: str) -> Any:
    from starwhale.core.types.mime import MIMEType
    from starwhale.core.types.registry import LOGICAL

    mime = MIMEType.create_by_file_suffix(name)
    return LOGICAL[logical](data, display_name=name.rpartition("/")[2], mime_type=mime)


def _array(data: bytes, _name: str) -> Any:
    import numpy as np

    return np.load(io.BytesIO(data), allow_pickle=False)


def _bytes(data: bytes, _name: str) -> Any:
    if len(data) <= LARGE:
        return data
    from starwhale.core.types.binary import Binary

    return Binary(data)
