"""Accounts: users, tokens, sessions, members, invitations and the audit."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from tests.contract.server.houses import House, Team
from tests.contract.server.processes import Caller

PASSWORD = "a whole sentence of words"


@pytest.fixture
def admin(house: House) -> Caller:
    """An administrator."""
    return house.caller("root", admin=True)


def test_a_user_is_made_comes_in_and_is_shut_out(team: Team, admin: Caller) -> None:
    name, somebody = team.user("grace"), team.house.caller()
    body = {"name": name.upper(), "password": PASSWORD, "email": "Grace@Example.com"}
    made = admin.done("POST", "/users", 201, json=body)
    assert made["name"] == name  # names differ in more than their letters' size
    assert admin.request("POST", "/users", json={"name": name}).status_code == 409
    assert [each["name"] for each in admin.pages("/users", search=name.upper())] == [name]
    wrong = somebody.post("/login", json={"name": name, "password": PASSWORD + "!"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "unauthorized")
    somebody.done("POST", "/login", json={"name": name, "password": PASSWORD})
    somebody.headers["Origin"] = str(somebody.base_url).removesuffix("/api/v1/")
    assert somebody.done("GET", "/me")["name"] == name
    assert len(somebody.pages("/me/sessions")) == 1
    admin.done("PATCH", f"/users/{name}", json={"disabled": True})
    assert somebody.get("/me").status_code == 401


def test_users_are_listed_page_by_page_in_one_order(team: Team, admin: Caller) -> None:
    names = [f"{word}-{team.number}" for word in ("zoe", "a-b", "a_b", "ab", "a.b", "b", "ac")]
    for name in names:
        admin.done("POST", "/users", 201, json={"name": name})
    found = [each["name"] for each in admin.pages("/users", search=f"-{team.number}", size=2)]
    assert sorted(found) == sorted([*names, team.user("ada")])
    assert found == sorted(found)


def test_tokens_do_what_their_scopes_say_and_end(team: Team) -> None:
    later = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    body = {"name": "reads", "scopes": ["dataset:read", "project:read"], "expires_at": later}
    made = team.owner.done("POST", "/me/tokens", 201, json=body)
    # Times keep their zone, whatever the database makes of them.
    assert datetime.fromisoformat(made["expires_at"]) == datetime.fromisoformat(later)
    reader = team.house.with_token(made["token"])
    assert reader.get(team.path).status_code == 200
    assert reader.patch(team.path, json={"description": "x"}).status_code == 403
    listed = team.owner.pages("/me/tokens")
    assert made["token"] not in json.dumps(listed)
    mine = next(each for each in listed if each["name"] == "reads")
    assert mine["used_at"] is not None
    team.owner.done("DELETE", f"/me/tokens/{mine['id']}")
    assert reader.get(team.path).status_code == 401


def test_members_see_what_their_role_allows(team: Team) -> None:
    bob, eve = team.member("bob", "GUEST"), team.person("eve")
    assert bob.get(team.path).status_code == 200
    assert bob.patch(team.path, json={"description": "x"}).status_code == 403
    assert eve.get(team.path).status_code == 404
    team.owner.done("PUT", f"{team.path}/members/{team.user('bob')}", json={"role": "MAINTAINER"})
    roles = {each["user"]: each["role"] for each in bob.pages(f"{team.path}/members")}
    assert roles == {team.user("ada"): "OWNER", team.user("bob"): "MAINTAINER"}
    team.owner.done("PATCH", team.path, json={"public": True})
    assert eve.get(team.path).status_code == 200
    team.owner.done("DELETE", f"{team.path}/members/{team.user('bob')}")
    team.owner.done("PATCH", team.path, json={"public": False})
    assert bob.get(team.path).status_code == 404


def test_the_last_owner_stays_whatever_two_do_at_once(team: Team) -> None:
    team.member("bob", "OWNER")
    names = [team.user("ada"), team.user("bob")]
    root = [team.house.caller("root", admin=True) for _ in names]

    def leave(who: int) -> int:
        return root[who].request("DELETE", f"{team.path}/members/{names[who]}").status_code

    with ThreadPoolExecutor(2) as pool:
        told = sorted(pool.map(leave, range(2)))
    assert told == [204, 409]
    members = root[0].pages(f"{team.path}/members")
    assert [each["role"] for each in members] == ["OWNER"]


def test_an_invitation_leads_in_once_also_when_many_take_it_at_once(team: Team) -> None:
    path = f"{team.path}/invitations"
    secret = team.owner.done("POST", path, 201, json={"role": "MAINTAINER"})["secret"]
    guests = [team.person(f"guest{number}") for number in range(4)]
    seen = guests[0].done("POST", "/invitations/look", json={"secret": secret})
    assert (seen["project"], seen["role"]) == (team.name, "MAINTAINER")

    def accept(guest: Caller) -> int:
        return guest.post("/invitations/accept", json={"secret": secret}).status_code

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(accept, guests))
    assert sorted(told) == [200, 404, 404, 404]
    inside = [guest.get(team.path).status_code for guest in guests]
    assert inside == [200 if each == 200 else 404 for each in told]


def test_somebody_without_an_account_is_invited_and_makes_one(team: Team, admin: Caller) -> None:
    secret = admin.done("POST", "/invitations", 201, json={"email": "x@example.com"})["secret"]
    somebody, name = team.house.caller(), team.user("grace")
    body = {"secret": secret, "name": name, "password": PASSWORD}
    assert somebody.done("POST", "/invitations/signup", json=body)["name"] == name
    assert somebody.done("GET", "/me")["name"] == name
    again = team.house.caller().post("/invitations/signup", json={**body, "name": team.user("eve")})
    assert again.status_code == 401


def test_the_audit_says_who_did_what_in_order_and_is_whole(team: Team, admin: Caller) -> None:
    bob = team.member("bob", "GUEST")
    team.owner.done("PATCH", team.path, json={"description": "ä\u2028'\";%_"})
    page = team.owner.done("GET", f"{team.path}/events")
    names = [each["name"] for each in page["items"]]
    assert names == ["project.changed", "member.changed", "project.created"]
    assert {each["actor"] for each in page["items"]} == {team.user("ada")}
    assert all(datetime.fromisoformat(each["at"]).tzinfo is not None for each in page["items"])
    assert bob.get(f"{team.path}/events").status_code == 403
    first = team.owner.done("GET", f"{team.path}/events", params={"size": 2})
    rest = team.owner.done("GET", f"{team.path}/events", params={"size": 2, "cursor": first["next"]})
    assert [*first["items"], *rest["items"]] == page["items"]
    lines = team.owner.get(f"{team.path}/events/export").text.splitlines()
    assert [json.loads(line)["id"] for line in lines] == [each["id"] for each in page["items"]]
    middle = page["items"][1]["at"]
    since = team.owner.done("GET", f"{team.path}/events", params={"since": middle})
    until = team.owner.done("GET", f"{team.path}/events", params={"until": middle})
    assert names[:2] == [each["name"] for each in since["items"]]
    assert names[-1] in [each["name"] for each in until["items"]]
    assert team.owner.done("GET", f"{team.path}/events", params={"name": "project%"})["items"] == []
    chain = admin.done("GET", "/events/verify")
    assert chain["whole"], chain
