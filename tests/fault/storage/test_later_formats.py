"""Whatever a later release has stored in a form of its own is told so, in one sentence, and never misread."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pytest
import xxhash

from starwhale.core.errors import Corrupted, InvalidSpec, StarwhaleError, UsageError
from starwhale.datasets.exports.card import Card
from starwhale.jobs.blueprint import Blueprint
from starwhale.jobs.plan import JobPlan, check_format
from starwhale.models import package as model
from starwhale.models.facts.declared import ModelFacts
from starwhale.models.facts.source import Unreadable
from starwhale.runtimes import package as runtime
from starwhale.runtimes.fingerprint import MARK, Environment, read_mark
from starwhale.runtimes.lock import Lock, parse_lock
from starwhale.storage.blobs import Blobs
from starwhale.storage.interchange.inward import RowReader
from starwhale.storage.interchange.outward import METADATA
from starwhale.storage.layers import write
from starwhale.storage.layers.cells import cell_of
from starwhale.storage.layers.file import LayerFile
from starwhale.storage.layers.format import END_OF_STREAM, MAGIC, TRAILER
from starwhale.storage.objects import DirectoryObjects
from starwhale.storage.rows.manifest import LayerStore, Manifest
from starwhale.storage.tables.frames import decode_frame, encode_frame

pytestmark = pytest.mark.fault

Act = Callable[[Path], object]


def layer(head: int = 1, index: int = 1, magic: bytes = MAGIC) -> bytes:
    """A layer file with these formats in its schema, its index and its end."""
    row = write.LayerRow(0, {"x": cell_of(1, "x")}, 8, None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(write, "FORMAT", head)
        data = write.encode([1], [row], [], compress=False).data.to_pybytes()
    _, length, _ = TRAILER.unpack(data[-TRAILER.size :])
    body, text = data[: -TRAILER.size - length], data[-TRAILER.size - length : -TRAILER.size]
    text = orjson.dumps({**orjson.loads(text), "format": index})
    return body + text + TRAILER.pack(xxhash.xxh3_64_intdigest(END_OF_STREAM + text), len(text), magic)


def open_layer(data: bytes) -> Act:
    def act(place: Path) -> object:
        (place / "layer").write_bytes(data)
        return LayerFile(place / "layer", "abc").find(1)

    return act


def load_manifest(part: str) -> Act:
    def act(place: Path) -> object:
        store = LayerStore(Blobs(DirectoryObjects(place)))
        plain = orjson.loads(store.blobs.read(store.save(Manifest())))
        later = store.blobs.put(orjson.dumps({"format": 2, "rows": "elsewhere"}))
        if part == "checkpoint":
            later = store.blobs.put(orjson.dumps({**plain, "base": later, "keep": 1}))
        return store.load(later)

    return act


def later(data: bytes, number: object = 2) -> bytes:
    """A document of a later release, that has hardly a field of ours."""
    assert "format" in json.loads(data)
    return json.dumps({"format": number, "all": []}).encode()


def read_card(place: Path) -> object:
    (place / "card").write_text(json.dumps({"starwhale": 2, "columns": "elsewhere"}))
    return Card.read(place / "card")


def read_arrow(_: Path) -> object:
    told = {METADATA: orjson.dumps({"format": 2, "columns": "elsewhere"})}
    return RowReader(pa.schema([pa.field("x", pa.int64())], metadata=told), "rows.parquet", Path())


def plan(_: Path) -> None:
    check_format(JobPlan.from_json({"format": 2, "do": []}).format, "job b3kq7")


def blueprint(_: Path) -> None:
    check_format(Blueprint.from_json({"format": 2, "do": []}).format, "the template")


LOCK = Lock(platform="linux-x86_64", python="3.12", packages=()).to_text()
FRAME = encode_frame(1, [[1, {"x": 1}]])
MODEL = model.Description(modules=("m",)).to_bytes()
RUNTIME = runtime.Description(mode="venv").to_bytes()
FORMATS: dict[str, tuple[type[StarwhaleError], Act]] = {
    "layer, its schema": (Corrupted, open_layer(layer(head=2))),
    "layer, its index": (Corrupted, open_layer(layer(index=2))),
    "layer, its end": (Corrupted, open_layer(layer(magic=b"SWLAYER2"))),
    "frame of a table": (Corrupted, lambda _: decode_frame(b"SWF2" + FRAME[4:], "table 'a'")),
    "manifest of rows": (Corrupted, load_manifest("manifest")),
    "checkpoint of rows": (Corrupted, load_manifest("checkpoint")),
    "manifest of a model": (
        Corrupted,
        lambda _: model.manifest_files(later(model.manifest_bytes([]), "starwhale.model/2")),
    ),
    "manifest of a runtime": (
        Corrupted,
        lambda _: runtime.manifest_files(later(runtime.manifest_bytes([]), "starwhale.runtime/2")),
    ),
    "description of a model": (Corrupted, lambda _: model.Description.from_bytes(later(MODEL))),
    "description of a model, without its fields": (
        Corrupted,
        lambda _: model.Description.from_bytes(later(MODEL, 1)),
    ),
    "description of a runtime": (Corrupted, lambda _: runtime.Description.from_bytes(later(RUNTIME))),
    "facts of a model": (Unreadable, lambda _: ModelFacts.from_bytes(later(ModelFacts().to_bytes()))),
    "lock": (InvalidSpec, lambda _: parse_lock(LOCK.replace("lock: 1", "lock: 2"), "the lock")),
    "card of an export": (InvalidSpec, read_card),
    "exported rows": (UsageError, read_arrow),
    "plan of a job": (Corrupted, plan),
    "template of jobs": (Corrupted, blueprint),
}


@pytest.mark.parametrize("name", FORMATS)
def test_what_a_later_release_stored_asks_for_an_upgrade(name: str, tmp_path: Path) -> None:
    kind, act = FORMATS[name]
    with pytest.raises(kind) as caught:
        act(tmp_path)
    assert type(caught.value) is kind
    assert caught.value.hint.lower().startswith("upgrade starwhale")
    assert "\n" not in str(caught.value)


def test_a_layer_of_this_release_is_read(tmp_path: Path) -> None:
    found: Any = open_layer(layer())(tmp_path)
    batch, row = found
    assert batch.row(row) == {"x": 1}


def test_an_environment_of_a_later_release_counts_as_none_and_is_made_anew(tmp_path: Path) -> None:
    facts = Environment(
        runtime="r", fingerprint="f", python="3.12.1", platform="p", packages={}, starwhale="1"
    )
    (tmp_path / ".starwhale").mkdir()
    (tmp_path / MARK).write_bytes(facts.to_bytes())
    assert read_mark(tmp_path) == facts
    (tmp_path / MARK).write_bytes(later(facts.to_bytes()))
    assert read_mark(tmp_path) is None
