"""Where a webhook may point: to the public internet, and there to nothing but web servers.

A name is resolved once for each attempt, every address it stands for must be a public one, and the
connection goes to the address that was looked at; so a name that means another address a moment later
leads nowhere else.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from starwhale.core.errors import Forbidden, Unavailable, UsageError

#: Gives the addresses that a name stands for.
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
_LONGEST = 2000
_PLAIN = re.compile(r"[\x21-\x7e]+")
_PORTS = {"http": 80, "https": 443}
_OTHERS_FROM = 1024
# IPv6 addresses that stand for an IPv4 address somewhere behind a translator.
_TRANSLATED = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
_COMPATIBLE = IPv6Network("::/96")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An address of the web, taken apart.

    Attributes:
        secure: Whether it is ``https``.
        host: In lower case; a name of other letters in its form for the network.
        port: Number of the port.
        path: With the query.
    """

    secure: bool
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """What stands in the header ``Host``."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS["https" if self.secure else "http"] else f"{host}:{self.port}"


def read_target(url: str) -> Target:
    """Take an address apart.

    Raises:
        UsageError: a webhook cannot point there, whatever the name means.
    """
    hint = "write https://HOST/PATH"
    if len(url) > _LONGEST:
        raise UsageError(f"the address of a webhook has at most {_LONGEST:,} characters")
    if not _PLAIN.fullmatch(url) or "\\" in url:
        raise UsageError("the address of a webhook is of plain characters", hint=hint)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as exc:
        raise UsageError(f"{url[:100]!r} is no address", hint=hint) from exc
    if parts.scheme not in _PORTS or not host:
        raise UsageError(f"{url[:100]!r} is no address of the web", hint=hint)
    if parts.username is not None or parts.password is not None:
        raise UsageError("the address of a webhook holds no password", hint="check the signature instead")
    port = port if port is not None else _PORTS[parts.scheme]
    if port not in _PORTS.values() and port < _OTHERS_FROM:
        raise UsageError(f"port {port} is none of a web server", hint="80, 443, or from 1024 on")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(secure=parts.scheme == "https", host=host.rstrip("."), port=port, path=path)


def is_public(address: str) -> bool:
    """Whether an address belongs to the public internet, and to one machine of it."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        if found.scope_id is not None:
            return False
        inner = _inner(found)
        if inner is not None:
            return is_public(str(inner))
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)


def _inner(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that stands in an IPv6 address."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if any(address in each for each in (*_TRANSLATED, _COMPATIBLE)):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None


async def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses that a name stands for, as the system knows them."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(each[4][0]) for each in found]


async def address_of(target: Target, ask: Resolve = resolve, *, private: bool = False) -> str:
    """The one address to connect to.

    Args:
        target: Where to.
        ask: Resolves names; it is asked once.
        private: Whether any address will do.

    Raises:
        Unavailable: the name stands for nothing.
        Forbidden: it stands for an address that is not public, even if for others as well.
    """
    try:
        found = await ask(target.host, target.port)
    except (OSError, UnicodeError) as exc:
        raise Unavailable(f"the name {target.host[:100]!r} is not known") from exc
    if not found:
        raise Unavailable(f"the name {target.host[:100]!r} is not known")
    if not private and not all(is_public(each) for each in found):
        raise Forbidden(
            f"{target.host[:100]!r} is no public address",
            hint="the setting `webhooks_to_private` of the server lets webhooks go there",
        )
    return found[0]
