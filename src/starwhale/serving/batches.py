"""Requests that wait a moment for each other, so that one call serves several."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from inspect import Parameter
from typing import Any

from starwhale.core.errors import Unavailable
from starwhale.serving.endpoint import Endpoint

Run = Callable[[dict[str, list[Any]], int], Awaitable[Sequence[Any]]]


class Batches:
    """The line of one function.

    Args:
        endpoint: Says how many requests one call may serve, and how long the first waits.
        run: Calls the function with columns and the number of rows; gives a result or an error for each.
        backlog: Requests that may wait.
    """

    def __init__(self, endpoint: Endpoint, run: Run, backlog: int) -> None:
        self._endpoint = endpoint
        self._run = run
        self._backlog = backlog
        self._rows: list[tuple[dict[str, Any], asyncio.Future[Any]]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._calls: set[asyncio.Task[None]] = set()
        self._waiting = 0

    async def call(self, values: dict[str, Any]) -> Any:
        """The result of one request.

        Raises:
            Unavailable: too many wait already.
            Exception: whatever the call of its batch raised.
        """
        if self._waiting >= self._backlog:
            raise Unavailable("the server has more calls than it can do", hint="try again later")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        self._rows.append((values, future))
        if len(self._rows) >= self._endpoint.batch_size:
            self._go()
        elif self._timer is None:
            self._timer = loop.call_later(self._endpoint.batch_wait, self._go)
        self._waiting += 1
        try:
            return await future
        finally:
            self._waiting -= 1

    def _go(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        rows = [row for row in self._rows if not row[1].done()]
        self._rows = []
        if rows:
            task = asyncio.get_running_loop().create_task(self._serve(rows))
            self._calls.add(task)
            task.add_done_callback(self._calls.discard)

    async def _serve(self, rows: list[tuple[dict[str, Any], asyncio.Future[Any]]]) -> None:
        try:
            results = await self._run(self._columns([values for values, _ in rows]), len(rows))
        except BaseException as error:  # noqa: BLE001 - everybody in the batch is told
            results = [error] * len(rows)
        for (_, future), result in zip(rows, results, strict=True):
            if future.done():
                continue
            if isinstance(result, asyncio.CancelledError):
                future.cancel()
            elif isinstance(result, BaseException):
                future.set_exception(result)
            else:
                future.set_result(result)

    def _columns(self, rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
        names = dict.fromkeys(name for row in rows for name in row)
        return {name: [row[name] if name in row else self._default(name) for row in rows] for name in names}

    def _default(self, name: str) -> Any:
        parameter = self._endpoint.parameters.get(name)
        return None if parameter is None or parameter.default is Parameter.empty else parameter.default


def rows_of(result: Any, count: int) -> list[Any]:
    """What a function returned for a batch, one for each request.

    Raises:
        TypeError: it is no list.
        ValueError: it is longer or shorter than the batch.
    """
    if hasattr(result, "tolist") and getattr(result, "ndim", 0) > 0:
        result = list(result)
    if not isinstance(result, list | tuple):
        raise TypeError(f"a batch of {count} gave {type(result).__name__}, expected a list of as many")
    if len(result) != count:
        raise ValueError(f"a batch of {count} gave {len(result)} results")
    return list(result)
