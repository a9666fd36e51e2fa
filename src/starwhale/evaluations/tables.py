"""Tables of a project as callers see them: listed, asked, counted, exported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from starwhale.core.errors import NotFound, UsageError
from starwhale.core.page import Page, PageRequest
from starwhale.evaluations.table_access import TableAccess
from starwhale.evaluations.table_questions import column_name, cursor_of, digest_of_question, place_of
from starwhale.evaluations.table_schemas import Column, Export, Question, RowsPage, TableRead
from starwhale.storage.tables.query import Bins, Place, Query
from starwhale.storage.tables.told import BytesFound, bytes_at, told

if TYPE_CHECKING:
    from starwhale.catalog.tablelog import CatalogRevisions
    from starwhale.core.actor import Actor
    from starwhale.projects.service import ProjectService
    from starwhale.storage.layers.cells import Cell
    from starwhale.storage.layers.format import Key
    from starwhale.storage.tables.reader import TableReader
    from starwhale.storage.tables.store import TableStore

MOST_GROUPS = 10_000


@dataclass(frozen=True, slots=True)
class TableService:
    """Tables of one instance.

    Attributes:
        projects: Its projects.
        tables: All live tables.
        revisions: The order of commits to them.
    """

    projects: ProjectService
    tables: TableStore
    revisions: CatalogRevisions

    @property
    def access(self) -> TableAccess:
        """Opens them for whoever may see them."""
        return TableAccess(self.projects, self.tables, self.revisions)

    def list(
        self, actor: Actor, project: str, *, beginning: str = "", page: PageRequest | None = None
    ) -> Page[TableRead]:
        """One page of the tables of a project, by path.

        Args:
            actor: Who asks.
            project: Of which project.
            beginning: Beginning of their paths, such as ``evaluation/JOB/``.
            page: Which page.

        Raises:
            NotFound: there is no such project.
        """
        wanted = page or PageRequest()
        found = self.access.page(actor, project, beginning, wanted)
        items = tuple(_described(reader, project) for reader in found.items)
        return Page(items=items, total=found.total, request=wanted, next=found.next)

    def describe(self, actor: Actor, project: str, path: str) -> TableRead:
        """One table.

        Raises:
            NotFound: there is none of this path.
        """
        return _described(self.access.reader(actor, project, path), project)

    def query(self, actor: Actor, project: str, asked: Question) -> RowsPage:
        """A page of rows, filtered and sorted where the columns lie.

        Raises:
            NotFound: there is no such table.
            UsageError: the question makes no sense.
        """
        from starwhale.storage.tables import engine

        readers = self.access.readers(actor, project, asked.tables, asked.revision)
        question = digest_of_question(project, asked.tables, repr(asked.where), repr(asked.order))
        after = place_of(asked.cursor, question, len(asked.order)) if asked.cursor else None
        wanted = Query(where=asked.where, order=asked.order, limit=_size(asked.size) + 1, after=after)
        found = engine.find_keys(readers, wanted)
        return _page(readers, found.keys, found.places, asked, question)

    def row(
        self, actor: Actor, project: str, path: str, key: Key, *, revision: int | None = None
    ) -> Mapping[str, Cell]:
        """The cells of one row.

        Raises:
            NotFound: there is no such table or row.
        """
        return self._cells(actor, project, [path], key, revision)

    def media(
        self,
        actor: Actor,
        project: str,
        paths: Sequence[str],
        key: Key,
        column: str,
        way: Sequence[str],
        *,
        revision: int | None = None,
    ) -> BytesFound:
        """Bytes in a cell; those that lie outside it are read when they are asked for.

        Raises:
            NotFound: there is no such cell, or no bytes in it.
        """
        cells = self._cells(actor, project, paths, key, revision)
        if column not in cells:
            raise NotFound(f"row {key!r} has no column {column[:80]!r}")
        return bytes_at(cells[column], way, self.tables.layers.source)

    def _cells(
        self, actor: Actor, project: str, paths: Sequence[str], key: Key, revision: int | None
    ) -> Mapping[str, Cell]:
        readers = self.access.readers(actor, project, paths, revision)
        found = [cells for reader in readers if (cells := reader.cells(key)) is not None]
        if not found:
            raise NotFound(f"table {paths[0]!r} has no row {key!r}")
        return {name: cell for cells in found for name, cell in cells.items()}

    def export(
        self,
        actor: Actor,
        project: str,
        path: str,
        form: str,
        *,
        start: Key | None = None,
        end: Key | None = None,
        limit: int | None = None,
        cursor: str = "",
        columns: Sequence[str] | None = None,
        revision: int | None = None,
    ) -> Export:
        """A table in the format of others; it is looked up at once, and read as it is taken.

        Args:
            actor: Who asks.
            project: Of which project.
            path: Which table.
            form: ``csv``, ``jsonl``, ``parquet`` or ``arrow``.
            start: First key.
            end: Key to stop before.
            limit: Rows at most; None for all.
            cursor: Where another one of the same range stopped, as its `next` told.
            columns: Only these.
            revision: At which revision.

        Raises:
            NotFound: there is no such table.
            UsageError: there is no such format, or the cursor belongs to another range.
        """
        from starwhale.storage.tables.export import FORMATS

        if form not in FORMATS:
            raise UsageError(f"tables are not exported as {form[:20]!r}", hint=f"as {', '.join(FORMATS)}")
        write, kind = FORMATS[form]
        reader = self.access.reader(actor, project, path, revision)
        tags = reader.columns()
        if columns is not None:
            tags = {name: tags[name] for name in columns if name in tags}
        question = digest_of_question(project, [path], repr(start), repr(end))
        first = place_of(cursor, question, 0).key if cursor else start
        rest = None if limit is None else next(islice(reader.scan_keys(first, end), limit, None), None)
        rows = (
            (key, {name: cells[name] for name in tags if name in cells})
            for key, cells in islice(reader.scan_cells(first, end), limit)
        )
        return Export(
            type=kind,
            pieces=write(rows, tags, reader.key_types()),
            next=None if rest is None else cursor_of(Place((), rest), question),
        )

    def aggregate(
        self,
        actor: Actor,
        project: str,
        asked: Question,
        measures: Mapping[str, tuple[str, str]],
        by: Sequence[str] = (),
        *,
        bins: Bins | None = None,
    ) -> list[dict[str, Any]]:
        """Measures over rows for each group, as JSON; see `storage.tables.engine.aggregate`.

        Raises:
            NotFound: there is no such table.
            UsageError: a measure is unknown, or there are more groups than anybody reads.
        """
        from starwhale.storage.layers.cells import cell_of
        from starwhale.storage.tables import engine

        readers = self.access.readers(actor, project, asked.tables, asked.revision)
        checked = {alias: (function, column_name(column)) for alias, (function, column) in measures.items()}
        found = engine.aggregate(
            readers, checked, list(map(column_name, by)), asked.where, MOST_GROUPS + 1, bins
        )
        if len(found) > MOST_GROUPS:
            raise UsageError(f"there are more than {MOST_GROUPS:,} groups", hint="group by fewer columns")
        return [{name: told(cell_of(value, name)) for name, value in row.items()} for row in found]

    def bins(self, actor: Actor, project: str, asked: Question, column: str, count: int) -> Bins | None:
        """Ranges of equal width over the numbers of a column; None where it has none that are finite.

        Raises:
            NotFound: there is no such table.
        """
        from starwhale.storage.tables import engine

        readers = self.access.readers(actor, project, asked.tables, asked.revision)
        ends = engine.ends(readers, column_name(column), asked.where)
        if ends is None:
            return None
        low, high = ends
        width = (high - low) / count
        return Bins(column=column, low=low, width=width, count=count if width > 0 else 1)

    def count(self, actor: Actor, project: str, asked: Question) -> int:
        """Rows that a filter lets through.

        Raises:
            NotFound: there is no such table.
        """
        from starwhale.storage.tables import engine

        return engine.count(self.access.readers(actor, project, asked.tables, asked.revision), asked.where)


def _described(reader: TableReader, project: str) -> TableRead:
    from starwhale.storage.layers.tags import describe
    from starwhale.storage.tables import engine

    rows = engine.count([reader]) if reader.state.tail else len(reader.base)
    columns = tuple(Column(name=name, type=describe(tag)) for name, tag in reader.columns().items())
    path = reader.state.path.removeprefix(f"{project}/")
    return TableRead(path=path, rows=rows, revision=reader.state.revision, columns=columns)


def _page(
    readers: Sequence[TableReader],
    keys: Sequence[Key],
    places: Sequence[Place],
    asked: Question,
    question: str,
) -> RowsPage:
    shown = keys[: asked.size]
    rows = tuple((key, merged_cells(readers, key, asked.columns)) for key in shown)
    more = len(keys) > asked.size
    return RowsPage(
        rows=rows,
        next=cursor_of(places[asked.size - 1], question) if more else None,
        revisions=tuple(reader.state.revision for reader in readers),
    )


def merged_cells(
    readers: Sequence[TableReader], key: Key, names: Sequence[str] | None = None
) -> dict[str, Cell]:
    """The cells of a row, those of later tables over those of earlier ones."""
    wanted = None if names is None else frozenset(names)
    return {name: cell for reader in readers for name, cell in (reader.cells(key, wanted) or {}).items()}


def _size(size: int) -> int:
    if not 1 <= size <= 1000:
        raise UsageError(f"a page cannot hold {size} rows", hint="1 to 1000")
    return size
