"""Rows of a dataset on a server are read without copying it."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tests.fault.storage.proxy import FaultProxy
from tests.remote_server import Served

from starwhale import dataset
from starwhale.instance.local import LocalInstance
from starwhale.instance.remote import RemoteInstance

ROWS = 1500
PAYLOAD = 16_000


@pytest.fixture
def watched(server: Served) -> Iterator[FaultProxy]:
    """A proxy that counts what comes from the server."""
    host, _, port = server.url.removeprefix("http://").partition(":")
    proxy = FaultProxy((host, int(port)))
    yield proxy
    proxy.close()


@pytest.fixture
def built(team: RemoteInstance, project: str) -> int:
    """A dataset on the server; its bytes."""
    writer = team.datasets.writer(team.actor, project, "big", None)
    noise = np.random.default_rng(0)
    for number in range(ROWS):
        writer.put(number, {"x": number, "data": noise.bytes(PAYLOAD)})
    return writer.commit().size


@pytest.fixture
def there(
    here: LocalInstance, server: Served, watched: FaultProxy, user: str, project: str, tmp_path: Path
) -> str:
    """Address of the dataset, by way of the proxy, for a machine that has nothing of it yet."""
    server.login(tmp_path / "config.yaml", user, project=project, url=watched.url)
    watched.reset()
    return f"cloud://team/project/{project}/dataset/big"


def test_one_row_fetches_a_small_part(built: int, there: str, watched: FaultProxy) -> None:
    assert built > ROWS * PAYLOAD
    row = dataset(there, readonly=True)[1234]
    assert (row.features["x"], len(row.features["data"])) == (1234, PAYLOAD)
    assert watched.sent < 700_000
    before = watched.sent
    assert dataset(there, readonly=True).head(3)[2].features["x"] == 2
    assert watched.sent - before < 2_500_000


def test_a_scan_fetches_each_byte_once_and_keeps_them(built: int, there: str, watched: FaultProxy) -> None:
    rows = dataset(there, readonly=True)
    assert [row.index for row in rows] == list(range(ROWS))
    assert built <= watched.sent < built * 1.05
    before = watched.sent
    again = dataset(there, readonly=True)
    assert sum(row.features["x"] for row in again) == sum(range(ROWS))
    assert watched.sent - before < 100_000


def test_rows_go_to_other_processes_as_an_address(built: int, there: str) -> None:
    rows = dataset(there, readonly=True).view().rows
    text = pickle.dumps(rows)
    assert len(text) < 2_000
    assert pickle.loads(text).snapshot.get(5)["x"] == 5


def test_rows_are_read_by_the_address_of_the_server(
    here: LocalInstance, built: int, server: Served, project: str
) -> None:
    version = (
        here.artifacts.list(here.actor, project, dataset("big", readonly=True)._uri.kind).items[0].version
    )
    rows = dataset(f"{server.url}/project/{project}/dataset/big/version/{version}", readonly=True)
    assert rows[7].features["x"] == 7
    assert rows.loading_version == version
