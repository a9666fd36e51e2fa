"""Whoever guesses learns nothing from how he is refused: one answer, after the same work (FAULTS 36)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import update
from starlette.testclient import TestClient
from tests.slice.server.accounts.statements import counted
from tests.slice.server.accounts.test_invitations import PASSWORD, invite, owner
from tests.slice.server.accounts.test_pending import ask

from starwhale.accounts.secrets import mint_secret, mint_token
from starwhale.catalog.tables.accounts import InvitationRow, TokenRow
from starwhale.catalog.tables.doorways import PendingLoginRow
from starwhale.kit.times import utc_now
from starwhale.server.services import Services

__all__ = ["owner"]
ClientOf = Callable[..., TestClient]


@pytest.fixture
def work(server_app: FastAPI) -> Callable[[Any], tuple[Any, ...]]:
    """What an answer says, and the statements that it took."""

    def done(act: Callable[[], Any]) -> tuple[Any, ...]:
        server_app.state.callers.forget()
        with counted(server_app) as seen:
            answer = act()
        told = {name: value for name, value in answer.json().items() if name != "request"}
        return answer.status_code, told, tuple(" ".join(each.split()[:3]) for each in seen)

    return done


def test_a_token_that_never_was_and_one_that_was(
    client_of: ClientOf, services: Services, work: Callable[[Any], tuple[Any, ...]]
) -> None:
    ada, nobody = client_of("ada"), client_of("")
    made = ada.post("/api/v1/me/tokens", json={"name": "old"}).json()
    revoked = ada.post("/api/v1/me/tokens", json={"name": "revoked"}).json()
    assert ada.delete(f"/api/v1/me/tokens/{revoked['id']}").status_code == 204
    with services.catalog.begin() as session:
        past = utc_now() - timedelta(seconds=1)
        session.execute(update(TokenRow).where(TokenRow.id == made["id"]).values(expires_at=past))

    def shown(token: str) -> Callable[[], Any]:
        return lambda: nobody.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})

    found = [work(shown(each)) for each in (mint_token(), made["token"], revoked["token"])]
    assert found[0][0] == 401
    assert found[0] == found[1] == found[2]


def test_a_link_that_never_was_and_one_that_was(
    owner: TestClient,
    client_of: ClientOf,
    services: Services,
    work: Callable[[Any], tuple[Any, ...]],
) -> None:
    old, used, revoked = invite(owner), invite(owner), invite(owner)
    with services.catalog.begin() as session:
        past = utc_now() - timedelta(seconds=1)
        first = session.query(InvitationRow).order_by(InvitationRow.id).first()
        assert first is not None
        session.execute(update(InvitationRow).where(InvitationRow.id == first.id).values(expires_at=past))
    assert client_of("bob").post("/api/v1/invitations/accept", json={"secret": used}).status_code == 200
    last = owner.get("/api/v1/projects/vision/invitations").json()["items"][0]["id"]
    assert owner.delete(f"/api/v1/projects/vision/invitations/{last}").status_code == 204
    nobody = client_of("")
    body = {"password": PASSWORD, "name": "eve"}
    # Neither does it matter whether the name that is wished for is taken.
    for path, more in (("look", {}), ("signup", body), ("signup", {**body, "name": "bob"})):
        nobody.post(f"/api/v1/invitations/{path}", json={**more, "secret": mint_secret()})
        found = [
            work(
                lambda secret=secret, path=path, more=more: nobody.post(
                    f"/api/v1/invitations/{path}", json={**more, "secret": secret}
                )
            )
            for secret in (mint_secret(), old, used, revoked)
        ]
        assert found[0][0] == 401, found[0]
        assert all(each == found[0] for each in found), (path, found)


def test_a_login_that_nobody_waits_for_and_one_with_another_secret(
    client_of: ClientOf, services: Services, work: Callable[[Any], tuple[Any, ...]]
) -> None:
    program, ada = client_of(""), client_of("ada")
    _, allowed = ask(program)
    assert ada.post(f"/api/v1/logins/codes/{allowed['code']}/allow").status_code == 200
    _, waiting = ask(program)
    _, old = ask(program)
    with services.catalog.begin() as session:
        there = PendingLoginRow.number == old["number"]
        session.execute(update(PendingLoginRow).where(there).values(expires_at=utc_now()))
    found = [
        work(
            lambda number=number: program.post(
                f"/api/v1/logins/{number}/token", json={"verifier": secrets.token_urlsafe(32)}
            )
        )
        for number in ("0" * 32, allowed["number"], waiting["number"], old["number"])
    ]
    assert found[0][:2] == (200, {"progress": "ended", "token": ""})
    assert all(each == found[0] for each in found), found


def test_there_is_no_password_that_everybody_knows(client_of: ClientOf, services: Services) -> None:
    first = services.users.ensure_administrator()
    assert first is not None
    assert services.users.ensure_administrator() is None
    for name in ("admin", "root", "starwhale", "administrator"):
        for password in ("", "admin", "password", "starwhale", "changeme", "admin123", name, f"{name}123"):
            answer = client_of("").post("/api/v1/login", json={"name": name, "password": password})
            assert answer.status_code in {401, 429}, (name, password)
    assert len(set(first)) > 8
