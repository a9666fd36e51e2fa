"""Functions behind addresses: how they are called, and what comes back."""

from __future__ import annotations

import asyncio
import dataclasses
import enum
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any, Literal

import numpy as np
import pytest
from pydantic import BaseModel
from tests.slice.serving.client import Client, Got, served, talk

from starwhale.core.errors import InvalidSpec, UsageError
from starwhale.serving.service import Service


def add(x: int, y: int = 2) -> int:
    return x + y


def echo(data: dict[str, Any]) -> dict[str, Any]:
    return data


class Colour(enum.Enum):
    RED = "red"


@dataclasses.dataclass
class Point:
    x: int
    y: int = 0


class Order(BaseModel):
    name: str
    many: list[int] = []


def all_kinds(
    point: Point,
    order: Order,
    colour: Colour = Colour.RED,
    mode: Literal["a", "b"] = "a",
    maybe: int | None = None,
    *,
    ticks: list[bool] | None = None,
) -> dict[str, Any]:
    kinds = [type(each).__name__ for each in (point, order, colour)]
    return {"kinds": kinds, "mode": mode, "maybe": maybe, "ticks": ticks, "sum": point.x + sum(order.many)}


def one(path: str, value: Any, *functions: Any, **bounds: Any) -> Got:
    return talk(served(*functions), lambda client: client.post(path, value), **bounds)


def test_arguments_come_from_a_body_the_address_or_a_form() -> None:
    async def what(client: Client) -> None:
        assert (await client.post("/api/add", {"x": 1})).json == 3
        assert (await client.post("/api/add?x=5&y=6")).json == 11
        assert (await client.post("/api/add?y=6", {"x": 1})).json == 7
        form = {"content-type": "application/x-www-form-urlencoded"}
        assert (await client.ask("POST", "/api/add", b"x=7&y=1", form)).json == 8

    talk(served(add), what)


@pytest.mark.parametrize(
    "body", [{"a": 1}, {"data": {"a": 1}}, {"data": 1, "b": 2}, {}], ids=["bare", "named", "both", "empty"]
)
def test_one_big_argument_may_be_the_whole_body(body: dict[str, Any]) -> None:
    expected = body["data"] if body.keys() == {"data"} else body
    assert one("/api/echo", body, echo).json == expected


def test_hints_make_the_values_that_the_function_wants() -> None:
    body = {"point": {"x": 4}, "order": {"name": "n", "many": [1, 2]}, "mode": "b", "ticks": [True]}
    assert one("/api/all_kinds", body, all_kinds).json == {
        "kinds": ["Point", "Order", "Colour"],
        "mode": "b",
        "maybe": None,
        "ticks": [True],
        "sum": 7,
    }


@pytest.mark.parametrize(
    ("body", "status", "where"),
    [
        ({"x": "seven"}, 422, "x"),
        ({}, 422, "x"),
        ({"x": 1, "z": 1}, 422, "z"),
        ({"x": 1.5}, 422, "x"),
    ],
)
def test_wrong_arguments_are_told_by_their_place(body: Any, status: int, where: str) -> None:
    got = one("/api/add", body, add)
    assert got.status == status
    assert got.headers["content-type"] == "application/problem+json"
    assert (got.json["code"], got.json["errors"][0]["where"]) == ("usage", where)


def test_a_body_that_is_no_json_is_400() -> None:
    async def what(client: Client) -> None:
        for path in ("/api/add", "/api/echo"):
            got = await client.ask("POST", path, b"{no", {"content-type": "application/json"})
            assert (got.status, got.json["code"]) == (400, "usage")

    talk(served(add, echo), what)


def test_what_the_function_raises_is_500_without_its_words(caplog: pytest.LogCaptureFixture) -> None:
    def secret(x: int) -> float:
        raise ValueError(f"the password is {x}")

    got = one("/api/secret", {"x": 42}, secret)
    assert (got.status, got.json["code"]) == (500, "user_code")
    assert b"password" not in got.body
    assert b"Traceback" not in got.body
    (record,) = (each for each in caplog.records if each.name == "starwhale.serving")
    assert "secret failed: ValueError: the password is 42 at " in record.getMessage()
    assert got.json["instance"].removeprefix("urn:uuid:") in record.getMessage()


@pytest.mark.parametrize("error", [SystemExit(3), StopIteration(), KeyboardInterrupt()])
def test_what_would_end_a_program_ends_one_call(error: BaseException) -> None:
    def bad() -> None:
        raise error

    async def what(client: Client) -> None:
        assert (await client.post("/api/bad")).status == 500
        assert (await client.post("/api/add", {"x": 1})).json == 3

    talk(served(bad, add), what)


