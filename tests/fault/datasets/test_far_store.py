"""A dataset whose bytes lie in an object store behind a bad network: whole or told, never short."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from tests.contract.storage.s3 import S3Server, open_s3
from tests.fault.storage.proxy import Fault, FaultProxy, Request

from starwhale.core.errors import StarwhaleError
from starwhale.storage.blobs import Blobs
from starwhale.storage.rows.manifest import LayerStore, Manifest
from starwhale.storage.rows.snapshot import Snapshot
from starwhale.storage.rows.stage import Stage

pytestmark = pytest.mark.fault
ROWS = 400


@pytest.mark.parametrize("seed", range(3))
def test_rows_over_a_bad_network_are_whole_or_told(s3_server: S3Server, tmp_path: Path, seed: int) -> None:
    proxy = FaultProxy(s3_server.address)
    client = {"allow_http": True, "timeout": "800ms", "connect_timeout": "400ms", "read_timeout": "400ms"}
    store = open_s3(proxy.url, s3_server.bucket(), client_options=client)
    dice = random.Random(seed)

    def plan(_: Request) -> Fault | None:
        if dice.random() > 0.25:
            return None
        kinds = [Fault("status", 500), Fault("status", 503), Fault("drop"), Fault("cut", 40), Fault("lost")]
        return dice.choice(kinds)

    try:
        expected = {number: {"x": number, "data": bytes([number % 256]) * 500} for number in range(ROWS)}
        proxy.reset(plan)
        layers = LayerStore(Blobs(store, tmp_path / "cache"))
        stage = Stage(layers, Manifest())
        for number, row in expected.items():
            stage.put(number, row)
            if number % 100 == 99:
                stage.flush()
        told = 0
        for attempt in range(20):
            try:
                digest = layers.save(stage.finish(None)[0])
                fresh = LayerStore(Blobs(store, tmp_path / f"fresh-{attempt}"))
                assert dict(Snapshot(fresh, fresh.load(digest)).scan()) == expected
                return
            except StarwhaleError:
                told += 1
        pytest.fail(f"no attempt of {told} came through")
    finally:
        proxy.close()
