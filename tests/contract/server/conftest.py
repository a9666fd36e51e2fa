"""The server on PostgreSQL and an S3 store: the same tests as on a file and a directory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.contract.storage.s3 import S3Server
from tests.postgres import PostgresServer
from tests.slice.server.browse.conftest import ada, make_dataset, make_files
from tests.slice.server.conftest import admin, client_of, server_app, services

from starwhale.core.settings import Settings
from starwhale.server.settings import ServerSettings

__all__ = ["ada", "admin", "client_of", "make_dataset", "make_files", "server_app", "services"]


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    """One server for all tests of this process."""
    server = S3Server()
    yield server
    server.close()


@pytest.fixture
def server_settings(
    postgres_server: PostgresServer,
    postgres_template: str,
    s3_server: S3Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[ServerSettings]:
    """Of a server whose catalog and whose bytes lie elsewhere."""
    for name, value in {
        "AWS_ENDPOINT_URL": s3_server.url,
        "AWS_ALLOW_HTTP": "true",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
    }.items():
        monkeypatch.setenv(name, value)
    url = postgres_server.create(template=postgres_template)
    root = tmp_path / "server"
    root.mkdir()
    store = Settings(
        root=root,
        config_path=root / "config.yaml",
        catalog_url=url,
        objects_url=f"s3://{s3_server.bucket()}/prefix",
    )
    yield ServerSettings(store=store)
    postgres_server.drop(url)
