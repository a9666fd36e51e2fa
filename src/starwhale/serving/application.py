"""The HTTP application of a service (ASGI).

It is written to the bare protocol: a call of a trivial function costs a tenth of what it costs through a web
framework, and nothing here needs one but forms, which Starlette reads.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import cached_property
from time import perf_counter, time
from typing import Any

from pydantic import ValidationError

from starwhale.core.errors import Unavailable
from starwhale.core.release import __version__
from starwhale.kit.suggest import nearest
from starwhale.serving import openai
from starwhale.serving.answers import Answer, to_json
from starwhale.serving.apis import Apis
from starwhale.serving.calls import Calls, Stream, answers_itself, json_answer, whole_answer
from starwhale.serving.chat import ChatRequest
from starwhale.serving.endpoint import Endpoint
from starwhale.serving.gate import Gate
from starwhale.serving.metrics import Metrics
from starwhale.serving.openapi import openapi_of
from starwhale.serving.pages import POLICY, static
from starwhale.serving.problems import NotAllowed, Unreadable, no_such, problem_of, rejected
from starwhale.serving.replies import Reply
from starwhale.serving.requests import Gone, Headers, Receive, Scope, Send, body_of, form_of, query_of
from starwhale.serving.scratch import scratch
from starwhale.serving.settings import ServeSettings
from starwhale.serving.sse import Events, Framing, send_events

_FORMS = (b"multipart/form-data", b"application/x-www-form-urlencoded")
_TEXT = b"text/plain; version=0.0.4; charset=utf-8"
_Get = Callable[[Reply], Awaitable[None]]


class Application:
    """Answers requests with the functions of a service.

    Args:
        service: The functions.
        settings: Bounds.
        title: What the pages are called, and what clients of OpenAI may call the only chat.
        host: What the server listens on.

    Attributes:
        metrics: What was counted.
        draining: It ends: load balancers are told to look elsewhere.
    """

    def __init__(
        self,
        service: Apis,
        settings: ServeSettings | None = None,
        *,
        title: str,
        host: str = "",
    ) -> None:
        self.metrics = Metrics()
        self.draining = False
        self.title = title
        self._service = service
        self._settings = settings or ServeSettings()
        self._gate = Gate(self._settings, host)
        self._posts = {f"/api/{uri}": endpoint for uri, endpoint in service.apis.items()}
        for endpoint in service.apis.values():
            _ = endpoint.arguments  # what cannot be served is told before anybody asks
        self._chats = openai.chats_of(service.apis)
        self._since = int(time())
        self._gets: dict[str, _Get] = {
            "/api/spec": self._spec,
            "/openapi.json": self._openapi,
            "/healthz": self._health,
            "/readyz": self._ready,
            "/metrics": self._metrics,
            "/v1/models": self._models,
        }

    @cached_property
    def calls(self) -> Calls:
        """What calls the functions; made on the loop."""
        return Calls(self._settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; see the ASGI specification."""
        if scope["type"] != "http":
            return
        began = perf_counter()
        method, path = scope["method"], scope["path"]
        headers: Headers = dict(scope["headers"])
        endpoint = self._posts.get(path)
        origin = self._gate.allowed_origin(headers)
        extra = () if origin is None else ((b"access-control-allow-origin", origin), (b"vary", b"origin"))
        reply = Reply(send, bodiless=method == "HEAD", extra=extra)
        self.metrics.in_flight += 1
        try:
            self._gate.check(method, headers)
            if endpoint is not None and method == "POST":
                await self._call(endpoint, scope, headers, receive, reply)
            else:
                await self._other(method, path, headers, receive, reply)
        except Gone:
            reply.status = 499
        except Exception as error:  # noqa: BLE001 - every request is answered
            await self._fail(error, endpoint, path, reply)
        finally:
            self.metrics.in_flight -= 1
            name = (
                endpoint.uri if endpoint is not None else "chat" if path.startswith("/v1/chat") else "other"
            )
            self.metrics.observe(name, reply.status or 499, perf_counter() - began)

    async def _fail(self, error: Exception, endpoint: Endpoint | None, path: str, reply: Reply) -> None:
        document = problem_of(error, endpoint.uri if endpoint is not None else "")
        if reply.status:
            return  # the answer has begun; the server closes the connection
        if path.startswith("/v1/"):
            await reply.json(openai.error(document), document["status"])
            return
        allow = ((b"allow", getattr(error, "hint", "").encode()),) if isinstance(error, NotAllowed) else ()
        await reply.problem(document, *allow)

    async def _call(
        self, endpoint: Endpoint, scope: Scope, headers: Headers, receive: Receive, reply: Reply
    ) -> None:
        body = await body_of(headers, receive, self._settings)
        if endpoint.wants_files:
            with scratch():
                await self._called(endpoint, body, scope, headers, receive, reply)
        else:
            await self._called(endpoint, body, scope, headers, receive, reply)

    async def _called(
        self,
        endpoint: Endpoint,
        body: bytes,
        scope: Scope,
        headers: Headers,
        receive: Receive,
        reply: Reply,
    ) -> None:
        values = await _arguments(endpoint, body, scope, headers)
        accept = headers.get(b"accept", b"")
        wants_json = b"application/json" in accept
        answer = await self.calls.call(endpoint, values, json_answer if wants_json else whole_answer)
        if isinstance(answer, Answer):
            await reply.whole(200, answer)
        elif answers_itself(answer):
            await answer(scope, receive, reply)
        elif wants_json and b"text/event-stream" not in accept:
            await reply.json([piece async for piece in answer.pieces])
        else:
            await self._stream(answer, Events(), receive, reply, endpoint)

    async def _stream(
        self, stream: Stream, framing: Framing, receive: Receive, reply: Reply, endpoint: Endpoint
    ) -> None:
        reply_status = await send_events(
            stream, framing, receive, reply, lambda error: problem_of(error, endpoint.uri)
        )
        reply.status = reply_status

    async def _other(self, method: str, path: str, headers: Headers, receive: Receive, reply: Reply) -> None:
        allowed = self._allowed(path)
        if not allowed:
            raise no_such(path, nearest(path, [*self._posts, *self._gets, "/docs", "/v1/chat/completions"]))
        if method == "OPTIONS":
            await self._options(allowed, reply)
        elif method not in allowed:
            raise NotAllowed(f"{path} does not take {method}", hint=allowed)
        elif path == "/v1/chat/completions":
            await self._chat(headers, receive, reply)
        elif path in self._gets:
            await self._gets[path](reply)
        elif path.startswith("/v1/models/"):
            name = path.removeprefix("/v1/models/")
            openai.chat_of(self._chats, name, self.title)
            await reply.json(openai.model(name, self._since))
        else:
            content, kind = static()[path]
            policy = (b"content-security-policy", POLICY)
            await reply.whole(
                200, Answer(body=content, content_type=kind), policy, (b"cache-control", b"no-cache")
            )

    def _allowed(self, path: str) -> str:
        """Methods that an address takes; empty where there is nothing."""
        if path in self._posts or path == "/v1/chat/completions":
            return "GET, HEAD, POST" if path in self._gets else "POST"
        if path in self._gets or path in static() or path.startswith("/v1/models/"):
            return "GET, HEAD"
        return ""

    async def _options(self, allowed: str, reply: Reply) -> None:
        head = ((b"allow", allowed.encode()), (b"access-control-allow-methods", allowed.encode()))
        await reply.whole(204, Answer(body=b""), *head, (b"access-control-allow-headers", b"*"))

    async def _chat(self, headers: Headers, receive: Receive, reply: Reply) -> None:
        body = await body_of(headers, receive, self._settings)
        request = _chat_request(body)
        endpoint = openai.chat_of(self._chats, request.model, self.title)
        try:
            result = await openai.complete(self.calls, endpoint, request)
            if request.stream:
                stream = result if isinstance(result, Stream) else Stream(openai.once(result))
                await self._stream(stream, openai.Chunks(request), receive, reply, endpoint)
            else:
                assert isinstance(result, str)
                await reply.json(openai.completion(request, result))
        except Exception as error:  # noqa: BLE001 - a fault of the function is told by its name
            await self._fail(error, endpoint, "/v1/", reply)

    async def _spec(self, reply: Reply) -> None:
        spec = self._service.get_spec()
        assert spec is not None
        await reply.json(
            {**spec.model_dump(by_alias=True, exclude_none=True, mode="json"), "title": self.title}
        )

    async def _openapi(self, reply: Reply) -> None:
        await reply.whole(200, Answer(body=self._document))

    @cached_property
    def _document(self) -> bytes:
        return to_json(openapi_of(self._service, self.title, __version__))

    async def _health(self, reply: Reply) -> None:
        await reply.json({"status": "ok"})

    async def _ready(self, reply: Reply) -> None:
        if self.draining:
            raise Unavailable("the server is ending")
        if self.calls.threads.stuck:
            raise Unavailable(
                "every thread is held by a call that does not return", hint="restart the server"
            )
        await reply.json({"status": "ready", "apis": list(self._service.apis)})

    async def _metrics(self, reply: Reply) -> None:
        threads = self.calls.threads
        gauges = {
            "starwhale_serving_calls_under_way": (
                "Calls in threads that run or wait.",
                float(threads.under_way),
            ),
            "starwhale_serving_calls_given_up": (
                "Calls past their time that still run.",
                float(threads.lost),
            ),
        }
        await reply.whole(200, Answer(body=self.metrics.text(gauges).encode(), content_type=_TEXT))

    async def _models(self, reply: Reply) -> None:
        await reply.json(openai.models(self._chats, self._since))


