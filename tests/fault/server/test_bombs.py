"""Hostile packages: whatever is sent, the server refuses it in a sentence, and stays small and alive."""

from __future__ import annotations

import json
import random
import resource
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pytest
import xxhash
from fastapi import FastAPI
from starlette.testclient import TestClient
from tests.slice.server.browse.uploading import digest_of, send

from starwhale.core.errors import Corrupted
from starwhale.storage.layers import checking
from starwhale.storage.layers.cells import cell_of
from starwhale.storage.layers.checking import check_layer
from starwhale.storage.layers.format import END_OF_STREAM, MAGIC, TRAILER
from starwhale.storage.layers.tags import to_json
from starwhale.storage.layers.write import LayerRow, encode

REFUSED = {400, 404, 409, 413, 422}
DATASETS = "/api/v1/projects/vision/datasets"


def layer(rows: dict[int, dict[str, Any]], *, refs: tuple[str, ...] = (), compress: bool = False) -> bytes:
    made = [
        LayerRow(0, {name: cell_of(value, name) for name, value in row.items()}, 100, bytes(16))
        for row in rows.values()
    ]
    return encode(list(rows), made, refs, compress=compress).data.to_pybytes()


def sealed(data: bytes, change: Callable[[bytearray, dict[str, Any]], None]) -> bytes:
    """A layer that was changed, its checksums made right again, as somebody with bad intent would."""
    _, length, _ = TRAILER.unpack(data[-TRAILER.size :])
    begin = len(data) - TRAILER.size - length
    body, index = bytearray(data[:begin]), orjson.loads(data[begin : begin + length])
    change(body, index)
    try:
        index["schema"][1] = xxhash.xxh3_64_hexdigest(bytes(body[: index["schema"][0]]))
        for each in index["batches"]:
            each[5] = xxhash.xxh3_64_hexdigest(bytes(body[each[0] : each[0] + each[1]]))
    except (KeyError, TypeError, IndexError):
        pass
    text = orjson.dumps(index)
    return bytes(body) + text + TRAILER.pack(xxhash.xxh3_64_intdigest(END_OF_STREAM + text), len(text), MAGIC)


def manifest_of(
    data: bytes, count: int, types: dict[str, Any], changed: dict[str, Any] | None = None
) -> bytes:
    changed = changed or {}
    told = {
        "blob": digest_of(data),
        "layer": 0,
        "rows": count,
        "size": len(data),
        "first": 0,
        "last": count - 1,
    }
    told |= {"ops": 0, "refs": 0}
    told |= {key: value for key, value in changed.items() if key in told}
    plain = {
        "format": 1,
        "base": None,
        "keep": 0,
        "files": [list(told.values())],
        "count": count,
        "next": count,
        "columns": [[name, tag] for name, tag in types.items()],
        "info": {},
    }
    return orjson.dumps({**plain, **{key: value for key, value in changed.items() if key in plain}})


def outcome(
    client: TestClient, blobs: list[bytes], manifest: bytes, kind: str = "dataset", **told: Any
) -> int:
    """The status of publishing; what was taken must be shown without a failure."""
    answer = send(client, [*blobs, manifest], digest_of(manifest), kind=kind, **told)
    assert answer.status_code in {201, *REFUSED}, answer.text
    if answer.status_code == 201 and kind == "dataset":
        for path in ("summary", "statistics", "rows"):
            shown = client.get(f"{DATASETS}/sent/versions/latest/{path}")
            assert shown.status_code < 500, (path, shown.text)
    return answer.status_code


HONEST = layer({number: {"x": number, "t": f"t{number}"} for number in range(8)})
COLUMNS = {"x": "int", "t": "str"}


def test_an_honest_one_is_taken(ada: TestClient) -> None:
    assert outcome(ada, [HONEST], manifest_of(HONEST, 8, COLUMNS)) == 201


