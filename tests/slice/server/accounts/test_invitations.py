"""Invitations: who may make them, and what they lead to."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from starwhale.catalog.tables.accounts import InvitationRow
from starwhale.core.actor import Actor
from starwhale.kit.times import utc_now
from starwhale.server.services import Services

ClientOf = Callable[..., TestClient]
ROOT = Actor(name="root", admin=True)
PASSWORD = "a whole sentence of words"


@pytest.fixture
def owner(client_of: ClientOf) -> TestClient:
    client = client_of("owner")
    assert client.post("/api/v1/projects", json={"name": "vision"}).status_code == 201
    return client


def invite(client: TestClient, role: str = "MAINTAINER") -> str:
    made = client.post("/api/v1/projects/vision/invitations", json={"role": role, "email": "b@example.com"})
    assert made.status_code == 201, made.text
    return made.json()["secret"]


def test_a_link_makes_somebody_an_account_and_a_member(owner: TestClient, client_of: ClientOf) -> None:
    secret, bob = invite(owner), client_of("")
    seen = bob.post("/api/v1/invitations/look", json={"secret": secret}).json()
    assert (seen["project"], seen["role"], seen["created_by"]) == ("vision", "MAINTAINER", "owner")
    body = {"secret": secret, "name": "Bob", "password": PASSWORD}
    made = bob.post("/api/v1/invitations/signup", json=body)
    assert (made.status_code, made.json()["name"], made.json()["admin"]) == (200, "bob", False)
    assert made.json()["email"] == "b@example.com"
    assert bob.get("/api/v1/projects/vision").status_code == 200
    roles = {
        each["user"]: each["role"] for each in owner.get("/api/v1/projects/vision/members").json()["items"]
    }
    assert roles == {"owner": "OWNER", "bob": "MAINTAINER"}
    again = client_of("").post("/api/v1/invitations/signup", json={**body, "name": "eve"})
    assert again.status_code == 401  # for whoever is not logged in everything that is not there reads so


def test_a_link_makes_a_member_of_whoever_has_an_account(owner: TestClient, client_of: ClientOf) -> None:
    bob, eve, secret = client_of("bob"), client_of("eve"), invite(owner, "GUEST")
    assert bob.get("/api/v1/projects/vision").status_code == 404
    assert bob.post("/api/v1/invitations/accept", json={"secret": secret}).json()["role"] == "GUEST"
    assert bob.get("/api/v1/projects/vision").status_code == 200
    assert eve.post("/api/v1/invitations/accept", json={"secret": secret}).status_code == 404
    another = invite(owner, "OWNER")
    assert bob.post("/api/v1/invitations/accept", json={"secret": another}).status_code == 409


@pytest.mark.parametrize("role", ["MAINTAINER", "GUEST"])
def test_only_owners_invite(owner: TestClient, client_of: ClientOf, services: Services, role: str) -> None:
    from starwhale.core.permissions import Role

    bob = client_of("bob")
    services.members.put(ROOT, "vision", "bob", Role(role))
    path = "/api/v1/projects/vision/invitations"
    assert bob.post(path, json={"role": "OWNER"}).status_code == 403
    assert bob.get(path).status_code == 403
    assert bob.post("/api/v1/invitations", json={}).status_code == 403
    number = owner.post(path, json={}).json()["id"]
    assert bob.delete(f"{path}/{number}").status_code == 403
    assert owner.delete(f"/api/v1/invitations/{number}").status_code == 403


def test_the_invitation_of_somebody_who_owns_the_project_no_more_leads_nowhere(
    owner: TestClient, admin: TestClient, client_of: ClientOf, services: Services
) -> None:
    from starwhale.core.permissions import Role

    secret, bob = invite(owner, "OWNER"), client_of("bob")
    client_of("heir")
    services.members.put(ROOT, "vision", "heir", Role.OWNER)
    services.members.put(ROOT, "vision", "owner", Role.MAINTAINER)
    assert bob.post("/api/v1/invitations/accept", json={"secret": secret}).status_code == 404
    services.members.put(ROOT, "vision", "owner", Role.OWNER)
    services.users.change(ROOT, "owner", disabled=True)
    assert bob.post("/api/v1/invitations/accept", json={"secret": secret}).status_code == 404


def test_an_old_or_revoked_link_leads_nowhere(
    owner: TestClient, client_of: ClientOf, services: Services
) -> None:
    bob, old, revoked = client_of("bob"), invite(owner), ""
    with services.catalog.begin() as session:
        session.execute(update(InvitationRow).values(expires_at=utc_now() - timedelta(seconds=1)))
    revoked = invite(owner)
    listed = owner.get("/api/v1/projects/vision/invitations").json()["items"]
    assert "secret" not in listed[0]
    assert owner.delete(f"/api/v1/projects/vision/invitations/{listed[0]['id']}").status_code == 204
    told = [
        bob.post("/api/v1/invitations/accept", json={"secret": each}) for each in (old, revoked, "x" * 43)
    ]
    assert [each.status_code for each in told] == [404] * 3
    assert len({each.text for each in told}) == 1


def test_a_link_into_the_trash_leads_nowhere(owner: TestClient, client_of: ClientOf) -> None:
    secret = invite(owner)
    assert owner.delete("/api/v1/projects/vision").status_code == 204
    assert client_of("bob").post("/api/v1/invitations/accept", json={"secret": secret}).status_code == 404


def test_of_many_who_use_one_link_at_once_one_succeeds(owner: TestClient, client_of: ClientOf) -> None:
    secret, people = invite(owner), [client_of(f"user{number}") for number in range(6)]

    def accept(client: TestClient) -> int:
        return client.post("/api/v1/invitations/accept", json={"secret": secret}).status_code

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(accept, people)) == [200] + [404] * 5


def test_an_administrator_invites_to_the_instance(admin: TestClient, client_of: ClientOf) -> None:
    secret = admin.post("/api/v1/invitations", json={"email": "c@example.com"}).json()["secret"]
    assert client_of("bob").post("/api/v1/invitations/accept", json={"secret": secret}).status_code == 409
    body = {"secret": secret, "name": "carol", "password": PASSWORD}
    assert client_of("").post("/api/v1/invitations/signup", json={**body, "admin": True}).status_code == 422
    assert client_of("").post("/api/v1/invitations/signup", json={**body, "name": "bob"}).status_code == 409
    carol = client_of("").post("/api/v1/invitations/signup", json=body)
    assert (carol.status_code, carol.json()["admin"]) == (200, False)
    assert admin.get("/api/v1/invitations").json()["items"][0]["used_at"] is not None


def test_links_are_not_guessed(client_of: ClientOf) -> None:
    nobody = client_of("")
    statuses = [
        nobody.post("/api/v1/invitations/look", json={"secret": f"{number:043}"}).status_code
        for number in range(31)
    ]
    assert statuses == [401] * 30 + [429]