def _chat_request(body: bytes) -> ChatRequest:
    try:
        return ChatRequest.model_validate_json(body)
    except ValidationError as exc:
        raise rejected(exc) from exc


async def _arguments(endpoint: Endpoint, body: bytes, scope: Scope, headers: Headers) -> dict[str, Any]:
    kind = headers.get(b"content-type", b"")
    query = query_of(scope)
    if kind.startswith(_FORMS) and body and not _is_json(kind, body):
        return endpoint.fill({**query, **await form_of(body, kind)})
    if kind and body and b"json" not in kind and not kind.startswith((b"text/plain", *_FORMS)):
        return _raw(endpoint, query, body, kind)
    if len(body) > 1 << 20:
        # a large body would hold up everybody else
        return await asyncio.to_thread(endpoint.read, body, query)
    return endpoint.read(body, query)


def _is_json(kind: bytes, body: bytes) -> bool:
    """Whether a form is no form: `curl -d` says of everything that it is one."""
    return kind.startswith(b"application/x-www-form-urlencoded") and body.lstrip()[:1] in {b"{", b"["}


def _raw(endpoint: Endpoint, query: dict[str, Any], body: bytes, kind: bytes) -> dict[str, Any]:
    """Arguments where the body is the bytes of the one picture or file that the function takes."""
    from starwhale.serving.media import Upload

    files = [name for name, each in endpoint.schema.get("properties", {}).items() if "x-media" in str(each)]
    if len(files) != 1:
        shown = kind.decode("latin-1")
        raise Unreadable(f"nothing here reads {shown}", hint="send application/json or multipart/form-data")
    return endpoint.fill({**query, files[0]: Upload(data=body, mime=kind.decode("latin-1"))})
