"""Pictures, sounds and files on their way in and out."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from tests.slice.serving.client import Client, served, talk

from starwhale import Audio, Binary, GrayscaleImage, Image, Text
from starwhale.core.types.mime import MIMEType


def png(width: int = 3, height: int = 2) -> bytes:
    out = BytesIO()
    PIL.Image.new("RGB", (width, height), (255, 0, 0)).save(out, "PNG")
    return out.getvalue()


def multipart(*fields: tuple[str, str, bytes, str]) -> tuple[bytes, dict[str, str]]:
    """A form of (name, file name, content, type); a field without a file name is text."""
    body = b""
    for name, filename, content, kind in fields:
        told = f'; filename="{filename}"\r\nContent-Type: {kind}' if filename else ""
        body += f'--cut\r\nContent-Disposition: form-data; name="{name}"{told}\r\n\r\n'.encode()
        body += content + b"\r\n"
    return body + b"--cut--\r\n", {"content-type": "multipart/form-data; boundary=cut"}


def look(picture: Image, times: int = 1) -> dict[str, Any]:
    shape = list(picture.to_numpy().shape)
    return {"shape": shape, "name": picture.display_name, "mime": picture.mime_type.value, "times": times}


SAME = {"shape": [2, 3, 3], "name": "", "mime": "image/png", "times": 1}


def test_a_picture_comes_as_a_file_as_base64_as_a_data_url_or_as_the_body() -> None:
    text = b64encode(png()).decode()

    async def what(client: Client) -> None:
        body, headers = multipart(("picture", "C:\\x\\a.png", png(), "image/png"), ("times", "", b"3", ""))
        got = await client.ask("POST", "/api/look", body, headers)
        assert got.json == {**SAME, "name": "a.png", "times": 3}
        assert (await client.post("/api/look", {"picture": text})).json == {**SAME, "mime": "x/undefined"}
        url = f"data:image/png;base64,{text}"
        assert (await client.post("/api/look", {"picture": url})).json == SAME
        named = {"data": text, "mime_type": "image/png", "display_name": "../b.png"}
        assert (await client.post("/api/look", {"picture": named})).json == {**SAME, "name": "b.png"}
        raw = await client.ask("POST", "/api/look?times=2", png(), {"content-type": "image/png"})
        assert raw.json == {**SAME, "times": 2}

    talk(served(look), what)


@pytest.mark.parametrize(
    "value",
    ["/etc/passwd", "http://127.0.0.1/x", "file:///etc/passwd", "data:text/plain,hello", 3, {"uri": "x"}],
)
def test_places_of_the_server_are_not_read(value: Any) -> None:
    got = talk(served(look), lambda client: client.post("/api/look", {"picture": value}))
    assert got.status == 422
    assert got.json["errors"][0]["where"] == "picture"


def test_a_body_that_nobody_reads_is_415() -> None:
    def add(x: int) -> int:
        return x

    headers = {"content-type": "application/xml"}
    assert talk(served(add), lambda client: client.ask("POST", "/api/add", b"<x/>", headers)).status == 415


def test_a_broken_form_is_400() -> None:
    headers = {"content-type": "multipart/form-data"}
    assert talk(served(look), lambda client: client.ask("POST", "/api/look", b"--x", headers)).status == 400


def mirror(picture: Image) -> Image:
    return Image(picture.to_pil().transpose(PIL.Image.Transpose.FLIP_LEFT_RIGHT), display_name="mirror é.png")


def test_a_picture_comes_back_as_its_bytes_or_inside_json() -> None:
    async def what(client: Client) -> None:
        asked = {"picture": b64encode(png()).decode()}
        got = await client.post("/api/mirror", asked)
        assert got.headers["content-type"] == "image/png"
        assert got.headers["x-content-type-options"] == "nosniff"
        assert "mirror%20%C3%A9.png" in got.headers["content-disposition"]
        assert PIL.Image.open(BytesIO(got.body)).size == (3, 2)
        told = (await client.post("/api/mirror", asked, accept="application/json")).json
        assert (told["_type"], told["mime_type"]) == ("image", "image/png")
        # what comes out goes in again
        assert (await client.post("/api/mirror", {"picture": told})).status == 200

    talk(served(mirror), what)


def all_media() -> dict[str, Any]:
    return {
        "grey": GrayscaleImage(bytes(6), shape=(2, 3, 1)),
        "pil": PIL.Image.new("L", (2, 2)),
        "sound": Audio(b"RIFF....WAVE"),
        "bytes": b"\x00\x01",
        "binary": Binary(b"abc", mime_type=MIMEType.CSV),
        "text": Text("é"),
        "list": [Image(np.zeros((2, 2, 3), np.uint8))],
    }


def test_media_inside_json_are_objects_with_base64() -> None:
    got = talk(served(all_media), lambda client: client.post("/api/all_media")).json
    kinds = {name: value["mime_type"] for name, value in got.items() if isinstance(value, dict)}
    assert kinds == {
        "grey": "image/png",
        "pil": "image/png",
        "sound": "audio/wav",
        "bytes": "application/octet-stream",
        "binary": "text/csv",
    }
    assert got["text"] == "é"
    assert b64decode(got["bytes"]["data"]) == b"\x00\x01"
    assert PIL.Image.open(BytesIO(b64decode(got["list"][0]["data"]))).size == (2, 2)


def test_several_pictures_and_other_types_of_bytes() -> None:
    def sizes(
        pictures: list[Image], text: Text, raw: bytes, pil: PIL.Image.Image | None = None
    ) -> dict[str, Any]:
        shapes = [list(each.to_numpy().shape) for each in pictures]
        return {"shapes": shapes, "text": text.content, "raw": len(raw), "pil": pil and list(pil.size)}

    async def what(client: Client) -> None:
        fields = [("pictures", f"{n}.png", png(n, 1), "image/png") for n in (2, 4)]
        body, headers = multipart(*fields, ("text", "", "grüß".encode(), ""), ("raw", "r", b"abc", "x/y"))
        got = await client.ask("POST", "/api/sizes", body, headers)
        assert got.json == {"shapes": [[1, 2, 3], [1, 4, 3]], "text": "grüß", "raw": 3, "pil": None}
        text = b64encode(png()).decode()
        asked = {"pictures": [text], "text": "t", "raw": "YWI=", "pil": text}
        got = await client.post("/api/sizes", asked)
        assert got.json == {"shapes": [[2, 3, 3]], "text": "t", "raw": 2, "pil": [3, 2]}
        bad = await client.post("/api/sizes", {**asked, "pil": "YWI="})
        assert (bad.status, bad.json["errors"][0]["what"]) == (422, "this is no picture that can be read")

    talk(served(sizes), what)


def test_lists_and_objects_come_through_forms_as_json() -> None:
    def total(numbers: list[int], weights: dict[str, float]) -> float:
        return sum(numbers) * weights["w"]

    async def what(client: Client) -> None:
        body, headers = multipart(("numbers", "", b"[1, 2]", ""), ("weights", "", b'{"w": 2}', ""))
        assert (await client.ask("POST", "/api/total", body, headers)).json == 6.0
        body, headers = multipart(
            ("numbers", "", b"1", ""), ("numbers", "", b"4", ""), ("weights", "", b'{"w": 1}', "")
        )
        assert (await client.ask("POST", "/api/total", body, headers)).json == 5.0

    talk(served(total), what)


def test_components_say_what_the_function_gets_and_gives(tmp_path: Path) -> None:
    seen: list[str] = []

    def work(picture: Any, path: str, number: float, flag: bool) -> Any:
        seen.append(path)
        assert Path(path).read_bytes() == b"hello"
        return picture[:, ::-1], {"name": Path(path).name, "number": number, "flag": flag}

    service = served(work, inputs=["image", "file", "number", "checkbox"], outputs=["image", "json"])

    async def what(client: Client) -> Any:
        body, headers = multipart(
            ("picture", "a.png", png(), "image/png"),
            ("path", "../../x.txt", b"hello", "text/plain"),
            ("number", "", b"2.5", ""),
            ("flag", "", b"on", ""),
        )
        return await client.ask("POST", "/api/work", body, headers)

    got = talk(service, what)
    picture, rest = got.json
    assert picture["mime_type"] == "image/png"
    assert rest == {"name": "x.txt", "number": 2.5, "flag": True}
    assert not Path(seen[0]).parent.exists()


def test_the_document_tells_forms_apart_from_json() -> None:
    got = talk(served(look), lambda client: client.get("/openapi.json")).json
    operation = got["paths"]["/api/look"]["post"]
    assert set(operation["requestBody"]["content"]) == {"application/json", "multipart/form-data"}
    field = got["components"]["schemas"]["look_arguments"]["properties"]["picture"]
    assert (field["x-media"], field["format"]) == ("image", "binary")
    json.dumps(got)
