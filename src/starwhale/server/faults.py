"""What is wrong with a request, in words for whoever has sent it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.requests import HTTPConnection
from starlette.routing import compile_path

from starwhale.kit.suggest import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI
    from fastapi.dependencies.models import Dependant

MOST = 20
_IF_MATCH = "if-match"
_READING = {"GET", "HEAD"}
_WORDS = {
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "dict_type": "must be a JSON object",
    "extra_forbidden": "there is no such field",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "int_from_float": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "list_type": "must be a list",
    "missing": "is missing",
    "model_attributes_type": "must be a JSON object",
    "model_type": "must be a JSON object",
    "string_type": "must be text",
    "string_unicode": "must be text, and this is no Unicode",
}


def faults_of(errors: Sequence[Any], known: Iterable[str] = ()) -> list[dict[str, str]]:
    """Where a request is not valid, and what is wrong there; at most `MOST` faults.

    Args:
        errors: As pydantic tells of them.
        known: Names of the fields that the body may have.
    """
    fields = sorted(known)
    return [_fault(each, fields) for each in errors[:MOST]]


def fields_of(request: HTTPConnection) -> Iterable[str]:
    """Names of the fields that the body of a request may have; none where it has no body of fields."""
    body = getattr(request.scope.get("route"), "body_field", None)
    return getattr(body and body.field_info.annotation, "model_fields", ())


def _fault(error: Any, fields: Sequence[str]) -> dict[str, str]:
    where = ".".join(map(str, error["loc"]))
    if error["type"] == "json_invalid":
        why = error.get("ctx", {}).get("error", "it cannot be read")
        place = f", at character {error['loc'][-1]}" if len(error["loc"]) > 1 else ""
        return {"where": "body", "what": f"is no JSON: {why}{place}"}
    plain = str(error["msg"]).removeprefix("Value error, ")
    what = _WORDS.get(error["type"], plain[:1].lower() + plain[1:])
    if error["type"] == "extra_forbidden" and tuple(error["loc"][:-1]) == ("body",):
        near = nearest(str(error["loc"][-1]), fields)
        what += f"; did you mean {near!r}?" if near else ""
    return {"where": where, "what": what}


def is_no_json(request: Request, errors: Sequence[Any]) -> bool:
    """Whether a body was refused because it is of another kind, and says so."""
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    is_json = kind == "application/json" or kind.endswith("+json")
    return not is_json and any(tuple(each["loc"]) == ("body",) for each in errors)


def refuse_unknown_parameters(request: HTTPConnection) -> None:
    """Refuse a parameter that a route does not know: a filter with a slip of the pen would filter nothing.

    Raises:
        RequestValidationError: there is one, or one holds a zero byte, which no database takes; or a change
            is to come about only where something is as it was, and the route does not look at that.
    """
    if "if-match" in request.headers and request.scope.get("method") not in _READING:
        route = request.scope["route"]
        if _IF_MATCH not in _headers(route.dependant):
            raise _refusal(_IF_MATCH, "this looks at no ETag; leave it away", place="header")
    if not request.scope["query_string"]:
        return
    route = request.scope["route"]
    known = getattr(route, "known_parameters", None)
    if known is None:
        known = route.known_parameters = frozenset(_parameters(route.dependant))
    for name, value in request.query_params.multi_items():
        if name not in known:
            near = nearest(name, sorted(known))
            meant = f"; did you mean {near!r}?" if near else ""
            raise _refusal(name[:80], f"there is no such parameter{meant}")
        if "\0" in value:
            raise _refusal(name, "a text may not hold the character U+0000")


def _refusal(name: str, what: str, place: str = "query") -> RequestValidationError:
    return RequestValidationError([{"type": "value_error", "loc": (place, name), "msg": what}])


def _parameters(dependant: Dependant) -> Iterator[str]:
    for each in dependant.query_params:
        yield each.alias
    for each in dependant.dependencies:
        yield from _parameters(each)


def _headers(dependant: Dependant) -> Iterator[str]:
    for each in dependant.header_params:
        yield each.alias
    for each in dependant.dependencies:
        yield from _headers(each)


def allowed_methods(app: FastAPI, path: str) -> list[str]:
    """The methods that are answered at a path."""
    found: set[str] = set()
    for route in iter_route_contexts(app.routes):
        if route.path is not None and compile_path(route.path)[0].match(path):
            found |= route.methods or set()
    return sorted(found)
