"""Attempts to come in are counted by network: whoever has one address of IPv6 has 2^64 of them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import update
from starlette.testclient import TestClient
from tests.slice.server.conftest import HOME

from starwhale.accounts.pending import challenge_of
from starwhale.catalog.tables.accounts import AttemptRow
from starwhale.kit.times import utc_now
from starwhale.server.services import Services

FromAddress = Callable[[str], TestClient]


@pytest.fixture
def from_address(server_app: FastAPI) -> Iterator[FromAddress]:
    """Makes clients that ask from an address."""
    with ExitStack() as stack:
        yield lambda address: stack.enter_context(
            TestClient(server_app, base_url=HOME, client=(address, 40000))
        )


def guess_password(client: TestClient) -> int:
    # Each under another name, so that it is the address that is counted.
    body = {"name": f"nobody-{secrets.token_hex(4)}", "password": "wrong"}
    return client.post("/api/v1/login", json=body).status_code


def guess_link(client: TestClient) -> int:
    body = {"secret": secrets.token_urlsafe(32)}
    return client.post("/api/v1/invitations/look", json=body).status_code


def ask_by_browser(client: TestClient) -> int:
    body = {"challenge": challenge_of(secrets.token_urlsafe(32)), "machine": "swcli"}
    return client.post("/api/v1/logins", json=body).status_code


def fill_buckets(services: Services) -> None:
    """Let whatever was counted so far be as much as may be, for the next hour."""
    with services.catalog.begin() as session:
        session.execute(update(AttemptRow).values(level=1000.0, at=utc_now() + timedelta(hours=1)))


@pytest.mark.parametrize("attempt", [guess_password, guess_link, ask_by_browser])
def test_another_address_of_the_same_network_is_no_other_caller(
    from_address: FromAddress, services: Services, attempt: Callable[[TestClient], int]
) -> None:
    assert attempt(from_address("2001:db8::1:1")) in {201, 401}
    fill_buckets(services)
    assert attempt(from_address("2001:db8::ffff")) == 429
    assert attempt(from_address("2001:db8:0:1::ffff")) in {201, 401}


@pytest.mark.parametrize("attempt", [guess_password, guess_link, ask_by_browser])
def test_an_address_of_ipv4_is_a_caller_of_its_own_however_it_is_written(
    from_address: FromAddress, services: Services, attempt: Callable[[TestClient], int]
) -> None:
    assert attempt(from_address("10.0.0.1")) in {201, 401}
    fill_buckets(services)
    assert attempt(from_address("::ffff:10.0.0.1")) == 429
    assert attempt(from_address("10.0.0.2")) in {201, 401}
