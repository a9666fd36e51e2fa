"""Arrow data that others wrote, as rows."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, cast

import pyarrow as pa

from starwhale.core.errors import UsageError
from starwhale.core.types.mime import MIMEType
from starwhale.core.types.registry import LOGICAL

Read = Callable[[Any], list[Any]]
Convert = Callable[[Any], Any]
Find = Callable[[str], Path]
_MEDIA = frozenset({"Image", "Audio", "Video"})
_log = logging.getLogger("starwhale")


class ForeignReader:
    """Turns batches of a schema that is not ours into rows.

    Args:
        schema: Of the batches.
        name: What they come from, for messages.
        within: Directories in which files must lie that values only name; relative names are of the first.
            Whoever wrote the data must not have any file of this machine read.
        features: What Hugging Face says of the columns, in the JSON form of its `Features`.

    Attributes:
        info: What is no value: ``class_labels``, the names behind numbers.

    Raises:
        UsageError: a column holds what no dataset can.
    """

    def __init__(
        self,
        schema: pa.Schema,
        name: str,
        within: Sequence[Path],
        features: Mapping[str, Any] | None = None,
    ) -> None:
        self.info: dict[str, Any] = {}
        self._find = partial(_inside, [each.resolve() for each in within], name)
        self._columns = [self._column(field, (features or {}).get(field.name), name) for field in schema]

    def _column(self, field: pa.Field, feature: Any, file: str) -> tuple[str, Read]:
        kind = field.type
        if _any(kind, lambda each: pa.types.is_union(each) or pa.types.is_interval(each)):
            raise UsageError(f"column {field.name!r} of {file} is of type {kind}, which no dataset holds")
        if isinstance(feature, dict) and cast("dict[str, Any]", feature).get("_type") == "ClassLabel":
            self.info.setdefault("class_labels", {})[field.name] = cast("dict[str, Any]", feature).get(
                "names"
            )
        read: Read = _values
        if _any(kind, _is_nanoseconds):
            _log.warning("column %r of %s is kept to the microsecond", field.name, file)
            read = _values_to_the_microsecond
        convert = _converter(feature, self._find)
        return field.name, read if convert is None else lambda array: list(map(convert, read(array)))

    def rows(self, batch: pa.RecordBatch | pa.Table) -> Iterator[dict[str, Any]]:
        """The rows of a batch."""
        names = [name for name, _ in self._columns]
        columns = [read(batch.column(place)) for place, (_, read) in enumerate(self._columns)]
        for values in zip(*columns, strict=True):
            yield dict(zip(names, values, strict=True))


def _values(array: Any) -> list[Any]:
    if isinstance(array.type, pa.BaseExtensionType):
        storage = array.type.storage_type
        array = array.cast(storage) if isinstance(array, pa.ChunkedArray) else array.storage
    if pa.types.is_map(array.type) and pa.types.is_string(array.type.key_type):
        return [None if item is None else dict(item) for item in array.to_pylist()]
    return cast("list[Any]", array.to_pylist())


def _values_to_the_microsecond(array: Any) -> list[Any]:
    return _values(array.cast(_microseconds(array.type), safe=False))


def _converter(feature: Any, find: Find) -> Convert | None:
    """What turns a value that Hugging Face stores into ours; None where it is ours already."""
    if isinstance(feature, list):
        return _of_items(_converter(cast("list[Any]", feature)[0], find))
    if not isinstance(feature, dict):
        return None
    told = cast("dict[str, Any]", feature)
    kind = told.get("_type")
    if not isinstance(kind, str):
        return _of_fields({name: _converter(field, find) for name, field in told.items()})
    if kind in _MEDIA:
        return lambda item: _media(kind.lower(), item, find)
    if kind.startswith("Array") and kind.endswith("D"):
        return lambda item: _array(item, told["dtype"])
    if kind not in ("Sequence", "List", "LargeList"):
        return None
    inner = told.get("feature")
    if isinstance(inner, dict) and kind == "Sequence" and "_type" not in inner:
        # A sequence of records is stored as a record of sequences.
        return _of_fields(
            {name: _of_items(_converter(field, find)) for name, field in cast("Any", inner).items()}
        )
    return _of_items(_converter(inner, find))


def _of_items(convert: Convert | None) -> Convert | None:
    if convert is None:
        return None
    return lambda items: None if items is None else [convert(item) for item in items]


def _of_fields(converts: dict[str, Convert | None]) -> Convert | None:
    wanted = {name: convert for name, convert in converts.items() if convert is not None}
    if not wanted:
        return None
    return lambda record: None if record is None else _converted(record, wanted)


def _converted(record: dict[str, Any], wanted: dict[str, Convert]) -> dict[str, Any]:
    return {name: wanted[name](value) if name in wanted else value for name, value in record.items()}


def _media(logical: str, item: dict[str, Any] | None, find: Find) -> Any:
    data, path = (item.get("bytes"), item.get("path") or "") if item is not None else (None, "")
    if data is None and not path:
        return None
    name = path.rpartition("/")[2]
    mime = MIMEType.create_by_file_suffix(name)
    if not mime.value.startswith(f"{logical}/"):
        mime = MIMEType.UNDEFINED
    return LOGICAL[logical](data if data is not None else find(path), display_name=name, mime_type=mime)


def _inside(rooms: Sequence[Path], name: str, path: str) -> Path:
    """The file that a value names."""
    try:
        place = (rooms[0] / path).resolve()
    except (ValueError, OSError, RuntimeError) as exc:
        raise UsageError(f"{name} names the file {path[:200]!r}, which cannot be: {exc}") from exc
    if not any(place.is_relative_to(each) for each in rooms):
        raise UsageError(
            f"{name} names the file {path[:200]!r}, which lies outside {str(rooms[0])!r}",
            hint="put the files beside it, or store their content in it",
        )
    if not place.is_file():
        raise UsageError(f"{name} names the file {path[:200]!r}, and there is none")
    return place


def _array(item: Any, dtype: str) -> Any:
    if item is None:
        return None
    import numpy as np

    return np.asarray(item, dtype=dtype)


def _any(kind: pa.DataType, holds: Callable[[pa.DataType], bool]) -> bool:
    """Whether a type or one inside it is of a sort."""
    return holds(kind) or any(_any(kind.field(place).type, holds) for place in range(kind.num_fields))


def _is_nanoseconds(kind: pa.DataType) -> bool:
    timed = pa.types.is_timestamp(kind) or pa.types.is_time64(kind) or pa.types.is_duration(kind)
    return timed and kind.unit == "ns"


def _microseconds(kind: Any) -> pa.DataType:
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us", kind.tz)
    if pa.types.is_time64(kind):
        return pa.time64("us")
    if pa.types.is_duration(kind):
        return pa.duration("us")
    if pa.types.is_struct(kind):
        return pa.struct([(each.name, _microseconds(each.type)) for each in kind])
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pa.list_(_microseconds(kind.value_type))
    return kind
