"""Cells that are bytes with a small description: images, audio, text, numpy arrays, pickles."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple, Protocol

import orjson

from starwhale.core.errors import Forbidden
from starwhale.core.types.registry import LOGICAL, logical_name


class Source(Protocol):
    """Where bytes lie that are not in the row: read when they are looked at."""

    @property
    def size(self) -> int:
        """Length in bytes."""
        ...

    def read(self, offset: int = 0, length: int = -1) -> bytes:
        """The bytes from `offset`; all of the rest when `length` is negative."""
        ...


ROW_LIMIT = 1 << 20
"""Bytes above which media lie in a blob of their own, readable by range."""

OpenBlob = Callable[[str, int], Source]
"""Opens a blob by (digest, size)."""


class MediaCell(NamedTuple):
    """Plain form of a media value.

    Attributes:
        logical: Name of its type in schemas.
        data: Its bytes, or None where they are a blob or behind a link.
        meta: Canonical JSON of its description.
        ref: Digest of the blob that holds the bytes, where one does.
    """

    logical: str
    data: bytes | None
    meta: str
    ref: str | None


class Pickled:
    """A value that no column can hold, pickled; only the job that wrote it reads it back.

    Args:
        data: The pickle.
        job: Id of the writing job; filled in by the results it is logged to.
    """

    __slots__ = ("data", "job")
    logical: ClassVar[str] = "pickle"

    def __init__(self, data: bytes, job: str = "") -> None:
        self.data = data
        self.job = job

    @classmethod
    def of(cls, value: Any) -> Pickled:
        """Pickle `value`.

        Raises:
            Exception: whatever pickling it raises.
        """
        return cls(pickle.dumps(value))

    def load(self, job: str = "") -> Any:
        """The value again.

        Args:
            job: The job that asks. A pickle runs code when it is read, so it is read only by the
                job that wrote it.

        Raises:
            Forbidden: another job wrote it.
        """
        if not job or job != self.job:
            raise Forbidden(
                f"a pickled value of job {self.job[:12] or '?'} is read only inside that job",
                hint="log it as numbers, text, lists or dicts to read it elsewhere",
            )
        return pickle.loads(self.data)  # noqa: S301 - own data, see above

    def payload(self) -> bytes:
        """The pickle."""
        return self.data

    def meta(self) -> dict[str, Any]:
        """The description kept beside it."""
        return {"job": self.job}

    @classmethod
    def revive(cls, data: bytes | None, meta: Mapping[str, Any], source: Source | None) -> Pickled:
        """The wrapper again; nothing is unpickled here."""
        if data is None and source is not None:
            data = source.read()
        return cls(data or b"", meta["job"])

    def __repr__(self) -> str:
        return f"Pickled({len(self.data)} bytes of job {self.job[:8]})"


def media_cell(value: Any, spill: Callable[[bytes], str] | None) -> MediaCell:
    """The cell of a media object; above the row limit its bytes are spilled."""
    logical: str = value.logical if type(value) is Pickled else logical_name(type(value)) or value.logical
    meta: dict[str, Any] = value.meta()
    data: bytes | None = None if getattr(value, "linked", False) else value.payload()
    ref = None
    if spill is not None and data is not None and len(data) > ROW_LIMIT:
        ref = spill(data)
        meta = {**meta, "blob": [ref, len(data)]}
        data = None
    return MediaCell(logical, data, _dump(meta), ref)


def media_cell_stored(logical: str, data: bytes | None, meta: str) -> MediaCell:
    """The cell of a media value as it lies in a column."""
    ref = None
    if data is None:
        blob = _parse(meta).get("blob")
        ref = blob[0] if blob else None
    return MediaCell(logical, data, meta, ref)


def _dump(meta: dict[str, Any]) -> str:
    return orjson.dumps(meta, option=orjson.OPT_SORT_KEYS).decode() if meta else "{}"


@lru_cache(maxsize=4096)
def _parse(meta: str) -> Mapping[str, Any]:
    # Rows of one column mostly share one description; it is never changed after parsing.
    return orjson.loads(meta)


def revive(logical: str, data: bytes | None, meta: str, open_blob: OpenBlob | None) -> Any:
    """The value of a media cell.

    Args:
        logical: Name of its type.
        data: Its bytes, where the row holds them.
        meta: Its description as stored.
        open_blob: Opens the blob that holds larger bytes.
    """
    described = _parse(meta)
    source = None
    if "blob" in described:
        digest, size = described["blob"]
        source = open_blob(digest, size) if open_blob is not None else None
    if logical == "ndarray":
        return _array(data if source is None else source.read(), described)
    if logical == "pickle":
        return Pickled.revive(data, described, source)
    return LOGICAL[logical].revive(data, described, source)


def reviver(logical: str, open_blob: OpenBlob | None) -> Callable[[bytes | None, str], Any]:
    """`revive` bound to one type, for whole columns."""
    kind = LOGICAL.get(logical)
    if kind is None:
        return lambda data, meta: revive(logical, data, meta, open_blob)
    restore = kind.revive
    parse = _parse

    def quick(data: bytes | None, meta: str) -> Any:
        if data is None:
            return revive(logical, data, meta, open_blob)
        return restore(data, parse(meta), None)

    return quick


def _array(data: bytes | None, meta: Mapping[str, Any]) -> Any:
    import numpy as np

    described = meta["dtype"]
    # NumPy's own form of a dtype; its stubs know only some of its shapes.
    form: Any = described if isinstance(described, str) else [tuple(field) for field in described]
    dtype = np.lib.format.descr_to_dtype(form)
    return np.frombuffer(data or b"", dtype=dtype).reshape(meta["shape"]).copy()
