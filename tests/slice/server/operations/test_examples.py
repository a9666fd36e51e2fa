"""Every body and every answer of the API is described with an example that is one."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI
from jsonschema import Draft202012Validator

from starwhale.server.app import openapi
from starwhale.server.description import operations
from starwhale.server.examples import example_of


@pytest.fixture
def described(server_app: FastAPI) -> dict[str, Any]:
    return openapi(server_app)


def test_every_json_body_and_answer_has_an_example_that_fits(described: dict[str, Any]) -> None:
    wrong: list[str] = []
    for method, path, operation in operations(described):
        told = {"body": operation.get("requestBody", {}), **operation["responses"]}
        for name, each in told.items():
            content = each.get("content", {}).get("application/json")
            if content is None:
                continue
            where = f"{method} {path} {name}"
            schema = {**content["schema"], "components": described["components"]}
            found = content.get("example", content.get("examples"))
            faults = Draft202012Validator(schema).iter_errors(found)
            wrong += [f"{where}: {fault.message}" for fault in faults]
    assert not wrong, "\n".join(wrong)


def test_what_refers_to_itself_ends() -> None:
    branches = {"type": "array", "items": {"$ref": "#/Tree"}}
    tree = {"type": "object", "required": ["parts"], "properties": {"parts": branches}}
    found, depth = example_of({"$ref": "#/Tree"}, {"Tree": tree}), 0
    while found["parts"]:
        found, depth = found["parts"][0], depth + 1
    assert 0 < depth < 10
