"""How many tokens somebody has: those that have expired are none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, insert, select, update
from starlette.testclient import TestClient

from starwhale.accounts.secrets import SHOWN, digest_of, mint_token
from starwhale.accounts.tokens import MOST
from starwhale.catalog.tables.accounts import TokenRow
from starwhale.core.actor import Actor
from starwhale.kit.times import utc_now
from starwhale.server.services import Services

ClientOf = Callable[..., TestClient]
ROOT = Actor(name="root", admin=True)
TOKENS = "/api/v1/me/tokens"


def fill(services: Services, ada: TestClient, expires_at: datetime | None = None) -> None:
    """Give her as many tokens as she may have."""
    number, now = services.users.list(ROOT, None, "ada").items[0].id, utc_now()
    there = len(ada.get(TOKENS).json()["items"])
    with services.catalog.begin() as session:
        for _ in range(MOST - there):
            token = mint_token()
            row = {"user_id": number, "name": "old", "digest": digest_of(token), "shown": token[:SHOWN]}
            session.execute(insert(TokenRow).values(**row, created_at=now, expires_at=expires_at))


def stored(services: Services) -> int:
    with services.catalog.read() as session:
        return session.scalar(select(func.count()).select_from(TokenRow)) or 0


def test_beyond_the_limit_it_is_said_what_to_do(client_of: ClientOf, services: Services) -> None:
    ada = client_of("ada")
    fill(services, ada)
    refused = ada.post(TOKENS, json={"name": "one more"})
    said = f"'ada' has {MOST} tokens, and nobody may have more"
    assert (refused.status_code, refused.json()["detail"]) == (409, said)
    assert "/account/tokens" in refused.json()["hint"]
    assert "--token" in refused.json()["hint"]
    last = ada.get(TOKENS).json()["items"][0]["id"]
    assert ada.delete(f"{TOKENS}/{last}").status_code == 204
    assert ada.post(TOKENS, json={"name": "one more"}).status_code == 201


def test_those_that_have_expired_do_not_count_and_go(client_of: ClientOf, services: Services) -> None:
    ada, bob = client_of("ada"), client_of("bob")
    bob.post(TOKENS, json={"name": "bob's"})
    fill(services, ada, utc_now() + timedelta(hours=1))
    before = stored(services)
    assert ada.post(TOKENS, json={"name": "one more"}).status_code == 409
    assert stored(services) == before
    with services.catalog.begin() as session:
        past = utc_now() - timedelta(seconds=1)
        session.execute(update(TokenRow).where(TokenRow.name.in_(["old", "bob's"])).values(expires_at=past))
    assert ada.post(TOKENS, json={"name": "one more"}).status_code == 201
    assert [each["name"] for each in ada.get(TOKENS).json()["items"]] == ["one more", "test"]
    assert [each["name"] for each in bob.get(TOKENS).json()["items"]] == ["bob's", "test"]


def test_the_audit_tells_when_a_token_ends(client_of: ClientOf, admin: TestClient) -> None:
    ada, soon = client_of("ada"), datetime.now(UTC) + timedelta(hours=1)
    ada.post(TOKENS, json={"name": "short", "expires_at": soon.isoformat()})
    ada.post(TOKENS, json={"name": "long"})
    told = admin.get("/api/v1/events", params={"name": "token.created"}).json()["items"]
    by_name = {each["payload"]["name"]: each["payload"] for each in told}
    assert datetime.fromisoformat(by_name["short"]["expires_at"]) == soon
    assert "expires_at" not in by_name["long"]
