"""The description of the API (OpenAPI 3.1): what FastAPI knows, told in our words, each thing once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from starwhale.core.errors import StarwhaleError
from starwhale.server.access import MARK
from starwhale.server.contents import HEADERS
from starwhale.server.examples import give_examples
from starwhale.server.once import ONCE, SECRET

if TYPE_CHECKING:
    from fastapi import FastAPI

_METHODS = frozenset({"get", "put", "post", "delete", "patch", "head", "options"})
_SECTIONS = re.compile(r"\n\s*(?:Args|Returns|Raises|Yields):\n.*", re.DOTALL)
_DESCRIPTION = """\
Everything that `swcli` and the Python package do with a server, they do through these routes.

Send a token as `Authorization: Bearer …`, or the cookie of a session. What a route asks of its caller stands
in `x-access`: a permission in the project that the path names, `account` or `anybody`.

Lists come in pages: send `next` of one as `cursor` for the following one. Errors are problem documents
(RFC 9457) with a stable `code` and a `hint`. Fields that are not known are refused.
"""
_PROBLEM: dict[str, Any] = {
    "title": "Problem",
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "required": ["type", "title", "status", "detail", "code", "hint"],
    "properties": {
        "type": {"type": "string", "examples": ["about:blank"]},
        "title": {"type": "string", "examples": ["Not Found"]},
        "status": {"type": "integer", "minimum": 400, "maximum": 599, "examples": [404]},
        "detail": {"type": "string", "description": "One sentence.", "examples": ["no project 'visoin'"]},
        "code": {"type": "string", "description": "Our name of it, which never changes."},
        "hint": {
            "type": "string",
            "description": "What to do about it; empty where there is nothing to advise.",
            "examples": ["did you mean 'vision'?"],
        },
        "errors": {
            "type": "array",
            "description": "Which parts of the request are not valid.",
            "items": {
                "type": "object",
                "properties": {"where": {"type": "string"}, "what": {"type": "string"}},
            },
        },
    },
    "examples": [
        {
            "type": "about:blank",
            "title": "Not Found",
            "status": 404,
            "detail": "no project 'visoin'",
            "code": "not_found",
            "hint": "did you mean 'vision'?",
        }
    ],
}
#: Operations that tell an ETag besides those that take `If-Match` or `Range`, and those that show the same.
_TAGGED = {
    *("blob_size", "create_project", "recover_project"),
    *(
        f"{verb}_{kind}"
        for verb in ("create", "duplicate", "prefer", "unprefer")
        for kind in ("view", "panel", "report")
    ),
}
_BYTES: dict[str, Any] = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
_SCHEMES: dict[str, Any] = {
    "token": {"type": "http", "scheme": "bearer", "description": "Made with `POST /me/tokens`."},
    "session": {"type": "apiKey", "in": "cookie", "name": "starwhale_session"},
}


def install(app: FastAPI) -> None:
    """Have an application describe itself in this way; made when first asked for."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = describe(plain())
        return app.openapi_schema

    app.openapi = described


def operations(description: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and description of every operation."""
    for path, item in description["paths"].items():
        for method, operation in item.items():
            if method in _METHODS:
                yield method, path, operation


def describe(found: dict[str, Any]) -> dict[str, Any]:
    """The description that FastAPI has made, as it is given out."""
    found["info"]["description"] = _DESCRIPTION
    found["info"]["license"] = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
    components = found.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    codes = sorted(_codes(StarwhaleError))
    schemas["Problem"] = {
        **_PROBLEM,
        "properties": {
            **_PROBLEM["properties"],
            "code": {**_PROBLEM["properties"]["code"], "examples": codes},
        },
    }
    components["schemas"] = dict(sorted(schemas.items()))
    components["responses"] = {
        "Problem": {
            "description": "What went wrong.",
            "headers": {"Retry-After": HEADERS["Retry-After"]},
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    }
    components["securitySchemes"] = _SCHEMES
    for _, _, operation in operations(found):
        _describe(operation)
    for item in found["paths"].values():
        _give_headers(item)
    for schema in components["schemas"].values():
        _untitled(schema)
    give_examples(found)
    found["paths"] = dict(sorted(found["paths"].items()))
    return found


def _describe(operation: dict[str, Any]) -> None:
    text = _SECTIONS.sub("", operation.get("description", "")).strip()
    first, _, rest = text.partition("\n\n")
    summary = " ".join(first.split())
    operation["summary"] = summary.rstrip(".") or operation.get("summary", "")
    operation.pop("description", None)
    if rest.strip():
        operation["description"] = rest.strip()
    responses = operation["responses"]
    responses.pop("422", None)
    responses["4XX"] = responses["5XX"] = {"$ref": "#/components/responses/Problem"}
    if any(each["name"].lower() == "range" for each in operation.get("parameters", ())):
        content = responses.get("200", {}).get("content", _BYTES)
        responses["206"] = {"description": "The part that was asked for.", "content": content}
    for status, response in responses.items():
        if response.get("description") == "Successful Response":
            response["description"] = _said(status)
        if status == "200":
            content = response.setdefault("content", dict(_BYTES))
            for each in content.values():
                each.setdefault("schema", {"type": "string"})
    for each in operation.get("parameters", ()):
        each["schema"].pop("title", None)
    if operation.get(MARK) != "anybody":
        operation["security"] = [{"token": []}, {"session": []}]
    else:
        operation["security"] = [{}, {"token": []}, {"session": []}]


def _give_headers(item: dict[str, Any]) -> None:
    """Tell of the headers that come with answers for what their operations take."""
    edited = any(_takes(operation, "if-match") for operation in item.values())
    for method, operation in item.items():
        names: list[str] = []
        shown = edited and method in {"get", "put", "patch"}
        if shown or _takes(operation, "range") or operation.get("operationId") in _TAGGED:
            names.append("ETag")
        if operation.get(ONCE) not in {None, SECRET}:
            names.append("Idempotent-Replay")
        for status, response in operation["responses"].items():
            if names and status[0] == "2":
                response["headers"] = response.get("headers", {}) | {name: HEADERS[name] for name in names}


def _takes(operation: dict[str, Any], name: str) -> bool:
    return any(each["name"].lower() == name for each in operation.get("parameters", ()))


def _untitled(schema: Any) -> None:
    """Take the titles away that FastAPI makes of the names of fields: they say the same again."""
    for each in schema.get("properties", {}).values():
        each.pop("title", None)


def _said(status: str) -> str:
    return {"201": "Made.", "202": "Begun.", "204": "Done; there is nothing to tell."}.get(status, "Found.")


def _codes(kind: type[StarwhaleError]) -> Iterator[str]:
    # Those of rooms above are never told over HTTP, and are there only where somebody has imported them.
    if kind.__module__ == StarwhaleError.__module__:
        yield kind.code
    for each in kind.__subclasses__():
        yield from _codes(each)
