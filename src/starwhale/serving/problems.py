"""What went wrong, as a problem document (RFC 9457), and where in the user's code it did."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import uuid4

from pydantic import ValidationError

from starwhale.core.errors import NotFound, StarwhaleError, Unavailable, UsageError

PROBLEM = b"application/problem+json"
log = logging.getLogger("starwhale.serving")
_OURS = str(Path(__file__).resolve().parent.parent) + "/"


class TimedOut(Unavailable):
    """A call, or the next piece of a stream, took longer than it may."""

    code = "timeout"
    http_status = 504


class TooLarge(UsageError):
    """A request holds more bytes than the server takes."""

    code = "too_large"
    http_status = 413


class NotAllowed(UsageError):
    """The address is there, and takes another method."""

    code = "method_not_allowed"
    http_status = 405


class Unreadable(UsageError):
    """A body in a form that nobody here reads."""

    code = "unreadable"
    http_status = 415


class Ended(RuntimeError):
    """A call that raised what would end a program, such as `SystemExit`."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(f"{type(error).__name__}: {error}")
        self.cause = error


class Rejected(UsageError):
    """Arguments that are not what a function takes.

    Attributes:
        faults: Where and what, one entry each.
    """

    http_status = 422

    def __init__(self, message: str, *, hint: str = "", faults: Sequence[Mapping[str, str]] = ()) -> None:
        super().__init__(message, hint=hint)
        self.faults = tuple(faults)


def rejected(error: ValidationError) -> UsageError:
    """What a validation found, as an error for the client."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    faults = [
        {"where": ".".join(map(str, each["loc"])), "what": each["msg"].removeprefix("Value error, ")}
        for each in found
    ]
    first = faults[0]
    if any(each["type"] == "json_invalid" for each in found):
        return UsageError(f"the body is not JSON: {first['what'].removeprefix('Invalid JSON: ')}")
    detail = f"{first['where']}: {first['what']}" if first["where"] else first["what"]
    return Rejected(detail, faults=faults)


def problem_of(error: BaseException, uri: str = "") -> dict[str, Any]:
    """The document of an error; what a user's function raised is logged and not told.

    Args:
        error: What was raised.
        uri: Of the function that was called; empty where none was.
    """
    match error:
        case StarwhaleError():
            more: dict[str, Any] = {"errors": list(error.faults)} if isinstance(error, Rejected) else {}
            return problem(error.http_status, error.message, code=error.code, hint=error.hint, **more)
        case _:
            return _fault(error, uri)


def problem(
    status: int, detail: str, *, code: str = "error", hint: str = "", instance: str = "", **more: Any
) -> dict[str, Any]:
    """A problem document."""
    found: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        **more,
    }
    if hint:
        found["hint"] = hint
    if instance:
        found["instance"] = instance
    return found


def _fault(error: BaseException, uri: str) -> dict[str, Any]:
    number = uuid4()
    cause = error.cause if isinstance(error, Ended) else error
    said = " ".join(str(cause).split())
    what = f"{type(cause).__name__}: {said}" if said else type(cause).__name__
    place = place_of(cause)
    log.error(
        "%s failed: %s%s (request %s)", uri or "the server", what, f" at {place}" if place else "", number
    )
    log.debug("the traceback of request %s", number, exc_info=cause)
    return problem(
        500,
        f"the function {uri!r} failed" if uri else "the server failed",
        code="user_code" if uri else "error",
        hint="the log of the server tells more",
        instance=f"urn:uuid:{number}",
    )


def place_of(error: BaseException) -> str:
    """``file.py:12: the line`` of the innermost code that is not ours; empty where there is none."""
    own = [each for each in traceback.extract_tb(error.__traceback__) if not each.filename.startswith(_OURS)]
    if isinstance(error, SyntaxError) and error.filename:
        return f"{_short(error.filename)}:{error.lineno}"
    here = str(Path.cwd()) + "/"
    found = [
        each for each in own if each.filename.startswith(here) and "/site-packages/" not in each.filename
    ]
    last = (found or own or [None])[-1]
    if last is None:
        return ""
    return f"{_short(last.filename)}:{last.lineno}" + (f": {last.line}" if last.line else "")


def _short(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else filename


def no_such(path: str, near: str | None) -> NotFound:
    """The error of an address that is not there."""
    return NotFound(f"there is nothing at {path!r}", hint=f"did you mean {near!r}?" if near else "see /docs")


def told(what: str, error: BaseException) -> str:
    """One sentence of an error in the user's code, with his own line."""
    said, place = " ".join(str(error).split()), place_of(error)
    name = type(error).__name__
    return f"{what}: {name}{': ' + said if said else ''}{' at ' + place if place else ''}"
