"""Webhooks reach nothing but the public internet: 120 addresses, and a canary that listens."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from starwhale.core.errors import UsageError
from starwhale.webhooks.sending import Sender
from starwhale.webhooks.targets import is_public, read_target

_LOOPBACK = (
    *("127.0.0.1", "127.0.0.2", "127.1", "127.0.1", "127.127.127.127", "127.255.255.254", "0", "0.0.0.0"),
    *("2130706433", "0x7f000001", "0x7f.1", "0x7F.0x0.0x0.0x1", "017700000001", "0177.0.0.1", "0177.1"),
    *("127.0.0.1.", "localhost", "LOCALHOST", "localhost.", "localhost.localdomain", "ip6-localhost"),
    *("[::1]", "[0:0:0:0:0:0:0:1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]"),
    *("[::ffff:0:127.0.0.1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]"),
    *("[2002:7f00:1::]", "[2002:7f00:0001::1]", "[2001:0:7f00:1::]", "[::1%25lo]", "[fe80::1%25lo]"),
)
_PRIVATE = (
    *("10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.255.255"),
    *("169.254.169.254", "169.254.0.1", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518"),
    *("[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "[fd00:ec2::254]", "[fe80::1]", "[fc00::1]"),
    *("100.64.0.1", "100.127.255.254", "100.100.100.200", "192.0.0.1", "192.0.0.192", "192.0.2.1"),
    *("198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250"),
    *("240.0.0.1", "255.255.255.255", "0.0.0.1", "0.1.2.3", "[ff02::1]", "[ff05::1]", "[2001:db8::1]"),
    *("[64:ff9b::10.0.0.1]", "[2002:0a00:0001::]", "[2002:c0a8:0101::1]", "[::10.0.0.1]", "[100::1]"),
    *("127.0.0.3", "127.2", "10.1.2.3", "172.20.1.1", "192.168.1.1", "169.254.170.2"),
    *("[fec0::1]", "[5f00::1]", "[3fff::1]", "10.1", "192.168.257", "0xc0a80001", "3232235521"),
)
_FORMS = (
    *(
        "gopher://127.0.0.1:{port}/_POST",
        "file:///etc/passwd",
        "ftp://127.0.0.1:{port}/",
        "dict://127.0.0.1:{port}/",
    ),
    *(
        "ldap://127.0.0.1:{port}/",
        "unix:///var/run/docker.sock",
        "jar:http://127.0.0.1:{port}!/",
        "//127.0.0.1:{port}/",
    ),
    *("http:127.0.0.1:{port}", "http:///127.0.0.1:{port}/", "http://", "http://:{port}/", "127.0.0.1:{port}"),
    *("http://a@127.0.0.1:{port}/", "http://example.com@127.0.0.1:{port}/", "http://a:b@127.0.0.1:{port}/"),
    *(
        "http://127.0.0.1:{port}\\@example.com/",
        "http://example.com\\@127.0.0.1:{port}/",
        "HTTP://127.0.0.1:{port}/",
    ),
    *(
        "http://127.0.0.1:{port}#@example.com/",
        "http://127.0.0.1:{port}?@example.com/",
        "http://127.0.0.1%09:{port}/",
    ),
    *(
        "http://127.0.0.1:{port}/\r\nX: y",
        "http://127.0.0.1\t:{port}/",
        " http://127.0.0.1:{port}/",
        "http://[::1]:{port}/",
    ),
    *(
        "http://①②⑦.⓪.⓪.①:{port}/",
        "http://127。0。0。1:{port}/",
        "http://127.0.0.1:00{port}/",
        "http://[::1:{port}/",
    ),
    *("javascript:alert(1)", "data:text/plain,x", "http://127.0.0.1:{port}:80/", "http://127.0.0.1:-1/", ""),
)
CORPUS = tuple(f"http://{host}:{{port}}/" for host in (*_LOOPBACK, *_PRIVATE)) + _FORMS


@dataclass
class Canary:
    """A program that notices whoever connects."""

    port: int = 0
    caught: list[object] = field(default_factory=list)


@pytest.fixture
def canary() -> Iterator[Canary]:
    found = Canary()
    listening = socket.create_server(("", 0), family=socket.AF_INET6, dualstack_ipv6=True)
    listening.settimeout(0.05)
    found.port = listening.getsockname()[1]
    over = threading.Event()

    def watch() -> None:
        while not over.is_set():
            try:
                connection, address = listening.accept()
            except TimeoutError:
                continue
            found.caught.append(address)
            connection.close()

    thread = threading.Thread(target=watch)
    thread.start()
    yield found
    over.set()
    thread.join()
    listening.close()


def test_the_corpus_is_large_enough() -> None:
    assert len(set(CORPUS)) >= 120


def test_nothing_but_the_public_internet_is_reached(canary: Canary) -> None:
    sender = Sender(seconds=2.0)

    async def all_of_them() -> list[str]:
        urls = [each.replace("{port}", str(canary.port)) for each in CORPUS]
        outcomes = await asyncio.gather(*(sender.send(url, {}, b"{}") for url in urls))
        return [url for url, outcome in zip(urls, outcomes, strict=True) if outcome.ok]

    assert asyncio.run(all_of_them()) == []
    assert canary.caught == []


def test_the_canary_would_notice(canary: Canary) -> None:
    outcome = asyncio.run(Sender(private=True).send(f"http://127.0.0.1:{canary.port}/", {}, b"{}"))
    assert not outcome.ok
    assert len(canary.caught) == 1


def test_a_name_that_flips_leads_nowhere_else(canary: Canary) -> None:
    """The first answer is public, every later one this machine: only the first may be used."""
    asked: list[str] = []

    async def flips(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["192.88.99.77"] if len(asked) == 1 else ["127.0.0.1"]

    sender = Sender(resolve=flips, seconds=0.5)
    first = asyncio.run(sender.send(f"http://flip.test:{canary.port}/", {}, b"{}"))
    second = asyncio.run(sender.send(f"http://flip.test:{canary.port}/", {}, b"{}"))
    assert len(asked) == 2  # once for each attempt
    assert not first.ok
    assert "no public address" in second.error
    assert canary.caught == []


def test_one_private_answer_among_public_ones_is_enough_to_refuse(canary: Canary) -> None:
    async def both(host: str, port: int) -> Sequence[str]:
        return ["8.8.8.8", "127.0.0.1"]

    outcome = asyncio.run(Sender(resolve=both).send(f"http://two.test:{canary.port}/", {}, b"{}"))
    assert "no public address" in outcome.error


def test_what_the_environment_says_of_proxies_does_not_count(
    canary: Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{canary.port}")

    async def nowhere(host: str, port: int) -> Sequence[str]:
        return ["192.0.2.1"]

    asyncio.run(Sender(resolve=nowhere, seconds=0.3, private=True).send("http://x.test/", {}, b"{}"))
    assert canary.caught == []


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "93.184.216.34"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("port", [22, 25, 110, 445, 1023])
def test_ports_of_other_services_are_refused(port: int) -> None:
    with pytest.raises(UsageError):
        read_target(f"http://example.com:{port}/")


def test_the_name_stays_in_the_request_though_an_address_is_connected_to() -> None:
    heard: list[bytes] = []

    async def main() -> bool:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            heard.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n")
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]

        async def here(host: str, port: int) -> Sequence[str]:
            return ["127.0.0.1"]

        sender = Sender(resolve=here, private=True)
        outcome = await sender.send(f"http://ci.example.com:{port}/a?b=c", {"X-Own": "1"}, b"{}")
        server.close()
        await server.wait_closed()
        return outcome.ok

    assert asyncio.run(main())
    assert heard[0].startswith(b"POST /a?b=c HTTP/1.1\r\nHost: ci.example.com:")


def test_an_endless_head_is_cut() -> None:
    async def main() -> str:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                while True:
                    writer.write(b"x" * 65536)
                    await writer.drain()
            except ConnectionError:
                writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        outcome = await Sender(private=True, seconds=5).send(f"http://127.0.0.1:{port}/", {}, b"{}")
        server.close()
        await server.wait_closed()
        return outcome.error

    assert asyncio.run(main()) == "its answer is too long"
