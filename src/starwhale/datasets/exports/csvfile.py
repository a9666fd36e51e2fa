r"""CSV: a line a row, in a form that reads back exactly with its card.

Text is itself, numbers and times are as Python prints them, a null is ``\\N``, nothing stands for a
feature that the row lacks, and text that is empty or begins with a backslash has one more in front.
Everything else is JSON, as `exports.documents` has it.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from starwhale.datasets.exports.documents import Put, Take, decode, encode

if TYPE_CHECKING:
    from starwhale.datasets.exports.places import Told
    from starwhale.storage.layers.tags import Tag
    from starwhale.storage.rows.snapshot import Snapshot

_NULL = "\\N"
_READ: dict[str, Callable[[str], Any]] = {
    "int": int,
    "float": float,
    "bool": lambda text: text == "true",
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "instant": datetime.fromisoformat,
}


def write_csv(snapshot: Snapshot, path: Path, key: str, put: Put | None, told: Told) -> None:
    """Write the rows of a snapshot; the arguments are those of `write_jsonl`."""
    columns = snapshot.manifest.columns
    done = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([key, *columns])
        for keys, rows in snapshot.chunks():
            for row_key, row in zip(keys, rows, strict=True):
                fields = [
                    field_of(row[name], name, tag, put) if name in row else ""
                    for name, tag in columns.items()
                ]
                writer.writerow(
                    [orjson.dumps(row_key).decode() if isinstance(row_key, str) else row_key, *fields]
                )
            done += len(keys)
            told(done)


def field_of(value: Any, column: str, tag: Tag, put: Put | None) -> str:
    """A value as a field of CSV."""
    if value is None:
        return _NULL
    if tag == "str":
        return f"\\{value}" if not value or value.startswith("\\") else value
    if tag == "float":
        return repr(float(value))
    if tag == "bool":
        return "true" if value else "false"
    if tag == "int":
        return str(int(value))
    if tag in _READ:
        return value.isoformat()
    return orjson.dumps(encode(value, column, put)).decode()


def value_of(field: str, tag: Tag, take: Take) -> Any:
    """The value of a field that is not empty.

    Raises:
        ValueError: it is none that `field_of` made.
    """
    if field == _NULL:
        return None
    if tag == "str":
        return field.removeprefix("\\")
    if isinstance(tag, str) and tag in _READ:
        return _READ[tag](field)
    return decode(orjson.loads(field), take)
