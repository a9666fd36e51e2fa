"""``/v1/chat/completions`` and ``/v1/models``, as clients of OpenAI expect them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from time import time
from typing import Any
from uuid import uuid4

from starwhale.core.errors import NotFound
from starwhale.serving.answers import to_json
from starwhale.serving.calls import Calls, Stream
from starwhale.serving.chat import ChatRequest, Deltas, StopCutter, query_of, stops_of, text_of
from starwhale.serving.endpoint import Endpoint
from starwhale.serving.inference import LLMChat


def chats_of(endpoints: Mapping[str, Endpoint]) -> dict[str, Endpoint]:
    """The functions that chat, by the name of their model."""
    return {uri: each for uri, each in endpoints.items() if isinstance(each.inference_type, LLMChat)}


def models(chats: Mapping[str, Endpoint], since: int) -> dict[str, Any]:
    """``GET /v1/models``."""
    return {"object": "list", "data": [model(name, since) for name in chats]}


def model(name: str, since: int) -> dict[str, Any]:
    """``GET /v1/models/NAME``."""
    return {"id": name, "object": "model", "created": since, "owned_by": "starwhale"}


def chat_of(chats: Mapping[str, Endpoint], name: str, title: str) -> Endpoint:
    """The function behind a model; the title of the server means its only one.

    Raises:
        NotFound: there is none.
    """
    if name in chats:
        return chats[name]
    if name == title and len(chats) == 1:
        return next(iter(chats.values()))
    there = ", ".join(chats) or "none; serve a function with inference_type=LLMChat()"
    raise NotFound(f"there is no model {name!r}", hint=f"there is {there}")


async def complete(calls: Calls, endpoint: Endpoint, request: ChatRequest) -> str | Stream:
    """The answer to a request: its text, or pieces of it.

    Raises:
        UsageError: the request asks for what such functions cannot do.
        Exception: whatever the function raised.
    """
    assert endpoint.inference_type is not None
    values = endpoint.inference_type.arguments(endpoint.func, query_of(request))
    result = await calls.call(endpoint, values, text_of)
    if not isinstance(result, Stream):
        return result
    if request.stream:
        return result
    deltas, cutter, parts = Deltas(), StopCutter(stops_of(request)), list[str]()
    async for piece in result.pieces:
        parts.append(cutter.feed(deltas.feed(piece)))
        if cutter.ended:
            await result.pieces.aclose()
            break
    return "".join([*parts, cutter.rest()])


async def once(text: str) -> AsyncGenerator[str, None]:
    """A whole answer as a stream of one piece."""
    yield text


def completion(request: ChatRequest, text: str) -> dict[str, Any]:
    """The document of a whole answer."""
    cutter = StopCutter(stops_of(request))
    content = cutter.feed(text) + cutter.rest()
    message = {"role": "assistant", "content": content}
    return {
        "id": _number(),
        "object": "chat.completion",
        "created": int(time()),
        "model": request.model,
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
    }


def error(problem: Mapping[str, Any]) -> dict[str, Any]:
    """A problem document in the words of OpenAI."""
    kind = "server_error" if problem["status"] >= 500 else "invalid_request_error"
    hint = f" ({problem['hint']})" if problem.get("hint") else ""
    return {
        "error": {
            "message": f"{problem['detail']}{hint}",
            "type": kind,
            "param": None,
            "code": "model_not_found" if problem["status"] == 404 else problem["code"],
        }
    }


class Chunks:
    """A chat as chunks of a completion; see `sse.Framing`."""

    def __init__(self, request: ChatRequest) -> None:
        self._base: dict[str, Any] = {
            "id": _number(),
            "object": "chat.completion.chunk",
            "created": int(time()),
            "model": request.model,
        }
        self._deltas = Deltas()
        self._cutter = StopCutter(stops_of(request))

    @property
    def ended(self) -> bool:
        return self._cutter.ended

    def first(self) -> bytes:
        return self._chunk({"role": "assistant", "content": ""})

    def piece(self, value: Any) -> bytes:
        text = self._cutter.feed(self._deltas.feed(value))
        return self._chunk({"content": text}) if text else b""

    def failed(self, problem: dict[str, Any]) -> bytes:
        return _event(error(problem))

    def last(self) -> bytes:
        rest = self._cutter.rest()
        told = self._chunk({"content": rest}) if rest else b""
        return told + self._chunk({}, "stop") + b"data: [DONE]\n\n"

    def _chunk(self, delta: dict[str, Any], reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return _event({**self._base, "choices": [choice]})


def _event(document: dict[str, Any]) -> bytes:
    return b"data: " + to_json(document) + b"\n\n"


def _number() -> str:
    return f"chatcmpl-{uuid4().hex}"