DEEP = b'{"format":1,"base":null,"keep":0,"files":[],"count":0,"next":0,"columns":[],"info":'
MANIFESTS = {
    "empty": b"",
    "no json": b"\x00\xff" * 100,
    "a list": b"[]",
    "null": b"null",
    "a text": b'"x"',
    "deep": b"[" * 200_000,
    "deep and closed": b"[" * 900 + b"]" * 900,
    "deep info": DEEP + b'{"a":' * 400 + b"1" + b"}" * 401,
    "info is no object": DEEP + b"[1]}",
    "many values": b'{"format":1,"info":[' + b"1," * 3_000_000 + b"1]}",
    "other format": b'{"format":99}',
    "nothing in it": b'{"format":1}',
    "infinite": DEEP + b'{"a":1e999}}',
}
CHANGES: dict[str, dict[str, Any]] = {
    "files are texts": {"files": ["x"]},
    "files are numbers": {"files": [1, 2]},
    "a file of nulls": {"files": [[None] * 8]},
    "a file of lists": {"files": [[[]] * 8]},
    "files are an object": {"files": {"a": 1}},
    "base is a number": {"base": 5},
    "base is a path": {"base": "../../etc/passwd"},
    "base is not there": {"base": "0" * 64},
    "keep is a text": {"keep": "x"},
    "count is too high": {"count": 10**9},
    "count is negative": {"count": -1},
    "count is a list": {"count": []},
    "next is a text": {"next": "x"},
    "next is huge": {"next": 2**63 + 1},
    "unknown type": {"columns": [["x", "evil"], ["t", "str"]]},
    "type is a number": {"columns": [["x", 5], ["t", "str"]]},
    "column is a list": {"columns": [[["x"], "int"]]},
    "columns are lacking": {"columns": []},
    "another type": {"columns": [["x", "str"], ["t", "str"]]},
    "rows are wrong": {"rows": 7},
    "size is wrong": {"size": 1},
    "first is wrong": {"first": -1},
    "first is a text": {"first": "a"},
    "last is a list": {"last": [1]},
    "layer is a text": {"layer": "x"},
    "ops are claimed": {"ops": 1},
    "refs are claimed": {"refs": 3},
    "blob is no digest": {"blob": "x" * 64},
    "blob is a path": {"blob": "../" * 20 + "etc/passwd"},
}


def test_what_is_no_manifest_is_refused(ada: TestClient) -> None:
    for name, data in MANIFESTS.items():
        assert outcome(ada, [], data) in REFUSED, name


def test_a_manifest_that_lies_is_refused(ada: TestClient) -> None:
    for name, change in CHANGES.items():
        assert outcome(ada, [HONEST], manifest_of(HONEST, 8, COLUMNS, change)) in REFUSED, name


def test_a_layer_file_that_is_none_is_refused(ada: TestClient) -> None:
    trailer = TRAILER.pack(0, 2**63, MAGIC)
    for data in (b"", b"x", b"\0" * 4096, HONEST[:-1], HONEST[:100], HONEST + b"x", trailer, b"ARROW1" * 99):
        assert outcome(ada, [data], manifest_of(data, 8, COLUMNS)) in REFUSED


INDEXES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "no batches": lambda index: index.update(batches=[]),
    "batches are texts": lambda index: index.update(batches=["x"]),
    "a batch before the file": lambda index: index["batches"][0].__setitem__(0, -8),
    "a batch behind the file": lambda index: index["batches"][0].__setitem__(1, 2**62),
    "a batch of no number": lambda index: index["batches"][0].__setitem__(0, "x"),
    "other rows": lambda index: index["batches"][0].__setitem__(2, 9),
    "other keys": lambda index: index["batches"][0].__setitem__(3, -5),
    "one batch twice": lambda index: index["batches"].append(index["batches"][0]),
    "schema of nothing": lambda index: index["schema"].__setitem__(0, 0),
    "schema of all": lambda index: index["schema"].__setitem__(0, 2**40),
    "refs are numbers": lambda index: index.update(refs=[1]),
    "refs are paths": lambda index: index.update(refs=["../../etc/passwd"]),
    "refs are lacking": lambda index: index.pop("refs"),
    "rows are a text": lambda index: index.update(rows="8"),
}


def test_an_index_that_lies_is_refused(ada: TestClient) -> None:
    for name, lie in INDEXES.items():

        def change(
            _body: bytearray, index: dict[str, Any], lie: Callable[[dict[str, Any]], Any] = lie
        ) -> None:
            lie(index)

        data = sealed(HONEST, change)
        assert outcome(ada, [data], manifest_of(data, 8, COLUMNS)) in REFUSED, name


def test_a_file_may_not_name_blobs_of_others(
    ada: TestClient, client_of: Any, make_dataset: Any, services: Any
) -> None:
    secret = b"a secret of others" * 100_000
    grace = client_of("grace")
    grace.post("/api/v1/projects", json={"name": "hers"})
    digest = services.blobs.put(secret)
    named = layer({0: {"x": 1}}, refs=(digest,))
    assert outcome(ada, [named], manifest_of(named, 1, {"x": "int"}, {"refs": 1})) == 409

    def naming(refs: tuple[str, ...]) -> bytes:
        claim = cell_of(_Claim({"blob": [digest, len(secret)]}), "m")
        return encode(
            [0], [LayerRow(0, {"m": claim}, 100, bytes(16))], refs, compress=False
        ).data.to_pybytes()

    types = {"m": ["media", "pickle"]}
    silent, honest = naming(()), naming((digest,))
    assert outcome(ada, [silent], manifest_of(silent, 1, types)) == 400
    assert outcome(ada, [honest], manifest_of(honest, 1, types, {"refs": 1})) == 409
    assert outcome(ada, [honest, secret], manifest_of(honest, 1, types, {"refs": 1})) == 201


