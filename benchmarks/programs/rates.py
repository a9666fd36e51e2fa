"""How many requests a server answers while four clients ask without a pause."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from http.client import HTTPConnection

CLIENTS = 4
SECONDS = 5.0


def rate(url: str, headers: Mapping[str, str], path: Callable[[], str]) -> float:
    """Requests per second for what `path` names each time.

    The simplest client there is: it shares the processors with the server.
    """
    counts = [0] * CLIENTS
    over = time.perf_counter() + SECONDS

    def read(place: int) -> None:
        connection = HTTPConnection(url.removeprefix("http://"))
        while time.perf_counter() < over:
            wanted = path()
            connection.request("GET", wanted, headers=dict(headers))
            answer = connection.getresponse()
            answer.read()
            if answer.status != HTTPStatus.OK:
                raise RuntimeError(f"{wanted} answered {answer.status}")
            counts[place] += 1
        connection.close()

    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(read, range(CLIENTS)))
    return sum(counts) / SECONDS
