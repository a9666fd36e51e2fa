"""What the API says of answers that are no JSON: their media types."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

_TEXTS = ("text/", "application/x-ndjson")
#: Of answers that have no field for it: what to send as `cursor` for what follows.
NEXT = "X-Starwhale-Next"
OCTETS = "application/octet-stream"


#: What headers say that programs go by.
HEADERS: dict[str, dict[str, Any]] = {
    "ETag": {
        "description": "What is there now; for `If-Match`, `If-None-Match` and `If-Range`.",
        "schema": {"type": "string"},
    },
    "Idempotent-Replay": {
        "description": "That this was answered before; only where the same `Idempotency-Key` came again.",
        "schema": {"type": "string", "const": "true"},
    },
    "Retry-After": {
        "description": "Seconds to wait; with 429.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "X-Log-Ended": {
        "description": "Whether the task will print nothing more behind this.",
        "schema": {"type": "string", "enum": ["true", "false"]},
    },
    "X-Next-Offset": {
        "description": "The byte to go on from.",
        "schema": {"type": "integer", "minimum": 0},
    },
    NEXT: {
        "description": "What to send as `cursor` for what follows; only where there is more.",
        "schema": {"type": "string"},
    },
}


def told_as(*kinds: str, headers: Iterable[str] = ()) -> dict[int | str, dict[str, Any]]:
    """For the `responses` of a route whose answer is a file.

    Args:
        kinds: What it may be; parameters of a media type are left out.
        headers: Names of those in `HEADERS` that come with it.
    """
    names = dict.fromkeys(kind.partition(";")[0] for kind in kinds)
    answer: dict[str, Any] = {"content": {name: {"schema": _schema(name)} for name in names}}
    if headers:
        answer["headers"] = {name: HEADERS[name] for name in headers}
    return {200: answer}


def _schema(name: str) -> dict[str, Any]:
    return {"type": "string"} if name.startswith(_TEXTS) else {"type": "string", "format": "binary"}
