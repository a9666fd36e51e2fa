"""Queries over live tables, run by DuckDB on the mapped columns.

Only the columns that are filtered or sorted by are read to find the keys of a page; the rows of that
page are then taken by key. Tables are merged by key, the later ones over the earlier.
"""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb

from starwhale.core.errors import UsageError
from starwhale.kit import heap
from starwhale.storage.layers.format import HAS, KEY, OP, Key
from starwhale.storage.tables.conditions import ID, Columns
from starwhale.storage.tables.query import Bins, Filter, Found, Place, Query, columns_of
from starwhale.storage.tables.reader import TableReader
from starwhale.storage.tables.sources import Source, projections, quote, sources_of

MEMORY = "512MB"
# An engine that is kept grows by some KiB with every question that merges several ages of a table, so there
# is a new one now and then; it costs milliseconds.
_RENEWED_AFTER = 200
_ASKED = itertools.count()
AGGREGATES = {"count": "count", "min": "min", "max": "max", "sum": "sum", "mean": "avg"}


def query(readers: Sequence[TableReader], wanted: Query) -> list[dict[str, Any]]:
    """Rows of a page, each with its key as "id".

    Args:
        readers: One table, or several to merge by key, the later over the earlier.
        wanted: What to take.

    Raises:
        UsageError: the question makes no sense.
    """
    return [_shown(key, row_of(readers, key), wanted.columns) for key in find_keys(readers, wanted).keys]


def row_of(readers: Sequence[TableReader], key: Key) -> dict[str, Any]:
    """The row of a key, merged over all tables; empty where none has it."""
    merged: dict[str, Any] = {}
    for reader in readers:
        merged.update(reader.get(key) or {})
    return merged


def _shown(key: Key, row: dict[str, Any], columns: Mapping[str, str] | None) -> dict[str, Any]:
    if columns is None:
        return {ID: key, **row}
    return {alias: key if name == ID else row.get(name) for name, alias in columns.items()}


def find_keys(readers: Sequence[TableReader], wanted: Query) -> Found:
    """Keys of the rows of a page, in its order."""
    names = sorted((columns_of(wanted.where) | {order.column for order in wanted.order}) - {ID})
    with _relation(readers, names) as (connection, relation, parts):
        columns = Columns(parts)
        condition, constants = columns.condition(wanted.where)
        if wanted.after is not None:
            behind, more = columns.behind(wanted.order, wanted.after)
            condition, constants = f"{condition} AND {behind}", [*constants, *more]
        order = ", ".join(
            [*(term for each in wanted.order for term in columns.order(each)), "ki NULLS LAST", "ks"]
        )
        shown = columns.told(wanted.order)
        text = (
            f"SELECT {', '.join(['ki', 'ks', *shown])} FROM {relation} "
            f"WHERE {condition} ORDER BY {order} LIMIT ? OFFSET ?"
        )
        found = connection.execute(text, [*constants, wanted.limit, wanted.start]).fetchall()
    keys = tuple(row[0] if row[0] is not None else row[1] for row in found)
    places = [columns.values(wanted.order, row[2:]) for row in found]
    return Found(keys, tuple(map(Place, places, keys)))


def count(readers: Sequence[TableReader], where: Filter | None = None) -> int:
    """Rows that a filter lets through."""
    with _relation(readers, sorted(columns_of(where) - {ID})) as (connection, relation, parts):
        condition, constants = Columns(parts).condition(where)
        found = connection.execute(f"SELECT count(*) FROM {relation} WHERE {condition}", constants).fetchone()
    return int(found[0]) if found else 0