def test_an_error_of_ours_keeps_its_status() -> None:
    def picky() -> None:
        raise UsageError("not on Sundays", hint="come tomorrow")

    got = one("/api/picky", None, picky)
    assert (got.status, got.json["detail"], got.json["hint"]) == (400, "not on Sundays", "come tomorrow")


def test_a_validation_error_inside_the_function_is_its_own_fault() -> None:
    def inner() -> Any:
        return Order.model_validate({"many": "no"})

    assert one("/api/inner", None, inner).status == 500


def test_plain_functions_run_beside_the_loop_and_async_ones_on_it() -> None:
    def plain() -> str:
        return threading.current_thread().name

    async def on_loop() -> str:
        return threading.current_thread().name

    async def what(client: Client) -> None:
        assert (await client.post("/api/plain")).json.startswith("call-")
        assert (await client.post("/api/on_loop")).json == threading.current_thread().name

    talk(served(plain, on_loop), what)


def test_no_more_threads_than_allowed_and_no_longer_line() -> None:
    running, most = 0, 0
    gate = threading.Lock()

    def busy() -> None:
        nonlocal running, most
        with gate:
            running += 1
            most = max(most, running)
        time.sleep(0.05)
        with gate:
            running -= 1

    async def what(client: Client) -> list[int]:
        got = await asyncio.gather(*(client.post("/api/busy") for _ in range(10)))
        return sorted(each.status for each in got)

    assert talk(served(busy), what, threads=2, backlog=4) == [200] * 6 + [503] * 4
    assert most == 2


def test_a_call_that_takes_too_long_is_504_and_its_thread_is_replaced() -> None:
    release = threading.Event()

    def stuck() -> None:
        release.wait(20)

    async def forever() -> None:
        await asyncio.sleep(20)

    service = served(stuck, forever, timeout=0.05)
    service.add_api(add, "add")

    async def what(client: Client) -> None:
        try:
            for path in ("/api/stuck", "/api/forever", "/api/stuck"):
                got = await client.post(path)
                assert (got.status, got.json["code"]) == (504, "timeout")
            assert (await client.post("/api/add", {"x": 1})).json == 3
            assert (await client.get("/readyz")).status == 200
            for _ in range(2):
                assert (await client.post("/api/stuck")).status == 504
            assert (await client.get("/readyz")).status == 503
            assert b"starwhale_serving_calls_given_up 4" in (await client.get("/metrics")).body
        finally:
            release.set()
        for _ in range(100):
            if not client.app.calls.threads.lost:
                break
            await asyncio.sleep(0.01)
        assert (await client.get("/readyz")).status == 200
        assert (await client.post("/api/add", {"x": 1})).json == 3

    talk(service, what, threads=1)


def test_a_timeout_error_of_the_functions_own_is_500() -> None:
    async def own() -> None:
        raise TimeoutError("upstream")

    assert one("/api/own", None, own).status == 500


def test_requests_that_come_together_share_a_call() -> None:
    sizes: list[int] = []

    def square(x: int, y: int = 1) -> list[int]:
        sizes.append(len(x))  # pyright: ignore[reportArgumentType]
        return [a * a + b for a, b in zip(x, y, strict=True)]  # pyright: ignore[reportArgumentType]

    async def what(client: Client) -> list[int]:
        asked = (client.post("/api/square", {"x": n, **({"y": 0} if n % 2 else {})}) for n in range(10))
        return [each.json for each in await asyncio.gather(*asked)]

    got = talk(served(square, batch_size=4, batch_wait=0.05), what)
    assert got == [n * n + (0 if n % 2 else 1) for n in range(10)]
    assert sorted(sizes) == [2, 4, 4]


@pytest.mark.parametrize("result", [[1], 3, [1, 2, 3]])
def test_a_batch_that_returns_another_number_fails_for_all(result: Any) -> None:
    def wrong(x: int) -> Any:
        return result

    async def what(client: Client) -> list[int]:
        got = await asyncio.gather(*(client.post("/api/wrong", {"x": n}) for n in range(2)))
        return [each.status for each in got]

    assert talk(served(wrong, batch_size=2), what) == [500, 500]


def test_generators_come_piece_by_piece_or_as_a_list() -> None:
    def count(n: int) -> Iterator[int]:
        yield from range(n)

    async def acount(n: int) -> AsyncIterator[dict[str, int]]:
        for i in range(n):
            yield {"i": i}

    async def what(client: Client) -> None:
        got = await client.post("/api/count", {"n": 2})
        assert got.headers["content-type"].startswith("text/event-stream")
        assert got.events == [("message", 0), ("message", 1), ("end", None)]
        assert (await client.post("/api/acount", {"n": 2})).events[1] == ("message", {"i": 1})
        assert (await client.post("/api/count", {"n": 2}, accept="application/json")).json == [0, 1]

    talk(served(count, acount), what)


