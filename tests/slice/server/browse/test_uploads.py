"""Files are sent and become a dataset, or nothing does."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import PIL.Image
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from tests.archives import tarred, zipped
from tests.slice.server.conftest import ClientOf

from starwhale.core.actor import Actor
from starwhale.core.kinds import Kind
from starwhale.datasets.exports.exporting import export
from starwhale.datasets.schemas import OnError
from starwhale.datasets.upload_formats import Reading
from starwhale.server import uploading
from starwhale.server.life import Life
from starwhale.server.receiving import place_below, sweep
from starwhale.server.services import Services
from starwhale.server.upload_build import UploadRequest

API = "/api/v1"
OWNER = Actor(name="ada", admin=True)
DATA = f"{API}/projects/vision/datasets"
OCTETS = {"Content-Type": "application/octet-stream"}


def picture(shade: int) -> bytes:
    made = io.BytesIO()
    PIL.Image.new("L", (4, 4), shade).save(made, "PNG")
    return made.getvalue()


def sent(client: TestClient, files: Mapping[str, bytes] | bytes, name: str = "d", **asked: Any) -> list[Any]:
    """What the server tells of a build, line by line."""
    body = files if isinstance(files, bytes) else tarred(files)
    answer = client.post(f"{DATA}/{name}/uploads", params=asked, content=body, headers=OCTETS)
    assert answer.status_code == 200, answer.text
    return [told for line in answer.text.splitlines() if (told := json.loads(line)).keys() != {"beat"}]


def problem(told: list[Any]) -> str:
    assert "problem" in told[-1], told
    return told[-1]["problem"]["detail"]


def rows(client: TestClient, name: str = "d") -> dict[Any, Any]:
    found = client.get(f"{DATA}/{name}/versions/latest/rows").json()
    return {each["key"]: each["values"] for each in found["items"]}


def keyed(client: TestClient, key: str, files: Mapping[str, bytes]) -> Any:
    """What is answered to a build with a key, which begins with no rows."""
    return client.post(
        f"{DATA}/d/uploads",
        params={"overwrite": True},
        content=tarred(files),
        headers={**OCTETS, "Idempotency-Key": key},
    )


@pytest.fixture
def ada(client_of: ClientOf) -> TestClient:
    client = client_of("ada")
    assert client.post(f"{API}/projects", json={"name": "vision"}).status_code == 201
    return client


@pytest.fixture
def left(services: Services) -> Path:
    """Where files lie while something is made of them."""
    return services.settings.root / "uploads"


def test_files_that_are_sent_again_with_their_key_make_no_third_version(ada: TestClient, left: Path) -> None:
    one, other = {"a.csv": b"x\n1\n"}, {"a.csv": b"x\n2\n"}
    first, second = keyed(ada, "A", one), keyed(ada, "B", other)
    again = keyed(ada, "A", one)
    assert again.text == first.text.splitlines(keepends=True)[-1]
    assert again.headers["idempotent-replay"] == "true"
    assert again.headers["content-type"] == first.headers["content-type"]
    assert "idempotent-replay" not in second.headers
    assert (ada.get(f"{DATA}/d/versions").json()["total"], rows(ada)) == (2, {0: {"x": 2}})
    refused = keyed(ada, "A", other)
    assert (refused.status_code, refused.json()["code"]) == (422, "key_reused")
    assert list(left.iterdir()) == []


def test_a_build_that_failed_is_tried_again_with_its_key(ada: TestClient) -> None:
    for _ in range(2):
        answer = keyed(ada, "A", {"a.json": b"{"})
        assert (answer.status_code, "idempotent-replay" in answer.headers) == (200, False)
        assert "problem" in json.loads(answer.text.splitlines()[-1])


def test_a_table_becomes_a_version_with_its_message_and_tags(ada: TestClient, left: Path) -> None:
    told = sent(ada, {"a.csv": b"x,word\n1,one\n2,two\n"}, message="first", tag=["good"])
    built = told[-1]["built"]
    assert (built["rows"], built["rejected"], built["is_new"]) == (2, 0, True)
    assert rows(ada) == {0: {"x": 1, "word": "one"}, 1: {"x": 2, "word": "two"}}
    version = ada.get(f"{DATA}/d/versions/good").json()
    assert (version["version"], version["message"], version["created_by"]) == (
        built["version"],
        "first",
        "ada",
    )
    assert list(left.iterdir()) == []
    again = sent(ada, {"a.csv": b"x,word\n1,one\n2,two\n"})[-1]["built"]
    assert (again["is_new"], again["version"]) == (False, built["version"])
    told = sent(ada, {"b.jsonl": b'{"x": 7}\n'}, overwrite=True)
    assert rows(ada) == {0: {"x": 7}}


def test_pictures_come_as_files_or_in_a_zip_archive(ada: TestClient) -> None:
    told = sent(ada, {"cat/1.png": picture(1), "dog/2.png": picture(2), "cat/1.txt": b"a cat"}, "pets")
    assert (told[0], told[-1]["built"]["rows"]) == ({"files": 3}, 2)
    found = rows(ada, "pets")
    assert (found["cat/1.png"]["label"], found["cat/1.png"]["caption"]) == ("cat", "a cat")
    archive = zipped({"cat/1.png": picture(1), "dog/2.png": picture(3), "__MACOSX/cat/._1.png": b"x"})
    sent(ada, {"all.zip": archive}, "zipped")
    assert {key: each["label"] for key, each in rows(ada, "zipped").items()} == {
        "cat/1.png": "cat",
        "dog/2.png": "dog",
    }


def test_rows_that_cannot_be_used_are_told(ada: TestClient) -> None:
    files = {"a.jsonl": b'{"x": 1}\nnothing\n{"x": 3}\n'}
    assert "row 2" in problem(sent(ada, files))
    assert ada.get(f"{DATA}/d/head").json() is None
    told = sent(ada, files, on_error="collect")
    (left_out,) = [each["left_out"] for each in told if "left_out" in each]
    assert (left_out["row"], left_out["file"]) == (2, "d/a.jsonl")
    assert (told[-1]["built"]["rows"], told[-1]["built"]["rejected"]) == (2, 1)


def test_annotated_images_come_as_coco_voc_and_shards(ada: TestClient) -> None:
    box = {"id": 1, "image_id": 5, "category_id": 2, "bbox": [0, 0, 2, 3]}
    document = {
        "images": [{"id": 5, "file_name": "1.png"}, {"id": 6, "file_name": "gone.png"}],
        "annotations": [box],
        "categories": [{"id": 2, "name": "cat"}],
    }
    files = {"annotations/instances_val.json": json.dumps(document).encode(), "val/1.png": picture(1)}
    assert "the image 'gone.png' is not there" in problem(sent(ada, files, "coco"))
    told = sent(ada, files, "coco", on_error="collect")
    (left_out,) = [each["left_out"] for each in told if "left_out" in each]
    assert (left_out["row"], left_out["reason"]) == (2, "the image 'gone.png' is not there")
    assert rows(ada, "coco")[5]["annotations"][0]["bbox"] == [0, 0, 2, 3]

    xml = b"""<annotation><filename>1.png</filename><object><name>cat</name><bndbox><xmin>0</xmin>
        <ymin>0</ymin><xmax>2</xmax><ymax>3</ymax></bndbox></object></annotation>"""
    sent(ada, {"VOC/Annotations/1.xml": xml, "VOC/JPEGImages/1.png": picture(1)}, "voc")
    assert rows(ada, "voc")["1"]["objects"][0]["name"] == "cat"

    shard = tarred({"a.png": picture(1), "a.cls": b"7", "b.png": picture(2), "b.cls": b"8"})
    sent(ada, {"s-{0..9}.tar": shard, "t.tar.gz": gzip.compress(tarred({"c.cls": b"9"}))}, "shards")
    assert {key: each["cls"] for key, each in rows(ada, "shards").items()} == {"a": 7, "b": 8, "c": 9}


@pytest.mark.parametrize("kind", ["parquet", "jsonl", "csv", "webdataset", "folder"])
def test_what_was_exported_comes_back_as_it_was(
    ada: TestClient, services: Services, tmp_path: Path, kind: str
) -> None:
    sent(ada, {"cat/1.png": picture(1), "dog/2.png": picture(2)})
    made = tmp_path / "pets"
    version = services.artifacts.head(OWNER, "vision", Kind.DATASET, "d")
    assert version
    export(services.datasets.open(version), made, format=kind)
    files = {str(each.relative_to(made)): each.read_bytes() for each in made.rglob("*") if each.is_file()}
    assert sent(ada, files, "again")[-1]["built"]["rows"] == 2
    assert rows(ada, "again").keys() == rows(ada).keys()
    assert rows(ada, "again")["cat/1.png"]["label"] == "cat"
    # The very same rows: to add them to where they come from makes no version.
    assert sent(ada, files)[-1]["built"]["is_new"] is False


def test_rows_for_fine_tuning_are_checked(ada: TestClient) -> None:
    good = {"messages": [{"role": "user", "content": "?"}, {"role": "assistant", "content": "!"}]}
    assert sent(ada, {"a.jsonl": json.dumps(good).encode()}, format="llm")[-1]["built"]["rows"] == 1
    assert "no known format" in problem(sent(ada, {"a.jsonl": b'{"x": 1}'}, "e", format="llm"))


def test_what_is_no_dataset_leaves_nothing(ada: TestClient, left: Path) -> None:
    assert "no file may be called" in problem(sent(ada, {"../a.csv": b"x\n1\n"}))
    for body, said in ((b"nothing", "no tar archive"), (b"", "no files"), (tarred({}), "no files")):
        answer = ada.post(f"{DATA}/d/uploads", content=body, headers=OCTETS)
        assert (answer.status_code, said in answer.json()["detail"]) == (400, True), answer.text
    assert "no whole tar archive" in problem(sent(ada, tarred({"a.csv": b"x" * 2000})[:1024]))
    assert ada.get(f"{DATA}/d/head").json() is None
    assert list(left.iterdir()) == []


def test_files_that_upset_what_reads_them_are_told_of(ada: TestClient, left: Path) -> None:
    card = {"starwhale": 1, "kind": "jsonl", "files": [7], "key": "id", "columns": []}
    said = problem(sent(ada, {"starwhale.json": json.dumps(card).encode()}))
    assert said.startswith("these files cannot be read: TypeError")
    assert list(left.iterdir()) == []


def test_a_build_that_dies_is_told_of(ada: TestClient, left: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploading, "PROGRAM", "starwhale.no_such_program")
    assert "ended with status 1" in problem(sent(ada, {"a.csv": b"x\n1\n"}))
    assert list(left.iterdir()) == []


def test_whoever_sends_too_much_is_told(ada: TestClient, server_app: FastAPI, left: Path) -> None:
    server_app.state.upload_builds = uploading.UploadBuilds(
        server_app.state.settings.model_copy(update={"largest_upload": 5000})
    )
    answer = ada.post(f"{DATA}/d/uploads", content=tarred({"a.csv": b"x" * 20_000}), headers=OCTETS)
    assert (answer.status_code, "5,000 bytes" in answer.json()["detail"]) == (400, True)
    assert list(left.iterdir()) == []


def test_whoever_hangs_up_ends_the_build(ada: TestClient, server_app: FastAPI, left: Path) -> None:
    builds: uploading.UploadBuilds = server_app.state.upload_builds
    table = b"x\n" + b"1\n" * 3_000_000

    async def begin_and_hang_up() -> None:
        async def pieces() -> AsyncIterator[bytes]:
            yield tarred({"a.csv": table})

        told = asyncio.Event()

        async def receive() -> dict[str, Any]:
            await told.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if message.get("body"):
                told.set()

        wanted = UploadRequest(
            actor=OWNER,
            project="vision",
            name="d",
            reading=Reading(),
            overwrite=False,
            message="",
            tags=(),
            on_error=OnError.FAIL,
            **builds.limits,
        )
        answer = await builds.begin(pieces(), wanted, Life())
        await answer({"type": "http", "asgi": {"spec_version": "2.3"}}, receive, send)

    asyncio.run(begin_and_hang_up())
    assert list(left.iterdir()) == []
    assert ada.get(f"{DATA}/d/head").json() is None


def test_only_those_who_may_change_datasets_send_any(ada: TestClient, client_of: ClientOf) -> None:
    grace = client_of("grace")
    body = tarred({"a.csv": b"x\n1\n"})
    assert grace.post(f"{DATA}/d/uploads", content=body, headers=OCTETS).status_code == 404
    ada.put(f"{API}/projects/vision/members/grace", json={"role": "GUEST"})
    assert client_of("grace").post(f"{DATA}/d/uploads", content=body, headers=OCTETS).status_code == 403
    assert ada.post(f"{DATA}/-d/uploads", content=body, headers=OCTETS).status_code == 400
    wrong = ada.post(f"{DATA}/d/uploads", params={"tag": "latest"}, content=body, headers=OCTETS)
    assert wrong.status_code == 400


def test_what_a_dead_process_left_is_swept(tmp_path: Path) -> None:
    root = tmp_path / "uploads"
    with place_below(root) as held:
        dead = root / "dead"
        dead.mkdir()
        (dead / "lock").touch()
        (dead / "sent.tar").write_bytes(b"x")
        assert sweep(root) == 1
        assert list(root.iterdir()) == [held]
    assert list(root.iterdir()) == []
