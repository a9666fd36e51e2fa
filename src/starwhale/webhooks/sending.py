"""Sends one delivery: one request, to the address that was looked at, without redirects or proxies."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from starwhale.core.errors import StarwhaleError
from starwhale.webhooks.targets import Resolve, address_of, read_target, resolve

#: Seconds for one attempt, from the name to the status.
SECONDS = 5.0
#: Bytes of a body, and of the head of an answer.
LARGEST = 64 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of an attempt.

    Attributes:
        status: HTTP status; None where there was no answer.
        error: Why it has failed, without a word of what was answered; empty where it has not.
    """

    status: int | None
    error: str = ""

    @property
    def ok(self) -> bool:
        """Whether the delivery was taken."""
        return not self.error


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Sends deliveries.

    Attributes:
        private: Whether they may go to addresses that are not public.
        resolve: Gives the addresses of a name.
        seconds: For one attempt.
    """

    private: bool = False
    resolve: Resolve = resolve
    seconds: float = SECONDS

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        """Send one request; all that can go wrong is an outcome."""
        try:
            async with asyncio.timeout(self.seconds):
                status = await self._post(url, headers, body)
        except TimeoutError:
            return Outcome(status=None, error=f"no answer within {self.seconds:g} seconds")
        except StarwhaleError as exc:
            return Outcome(status=None, error=exc.message)
        except ssl.SSLCertVerificationError:
            return Outcome(status=None, error="its certificate is not to be trusted")
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError) as exc:
            return Outcome(status=None, error=_reason(exc))
        if 200 <= status < 300:
            return Outcome(status=status)
        if 300 <= status < 400:
            return Outcome(status=status, error="it redirects elsewhere, which is not followed")
        return Outcome(status=status, error=f"it answers with status {status}")

    async def _post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        target = read_target(url)
        address = await address_of(target, self.resolve, private=self.private)
        reader, writer = await asyncio.open_connection(
            address,
            target.port,
            limit=LARGEST,
            ssl=_trust() if target.secure else None,
            server_hostname=target.host if target.secure else None,
        )
        try:
            lines = [f"POST {target.path} HTTP/1.1", f"Host: {target.authority}"]
            lines += [f"{name}: {value}" for name, value in headers.items()]
            lines += [f"Content-Length: {len(body)}", "Connection: close", "", ""]
            writer.write("\r\n".join(lines).encode("ascii") + body)
            await writer.drain()
            return await _status(reader)
        finally:
            # Nothing of the answer is wanted but its status.
            writer.transport.abort()


async def _status(reader: asyncio.StreamReader) -> int:
    while True:
        version, _, rest = (await reader.readuntil(b"\n")).decode("latin-1").partition(" ")
        code = rest[:3]
        if not version.startswith("HTTP/1.") or not (code.isascii() and code.isdigit()):
            raise ValueError("it does not speak HTTP")
        if int(code) >= 200:
            return int(code)
        while (await reader.readuntil(b"\n")).strip():
            continue  # the head of an answer that only says that another one follows


@lru_cache(maxsize=1)
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()


def _reason(error: BaseException) -> str:
    if isinstance(error, asyncio.LimitOverrunError):
        return "its answer is too long"
    if isinstance(error, EOFError):
        return "it hangs up"
    if isinstance(error, OSError):
        return f"it cannot be reached: {error.strerror or type(error).__name__}"
    return str(error) or type(error).__name__
