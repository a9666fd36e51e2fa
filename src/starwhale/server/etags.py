"""ETags: what somebody changes is what he has seen."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Depends, Header, Response

from starwhale.core.errors import UsageError

_TAG = re.compile(r'(?:W/)?"([\x21\x23-\x7e]{1,200})"')


def set_etag(response: Response, revision: str) -> None:
    """Tell which revision an answer shows."""
    response.headers["ETag"] = f'"{revision}"'


async def _expected(
    if_match: Annotated[
        str | None, Header(max_length=300, description="The ETag of what is to be changed; * for any.")
    ] = None,
) -> str | None:
    if if_match is None or if_match.strip() == "*":
        return None
    match = _TAG.fullmatch(if_match.strip())
    if match is None:
        raise UsageError("If-Match names no ETag", hint="send the one that came with what is to be changed")
    return match[1]


Expected = Annotated[str | None, Depends(_expected)]
"""The revision that a caller has seen; None where he does not say, or does not mind."""