class _Claim:
    """A value whose description says where its bytes lie."""

    logical = "pickle"

    def __init__(self, meta: dict[str, Any]) -> None:
        self._meta = meta

    def payload(self) -> bytes:
        return b""

    def meta(self) -> dict[str, Any]:
        return self._meta


def test_changed_files_are_refused_or_harmless(tmp_path: Path) -> None:
    """Every kind of column, a thousand changes with right checksums: never anything but our own error."""
    rows: dict[int, dict[str, Any]] = {
        number: {
            "x": number,
            "t": f"t{number}",
            "l": [number, 2],
            "s": {"a": "b"},
            "m": number if number % 2 else "x",
        }
        for number in range(20)
    }
    chance = random.Random(5)
    taken = 0
    for compress in (False, True):
        whole = layer(rows, compress=compress)
        for number in range(500):

            def change(body: bytearray, _index: dict[str, Any]) -> None:
                for _ in range(chance.choice([1, 1, 2, 8])):
                    place = chance.randrange(len(body))
                    body[place] = chance.choice(
                        [0, 1, 127, 128, 255, body[place] ^ (1 << chance.randrange(8))]
                    )

            path = tmp_path / f"{compress}-{number}"
            path.write_bytes(sealed(whole, change))
            try:
                facts = check_layer(path, "x" * 64)
            except Corrupted:
                continue
            taken += 1
            assert facts.rows == 20
    assert taken < 900


def test_a_batch_that_would_fill_the_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = layer({0: {"t": "\0" * (8 << 20)}}, compress=True)
    path = tmp_path / "bomb"
    path.write_bytes(bomb)
    assert len(bomb) < 100_000
    assert check_layer(path, "x" * 64).rows == 1
    monkeypatch.setattr(checking, "LARGEST_BATCH", 4 << 20)
    with pytest.raises(Corrupted):
        check_layer(path, "x" * 64)
    monkeypatch.undo()

    def claim(body: bytearray, _index: dict[str, Any]) -> None:
        place = body.rfind(struct.pack("<q", 8 << 20))
        assert place > 0
        body[place : place + 8] = struct.pack("<q", 1 << 45)

    path.write_bytes(sealed(bomb, claim))
    with pytest.raises(Corrupted):
        check_layer(path, "x" * 64)


def test_types_that_nest_without_end_are_refused(tmp_path: Path) -> None:
    tag: Any = "int"
    for _ in range(600):
        tag = ("list", tag)
    metadata = {b"starwhale": orjson.dumps({"format": 1, "tags": {"x": "int"}})}
    deep = json.dumps({"format": 1, "tags": {"x": to_json("int")}}).replace('"int"', "[" * 3000 + "]" * 3000)
    for told in (deep.encode(), metadata[b"starwhale"].replace(b'"int"', b'["list"]'), b"[]", b"null"):
        schema = pa.schema([("$key", pa.int64()), ("x", pa.int64())], metadata={b"starwhale": told})
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, schema) as writer:
            writer.write_batch(pa.record_batch([[0], [0]], schema=schema))
        body = sink.getvalue().to_pybytes()
        head = schema.serialize().size
        index = {
            "format": 1,
            "rows": 1,
            "schema": [head, ""],
            "batches": [[head, len(body) - head, 1, 0, 0, ""]],
        }
        whole = body + orjson.dumps({**index, "refs": []})
        text = whole[len(body) :]
        path = tmp_path / "deep"
        path.write_bytes(
            sealed(
                body + text + TRAILER.pack(0, len(text), MAGIC),
                lambda _body, _index: None,
            )
        )
        with pytest.raises(Corrupted):
            check_layer(path, "x" * 64)


def test_facts_that_a_list_would_choke_on_are_refused(ada: TestClient) -> None:
    deep: Any = 1
    for _ in range(200):
        deep = {"a": deep}
    manifest = manifest_of(HONEST, 8, COLUMNS)
    assert outcome(ada, [HONEST], manifest, meta={"a": deep}) == 400
    assert outcome(ada, [HONEST], manifest, meta={"a": "x" * 300_000}) == 400
    assert ada.get(DATASETS).status_code == 200


