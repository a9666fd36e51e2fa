"""What the description of the API says of answers, and how one differs from it."""

from __future__ import annotations

from functools import reduce
from operator import getitem
from typing import Any
from urllib.parse import quote

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from starwhale.server.contents import HEADERS

#: Statuses that the standard says everything of.
_PLAIN = {"304"}


class Described:
    """What the description of the API says of answers."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        resource = Resource(contents=document, specification=DRAFT202012)
        self._registry = Registry().with_resource("urn:api", resource)
        self._validators: dict[str, Draft202012Validator] = {}

    def drift(self, path: str, method: str, answer: Any) -> str:
        """How an answer differs from what is said of it; empty where it does not."""
        known = self._document["paths"][path][method.lower()]["responses"]
        status = str(answer.status_code)
        found = next((each for each in (status, f"{status[0]}XX", "default") if each in known), None)
        if found is None:
            return f"{status} is not described"
        kind = answer.headers.get("content-type", "").partition(";")[0]
        steps = ["paths", path, method.lower(), "responses", found]
        if "$ref" in known[found]:
            steps = known[found]["$ref"].split("/")[1:]
        response = reduce(getitem, steps, self._document)
        content = response.get("content", {})
        untold = {name for name in HEADERS if name in answer.headers} - response.get("headers", {}).keys()
        if untold and status not in _PLAIN:
            return f"{status} is not described with {', '.join(sorted(untold))}"
        if not answer.content:
            return ""
        if kind not in content:
            return f"{status} is not described as {kind}"
        if kind not in {"application/json", "application/problem+json"}:
            return ""
        fault = best_match(self._validator([*steps, "content", kind, "schema"]).iter_errors(answer.json()))
        return "" if fault is None else f"{status} {fault.json_path}: {fault.message:.200}"

    def _validator(self, steps: list[str]) -> Draft202012Validator:
        pointer = "/".join(each.replace("~", "~0").replace("/", "~1") for each in steps)
        if pointer not in self._validators:
            schema = {"$ref": "urn:api#/" + quote(pointer, safe="/~")}
            self._validators[pointer] = Draft202012Validator(schema, registry=self._registry)
        return self._validators[pointer]
