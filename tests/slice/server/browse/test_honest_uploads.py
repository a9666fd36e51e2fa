"""What was built elsewhere and is sent as it is passes all checks, whatever values it holds."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from starlette.testclient import TestClient
from tests.slice.server.browse.uploading import send

from starwhale import Audio, BoundingBox, ClassLabel, Image, Link, Text
from starwhale.core.actor import Actor
from starwhale.core.kinds import Kind
from starwhale.core.settings import Settings
from starwhale.instance.local import LocalInstance

ME = Actor(name="me", admin=True)
ROWS: dict[str, dict[int | str, dict[str, Any]]] = {
    "plain": {
        key: {"x": key, "y": key / 3, "z": f"t{key}", "b": key % 2 == 0, "n": None} for key in range(500)
    },
    "keys": {1: {"x": 1}, "1": {"x": 2}, "a": {"x": 3}, -5: {"x": 4}},
    "mixed": {0: {"m": 1}, 1: {"m": "a"}, 2: {"m": [1, "b", {"c": None}]}, 3: {"m": b"raw"}, 4: {}},
    "times": {
        0: {
            "a": datetime(1, 1, 1),  # noqa: DTZ001 - without a zone, on purpose
            "b": datetime(9999, 12, 31, tzinfo=UTC),
            "c": date(1, 1, 1),
            "d": time(23, 59, 59, 999999),
            "e": timedelta(days=-3),
        }
    },
    "numbers": {0: {"a": 2**70, "b": Decimal("1.50"), "c": UUID(int=7), "d": 1 + 2j, "e": float("nan")}},
    "nested": {0: {"a": {"b": [(1, 2), (3, 4)], "c": {"d": {"e": [[]]}}}}, 1: {"a": {"b": [], "c": {}}}},
    "media": {
        0: {
            "image": Image(b"\x89PNG"),
            "large": Image(bytes(3 << 20)),
            "audio": Audio(b"RIFF"),
            "text": Text("t"),
            "array": np.arange(1 << 18),
            "list": [Image(b"1"), Image(bytes(2 << 20))],
            "odd": [1, Image(bytes(2 << 20))],
            "box": BoundingBox(1, 2, 3, 4),
            "label": ClassLabel(["a"]),
            "link": Link("s3://bucket/key", data_type=Image()),
        }
    },
}


@pytest.fixture
def elsewhere(tmp_path: Path, sqlite_template: Path) -> LocalInstance:
    settings = Settings.at(tmp_path / "elsewhere")
    settings.root.mkdir()
    (settings.root / "catalog.sqlite").write_bytes(sqlite_template.read_bytes())
    return LocalInstance(settings)


def commit(
    instance: LocalInstance, rows: dict[int | str, dict[str, Any]], gone: tuple[int | str, ...] = ()
) -> Any:
    head = instance.artifacts.head(ME, "self", Kind.DATASET, "d")
    writer = instance.datasets.writer(ME, "self", "d", head)
    try:
        for key, row in rows.items():
            writer.put(key, row)
        for key in gone:
            writer.delete(key)
        return writer.commit()
    finally:
        writer.close()


def sent(client: TestClient, instance: LocalInstance, manifest: str, **told: Any) -> Any:
    blobs = [instance.blobs.read(each) for each in instance.layers.references(manifest)]
    return send(client, blobs, manifest, **told)


@pytest.mark.parametrize("name", ROWS)
def test_a_dataset_is_taken_as_it_is(ada: TestClient, elsewhere: LocalInstance, name: str) -> None:
    version = commit(elsewhere, ROWS[name])
    answer = sent(ada, elsewhere, version.manifest)
    assert answer.status_code == 201, answer.text
    rows = ada.get("/api/v1/projects/vision/datasets/sent/versions/latest/rows", params={"size": 1000})
    assert rows.status_code == 200, rows.text
    assert len(rows.json()["items"]) == len(ROWS[name])
    summed = ada.get("/api/v1/projects/vision/datasets/sent/versions/latest/statistics")
    assert summed.status_code == 200, summed.text


def test_versions_of_many_layers_and_deletions_are_taken(ada: TestClient, elsewhere: LocalInstance) -> None:
    version = commit(elsewhere, ROWS["plain"])
    for number in range(40):
        version = commit(
            elsewhere, {number: {"x": -number, "extra": "e"}, f"k{number}": {"x": 1}}, (400 + number,)
        )
        if number in {0, 13, 26}:
            assert sent(ada, elsewhere, version.manifest).status_code == 201
    answer = sent(ada, elsewhere, version.manifest)
    assert answer.status_code == 201, answer.text
    found = ada.get(
        "/api/v1/projects/vision/datasets/sent/versions/latest/rows", params={"size": 1000}
    ).json()
    assert len(found["items"]) == found["total"] == 500


def test_a_model_and_a_runtime_are_taken(ada: TestClient, make_files: Any, services: Any) -> None:
    for kind in (Kind.MODEL, Kind.RUNTIME):
        version = make_files(kind, "m", {"a.txt": b"1", "b/c.txt": b"", "b/d.txt": b"1"})
        references = services.collection.references[kind.value](version.manifest)
        blobs = [services.blobs.read(each) for each in references]
        answer = send(ada, blobs, version.manifest, kind=kind.value)
        assert answer.status_code == 201, answer.text
