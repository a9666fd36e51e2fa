"""Rows of tables of a project on a server, as the values that they were."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from starwhale.client.pages import segment
from starwhale.core.errors import NotFound
from starwhale.storage.tables.restored import restored

if TYPE_CHECKING:
    from starwhale.client.http import Http
    from starwhale.storage.layers.format import Key

SCAN_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class TableRows:
    """Reads tables.

    Attributes:
        http: The connection.
        project: Their project.
    """

    http: Http
    project: str

    @property
    def base(self) -> str:
        """Where the tables lie."""
        return f"/projects/{segment(self.project)}/tables"

    def get(self, path: str, key: Key) -> dict[str, Any] | None:
        """The row of a key; None where there is none, or no such table."""
        asked = {"path": path, "id": str(key), "integer": isinstance(key, int)}
        try:
            row = self.http.get(f"{self.base}/row", asked, form=lambda told: self.values(path, told))
        except NotFound:
            return None
        return row

    def scan(
        self, path: str, start: Key | None = None, end: Key | None = None
    ) -> Iterator[tuple[Key, dict[str, Any]]]:
        """Rows in key order from `start` up to, not including, `end`; none where there is no such table."""
        while True:
            body = {"table": path, "start": start, "end": end, "limit": SCAN_ROWS}
            try:
                answer = self.http.send("POST", f"{self.base}/scan", again=True, json=body)
            except NotFound:
                return
            lines = answer.content.splitlines()
            with self.http.reading(answer):
                for line in lines:
                    row = orjson.loads(line)
                    yield row["id"], self.values(path, row)
                    start = after(row["id"])
            if len(lines) < SCAN_ROWS:
                return

    def values(self, path: str, row: Mapping[str, Any]) -> dict[str, Any]:
        """The values of a row; media are fetched when they are looked at."""
        key = row["id"]

        def fetch(column: str, way: Sequence[str | int]) -> bytes:
            where = {"path": path, "id": str(key), "integer": isinstance(key, int), "column": column}
            return self.http.send("GET", f"{self.base}/media", params={**where, "at": list(way)}).content

        return {
            name: restored(value, lambda way, name=name: fetch(name, way))
            for name, value in row["values"].items()
        }


def after(key: Key) -> Key:
    """The next possible key."""
    return key + 1 if isinstance(key, int) else f"{key}\0"