def aggregate(
    readers: Sequence[TableReader],
    measures: Mapping[str, tuple[str, str]],
    by: Sequence[str] = (),
    where: Filter | None = None,
    limit: int | None = None,
    bins: Bins | None = None,
) -> list[dict[str, Any]]:
    """Measures over rows, for each distinct combination of the columns `by`.

    Args:
        readers: As in `query`.
        measures: Alias to (function, column); functions are count, min, max, sum, mean of numbers.
        by: Columns to group by, in whose order the groups come.
        where: Which rows.
        limit: Groups at most.
        bins: Have the number of the range that a column falls into come first, as ``bin``; rows without a
            finite number there belong to no group.

    Raises:
        UsageError: a function is unknown.
    """
    names = {column for _function, column in measures.values()} | set(by) | columns_of(where)
    names |= {bins.column} if bins is not None else set()
    with _relation(readers, sorted(names - {ID})) as (connection, relation, parts):
        columns = Columns(parts)
        condition, constants = columns.condition(where)
        groups = [columns.any(name) for name in by]
        chosen = [f"{group} AS {quote(name)}" for group, name in zip(groups, by, strict=True)]
        placed: list[Any] = []
        if bins is not None:
            number = columns.number(bins.column)
            condition = f"{condition} AND coalesce(isfinite({number}::DOUBLE), false)"
            place = f"least(greatest(floor(({number}::DOUBLE - ?) / ?), 0), ?)::INTEGER"
            placed = [bins.low, bins.width or 1.0, bins.count - 1]
            groups, chosen = [place, *groups], [f"{place} AS bin", *chosen]
        for alias, (function, column) in measures.items():
            if function not in AGGREGATES:
                raise UsageError(f"unknown measure {function!r}", hint=f"use one of {', '.join(AGGREGATES)}")
            value = columns.any(column) if function == "count" else columns.number(column)
            chosen.append(f"{AGGREGATES[function]}({value}) AS {quote(alias)}")
        # By number: names would be taken for those of the measures, which the caller chooses.
        numbers = ", ".join(str(place + 1) for place in range(len(groups)))
        tail = f"GROUP BY {numbers} ORDER BY {numbers}" if groups else ""
        bound = f" LIMIT {int(limit)}" if limit is not None else ""
        cursor = connection.execute(
            f"SELECT {', '.join(chosen)} FROM {relation} WHERE {condition} {tail}{bound}",
            [*placed, *constants],
        )
        heads = [column[0] for column in cursor.description or []]
        return [dict(zip(heads, row, strict=True)) for row in cursor.fetchall()]


def ends(
    readers: Sequence[TableReader], column: str, where: Filter | None = None
) -> tuple[float, float] | None:
    """Least and largest of the finite numbers of a column; None where there are none."""
    names = sorted(({column} | columns_of(where)) - {ID})
    with _relation(readers, names) as (connection, relation, parts):
        columns = Columns(parts)
        condition, constants = columns.condition(where)
        number = f"({columns.number(column)})::DOUBLE"
        found = connection.execute(
            f"SELECT min({number}), max({number}) FROM {relation} "
            f"WHERE {condition} AND coalesce(isfinite({number}), false)",
            constants,
        ).fetchone()
    return None if found is None or found[0] is None else (float(found[0]), float(found[1]))


def _give_back() -> None:
    # The allocator of DuckDB lets go of pages while it allocates, or within seconds by threads of its own.
    # These are off, and go off again for the whole process with every engine that ends.
    if _engine.cache_info().currsize:
        with closing(_cursor()) as cursor:
            cursor.execute("SET allocator_background_threads = true")


heap.also(_give_back)


