"""Datasets made on the server of files that are sent to it: received, built by a child process, told of."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import ExitStack, aclosing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import orjson
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from starwhale.core.errors import StarwhaleError, Unavailable, error_of
from starwhale.datasets.uploaded import check_archive
from starwhale.kit.children import ask
from starwhale.server.problems import problem_of
from starwhale.server.receiving import place_below, spool, sweep
from starwhale.server.upload_build import PROGRAM, SENT, UploadRequest

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import Receive, Scope, Send

    from starwhale.server.life import Life
    from starwhale.server.once import Once
    from starwhale.server.settings import ServerSettings

AT_ONCE = 2
"""Builds of one process at a time; the others wait."""
LINES = "application/x-ndjson"
_WAIT = 1.0
# By a fault of its own, for want of memory, or since somebody ended it: that cannot be told apart.
_ENDED = "no version was made; try again, with fewer files at once if it ends so again"
_SWEEP_EVERY = 3600.0
_BUILT = b'{"built":'


class BuildAnswer(StreamingResponse):
    """Tells how a build goes on, and ends what it was made of with itself.

    Args:
        lines: What is told, a JSON document a line.
        held: What is given back at the end, also when nobody listens any more.
    """

    media_type = LINES

    def __init__(self, lines: AsyncGenerator[bytes], held: ExitStack) -> None:
        super().__init__(lines, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        self._lines = lines
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            with anyio.CancelScope(shield=True):
                await self._lines.aclose()
                await run_in_threadpool(self._held.close)


class UploadBuilds:
    """Builds of one process of a server.

    Args:
        settings: What the server is started with.
    """

    def __init__(self, settings: ServerSettings) -> None:
        self._store = settings.store
        self._settings = settings
        self._slots = asyncio.Semaphore(AT_ONCE)

    @property
    def root(self) -> Path:
        """Where files lie while something is made of them."""
        return self._store.root / "uploads"

    @property
    def limits(self) -> dict[str, int]:
        """What one build may have: bytes of files, bytes of memory, and seconds of a processor."""
        told = self._settings
        return {
            "largest": told.largest_upload,
            "memory": told.upload_memory,
            "seconds": told.upload_seconds,
        }

    def sweep(self) -> int:
        """Remove what a process left that was killed; how many places there were."""
        return sweep(self.root)

    async def begin(
        self,
        pieces: AsyncIterator[bytes],
        request: UploadRequest,
        life: Life,
        once: Callable[[bytes], Once | None] = lambda _: None,
    ) -> Response:
        """Receive files, and make a version of them while the answer is read.

        Args:
            pieces: A tar archive.
            request: What is to be made of it.
            life: Of this process: a build that it does not outlive is given up.
            once: The promise to do so once, for the digest of the archive; None where there is none.

        Raises:
            KeyReused: the promise was given for something else.
            UsageError: it is larger than allowed, or no archive.
            StorageFull: there is no space for it.
            Unavailable: the server is about to stop.
        """
        life.check_going_on()
        held, digest = ExitStack(), hashlib.sha256()
        try:
            place = await run_in_threadpool(held.enter_context, place_below(self.root))
            await spool(_digested(pieces, digest), place / SENT, largest=self._settings.largest_upload)
            await run_in_threadpool(check_archive, place / SENT)
            promise = once(digest.digest())
            if promise is None:
                return BuildAnswer(self._lines(place, request, life), held)
            if (known := await promise.answered(LINES)) is not None:
                await run_in_threadpool(held.close)
                return known
        except BaseException:
            with anyio.CancelScope(shield=True):
                await run_in_threadpool(held.close)
            raise
        told = replace(request, actor=replace(request.actor, request=promise.asks.request))
        return BuildAnswer(_kept(self._lines(place, told, life), promise), held)

    async def _lines(self, place: Path, request: UploadRequest, life: Life) -> AsyncGenerator[bytes]:
        while not await self._taken():
            yield _line({"waiting": True})
        try:
            command = [sys.executable, "-P", "-m", PROGRAM, "{answers}", request.to_json()]
            environment = {**os.environ, **self._store.to_env(), "PYTHONDONTWRITEBYTECODE": "1"}
            child = _Child(command, place, environment)
            try:
                async for told in child.answers():
                    yield _line(_shown(told))
                    if told.keys() & {"built", "error"}:
                        return
                    life.check_going_on()
                raise Unavailable(f"the build ended {child.ended}", hint=_ENDED)
            except StarwhaleError as error:
                yield _line({"problem": _problem(error)})
            finally:
                with anyio.CancelScope(shield=True):
                    await child.close()
        finally:
            self._slots.release()

    async def _taken(self) -> bool:
        try:
            async with asyncio.timeout(_WAIT):
                return await self._slots.acquire()
        except TimeoutError:
            return False


class _Child:
    """The process that builds; what it says comes from a thread that waits for it."""

    def __init__(self, command: list[str], place: Path, environment: dict[str, str]) -> None:
        self._lines = ask(command, cwd=place, env=environment)
        self._status = 0

    @property
    def ended(self) -> str:
        """How it ended, where it said nothing of it."""
        status = self._status
        return f"by {signal.Signals(-status).name}" if status < 0 else f"with status {status}"

    async def answers(self) -> AsyncGenerator[dict[str, Any]]:
        while (line := await run_in_threadpool(self._next)) is not None:
            yield orjson.loads(line)

    async def close(self) -> None:
        await run_in_threadpool(self._lines.close)

    def _next(self) -> bytes | None:
        try:
            return next(self._lines)
        except StopIteration as ended:
            self._status = ended.value or 0
            return None


def _shown(told: dict[str, Any]) -> dict[str, Any]:
    return {"problem": _problem(error_of(**told["error"]))} if "error" in told else told


def _problem(error: StarwhaleError) -> Any:
    return orjson.loads(problem_of(error).body)


async def _digested(pieces: AsyncIterator[bytes], digest: Any) -> AsyncGenerator[bytes]:
    async for piece in pieces:
        digest.update(piece)
        yield piece


async def _kept(lines: AsyncGenerator[bytes], promise: Once) -> AsyncGenerator[bytes]:
    """The same lines; what was built is kept before it is told."""
    async with promise.under_way(), aclosing(lines):
        async for line in lines:
            if line.startswith(_BUILT):
                await promise.finish(line)
            yield line


def _line(told: dict[str, Any]) -> bytes:
    return orjson.dumps(told) + b"\n"


async def sweep_uploads(app: FastAPI) -> None:
    """Remove, now and every hour, what processes left that were killed."""
    builds: UploadBuilds = app.state.upload_builds
    while True:
        await run_in_threadpool(builds.sweep)
        if not await app.state.life.pause(_SWEEP_EVERY):
            return
