"""A server in this process whose every route can be called, one for each module of tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from tests.slice.server.accounts.world import Maker, make_app
from tests.stores import Stores


@pytest.fixture(scope="module")
def app(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    made = make_app(stores, tmp_path_factory.mktemp("house"))
    yield made
    made.state.services.close()


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def maker(app: FastAPI, client: TestClient, tmp_path_factory: pytest.TempPathFactory) -> Maker:
    return Maker.of(app, client, tmp_path_factory.mktemp("things"))
