"""Opening a catalog: quick, and clear where it cannot be."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.postgres import PostgresServer

from starwhale.catalog.engine import Catalog
from starwhale.core.errors import (
    Conflict,
    MissingDependency,
    Unavailable,
    UsageError,
)


def test_opening_an_up_to_date_catalog_imports_no_alembic_and_no_other_driver(
    catalog_url: str, database: str
) -> None:
    script = (
        "import sys; from starwhale.catalog.engine import Catalog; Catalog.open(sys.argv[1]).close(); "
        "print([name for name in ('alembic', 'psycopg', 'mako') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, catalog_url], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ("[]" if database == "sqlite" else "['psycopg']")


def test_opening_an_up_to_date_file_takes_less_than_five_milliseconds(sqlite_url: str) -> None:
    def opened() -> float:
        started = time.process_time()
        Catalog.open(sqlite_url).close()
        return time.process_time() - started

    assert min(opened() for _ in range(5)) < 0.005


def test_a_newer_catalog_is_refused_with_the_remedy(catalog: Catalog, catalog_url: str) -> None:
    with catalog.begin() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Conflict, match="newer release") as caught:
        Catalog.open(catalog_url)
    assert "pip install --upgrade" in caught.value.hint


@pytest.mark.parametrize("url", ["mysql://host/x", "nonsense", "sqlite://", "sqlite:///:memory:"])
def test_what_is_no_place_for_a_catalog_is_refused(url: str) -> None:
    with pytest.raises(UsageError):
        Catalog.open(url)


def test_a_server_that_does_not_answer_is_unavailable_and_its_password_untold(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="does not answer") as caught:
        Catalog.open(f"postgresql://me:secret@/x?host={tmp_path}")
    assert "secret" not in str(caught.value)


def test_a_database_that_does_not_exist_is_said_to(postgres_server: PostgresServer) -> None:
    with pytest.raises(Unavailable) as caught:
        Catalog.open(postgres_server.url("nowhere"))
    assert "postgres@/nowhere" in caught.value.message


def test_a_file_in_a_folder_that_is_a_file_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable):
        Catalog.open(f"sqlite:///{tmp_path}/file/catalog.sqlite")


def test_missing_folders_are_made(tmp_path: Path) -> None:
    Catalog.open(f"sqlite:///{tmp_path}/a/b/catalog.sqlite").close()
    assert (tmp_path / "a/b/catalog.sqlite").exists()


def test_a_missing_driver_is_named_with_the_command_that_installs_it(tmp_path: Path) -> None:
    script = (
        "import sys; sys.modules['psycopg'] = None; from starwhale.catalog.engine import Catalog; "
        "from starwhale.core.errors import MissingDependency\n"
        "try: Catalog.open('postgresql://host/x')\n"
        "except MissingDependency as exc: print(exc.hint)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "pip install 'starwhale[postgresql]'" in done.stdout
    assert MissingDependency.exit_status == 8
