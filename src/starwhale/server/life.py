"""The life of a server process: since when it runs, and whether it is about to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from starwhale.core.errors import Unavailable
from starwhale.kit.times import utc_now

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection


class Life:
    """One process of a server.

    Attributes:
        since: When it began.
        draining: Whether it stops, and takes on nothing that lasts.
        requests: How many requests it has answered.
        in_flight: How many it is answering.
    """

    def __init__(self) -> None:
        self.since: datetime = utc_now()
        self.draining = False
        self.requests = 0
        self.in_flight = 0
        self._told: set[Callable[[], None]] = set()

    def drain(self) -> None:
        """Begin to stop: whoever streams is told to end. Called on the loop of the server."""
        self.draining = True
        for tell in list(self._told):
            tell()

    def check_going_on(self) -> None:
        """Refuse what the server takes on no more.

        Raises:
            Unavailable: it is about to stop.
        """
        if self.draining:
            raise Unavailable("the server is about to stop", hint="ask another one")

    async def pause(self, seconds: float, told: set[Callable[[], None]] | None = None) -> bool:
        """Wait, but not beyond the moment at which the server begins to stop.

        Args:
            seconds: For how long.
            told: What is called to end it earlier stands in here meanwhile.

        Returns:
            Whether it goes on.
        """
        if self.draining:
            return False
        ended = asyncio.Event()
        places = [self._told] if told is None else [self._told, told]
        for place in places:
            place.add(ended.set)
        try:
            async with asyncio.timeout(seconds):
                await ended.wait()
        except TimeoutError:
            pass
        finally:
            for place in places:
                place.discard(ended.set)
        return not self.draining


def life_of(request: HTTPConnection) -> Life:
    """The life of the process that was asked."""
    return request.app.state.life
