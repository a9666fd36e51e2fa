"""Revisions of the tables: they agree with the metadata, go up and down with data, survive a crash."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import (
    JSON,
    Boolean,
    Connection,
    DateTime,
    Float,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    Table,
    func,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.schema import CreateIndex, CreateTable

from starwhale.catalog.engine import Catalog
from starwhale.catalog.migrations import configuration, downgrade, upgrade
from starwhale.catalog.migrations.__main__ import SCRIPTS
from starwhale.catalog.revision import HEAD, REVISIONS, revision_of
from starwhale.catalog.tables import complete_metadata

NOW = datetime(2024, 2, 29, 23, 59, 59, 999999, tzinfo=UTC)


def tables_of(connection: Connection) -> MetaData:
    found = MetaData()
    found.reflect(connection)
    return found


def value_for(column: Any, number: int) -> Any:
    kind = column.type
    if isinstance(kind, DateTime):
        return NOW if getattr(kind, "timezone", False) else NOW.replace(tzinfo=None)
    if isinstance(kind, JSON):
        return {"number": number}
    if isinstance(kind, Boolean):
        return number % 2 == 0
    return number if isinstance(kind, (Integer, Float)) else f"{column.name[:3]}{number}"


def fill(connection: Connection, rows: int = 3) -> None:
    """Put rows into every table, each row of a child below the one of the same number of its parent."""
    tables = tables_of(connection)
    made: dict[str, list[dict[str, Any]]] = {}
    for table in tables.sorted_tables:
        if table.name == "alembic_version":
            continue
        made[table.name] = [_row(table, number, made) for number in range(1, rows + 1)]
        connection.execute(insert(table), made[table.name])


def _row(table: Table, number: int, made: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    row = {column.name: value_for(column, number) for column in table.columns}
    for constraint in table.constraints:
        if isinstance(constraint, ForeignKeyConstraint):
            for element in constraint.elements:
                parent = made[element.column.table.name][number - 1]
                row[element.parent.name] = parent[element.column.name]
    return row


def sizes(connection: Connection) -> dict[str, int]:
    tables = tables_of(connection)
    return {
        name: connection.scalar(select(func.count()).select_from(table)) or 0
        for name, table in tables.tables.items()
        if name != "alembic_version"
    }


def test_the_known_revisions_are_the_scripts(bare_url: str) -> None:
    catalog = Catalog.unmigrated(bare_url)
    with catalog.connect() as connection:
        scripts = ScriptDirectory.from_config(configuration(connection))
        assert tuple(reversed([script.revision for script in scripts.walk_revisions()])) == REVISIONS
        assert scripts.get_heads() == [HEAD]
    catalog.close()


def test_tables_and_revisions_agree(catalog: Catalog) -> None:
    with catalog.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, complete_metadata()) == []
        assert sorted(complete_metadata().tables) == sorted(sizes(connection))


def shape(connection: Connection) -> set[str]:
    """What the database itself says of its tables and indexes, conditions and collations included."""
    if connection.dialect.name == "sqlite":
        query = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name != 'alembic_version'"
        # A column that a later revision added stands in the line of the one before it.
        parts = [
            part for sql in connection.scalars(text(query)) for part in re.split(r"\n|, (?=\w+ [A-Z])", sql)
        ]
        found = {part.strip().strip(",").strip() for part in parts}
        closed = {part[:-1] if part.count(")") > part.count("(") else part for part in found}
        return closed - {"", ")"}
    columns = (
        "SELECT concat_ws(' ', table_name, column_name, data_type, collation_name, is_nullable, "
        "character_maximum_length, is_identity, column_default) "
        "FROM information_schema.columns WHERE table_schema = 'public'"
    )
    indexes = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'"
    constraints = (
        "SELECT conname || pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE connamespace = 'public'::regnamespace"
    )
    found = {str(row) for query in (columns, indexes, constraints) for row in connection.scalars(text(query))}
    return {line for line in found if "alembic_version" not in line}


def test_the_database_looks_as_if_made_from_the_tables(
    catalog: Catalog, catalog_urls: Callable[[bool], str]
) -> None:
    other = Catalog.unmigrated(catalog_urls(False))
    with catalog.connect() as connection, other.connect(migrating=True) as fresh:
        with fresh.begin():
            for table in complete_metadata().sorted_tables:
                fresh.execute(CreateTable(table))
                for index in table.indexes:
                    fresh.execute(CreateIndex(index))
        assert shape(connection) == shape(fresh)
    other.close()


def test_every_revision_goes_up_and_down_with_data_in_it(bare_url: str) -> None:
    catalog = Catalog.unmigrated(bare_url)
    for place, revision in enumerate(REVISIONS):
        previous = REVISIONS[place - 1] if place else "base"
        with catalog.connect(migrating=True) as connection:
            downgrade(connection, "base")
            upgrade(connection, revision)
        with catalog.connect(migrating=True) as connection, connection.begin():
            fill(connection)
        with catalog.connect() as connection:
            before = sizes(connection)
        assert before
        assert set(before.values()) == {3}
        # Up to the newest and back: the rows of this revision are all there.
        with catalog.connect(migrating=True) as connection:
            upgrade(connection, HEAD)
            downgrade(connection, revision)
        with catalog.connect() as connection:
            assert sizes(connection) == before
        with catalog.connect(migrating=True) as connection:
            downgrade(connection, previous)
            assert revision_of(connection).name == (previous if place else None)
            kept = sizes(connection)
        with catalog.connect(migrating=True) as connection:
            upgrade(connection, revision)
        # What the revision made was gone with its rows; what was there before kept them.
        with catalog.connect() as connection:
            assert sizes(connection) == {**dict.fromkeys(before, 0), **kept}
    catalog.close()


def test_going_down_to_nothing_leaves_no_table(bare_url: str) -> None:
    catalog = Catalog.open(bare_url)
    with catalog.connect(migrating=True) as connection:
        downgrade(connection, "base")
    with catalog.connect() as connection:
        assert set(inspect(connection).get_table_names()) <= {"alembic_version"}
    catalog.migrate()
    with catalog.connect() as connection:
        assert revision_of(connection).name == HEAD
    catalog.close()


# Begins the migration in a child that kills itself before statement number N, for all N; after each the
# database must be as it was, and the last child comes through.
_CRASH = """
import os, signal, sys
from sqlalchemy import event
from sqlalchemy.engine import Engine
from starwhale.catalog.engine import Catalog
from starwhale.catalog.migrations import downgrade
from starwhale.catalog.revision import HEAD, revision_of
from tests.slice.catalog.test_migrations import fill, sizes