def _cursor() -> duckdb.DuckDBPyConnection:
    return _engine(os.getpid(), next(_ASKED) // _RENEWED_AFTER).cursor()


@lru_cache(maxsize=1)
def _engine(process: int, turn: int) -> duckdb.DuckDBPyConnection:
    """One engine per process; a forked child makes its own. It ends with the last question put to it."""
    spill = Path(tempfile.gettempdir()) / f"starwhale-query-{process}-{turn}"
    return duckdb.connect(":memory:", config={"memory_limit": MEMORY, "temp_directory": str(spill)})


@contextmanager
def _relation(
    readers: Sequence[TableReader], names: Sequence[str]
) -> Generator[tuple[duckdb.DuckDBPyConnection, str, dict[str, set[str]]]]:
    """The visible rows with the comparable parts of `names`: connection, SQL, parts per column."""
    stacks = [sources_of(reader, names) for reader in readers]
    parts: dict[str, set[str]] = {ID: {"i", "s"}}
    for name in names:
        sources = [source for stack in stacks for source in stack]
        tags = [tags[name] for source in sources for _table, tags in source.tables if name in tags]
        parts[name] = {part for tag in tags for part in projections(name, tag)}
    connection = _cursor()
    try:
        yield connection, _visible(connection, stacks, names, parts), parts
    finally:
        connection.close()


def _visible(
    connection: duckdb.DuckDBPyConnection,
    stacks: Sequence[Sequence[Source]],
    names: Sequence[str],
    parts: dict[str, set[str]],
) -> str:
    columns = [f"v{place}{part}" for place, name in enumerate(names) for part in sorted(parts[name])]
    listed = "".join(f", {column}" for column in columns)
    pieces: list[str] = []
    for kind, shown in (("i", "k AS ki, NULL::VARCHAR AS ks"), ("s", "NULL::BIGINT AS ki, k AS ks")):
        tables = [[source for source in stack if source.integer == (kind == "i")] for stack in stacks]
        tables = [ages for ages in tables if ages]
        # What a table deletes is deleted in it alone: each is made whole before the next is laid over it.
        whole = [
            _Stack(
                [
                    _select(connection, f"{kind}_{number}_{age}", age, source, names, parts)
                    for age, source in enumerate(ages)
                ],
                [source.rows for source in ages],
            )
            for number, ages in enumerate(tables)
        ]
        if len(whole) == 1:
            pieces.append(f"SELECT {shown}{listed} FROM {whole[0].merged(names, parts)}")
        elif whole:
            laid = [
                f"SELECT *, {number} AS age, 0 AS op FROM {each.merged(names, parts, has=True)}"
                for number, each in enumerate(whole)
            ]
            over = _Stack(laid, [sum(each.rows) for each in whole])
            pieces.append(f"SELECT {shown}{listed} FROM {over.merged(names, parts, once=True)}")
    if not pieces:
        return "(SELECT NULL::BIGINT AS ki, NULL::VARCHAR AS ks WHERE false)"
    return f"({' UNION ALL BY NAME '.join(pieces)})"


@dataclass(frozen=True, slots=True)
class _Stack:
    """Rows with one kind of key in several ages, the later over the earlier.

    Attributes:
        selects: Each age as SQL, with key, age, operation, values, and which columns its rows have.
        rows: How many each has, about.
    """

    selects: Sequence[str]
    rows: Sequence[int]

    def merged(
        self, names: Sequence[str], parts: dict[str, set[str]], *, has: bool = False, once: bool = False
    ) -> str:
        """Keys and values of the rows that are seen; those only of the largest age pass straight through.

        Args:
            names: Columns.
            parts: Of each of them.
            has: Tell which columns each row has, too.
            once: Have the largest age made once, where that is more than reading it.
        """
        kept = [f"h{place}" for place in range(len(names))] if has else []
        values = [f"v{place}{part}" for place, name in enumerate(names) for part in sorted(parts[name])]
        listed = ", ".join(["k", *values, *kept])
        if len(self.selects) == 1:
            return f"(SELECT {listed} FROM ({self.selects[0]}) WHERE op <> 2)"
        # Rewriting every row would cost a pass over all of them: only keys that several ages have are merged.
        base = max(range(len(self.selects)), key=lambda age: self.rows[age])
        above = " UNION ALL BY NAME ".join(
            f"({text})" for age, text in enumerate(self.selects) if age != base
        )
        merged = [
            f"(arg_max({{'v': {value}}}, age) FILTER (WHERE h{place} AND age >= lowest)).v AS {value}"
            for place, name in enumerate(names)
            for value in (f"v{place}{part}" for part in sorted(parts[name]))
        ]
        merged += [f"coalesce(bool_or({each} AND age >= lowest), false) AS {each}" for each in kept]
        return (
            f"(WITH upper_rows AS MATERIALIZED ({above}), "
            f"base_rows AS {'' if once else 'NOT '}MATERIALIZED ({self.selects[base]}), "
            "touched AS (SELECT DISTINCT k FROM upper_rows), "
            "both_rows AS (SELECT * FROM upper_rows UNION ALL BY NAME "
            "SELECT * FROM base_rows SEMI JOIN touched USING (k)), "
            "floors AS (SELECT *, max(CASE WHEN op > 0 THEN age ELSE 0 END) OVER (PARTITION BY k) AS lowest "
            "FROM both_rows) "
            f"SELECT {listed} FROM (SELECT {', '.join(['k', 'arg_max(op, age) AS op', *merged])} "
            "FROM floors GROUP BY k) WHERE op <> 2 "
            f"UNION ALL BY NAME SELECT {listed} FROM base_rows ANTI JOIN touched USING (k) WHERE op <> 2)"
        )


def _select(
    connection: duckdb.DuckDBPyConnection,
    which: str,
    age: int,
    source: Source,
    names: Sequence[str],
    parts: dict[str, set[str]],
) -> str:
    selects: list[str] = []
    for number, (table, tags) in enumerate(source.tables):
        view = f"rows_{which}_{number}"
        connection.register(view, table)
        fields = [f"{quote(KEY)} AS k", f"{age} AS age"]
        fields.append(f"{quote(OP)} AS op" if OP in table.column_names else "0 AS op")
        for place, name in enumerate(names):
            there = projections(name, tags[name]) if name in tags else {}
            fields += [
                f"{there.get(part) or f'NULL::{_TYPES[part]}'} AS v{place}{part}"
                for part in sorted(parts[name])
            ]
            has = quote(HAS + name) if HAS + name in table.column_names else str(name in tags).lower()
            fields.append(f"{has} AS h{place}")
        selects.append(f"SELECT {', '.join(fields)} FROM {view}")
    return " UNION ALL BY NAME ".join(selects)


_TYPES = {"b": "BOOLEAN", "i": "BIGINT", "f": "DOUBLE", "s": "VARCHAR", "d": "TIMESTAMP", "x": "BOOLEAN"}
