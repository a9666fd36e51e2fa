"""A project with an evaluation, over the real application."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from starwhale.evaluations.results import ResultStore
from starwhale.server.services import Services

TABLES = "/api/v1/projects/vision/tables"


@pytest.fixture
def ada(client_of: Callable[..., TestClient]) -> TestClient:
    """The owner of the project ``vision``."""
    client = client_of("ada")
    assert client.post("/api/v1/projects", json={"name": "vision"}).status_code == 201
    return client


@pytest.fixture
def results(ada: TestClient, services: Services) -> ResultStore:
    """The tables of an evaluation in it."""
    return services.results("vision", "night")
