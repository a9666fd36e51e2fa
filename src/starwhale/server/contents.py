"""What the API says of answers that are no JSON: their media types."""

from __future__ import annotations

from typing import Any

_TEXTS = ("text/", "application/x-ndjson")
OCTETS = "application/octet-stream"


def told_as(*kinds: str) -> dict[int | str, dict[str, Any]]:
    """For the `responses` of a route whose answer is a file.

    Args:
        kinds: What it may be; parameters of a media type are left out.
    """
    names = dict.fromkeys(kind.partition(";")[0] for kind in kinds)
    return {200: {"content": {name: {"schema": _schema(name)} for name in names}}}


def _schema(name: str) -> dict[str, Any]:
    return {"type": "string"} if name.startswith(_TEXTS) else {"type": "string", "format": "binary"}
