"""Empty stores for the servers of tests: a file and a directory, or PostgreSQL and S3."""

from __future__ import annotations

import shutil
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from starwhale.core.settings import Settings

if TYPE_CHECKING:
    from tests.contract.storage.s3 import S3Server
    from tests.postgres import PostgresServer

BACKENDS = ("sqlite+directory", "postgresql+s3")


class Stores(Protocol):
    """Makes stores of one kind.

    Attributes:
        backend: Of `BACKENDS`.
        environment: What a server must find in its environment.
    """

    backend: str
    environment: Mapping[str, str]

    def make(self, root: Path) -> Settings:
        """An empty store whose catalog is up to date; what of it lies on this machine lies in `root`."""
        ...

    def drop(self, store: Settings) -> None:
        """Give up what lies elsewhere, whoever still uses it."""
        ...


class NearStores:
    """Stores in a file and a directory; `template` is an empty catalog."""

    backend = BACKENDS[0]

    def __init__(self, template: Path) -> None:
        self._template = template
        self.environment: Mapping[str, str] = {}

    def make(self, root: Path) -> Settings:
        store = Settings.at(root)
        store.root.mkdir(parents=True, exist_ok=True)
        shutil.copy(self._template, store.root / "catalog.sqlite")
        return store

    def drop(self, store: Settings) -> None:
        """Nothing lies elsewhere."""


class FarStores:
    """Stores in PostgreSQL and S3; `template` names an empty catalog."""

    backend = BACKENDS[1]

    def __init__(self, server: PostgresServer, template: str, s3: S3Server) -> None:
        self._server, self._template, self._s3 = server, template, s3
        self.environment: Mapping[str, str] = {
            "AWS_ENDPOINT_URL": s3.url,
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
        }

    def make(self, root: Path) -> Settings:
        store = replace(
            Settings.at(root),
            catalog_url=self._server.create(template=self._template),
            objects_url=f"s3://{self._s3.bucket()}/prefix",
        )
        store.root.mkdir(parents=True, exist_ok=True)
        return store

    def drop(self, store: Settings) -> None:
        self._server.drop(store.catalog_url)


def stores_of(request: pytest.FixtureRequest, backend: str) -> Stores:
    """Those of a kind; the servers that it needs are started by whoever asks first."""
    assert backend in BACKENDS, f"{backend!r} is none of {', '.join(BACKENDS)}"
    if backend == BACKENDS[0]:
        return NearStores(request.getfixturevalue("sqlite_template"))
    return FarStores(
        request.getfixturevalue("postgres_server"),
        request.getfixturevalue("postgres_template"),
        request.getfixturevalue("s3_server"),
    )


@contextmanager
def told_in_environment(environment: Mapping[str, str]) -> Generator[None]:
    """Have the environment of this process say something for a while."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        yield
