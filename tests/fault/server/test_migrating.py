"""`swcli server migrate` and `start` on an older store, killed anywhere and begun again (FAULTS 20)."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from tests.fault.server.server_process import ServerProcess
from tests.slice.catalog.test_migrations import fill, sizes

from starwhale.catalog.engine import Catalog
from starwhale.catalog.migrations import upgrade
from starwhale.catalog.revision import HEAD, REVISIONS, revision_of
from starwhale.client.http import Http

pytestmark = pytest.mark.fault

# Runs the command in children that kill themselves before statement number N, for one N after another, until
# one comes through. After each the catalog is as it was; what is there is told as the last line.
_KILLED = """
import json, os, signal, sys
from sqlalchemy import event
from sqlalchemy.engine import Engine
import alembic.command, starwhale.server.upgrading, starwhale.cli.commands.server
from starwhale.cli.main import main
from starwhale.catalog.engine import Catalog
from starwhale.catalog.revision import revision_of
from tests.slice.catalog.test_migrations import sizes

url, step = sys.argv[1], int(sys.argv[2])

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
        sys.argv = ["swcli", "server", "migrate", "-o", "json"]
        main()
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0

def look():
    catalog = Catalog.unmigrated(url)
    with catalog.connect() as connection:
        found = revision_of(connection).name, sizes(connection)
    catalog.close()
    return found

before, kills = look(), 0
while not attempt(1 + kills * step):
    assert look() == before, (kills, look())
    kills += 1
assert attempt(-1)  # once more, and nothing is left to do
print(json.dumps([kills, *look()]))
"""


def old_catalog(url: str, revision: str) -> dict[str, int]:
    """Make the catalog of an older release with rows in every table; how many in each."""
    catalog = Catalog.unmigrated(url)
    with catalog.connect(migrating=True) as connection:
        upgrade(connection, revision)
    with catalog.connect(migrating=True) as connection, connection.begin():
        fill(connection)
    with catalog.connect() as connection:
        found = sizes(connection)
    catalog.close()
    assert set(found.values()) == {3}
    return found


def _check(url: str, revision: str, root: Path, step: int, least: int) -> None:
    before = old_catalog(url, revision)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _KILLED, url, str(step)],
        env={**os.environ, "HOME": str(root), "SW_SERVER_DATA": str(root), "SW_SERVER_CATALOG_URL": url},
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    last = done.stdout.splitlines()[-1]
    kills, found, after = json.loads(last)
    assert found == HEAD
    assert {name: after[name] for name in before} == before
    assert kills >= least, kills
    print(f"{revision}: {kills} kills")


def test_a_migration_that_is_killed_anywhere_is_begun_again(bare_url: str, tmp_path: Path) -> None:
    _check(bare_url, REVISIONS[-2], tmp_path, step=16, least=3)


@pytest.mark.slow
@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_a_migration_that_is_killed_before_any_statement_is_begun_again(
    bare_url: str, tmp_path: Path, revision: str
) -> None:
    _check(bare_url, revision, tmp_path, step=1, least=20)


def test_a_server_starts_on_the_store_of_an_older_release(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    url = f"sqlite:///{data / 'catalog.sqlite'}"
    before = old_catalog(url, REVISIONS[-2])
    with closing(sqlite3.connect(data / "catalog.sqlite")) as old, old:
        old.execute("UPDATE projects SET removed_at = NULL")
    server = ServerProcess(data)
    try:
        with Http(server.url, server.login()) as http:
            names = {each["name"] for each in http.get("/projects")["items"]}
    finally:
        server.close()
    assert {"nam1", "nam2", "nam3"} <= names
    catalog = Catalog.unmigrated(url)
    with catalog.connect() as connection:
        assert revision_of(connection).name == HEAD
        after = sizes(connection)
    catalog.close()
    assert all(after[name] >= count for name, count in before.items())
    assert "Traceback" not in server.log.read_text()
