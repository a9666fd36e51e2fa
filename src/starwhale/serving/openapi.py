"""The OpenAPI document of a service, made of the hints of its functions."""

from __future__ import annotations

import inspect
from typing import Any

from starwhale.serving.apis import Apis
from starwhale.serving.endpoint import Endpoint
from starwhale.serving.inference import ServiceType
from starwhale.serving.openai import chats_of

_REFERENCE = "#/components/schemas/{}"
_PROBLEM = {
    "type": "object",
    "required": ["title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "hint": {"type": "string"},
        "instance": {"type": "string"},
    },
}


def openapi_of(service: Apis, title: str, version: str) -> dict[str, Any]:
    """OpenAPI 3.1 of a service.

    Args:
        service: The functions.
        title: What it is called.
        version: Of Starwhale.
    """
    schemas: dict[str, Any] = {"Problem": _PROBLEM}
    paths: dict[str, Any] = {}
    for endpoint in service.apis.values():
        paths[f"/api/{endpoint.uri}"] = {"post": _operation(endpoint, schemas)}
    paths["/api/spec"] = {"get": _plain("spec", "The functions that have an inference type")}
    if chats_of(service.apis):
        body = {"application/json": {"schema": {"type": "object", "required": ["model", "messages"]}}}
        chat = _plain("chat_completions", "A chat, as clients of OpenAI write it")
        paths["/v1/chat/completions"] = {"post": {**chat, "requestBody": {"content": body}}}
        paths["/v1/models"] = {"get": _plain("models", "The functions that chat")}
    for path, what in (
        ("/healthz", "Whether the process lives"),
        ("/readyz", "Whether it takes requests"),
        ("/metrics", "Counters in the text form of Prometheus"),
    ):
        paths[path] = {"get": _plain(path.strip("/"), what)}
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version},
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _plain(name: str, what: str) -> dict[str, Any]:
    return {"operationId": name, "summary": what, "responses": {"200": {"description": "OK"}}}


def _operation(endpoint: Endpoint, schemas: dict[str, Any]) -> dict[str, Any]:
    name = endpoint.uri.replace("/", "_")
    schema = _hoisted(_described(endpoint), schemas, name)
    schemas[f"{name}_arguments"] = schema
    reference = {"schema": {"$ref": _REFERENCE.format(f"{name}_arguments")}}
    # every file is base64 in JSON, and plain bytes in a form
    content = {"application/json": reference, "multipart/form-data": reference}
    kind = endpoint.inference_type
    return {
        "operationId": name,
        "summary": (inspect.getdoc(endpoint.func) or endpoint.uri).partition("\n")[0],
        "description": inspect.getdoc(endpoint.func) or "",
        "requestBody": {"required": bool(schema.get("required")), "content": content},
        "responses": _responses(endpoint, schemas),
        "x-starwhale": {
            "inference_type": kind.name if kind is not None else None,
            "outputs": [{"kind": each.kind, "label": each.label} for each in endpoint.outputs],
            "streams": _streams(endpoint),
        },
    }


def _described(endpoint: Endpoint) -> dict[str, Any]:
    """The schema of the arguments; that of an inference type holds only what the function takes."""
    schema = dict(endpoint.schema)
    kind = endpoint.inference_type
    if kind is None:
        return schema
    fields = schema.get("properties", {})
    schema["properties"] = {
        name: {**fields[name], **_told(kind, name)} for name in fields if name in kind.args
    }
    schema["required"] = [name for name in schema.get("required", ()) if name in kind.args]
    return schema


def _told(kind: ServiceType, name: str) -> dict[str, Any]:
    value = kind.args.get(name)
    if value is None:
        return {}
    told = value.model_dump(exclude_none=True)
    words = {"default_val": "default", "min": "minimum", "max": "maximum", "step": "x-step"}
    return {words[key]: each for key, each in told.items()}


def _responses(endpoint: Endpoint, schemas: dict[str, Any]) -> dict[str, Any]:
    result = _hoisted(dict(endpoint.result_schema), schemas, endpoint.uri.replace("/", "_"))
    problem = {"application/problem+json": {"schema": {"$ref": _REFERENCE.format("Problem")}}}
    kind = "text/event-stream" if _streams(endpoint) else "application/json"
    return {
        "200": {"description": "What the function returned", "content": {kind: {"schema": result}}},
        "422": {"description": "The arguments are not what it takes", "content": problem},
        "500": {"description": "The function failed", "content": problem},
        "503": {"description": "Too many calls wait", "content": problem},
        "504": {"description": "It took too long", "content": problem},
    }


def _streams(endpoint: Endpoint) -> bool:
    return inspect.isgeneratorfunction(endpoint.func) or inspect.isasyncgenfunction(endpoint.func)


def _hoisted(schema: dict[str, Any], schemas: dict[str, Any], owner: str) -> dict[str, Any]:
    """The schema with its definitions moved to those of the document, under the name of their function."""
    found = {key: value for key, value in schema.items() if key != "$defs"}
    for name, each in schema.get("$defs", {}).items():
        schemas[f"{owner}_{name}"] = _moved(each, owner)
    return _moved(found, owner)


def _moved(value: Any, owner: str) -> Any:
    if isinstance(value, dict):
        found: dict[str, Any] = value
        moved = {key: _moved(each, owner) for key, each in found.items()}
        if "$ref" in found:
            moved["$ref"] = _REFERENCE.format(f"{owner}_{found['$ref'].rpartition('/')[2]}")
        return moved
    return [_moved(each, owner) for each in value] if isinstance(value, list) else value