def test_a_stream_that_breaks_says_so() -> None:
    def breaks(first: bool) -> Iterator[int]:
        if first:
            raise ValueError("at once")
        yield 1
        raise ValueError("later")

    async def what(client: Client) -> None:
        got = await client.post("/api/breaks", {"first": True})
        assert (got.status, got.json["code"]) == (500, "user_code")
        events = (await client.post("/api/breaks", {"first": False})).events
        assert events[0] == ("message", 1)
        assert (events[1][0], events[1][1]["code"]) == ("error", "user_code")

    talk(served(breaks), what)


@pytest.mark.parametrize("kind", ["plain", "async"])
def test_a_client_that_leaves_closes_the_generator(kind: str) -> None:
    closed = threading.Event()

    def plain() -> Iterator[int]:
        try:
            while True:
                time.sleep(0.01)
                yield 1
        finally:
            closed.set()

    async def on_loop() -> AsyncIterator[int]:
        try:
            while True:
                await asyncio.sleep(0.01)
                yield 1
        finally:
            closed.set()

    function = plain if kind == "plain" else on_loop

    async def what(client: Client) -> None:
        path = f"/api/{function.__name__}"
        await asyncio.wait_for(client.ask("POST", path, leave_after=3), 5)
        assert b'status="499"' in (await client.get("/metrics")).body

    talk(served(function), what)
    assert closed.wait(5)


def test_results_of_every_kind_become_json() -> None:
    def many() -> dict[Any, Any]:
        return {
            "array": np.arange(3, dtype=np.float32)[::2],
            "set": {1},
            "model": Order(name="n"),
            "point": Point(x=1),
            "nan": float("nan"),
            "enum": Colour.RED,
            3: np.int64(4),
            "tuple": (1, None),
        }

    assert one("/api/many", None, many).json == {
        "array": [0.0, 2.0],
        "set": [1],
        "model": {"name": "n", "many": []},
        "point": {"x": 1, "y": 0},
        "nan": None,
        "enum": "red",
        "3": 4,
        "tuple": [1, None],
    }


def test_a_result_that_is_nothing_json_knows_is_the_functions_fault() -> None:
    def odd() -> Any:
        return object()

    assert one("/api/odd", None, odd).status == 500


def test_a_response_of_starlette_is_sent_as_it_is() -> None:
    from starlette.responses import PlainTextResponse

    def own() -> Any:
        return PlainTextResponse("teapot", status_code=418)

    got = one("/api/own", None, own)
    assert (got.status, got.body) == (418, b"teapot")


def test_a_request_beyond_the_bound_is_413() -> None:
    async def what(client: Client) -> None:
        told = {"content-length": "99"}
        assert (await client.ask("POST", "/api/echo", b"{}", told)).status == 413
        parts = [b'{"a": "', b"x" * 60, b'"}']
        got = await client.ask("POST", "/api/echo", parts)
        assert (got.status, got.json["code"]) == (413, "too_large")

    talk(served(echo), what, max_body=50)


def test_a_body_in_parts_is_put_together() -> None:
    async def what(client: Client) -> Any:
        return (await client.ask("POST", "/api/echo", [b'{"a"', b": 1", b"}"])).json

    assert talk(served(echo), what) == {"a": 1}


def test_what_cannot_be_served_is_told_at_the_start() -> None:
    def stars(*words: str) -> None: ...

    def strange(x: threading.Lock) -> None: ...  # pyright: ignore[reportGeneralTypeIssues]

    with pytest.raises(InvalidSpec, match=r"takes \*words"):
        talk(served(stars), lambda client: client.get("/healthz"))
    with pytest.raises(InvalidSpec, match="no request can express"):
        talk(served(strange), lambda client: client.get("/healthz"))


def test_two_functions_cannot_have_one_address() -> None:
    service = served(add)
    service.add_api(add, "add")
    with pytest.raises(InvalidSpec, match="two functions want the address /api/add"):
        service.add_api(echo, "add")
    with pytest.raises(InvalidSpec, match="no address"):
        Service().add_api(add, "a b")


def test_methods_get_one_object_of_their_class() -> None:
    from starwhale.serving.methods import bind_methods

    service = served(Counter.more, Counter.look)
    bind_methods(service)

    async def what(client: Client) -> Any:
        await client.post("/api/more", {"by": 3})
        return (await client.post("/api/look")).json

    assert talk(service, what) == 3


class Counter:
    def __init__(self) -> None:
        self.count = 0

    def more(self, by: int) -> None:
        self.count += by

    def look(self) -> int:
        return self.count
