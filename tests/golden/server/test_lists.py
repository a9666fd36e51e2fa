"""No list of the API comes whole: each has pages, or ends by construction, and then it is said here why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from starwhale.core.page import LARGEST
from starwhale.server.description import operations

#: Lists without pages in answers, and what keeps each from growing; a name may be gone by now.
BOUNDED = {
    "Missing.missing": "no more than the digests that were asked about",
    "Verdict.broken_at": "the two ends of one gap",
    "MintedToken.scopes": "there are so many permissions",
    "Pool.users": "no more than a request to change the pool may name",
    "Version.tags": "put on by hand, and listed by pages at the package",
    "Summary.tags": "put on by hand, and listed by pages at the package",
    "Row.cut": "columns of one row",
    "Differences.columns": "columns of two versions",
    "Differences.examples": "as many as were asked for, 100 at most",
    "Job.datasets": "no more than a request for a job may name",
    "Job.services": "no more than steps",
    "Job.steps": "handlers of one model, of 10,000 replicas at most",
    "UseOverTime.points": "thinned: 480 at most",
    "UseOverTime.attempts": "the last 100",
    "FileChanged.lines": "a text of 1 MiB at most",
    "Table.columns": "columns of one table",
    "RowsOfKeys.items": "no more than the keys that were asked for",
    "RowsOfKeys.missing": "no more than the keys that were asked for",
    "RowsOfKeys.left": "no more than the keys that were asked for",
    "RenewedMedia.urls": "no more than were asked about",
    "Groups.groups": "refused beyond a bound",
    "Groups.edges": "one more than the ranges that were asked for, 500 at most",
    "Run.tags": "put on by hand, 100 with one start at most",
    "Run.processes": "the last 1000",
    "Webhook.events": "50 at most",
    "MadeWebhook.events": "50 at most",
    "Settings.items": "fields of one class",
    "MeasuredIntervals.metrics": "no more than a request may name",
    "MeasuredIntervals.intervals": "one for each metric",
    "Findings.items": "checks of the doctor",
}

#: Answers of a document a line that need no cursor, and why.
ENDING = {
    "export_table": "the whole table, which is read as it is sent",
    **dict.fromkeys(("export_events", "export_project_events"), "all of them, read as they are sent"),
    "build_dataset": "how one build goes on, until its end",
}

#: Answers with a cursor that nobody may send: those of a published report give the page its author chose.
ASKED_BY_OTHERS = {"read_shared_answer", "read_shared_panel"}


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return orjson.loads(Path(__file__).with_name("openapi.json").read_bytes())


def answers(described: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Id of an operation, and the schema of what it answers when all is well."""
    for _, _, operation in operations(described):
        for status, response in operation["responses"].items():
            if status.startswith("2"):
                for content in response.get("content", {}).values():
                    yield operation["operationId"], content.get("schema", {})


def lists(schema: dict[str, Any], schemas: dict[str, Any]) -> Iterator[str]:
    """Lists without pages that an answer is made of; what has some says what is `next`."""
    name = schema.get("$ref", "").rpartition("/")[2]
    for choice in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from lists(choice, schemas)
    fields = schemas.get(name, schema).get("properties", {})
    for field, each in fields.items() if "next" not in fields else ():
        if "array" in {each.get("type"), *(choice.get("type") for choice in each.get("anyOf", ()))}:
            yield f"{name}.{field}"


def test_no_answer_is_a_bare_list_or_a_map_of_things(described: dict[str, Any]) -> None:
    bare = [name for name, schema in answers(described) if schema.get("type") == "array"]
    maps = [name for name, schema in answers(described) if schema.get("additionalProperties") is not None]
    assert bare == []
    # One document each, whose names are its own.
    assert sorted(maps) == ["get_row", "health", "model_facts", "ready", "runtime_environment", "version"]


def test_every_list_has_pages_or_an_end(described: dict[str, Any]) -> None:
    schemas = described["components"]["schemas"]
    found = {each for _, schema in answers(described) for each in lists(schema, schemas)}
    assert sorted(found - BOUNDED.keys()) == [], "give these as `Listed[...]`, or say in BOUNDED why they end"


def test_whatever_has_pages_takes_how_long_they_are_and_where_to_go_on(described: dict[str, Any]) -> None:
    schemas, paged = described["components"]["schemas"], 0
    for _, path, operation in operations(described):
        answer = operation["responses"].get("200", {}).get("content", {}).get("application/json", {})
        if "next" not in _fields(answer, schemas) or operation["operationId"] in ASKED_BY_OTHERS:
            continue
        paged += 1
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        asked = {each["name"]: each["schema"] for each in operation.get("parameters", [])}
        asked |= _fields(body, schemas)
        assert asked.get("size", {}).get("maximum") == LARGEST, path
        assert "cursor" in asked, path
    assert paged > 30


def test_lines_that_stop_somewhere_tell_where_to_go_on(described: dict[str, Any]) -> None:
    schemas, ending = described["components"]["schemas"], set[str]()
    for _, path, operation in operations(described):
        answer = operation["responses"].get("200", {})
        if "application/x-ndjson" not in answer.get("content", {}):
            continue
        if "X-Starwhale-Next" not in answer.get("headers", {}):
            ending.add(operation["operationId"])
            continue
        body = operation["requestBody"]["content"]["application/json"]
        assert {"limit", "cursor"} <= _fields(body, schemas).keys(), path
    assert ending == ENDING.keys()


def _fields(content: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    return schemas.get(name, {}).get("properties", {})