url, direction, step = sys.argv[1], sys.argv[2], int(sys.argv[3])

def attempt(kill_before):
    child = os.fork()
    if child == 0:
        seen = 0
        def count(*_):
            nonlocal seen
            seen += 1
            if seen == kill_before:
                os.kill(os.getpid(), signal.SIGKILL)
        event.listen(Engine, "before_cursor_execute", count)
        catalog = Catalog.unmigrated(url)
        if direction == "up":
            catalog.migrate()
        else:
            with catalog.connect(migrating=True) as connection:
                downgrade(connection, "base")
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0

def check(finished):
    catalog = Catalog.unmigrated(url)
    with catalog.connect() as connection:
        there = revision_of(connection).name == HEAD
        assert there == (finished == (direction == "up")), (finished, there)
        found = sizes(connection)
        rows = {3} if direction == "down" else {0}
        assert set(found.values()) == (rows if there else set()), found
    catalog.close()

if direction == "down":
    catalog = Catalog.open(url)
    with catalog.connect(migrating=True) as connection, connection.begin():
        fill(connection)
    catalog.close()
kills = 0
while not attempt(1 + kills * step):
    check(False)
    kills += 1
check(True)
catalog = Catalog.open(url)
catalog.close()
print(kills)
"""


@pytest.mark.fault
@pytest.mark.parametrize("step", [7, pytest.param(1, marks=[pytest.mark.slow, pytest.mark.timeout(300)])])
@pytest.mark.parametrize("direction", ["up", "down"])
def test_a_migration_that_is_killed_leaves_a_usable_database(
    bare_url: str, direction: str, step: int
) -> None:
    command = [sys.executable, "-W", "ignore", "-c", _CRASH, bare_url, direction, str(step)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=250, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 30 // step


def test_many_that_open_a_new_catalog_at_once_all_succeed(bare_url: str) -> None:
    script = (
        "import sys; from starwhale.catalog.engine import Catalog; import alembic; "
        "print('ready', flush=True); sys.stdin.readline(); Catalog.open(sys.argv[1]).close()"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, bare_url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(6)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
    catalog = Catalog.open(bare_url)
    with catalog.connect() as connection:
        assert revision_of(connection).name == HEAD
    catalog.close()


def test_a_migration_that_breaks_a_foreign_key_is_undone(tmp_path: Path) -> None:
    catalog = Catalog.open(f"sqlite:///{tmp_path}/catalog.sqlite")
    with catalog.connect(migrating=True) as connection:
        with connection.begin():
            fill(connection)
            connection.execute(text("DELETE FROM projects"))
        with pytest.raises(RuntimeError, match="foreign keys"):
            upgrade(connection)
    catalog.close()


def test_a_script_is_written_the_same_twice(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from starwhale.catalog.migrations.__main__ import write; "
        f"print(write({HEAD!r}, 'anything', Path(sys.argv[1])).read_text())"
    )
    written: list[str] = []
    for seed in ("1", "2"):
        shutil.copytree(SCRIPTS, tmp_path / seed, ignore=shutil.ignore_patterns(f"{HEAD}_*", "__pycache__"))
        done = subprocess.run(
            [sys.executable, "-c", script, str(tmp_path / seed)],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        written.append(done.stdout)
    assert written[0] == written[1]
    assert "op.create_table(" in written[0] or len(REVISIONS) > 1