FILES: dict[str, Any] = {
    "no files": None,
    "deep": "deep",
    "a text": ["x"],
    "nulls": [[None, None, None, None]],
    "climbs": [["../../etc/passwd", 420, 1, "BLOB"]],
    "absolute": [["/etc/passwd", 420, 1, "BLOB"]],
    "backslash": [["a\\b", 420, 1, "BLOB"]],
    "zero": [["a\0b", 420, 1, "BLOB"]],
    "path is a number": [[5, 420, 1, "BLOB"]],
    "mode is setuid": [["a", 0o4755, 1, "BLOB"]],
    "mode is a text": [["a", "x", 1, "BLOB"]],
    "size is a lie": [["a", 420, 10**18, "BLOB"]],
    "size is negative": [["a", 420, -1, "BLOB"]],
    "size is a float": [["a", 420, 1.5, "BLOB"]],
    "digest is a path": [["a", 420, 1, "../../../etc/passwd"]],
    "digest is a number": [["a", 420, 1, 5]],
    "twice": [["a", 420, 1, "BLOB"], ["a", 420, 1, "BLOB"]],
    "file and directory": [["a", 420, 1, "BLOB"], ["a/b", 420, 1, "BLOB"]],
    "parts are a lie": [["a", 420, 10**15, "BLOB", ["BLOB"]]],
    "parts are numbers": [["a", 420, 1, "BLOB", [1, 2]]],
    "parts are a text": [["a", 420, 1, "BLOB", "BLOB"]],
    "too many fields": [["a", 420, 1, "BLOB", [], 7]],
    "surrogate": [["\ud800", 420, 1, "BLOB"]],
}


@pytest.mark.parametrize("kind", ["model", "runtime"])
def test_a_package_of_files_that_lies_is_refused(ada: TestClient, kind: str) -> None:
    blob = b"x"
    for name, files in FILES.items():
        text = json.dumps({"format": f"starwhale.{kind}/1", "files": files}).replace("BLOB", digest_of(blob))
        data = b"[" * 100_000 if name == "deep" else text.encode()
        assert outcome(ada, [blob], data, kind) in REFUSED, name


def test_a_description_that_is_none_fails_nobody(ada: TestClient, make_files: Any) -> None:
    from starwhale.core.kinds import Kind

    for data in (
        b"{}",
        b"[" * 100_000,
        b'{"format":1}',
        b'{"format":1,"modules":5,"envs":[],"handlers":[{}]}',
    ):
        make_files(Kind.MODEL, "m", {".starwhale/package.json": data, "model.pkl": b"\x80\x04c" + data[:99]})
        make_files(Kind.RUNTIME, "r", {".starwhale/runtime.json": data, ".starwhale/lock/a.txt": data})
        for path in ("models/m/versions/latest/handlers", "models/m/versions/latest/facts"):
            assert ada.get(f"/api/v1/projects/vision/{path}").status_code in {200, 400}
        for path in ("runtimes/r/versions/latest/locks", "runtimes/r/versions/latest/environment"):
            assert ada.get(f"/api/v1/projects/vision/{path}").status_code in {200, 400}


def test_the_server_decodes_no_image(ada: TestClient, make_dataset: Any) -> None:
    from starwhale import Image

    header = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 2**31 - 1, 2**31 - 1) + b"\x08\x02\0\0\0"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    make_dataset("bomb", {0: {"image": Image(header, mime_type="image/png")}})
    loaded = "PIL" in sys.modules
    row = ada.get(f"{DATASETS}/bomb/versions/latest/rows").json()["items"][0]
    assert ada.get(row["values"]["image"]["url"]).content == header
    assert ada.get(f"{DATASETS}/bomb/versions/latest/statistics").status_code == 200
    assert ("PIL" in sys.modules) == loaded
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


def test_text_of_hostile_files_is_only_text(ada: TestClient, make_files: Any, server_app: FastAPI) -> None:
    from starwhale.core.kinds import Kind

    files = {
        "nul.txt": b"a\0b",
        "half.txt": "é".encode()[:1],
        "mark.txt": b"\xff\xfe\xd8",
        "escape.txt": b"\x1b]0;evil\x07",
        "long.txt": b"x" * (3 << 20),
        "bidi.txt": "\u202eevil".encode(),
        "lines.txt": b"\n" * 900_000,
    }
    make_files(Kind.MODEL, "m", files)
    for path in files:
        place = "/api/v1/projects/vision/models/m/versions/latest/files/text"
        answer = ada.get(place, params={"path": path})
        assert answer.status_code in {200, 400}, path
        assert answer.headers["content-type"] in {"application/json", "application/problem+json"}
