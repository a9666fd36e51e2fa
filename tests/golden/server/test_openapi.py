"""The API is as it was reviewed, and every operation of it is described."""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest

from starwhale.core.permissions import EVERYTHING
from starwhale.server.description import operations

TOOLS = Path(__file__).parents[3] / "tools"
GOLDEN = Path(__file__).with_name("openapi.json")
_PERMISSIONS = {str(each) for each in EVERYTHING}


@pytest.fixture(scope="module")
def text() -> str:
    sys.path.insert(0, str(TOOLS))
    try:
        import write_openapi  # pyright: ignore[reportMissingImports]
    finally:
        sys.path.remove(str(TOOLS))
    return write_openapi.description()


@pytest.fixture(scope="module")
def described(text: str) -> dict[str, Any]:
    return orjson.loads(text)


def test_the_api_is_as_reviewed(text: str) -> None:
    if os.environ.get("STARWHALE_GOLDEN") == "write":
        GOLDEN.write_text(text, encoding="utf-8")
    told = "the API has changed; `make golden` writes it anew, for the change to be reviewed"
    assert GOLDEN.read_text(encoding="utf-8") == text, told


def test_it_is_openapi_3_1_whose_references_all_lead_somewhere(described: dict[str, Any]) -> None:
    assert described["openapi"].startswith("3.1")
    named: set[str] = set()
    waiting: list[Any] = [described]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            named.update([value["$ref"]] if isinstance(value.get("$ref"), str) else [])
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    for reference in named:
        place: Any = described
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


def test_schemas_have_names_of_their_own(described: dict[str, Any]) -> None:
    names = described["components"]["schemas"]
    # Of two classes with one name, each is called by its module, which programs are written against then.
    assert [
        name for name in names if name.startswith("starwhale__") or name.endswith(("-Input", "-Output"))
    ] == []


def test_every_operation_has_a_summary_an_id_and_its_access(described: dict[str, Any]) -> None:
    ids = Counter(operation["operationId"] for _, _, operation in operations(described))
    assert [each for each, count in ids.items() if count > 1] == []
    for method, path, operation in operations(described):
        where = f"{method} {path}"
        summary = operation.get("summary", "")
        assert summary, where
        assert len(summary) <= 120, where
        assert summary[0].isupper() or summary.startswith("`"), where
        assert operation["x-access"] in _PERMISSIONS | {"anybody", "account"}, where
        assert operation["tags"], where


def test_every_operation_tells_what_it_answers(described: dict[str, Any]) -> None:
    for method, path, operation in operations(described):
        where = f"{method} {path}"
        good = [status for status in operation["responses"] if status.startswith(("2", "3"))]
        assert good, where
        for status in good:
            response = operation["responses"][status]
            assert response.get("description") not in {None, "", "Successful Response"}, where
            for content in response.get("content", {}).values():
                assert content.get("schema") is not None, where
        assert operation["responses"]["4XX"] == {"$ref": "#/components/responses/Problem"}, where


def test_every_parameter_and_body_has_a_schema(described: dict[str, Any]) -> None:
    for method, path, operation in operations(described):
        for each in operation.get("parameters", []):
            assert "schema" in each, (method, path, each)
        body = operation.get("requestBody")
        assert body is None or body["content"], (method, path)
