"""Reading from where a server points to: its store of objects, which knows nobody and asks for no token."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx2

from starwhale.client.trust import trusted
from starwhale.core.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

_TIMEOUT = httpx2.Timeout(60.0, connect=10.0)


class Detours:
    """Connections to stores, without the token of any server. Safe to share among threads."""

    def __init__(self) -> None:
        self._client = httpx2.Client(timeout=_TIMEOUT, verify=trusted(), follow_redirects=False)

    def read(self, address: str, headers: Mapping[str, str]) -> bytes:
        """The bytes at an address.

        Args:
            address: What the server has answered with; good for a few minutes.
            headers: Which bytes: ``Range``, or nothing.

        Raises:
            Unavailable: the store does not answer, or not with the bytes; another address may help.
        """
        try:
            answer = self._client.get(address, headers=headers)
        except (httpx2.TransportError, httpx2.InvalidURL) as error:
            raise _useless(address, str(error) or type(error).__name__) from error
        if answer.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return b""  # as of a server itself: there are no bytes behind the end
        if answer.status_code != (HTTPStatus.PARTIAL_CONTENT if "Range" in headers else HTTPStatus.OK):
            raise _useless(address, f"status {answer.status_code}")
        return answer.content

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()


def _useless(address: str, cause: str) -> Unavailable:
    return Unavailable(
        f"the store of objects at {urlsplit(address).netloc!r} does not give the bytes: {cause}",
        hint="the server's setting `direct_reads` names it: is it reached from here?",
    )
