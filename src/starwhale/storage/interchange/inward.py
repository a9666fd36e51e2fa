"""Rows from Arrow record batches: exactly those of an export of ours, or anybody's."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import orjson
import pyarrow as pa

from starwhale.core.errors import UsageError
from starwhale.storage.interchange.foreign import ForeignReader
from starwhale.storage.interchange.outward import FORMAT, METADATA
from starwhale.storage.interchange.reshape import inward, reshape
from starwhale.storage.layers.columns import decode
from starwhale.storage.layers.format import Key
from starwhale.storage.layers.tags import Tag, from_json


class RowReader:
    """Turns batches of one schema into rows.

    Args:
        schema: Of the batches.
        name: What they come from, for messages.
        folder: Where files must lie that rows only name.

    Attributes:
        info: What the rows' dataset said about itself, and what the schema says beside types.

    Raises:
        UsageError: a newer release wrote it, or a column holds what no dataset can.
    """

    def __init__(self, schema: pa.Schema, name: str, folder: Path) -> None:
        metadata = cast("Mapping[bytes, bytes]", schema.metadata or {})
        self.info: dict[str, Any] = {}
        self._told: dict[str, Any] | None = None
        if METADATA in metadata:
            self._told = orjson.loads(metadata[METADATA])
            self._check(name)
            return
        described = json.loads(metadata.get(b"huggingface", b"{}"))
        features = (described.get("info") or {}).get("features")
        self._foreign = ForeignReader(schema, name, [folder], features)
        self.info = self._foreign.info

    def _check(self, name: str) -> None:
        assert self._told is not None
        if self._told.get("format") != FORMAT:
            raise UsageError(
                f"{name} was written in format {self._told.get('format')}, this release reads {FORMAT}",
                hint="upgrade starwhale",
            )
        self.info = self._told["info"]
        self._tags: dict[str, Tag] = {column: from_json(tag) for column, tag in self._told["columns"]}

    def rows(self, batch: pa.RecordBatch) -> Iterator[tuple[Key | None, dict[str, Any]]]:
        """Keys and rows of a batch; the keys are None where the file has none of ours."""
        if self._told is None:
            yield from ((None, row) for row in self._foreign.rows(batch))
            return
        yield from self._own(batch, self._told)

    def _own(self, batch: pa.RecordBatch, told: dict[str, Any]) -> Iterator[tuple[Key, dict[str, Any]]]:
        keys = decode(told["key_type"], batch.column(told["key"]), None)
        names = list(self._tags)
        columns = [
            decode(tag, reshape(tag, batch.column(name), inward), None) for name, tag in self._tags.items()
        ]
        records = (
            [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]
            if names
            else [dict[str, Any]() for _ in keys]
        )
        if told["absent"] is not None:
            for record, lacking in zip(records, batch.column(told["absent"]).to_pylist(), strict=True):
                for name in lacking or ():
                    del record[name]
        yield from zip(keys, records, strict=True)
