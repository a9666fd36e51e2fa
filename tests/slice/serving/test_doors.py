"""What is there beside the functions: pages, documents, health, counters, and who may ask."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from openapi_spec_validator import validate
from tests.slice.server.accounts.test_gate import HOSTS_OF_OTHERS, ORIGINS
from tests.slice.serving.client import Client, served, talk
from tests.slice.serving.test_calls import Colour, Order, Point

from starwhale import Image
from starwhale.api.service import LLMChat


def add(x: int, y: int = 2) -> int:
    """Add two numbers.

    More of it.
    """
    return x + y


def kinds(
    point: Point, order: Order, colour: Colour, picture: Image, many: list[Image] | None = None
) -> Order:
    return order


def test_the_pages_are_whole_and_fetch_nothing_from_elsewhere() -> None:
    async def what(client: Client) -> None:
        waiting, seen = ["/", "/docs"], set[str]()
        while waiting:
            path = waiting.pop()
            seen.add(path)
            got = await client.get(path)
            assert got.status == 200, path
            assert "default-src 'self'" in got.headers["content-security-policy"]
            text = got.body.decode()
            assert not re.search(r"""(src|href|from|import)\s*[=(]?\s*["'](https?:)?//""", text), path
            found = re.findall(r"""(?:src|href)="(static/[^"]+)"|from "\./([^"]+)\"""", text)
            names = {f"/{a}" if a else f"/static/{b}" for a, b in found}
            waiting += sorted(names - seen)
        assert {"/static/page.js", "/static/form.js", "/static/chat.js", "/static/docs.js"} <= seen

    talk(served(add), what)


def test_the_openapi_document_is_valid_and_tells_the_hints() -> None:
    service = served(add, kinds)

    def chat(user_input: str, temperature: float = 0.5) -> str:
        return user_input

    service.add_api(chat, "chat", LLMChat())
    document: Any = talk(service, lambda client: client.get("/openapi.json")).json
    validate(document)
    schemas = document["components"]["schemas"]
    assert schemas["add_arguments"]["required"] == ["x"]
    assert schemas["add_arguments"]["properties"]["y"]["default"] == 2
    assert schemas["kinds_arguments"]["properties"]["point"]["$ref"] == "#/components/schemas/kinds_Point"
    assert schemas["kinds_Colour"]["enum"] == ["red"]
    assert set(schemas["chat_arguments"]["properties"]) == {"user_input", "temperature"}
    assert schemas["chat_arguments"]["properties"]["temperature"]["default"] == 0.5
    operation = document["paths"]["/api/add"]["post"]
    assert (operation["summary"], operation["description"]) == (
        "Add two numbers.",
        "Add two numbers.\n\nMore of it.",
    )


def test_health_tells_life_from_readiness() -> None:
    async def what(client: Client) -> None:
        assert (await client.get("/healthz")).json == {"status": "ok"}
        assert (await client.get("/readyz")).json == {"status": "ready", "apis": ["add"]}
        client.app.draining = True
        got = await client.get("/readyz")
        assert (got.status, got.headers["retry-after"]) == (503, "1")
        assert (await client.get("/healthz")).status == 200

    talk(served(add), what)


def test_counters_are_those_of_prometheus() -> None:
    async def what(client: Client) -> None:
        await asyncio.gather(*(client.post("/api/add", {"x": n}) for n in range(3)))
        await client.post("/api/add", {})
        got = await client.get("/metrics")
        assert got.headers["content-type"].startswith("text/plain; version=0.0.4")
        lines = got.body.decode().splitlines()
        assert 'starwhale_serving_requests_total{api="add",status="200"} 3' in lines
        assert 'starwhale_serving_requests_total{api="add",status="422"} 1' in lines
        assert 'starwhale_serving_request_seconds_bucket{api="add",le="+Inf"} 4' in lines
        assert 'starwhale_serving_request_seconds_count{api="add"} 4' in lines
        sample = re.compile(r'[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [0-9.e+-]+|# (HELP|TYPE) .+')
        assert all(sample.fullmatch(line) for line in lines)

    talk(served(add), what)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/api/add", 405),
        ("POST", "/api/ad", 404),
        ("POST", "/", 405),
        ("DELETE", "/api/add", 405),
        ("GET", "/static/../application.py", 404),
        ("GET", "/v1/nothing", 404),
        ("HEAD", "/", 200),
        ("HEAD", "/healthz", 200),
        ("OPTIONS", "/api/add", 204),
    ],
)
def test_other_addresses_and_methods_get_their_own_answers(method: str, path: str, status: int) -> None:
    got = talk(served(add), lambda client: client.ask(method, path))
    assert got.status == status
    if method == "HEAD":
        assert got.body == b""
        assert int(got.headers["content-length"]) > 0
    if status == 405:
        assert "POST" in got.headers["allow"] or "GET" in got.headers["allow"]


def test_a_misspelt_address_gets_the_nearest() -> None:
    got = talk(served(add), lambda client: client.post("/api/ad"))
    assert got.json["hint"] == "did you mean '/api/add'?"


@pytest.mark.parametrize(
    ("host", "headers", "status"),
    [
        ("127.0.0.1", {"host": "127.0.0.1:8080"}, 200),
        ("127.0.0.1", {"host": "localhost:8080"}, 200),
        ("127.0.0.1", {"host": "[::1]:8080"}, 200),
        ("127.0.0.1", {"host": "model.example"}, 200),
        ("127.0.0.1", {"host": "evil.example"}, 403),
        ("127.0.0.1", {}, 403),
        ("0.0.0.0", {"host": "evil.example"}, 200),
        ("127.0.0.1", {"host": "localhost:8080", "origin": "http://localhost:8080"}, 200),
        ("127.0.0.1", {"host": "localhost:8080", "origin": "http://evil.example"}, 403),
        ("127.0.0.1", {"host": "localhost:8080", "origin": "null"}, 403),
        ("0.0.0.0", {"host": "a.example", "origin": "http://evil.example"}, 403),
        ("0.0.0.0", {"host": "a.example", "origin": "https://friend.example"}, 200),
    ],
)
def test_pages_and_names_of_others_are_kept_out(host: str, headers: dict[str, str], status: int) -> None:
    bounds = {"hosts": frozenset({"model.example"}), "origins": frozenset({"https://friend.example"})}
    given = {"content-type": "application/json", **headers}
    got = talk(
        served(add), lambda client: client.ask("POST", "/api/add", b'{"x": 1}', given), host=host, **bounds
    )
    assert got.status == status
    allowed = got.headers.get("access-control-allow-origin")
    assert allowed == ("https://friend.example" if "friend" in str(headers) else None)


def test_no_other_name_and_no_other_page_gets_through_to_a_service_of_this_machine() -> None:
    def ask(host: str, origin: str = "") -> int:
        given = {"content-type": "application/json", "host": host} | ({"origin": origin} if origin else {})
        return talk(
            served(add),
            lambda client: client.ask("POST", "/api/add", b'{"x": 1}', given),
            host="127.0.0.1",
        ).status

    assert ask("localhost:8080", "http://localhost:8080") == 200
    wrong = [host for host in (*HOSTS_OF_OTHERS, "10.1.2.3") if ask(host) != 403]
    assert wrong == []
    others = [told["Origin"] for told, let_in in ORIGINS if not let_in and told.get("Origin")]
    assert len(others) > 8
    assert [each for each in others if ask("localhost", each) != 403] == []
