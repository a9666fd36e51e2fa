"""What went wrong, as problem documents (RFC 9457)."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError, WebSocketRequestValidationError
from fastapi.responses import Response
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from starwhale.core.errors import Forbidden, NotFound, StarwhaleError, TooMany, Unauthorized
from starwhale.server.faults import allowed_methods, faults_of, fields_of, is_no_json
from starwhale.server.logbook import template

_log = logging.getLogger("starwhale.server")


class Problem(Response):
    """A problem document.

    Args:
        status: HTTP status.
        code: Our name of the problem, which never changes.
        detail: One sentence.
        hint: What to do about it; empty where there is nothing to advise.
        more: Further members.
    """

    media_type = "application/problem+json"

    def __init__(self, status: int, code: str, detail: str, hint: str = "", **more: Any) -> None:
        import orjson

        body = {
            "type": "about:blank",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": detail,
            "code": code,
            "hint": hint,
            **more,
        }
        headers = (
            {"WWW-Authenticate": 'Bearer realm="starwhale"'} if status == HTTPStatus.UNAUTHORIZED else {}
        )
        super().__init__(orjson.dumps(body, default=str), status, headers)


def install(app: FastAPI) -> None:
    """Have an application tell of every error in this form."""
    app.add_exception_handler(StarwhaleError, _deliberate)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(WebSocketRequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _of_the_framework)
    app.add_exception_handler(DataError, _unstorable)
    app.add_exception_handler(OverflowError, _unstorable)
    app.add_exception_handler(ClientDisconnect, _broken_off)
    app.add_exception_handler(Exception, _unforeseen)


def problem_of(error: StarwhaleError) -> Problem:
    """The document of one of our errors."""
    answer = Problem(error.http_status, error.code, error.message, error.hint)
    if isinstance(error, TooMany):
        digits = "".join(filter(str.isdigit, error.hint))
        answer.headers["Retry-After"] = digits or "60"
    return answer


async def _deliberate(request: Request, error: Exception) -> Response:
    assert isinstance(error, StarwhaleError)
    actor = getattr(request.state, "actor", None)
    if isinstance(error, (NotFound, Forbidden)) and actor is not None and actor.user is None:
        # Whoever has not said who he is learns only that he should.
        error = Unauthorized("this is not to be seen without logging in", hint="log in, or send a token")
    if error.http_status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.error("%s %s: %s", request.scope.get("method", "WEBSOCKET"), _asked(request), error)
    return problem_of(error)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError | WebSocketRequestValidationError)
    if is_no_json(request, error.errors()):
        return Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "send JSON as application/json"
        )
    faults = faults_of(error.errors(), fields_of(request))
    first = faults[0] if faults else {"where": "the request", "what": "is not valid"}
    detail = f"{first['where']}: {first['what']}"
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_request", detail, errors=faults)


async def _of_the_framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status, detail, hint = HTTPStatus(error.status_code), str(error.detail), ""
    if status is HTTPStatus.NOT_FOUND and _is_looked_at(request) and request.app.state.console.built:
        page = request.app.state.console.page()
        return Response(page.content, status, headers=page.headers)
    headers = dict(error.headers or {})
    if status is HTTPStatus.NOT_FOUND:
        detail = f"there is nothing at {request.url.path[:200]!r}"
        hint = "/api/v1/openapi.json lists what there is"
    elif status is HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(allowed_methods(request.app, request.url.path))
        detail, hint = f"{request.method} is not answered here", f"use {headers['Allow']}"
    answer = Problem(status, status.name.lower(), detail, hint)
    answer.headers.update(headers)
    return answer


def _is_looked_at(request: Request) -> bool:
    """Whether somebody has opened an address in a browser, where a page of the console may stand."""
    accepted = request.headers.get("accept", "")
    return request.method == "GET" and "text/html" in accepted and not request.url.path.startswith("/api/")


async def _unstorable(request: Request, error: Exception) -> Response:
    """What no column of the database can hold: nothing was written."""
    _log.warning("%s %s: %s", request.method, _asked(request), type(error).__name__)
    return Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "invalid_request",
        "a value is out of the range that is stored",
    )


async def _broken_off(_request: Request, _error: Exception) -> Response:
    """Whoever hung up in the middle of his request reads no answer: this one stands in the log."""
    return Problem(HTTPStatus.BAD_REQUEST, "usage", "the request broke off")


async def _unforeseen(request: Request, error: Exception) -> Response:
    number = getattr(request.state, "request_id", "")
    _log.error("%s %s failed, request %s", request.method, _asked(request), number, exc_info=error)
    return Problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "internal",
        "something went wrong in the server",
        f"tell its administrator the request id {number}",
        request=number,
    )


def _asked(request: Request) -> str:
    """What was asked for, without what the caller filled in: a path may be a secret."""
    return template(request.scope) or "an unknown path"
